"""The site's own code: links are put right, docstrings render, every public name has its place.

The site itself is built by .ci/run, where a warning is an error.
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

import flowgraph as tf

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "site"


@pytest.fixture(scope="module", autouse=True)
def site_folder():
    """docs/site is no package: its modules import each other by their names."""
    sys.path.insert(0, str(SITE))
    yield
    sys.path.remove(str(SITE))
    for name in ("docstrings", "gather", "links", "reference", "sources"):
        sys.modules.pop(name, None)


def module(name):
    return importlib.import_module(name)


class TestLinks:
    def site(self, folder):
        gather = module("gather")
        pages = {"zh": ROOT / "README.zh-CN.md", "howto/x": ROOT / "docs/howto/x.md"}
        return gather.Site(folder, pages)

    def relinked(self, words, folder, page="zh"):
        site = self.site(folder)
        return site.relinked(words, site.pages[page], page)

    def test_a_page_is_linked_as_a_page(self, tmp_path):
        assert self.relinked("[x](docs/howto/x.md#part)", tmp_path) == "[x](howto/x.md#part)"
        back = self.relinked("[zh](../../README.zh-CN.md)", tmp_path, "howto/x")
        assert back == "[zh](../zh.md)"

    def test_what_stands_for_a_page_is_linked_as_the_page(self, tmp_path):
        assert self.relinked("[a](ARCHITECTURE.md)", tmp_path) == "[a](architecture.md)"

    def test_another_file_is_copied(self, tmp_path):
        assert self.relinked("![p](docs/api.svg)", tmp_path) == "![p](files/docs/api.svg)"
        assert (tmp_path / "files/docs/api.svg").is_file()

    def test_a_folder_becomes_its_words(self, tmp_path):
        assert self.relinked("see [the tests](tests).", tmp_path) == "see the tests."

    def test_addresses_and_code_stay(self, tmp_path):
        words = "[w](https://example.org) `[x](docs/api.svg)`\n```\n[y](docs/ops.md)\n```\n"
        assert self.relinked(words, tmp_path) == words

    def test_a_part_of_a_file_is_put_in_its_place(self):
        part = module("gather").part
        words = "# T\n\nfirst\n\n## A\n\none\n\n## B\n\ntwo\n"
        assert part(words, "A").strip() == "one"
        assert part(words, None).strip().startswith("first")
        with pytest.raises(ValueError, match="no heading 'C'"):
            part(words, "C")

    def test_all_links_of_the_pages_lead_somewhere(self, tmp_path):
        gather = module("gather")
        gather.gather(tmp_path)
        lost = []
        for page in tmp_path.rglob("*.md"):
            words = gather._FENCED.sub("", page.read_text(encoding="utf-8"))
            for _, _, to in gather._LINK.findall(words):
                place = to.partition("#")[0]
                made = place.endswith("api/index.rst")  # of the code, later
                if place and not re.match("[a-z]+:", place) and not made:
                    found = (page.parent / place).exists()
                    lost += [] if found else [f"{page.name}: {to}"]
        assert lost == []


class TestDocstrings:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("|x| and *args", r"\|x\| and \*args"),
            ("`Tensor`s of `x`", r"``Tensor``\ s of ``x``"),
            ("name_ is kept", r"name\_ is kept"),
            ("`a|b*c_`", "``a|b*c_``"),
        ],
    )
    def test_what_is_not_code_is_words(self, words, expected):
        assert module("docstrings").as_rst(words) == expected


class TestReference:
    def test_every_public_name_is_on_the_page_of_its_module(self):
        pages = {page.title: page for page in module("reference").pages()}
        assert {"tf.nn", "tf.train", "tf.viz", "tf.contrib.layers"} <= set(pages)
        shown = {path for page in pages.values() for path in page.names}
        names = {f"tf.nn.{name}" for name in tf.nn.__all__}
        assert names - shown == {"tf.nn.rnn_cell", "tf.nn.seq2seq"}  # modules, with their own pages
        assert {"tf.add", "tf.Session", "tf.viz.draw", "tf.train.AdamOptimizer"} <= shown

    def test_an_object_is_told_of_once(self):
        reference = module("reference")
        places = reference.homes(reference.pages())
        assert places[id(tf.nn.relu)] == "tf.nn.relu"
        assert places[id(tf.add)] == "tf.add"  # and not tf.math.add
        assert len(set(places.values())) == len(places)

    def test_a_page_lists_and_describes(self):
        reference = module("reference")
        found = reference.pages()
        (page,) = [page for page in found if page.title == "tf.nn"]
        text = reference.text(page, reference.homes(found))
        assert ".. autofunction:: tf.nn.conv2d\n" in text
        assert ":py:obj:`conv2d <tf.nn.conv2d>`" in text

    def test_the_source_of_a_name_is_found(self):
        sources = module("sources")
        link = sources.link("py", {"module": "tf.nn", "fullname": "conv2d"})
        assert re.fullmatch(r"\.\./source/ops/nn/conv\.py\.html#L\d+", link)
        assert sources.link("py", {"module": "tf", "fullname": "newaxis"}) is None


class TestBuiltSite:
    def faults(self, folder, body):
        (folder / "a.html").write_text(f"<p id=here></p>{body}")
        (folder / "b.html").write_text("<p id=there></p>")
        return module("links").faults(folder)

    def test_good_links_are_none(self, tmp_path):
        body = '<a href="#here"></a><a href="b.html#there"></a><a href="https://example.org"></a>'
        assert self.faults(tmp_path, body) == []

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ('<a href="c.html">', "a.html: c.html is not there"),
            ('<a href="b.html#gone">', "a.html: b.html#gone has no such place"),
            ('<img src="https://x.org/i.png">', "a.html: https://x.org/i.png is fetched"),
            ('<script src="//x.org/j.js">', "a.html: //x.org/j.js is fetched"),
        ],
    )
    def test_what_is_wrong_is_told(self, tmp_path, body, fault):
        assert self.faults(tmp_path, body) == [fault]

    def test_fonts_from_elsewhere_are_found(self, tmp_path):
        (tmp_path / "a.css").write_text("@font-face{src:url(https://x.org/f.woff)}")
        assert self.faults(tmp_path, "") == ["a.css: https://x.org/f.woff is fetched"]


def test_nothing_that_is_no_site_is_overwritten(tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("make_site", ROOT / "docs" / "make_site.py")
    make_site = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_site)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SystemExit):
        make_site.main(["--out", str(tmp_path)])
    assert "is no site" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "mine"
