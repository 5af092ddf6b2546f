"""Gathers the site's pages from where they are kept, with their links put right.

A link to a file that is a page leads to the page; one to another file of the repository to a copy
of it; one to a folder becomes its words alone. `<!-- include FILE -->` and
`<!-- include FILE "Heading" -->` in a page put a file, or the part below a heading, in their place;
`<!-- code FILE -->` puts a file there as code.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Files that are included in a page, or stand for one -> the page.
ALSO = {"README.md": "index", "ARCHITECTURE.md": "architecture", "CHANGELOG.md": "changelog",
        "docs/api/index.rst": "api/index"}  # fmt: skip
LANGUAGES = {"notebooks": "English", "notebooks/zh": "中文"}

_LINK = re.compile(r"(!?)\[((?:!\[[^\]]*\]\([^)]*\)|[^\]\[])*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"^<!-- code (\S+) -->$", re.MULTILINE)
_INCLUDE = re.compile(r'^<!-- include (\S+)(?: "([^"]+)")? -->$', re.MULTILINE)
_FENCED = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)\s*?$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)


@dataclass
class Site:
    """Where each page comes from, and the folder that it is written into."""

    folder: Path
    pages: dict[str, Path]  # without ending -> the file

    def __post_init__(self) -> None:
        self._page_of = {ROOT / file: page for file, page in ALSO.items()}
        self._page_of |= {path: page for page, path in self.pages.items()}

    def write(self) -> None:
        """Writes every page."""
        for page, source in self.pages.items():
            target = self.folder / f"{page}{source.suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            words = source.read_text(encoding="utf-8")
            words = self._notebook(words, source, page) if source.suffix == ".ipynb" else (
                self._included(self.relinked(words, source, page), page)
            )  # fmt: skip
            target.write_text(words, encoding="utf-8")

    def _included(self, words: str, page: str) -> str:
        def put(match: re.Match[str]) -> str:
            source = ROOT / match[1]
            found = part(source.read_text(encoding="utf-8"), match[2])
            return _COMMENT.sub("", self.relinked(found, source, page))

        words = _CODE.sub(lambda m: f"```python\n{(ROOT / m[1]).read_text()}```", words)
        return _INCLUDE.sub(put, words)

    def _notebook(self, words: str, source: Path, page: str) -> str:
        notebook = json.loads(words)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = self.relinked("".join(cell["source"]), source, page)
        return json.dumps(notebook)

    def relinked(self, words: str, source: Path, page: str) -> str:
        """Markdown of a file with its links made those of a page; code stays as it is."""
        pieces = _FENCED.split(words)
        pieces[::2] = [
            _LINK.sub(lambda m: self._link(m, source, page), piece) for piece in pieces[::2]
        ]
        return "".join(pieces)

    def _link(self, match: re.Match[str], source: Path, page: str) -> str:
        image, words, to = match.groups()
        words = _LINK.sub(lambda m: self._link(m, source, page), words)
        file, mark, anchor = to.partition("#")
        if re.match(r"[a-z]+:", to) or not file:
            return f"{image}[{words}]({to})"
        path = Path(os.path.normpath(source.parent / file))
        if path.is_dir():
            return words
        if path in self._page_of:
            place = f"{self._page_of[path]}{self.pages.get(self._page_of[path], path).suffix}"
        else:
            place = self._copied(path)
        relative = os.path.relpath(place, Path(page).parent)
        return f"{image}[{words}]({relative}{mark}{anchor})"

    def _copied(self, path: Path) -> str:
        """The place of a copy of a file; Sphinx complains of one that is not there."""
        place = f"files/{path.relative_to(ROOT)}" if ROOT in path.parents else str(path)
        place += ".txt" if path.suffix == ".md" else ""  # lest it be taken for a page
        if path.is_file() and ROOT in path.parents:
            (self.folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, self.folder / place)
        return place


def part(words: str, heading: str | None) -> str:
    """What stands below a heading, up to the next or an end mark; without one, below the title.

    Raises:
        ValueError: there is no such heading.
    """
    if heading is None:
        return words.partition("\n")[2]
    _, found, after = words.partition(f"\n## {heading}\n")
    if not found:
        raise ValueError(f"there is no heading {heading!r} to include what stands below it")
    return re.split(r"^## |^<!-- .*end -->$", after, maxsplit=1, flags=re.MULTILINE)[0]


def sources() -> dict[str, Path]:
    """The pages and the files that they are made of."""
    docs = ROOT / "docs"
    found = {
        "zh": ROOT / "README.zh-CN.md",
        "howto/build-this-site": docs / "README.md",
        "notebooks/index": ROOT / "notebooks/README.md",
    }
    for path in [*docs.glob("*.md"), *docs.glob("howto/*.md")]:
        if path.name != "README.md":
            found[path.relative_to(docs).with_suffix("").as_posix()] = path
    for folder in LANGUAGES:
        for path in sorted((ROOT / folder).glob("[0-9]*.ipynb")):
            found[path.relative_to(ROOT).with_suffix("").as_posix()] = path
    return found


def course(pages: dict[str, Path]) -> str:
    """What the page of the notebooks has below its table: the tree of the pages themselves."""
    words = ""
    for folder, language in LANGUAGES.items():
        found = [page for page in pages if re.fullmatch(rf"{folder}/[0-9][^/]*", page)]
        lines = "\n".join(os.path.relpath(page, "notebooks") for page in found)
        words += f"\n```{{toctree}}\n:hidden:\n:caption: {language}\n\n{lines}\n```\n"
    return words


def gather(folder: Path) -> None:
    """Writes the pages of the site, those of the API left out, into a folder."""
    pages = sources()
    Site(folder, pages).write()
    with (folder / "notebooks/index.md").open("a", encoding="utf-8") as page:
        page.write(course(pages))
