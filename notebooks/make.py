"""Makes the course: runs each source once and writes it as an English and a Chinese notebook.

    python notebooks/make.py [name ...]

A source, `sources/NN_name.py`, is in jupytext's percent format. Its code is there once; its words
are there twice, as pairs of cells `# %% [markdown] lang="en"` and `# %% [markdown] lang="zh"`. Both
notebooks get the same code and the same outputs. tests/notebooks holds them to their sources.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import tempfile
from pathlib import Path

import jupytext
import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

HERE = Path(__file__).resolve().parent
FOLDERS = {"en": HERE, "zh": HERE / "zh"}
LINKS = {
    "en": "[中文](zh/{name}.ipynb) · [the course](README.md)",
    "zh": "[English](../{name}.ipynb) · [课程目录](../README.md)",
}
SOLUTION = {
    "en": re.compile(r"<details><summary>Solution</summary>\n(.*?)\n</details>", re.DOTALL),
    "zh": re.compile(r"<details><summary>答案</summary>\n(.*?)\n</details>", re.DOTALL),
}
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
_WIDE = "\u2018-\u201d\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef"
_MARK = "\u201c\u201d\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
_BROKEN_LINE = re.compile(
    rf"(?<=[{_WIDE}])\n *(?=(?:\*\*)?[{_WIDE}])|(?<=[{_WIDE}]\*\*)\n *(?=[{_WIDE}])"
    rf"|(?<=[{_MARK}])\n *(?=[A-Za-z(]|`(?!``)|\*\*?\S|\d+(?![\d.)]))"
)
"""Within Chinese: a browser would show a space there, where Chinese has none."""
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def sources() -> list[Path]:
    """The course's sources, in its order."""
    return sorted((HERE / "sources").glob("[0-9][0-9]_*.py"))


def place(source: Path, language: str) -> Path:
    """Where the notebook of a source is kept."""
    return FOLDERS[language] / f"{source.stem}.ipynb"


def build(source: Path, language: str) -> NotebookNode:
    """The notebook of a source in one language, without outputs.

    Raises:
        ValueError: a cell of words does not say its language, or has no twin beside it.
    """
    cells = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent").cells
    _check_pairs(source, cells)
    chosen = [c for c in cells if c.cell_type == "code" or c.metadata["lang"] == language]
    chosen[0].source += "\n\n" + LINKS[language].format(name=source.stem)
    for number, cell in enumerate(chosen):
        cell.metadata = {}
        cell.id = f"cell-{number}"
        if cell.cell_type == "markdown":
            cell.source = _BROKEN_LINE.sub("", cell.source)
    notebook = nbformat.v4.new_notebook(cells=chosen, metadata=_METADATA)
    notebook.nbformat_minor = 5
    return notebook


def solutions(notebook: NotebookNode, language: str) -> list[str]:
    """The code of the solutions that the last cell hides."""
    hidden = SOLUTION[language].findall(notebook.cells[-1].source)
    return CODE.findall("\n".join(hidden))


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Runs all cells in a new kernel, in `folder`; an error in a cell is an exception here."""
    kernels = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_ThisInterpreter())
    NotebookClient(
        notebook,
        km=kernels,
        timeout=600,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute(env={**os.environ, "IPYTHONDIR": str(folder), "FLOWGRAPH_DISPLAY": "picture"})


def make(source: Path) -> None:
    """Runs a source once and writes its notebooks."""
    first = build(source, "en")
    with tempfile.TemporaryDirectory() as folder:
        execute(first, Path(folder))
    _shrink_pictures(first)
    for language, folder in FOLDERS.items():
        notebook = build(source, language)
        for cell, ran in zip(_code(notebook), _code(first), strict=True):
            cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
        folder.mkdir(exist_ok=True)
        nbformat.write(notebook, place(source, language))


def main(arguments: list[str] | None = None) -> None:
    """Makes the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="of sources, or how they begin; none: all")
    names = [Path(name).stem for name in parser.parse_args(arguments).names]
    there = sources()
    for name in names:
        if not any(source.stem.startswith(name) for source in there):
            known = ", ".join(source.stem for source in there)
            parser.error(f"there is no source {name!r}; there are {known}")
    for source in there:
        if not names or source.stem.startswith(tuple(names)):
            make(source)
            print(source.stem)


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel, that of the Python that runs this, whatever a user has installed."""

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(**get_kernel_dict(["--log-level=ERROR"]))


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _shrink_pictures(notebook: NotebookNode) -> None:
    """Gives each PNG a palette, which a chart does not miss and which halves its size."""
    for cell in _code(notebook):
        for output in cell.outputs:
            png = output.get("data", {}).get("image/png")
            if png:
                output.data["image/png"] = _with_palette(png)


def _with_palette(png: str) -> str:
    """A PNG (base64) in 256 colours, or as it is where that is smaller or it is an animation."""
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if getattr(picture, "is_animated", False):
        return png
    small = io.BytesIO()
    picture.convert("RGB").quantize(256).save(small, format="PNG", optimize=True)
    return min(base64.b64encode(small.getvalue()).decode(), png, key=len)


def _check_pairs(source: Path, cells: list[NotebookNode]) -> None:
    wanted = "en"
    for cell in cells:
        given = cell.metadata.get("lang") if cell.cell_type == "markdown" else None
        if (given or "en") != wanted or (cell.cell_type == "markdown" and given is None):
            opening = cell.source.partition("\n")[0]
            raise ValueError(
                f'{source.name}: expected a cell [markdown] lang="{wanted}", or code after a '
                f"pair of languages, at {opening!r}"
            )
        wanted = "zh" if given == "en" else "en"
    if not cells or cells[0].cell_type != "markdown" or wanted != "en":
        raise ValueError(f"{source.name}: it has to begin and end with a pair of languages")


if __name__ == "__main__":
    main()
