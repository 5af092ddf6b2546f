"""The course: each source runs, its solutions too, and both its notebooks are kept fresh.

`python notebooks/make.py` makes the notebooks.
"""

import base64
import io
import re
import sys
from importlib import util
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MOST_BYTES = 420_000
VARYING = re.compile(r"0x[0-9a-f]+|[-+]?\d+(\.\d+)?(e[-+]?\d+)?")
PROGRESS = re.compile(r".*%\|.*\n?")
PICTURES = {"image/svg+xml", "image/png"}


def course():
    """The module notebooks/make.py."""
    spec = util.spec_from_file_location("course_of_notebooks", NOTEBOOKS / "make.py")
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make = course()
SOURCES = make.sources()
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
each_language = pytest.mark.parametrize("language", make.FOLDERS)


def read(source, language):
    return nbformat.read(make.place(source, language), as_version=4)


def outputs(notebook):
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def sources_of(cells):
    return [(cell.cell_type, cell.source) for cell in cells]


def shown(found):
    """What a cell shows, as far as every run shows the same: kinds, and words without numbers."""
    words = [o.text if o.output_type == "stream" else o.data.get("text/plain", "") for o in found]
    kinds = [sorted(o.get("data", {o.get("name"): ""})) for o in found]
    return kinds, [VARYING.sub("#", PROGRESS.sub("", text)) for text in words]


@each_language
def test_every_source_has_its_notebook_and_every_notebook_its_source(language):
    kept = {path.stem for path in make.FOLDERS[language].glob("[0-9][0-9]_*.ipynb")}
    names = [source.stem for source in SOURCES]
    assert kept == set(names)
    assert [name[:2] for name in names] == [f"{number:02d}" for number in range(1, 13)]


@each_language
def test_the_table_of_the_course_names_every_notebook(language):
    table = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    links = [make.place(source, language).relative_to(NOTEBOOKS) for source in SOURCES]
    assert [link for link in links if f"]({link.as_posix()})" not in table] == []


@each_source
def test_it_runs_and_so_do_its_solutions(source, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # teams that wait awake starve where cores are busy
    notebook = make.build(source, "en")
    solutions = make.solutions(notebook, "en")
    assert len(solutions) >= 2
    notebook.cells += [nbformat.v4.new_code_cell(code) for code in solutions]

    make.execute(notebook, tmp_path)

    kept = outputs(read(source, "en"))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) == len(kept) + len(solutions)
    for cell, before in zip(code, kept):
        assert shown(cell.outputs) == shown(before), cell.source


@each_source
@each_language
def test_it_says_and_does_what_its_source_does(source, language):
    kept = read(source, language)
    nbformat.validate(kept)
    assert sources_of(kept.cells) == sources_of(make.build(source, language).cells)


@each_source
def test_both_languages_show_the_same(source):
    english, chinese = read(source, "en"), read(source, "zh")
    assert outputs(english) == outputs(chinese)
    assert make.solutions(english, "en") == make.solutions(chinese, "zh")


@each_source
@each_language
def test_the_words_are_in_their_language(source, language):
    for cell in make.build(source, language).cells[1:]:
        if cell.cell_type == "markdown":
            words = make.CODE.sub("", cell.source)
            assert bool(re.search("[\u4e00-\u9fff]", words)) == (language == "zh"), words


@each_source
@each_language
def test_its_outputs_are_kept_clean(source, language):
    notebook = read(source, language)
    text = make.place(source, language).read_text(encoding="utf-8")
    assert len(text) < MOST_BYTES
    assert not [o for found in outputs(notebook) for o in found if o.output_type == "error"]
    assert not [o for found in outputs(notebook) for o in found if o.get("name") == "stderr"]
    assert "Traceback" not in text
    assert not re.search(r"/(home|root|tmp|work|Users)/", text), "a path of somebody's machine"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(not cell.metadata for cell in notebook.cells)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = [kind for found in outputs(notebook) for o in found for kind in o.get("data", {})]
    assert len([kind for kind in kinds if kind in PICTURES]) >= 3


@each_source
@each_language
def test_it_ends_with_three_exercises_and_hidden_solutions(source, language):
    last = make.build(source, language).cells[-1].source
    assert re.findall(r"^\*\*(\d)[.．]\*\*", last, flags=re.M) == ["1", "2", "3"]
    assert len(make.SOLUTION[language].findall(last)) == last.count("<details>") == 3


GOOD = """# %% [markdown] lang="en"
# # A lesson

# %% [markdown] lang="zh"
# # 一课

# %%
print(6 * 7)
"""


def a_course_of(text, folder, monkeypatch):
    monkeypatch.setattr(make, "HERE", folder)
    monkeypatch.setattr(make, "FOLDERS", {"en": folder, "zh": folder / "zh"})
    (folder / "sources").mkdir()
    source = folder / "sources" / "01_lesson.py"
    source.write_text(text, encoding="utf-8")
    return source


def test_one_run_makes_both_notebooks(tmp_path, monkeypatch, capsys):
    source = a_course_of(GOOD, tmp_path, monkeypatch)

    make.main(["01"])

    assert capsys.readouterr().out == "01_lesson\n"
    english, chinese = read(source, "en"), read(source, "zh")
    assert english.cells[1].outputs == chinese.cells[1].outputs
    assert english.cells[1].outputs[0].text == "42\n"
    assert english.cells[0].source.startswith("# A lesson\n\n[中文](zh/01_lesson.ipynb)")
    assert chinese.cells[0].source.startswith("# 一课\n\n[English](../01_lesson.ipynb)")


def test_a_name_that_there_is_none_of_is_told_with_those_that_there_are(
    tmp_path, monkeypatch, capsys
):
    a_course_of(GOOD, tmp_path, monkeypatch)
    with pytest.raises(SystemExit) as stopped:
        make.main(["02_other"])
    assert stopped.value.code == 2
    assert "no source '02_other'; there are 01_lesson" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace(' lang="zh"', ""),
        GOOD.replace('lang="zh"', 'lang="de"'),
        GOOD.replace('lang="zh"', 'lang="en"'),
        GOOD + '\n# %% [markdown] lang="en"\n# alone\n',
        "# %%\nprint(1)\n",
    ],
)
def test_words_without_a_language_or_a_twin_are_told(text, tmp_path, monkeypatch):
    source = a_course_of(text, tmp_path, monkeypatch)
    with pytest.raises(ValueError, match=r"01_lesson\.py: "):
        make.build(source, "en")


def png(frames):
    """Pictures (an animation if several) as a notebook keeps them."""
    kept = io.BytesIO()
    frames[0].save(kept, format="PNG", save_all=len(frames) > 1, append_images=frames[1:])
    return base64.b64encode(kept.getvalue()).decode()


def decoded(text):
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_a_picture_gets_a_palette_which_hardly_changes_it():
    grey = Image.radial_gradient("L")
    picture = Image.merge("RGB", (grey, grey.rotate(90), Image.linear_gradient("L")))

    small = decoded(make._with_palette(png([picture])))

    assert (small.mode, small.size) == ("P", picture.size)
    before, after = (np.asarray(p.convert("RGB").resize((16, 16))) for p in (picture, small))
    assert np.abs(before.astype(int) - after).max() < 16


def test_an_animation_stays_as_it_is():
    moving = png([Image.new("RGB", (9, 9), color) for color in ("red", "blue")])
    assert make._with_palette(moving) == moving


def test_a_line_that_breaks_within_chinese_gets_no_space(tmp_path, monkeypatch):
    text = GOOD.replace(
        "# # 一课", "# # 一课\n#\n# 先看图，\n# 再写 `a`\n# 和 b。\n#\n# * 一\n# * 二"
    )
    source = a_course_of(text, tmp_path, monkeypatch)
    words = make.build(source, "zh").cells[0].source
    assert "先看图，再写 `a`\n和 b。\n\n* 一\n* 二" in words
