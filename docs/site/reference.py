"""The pages of the API reference: one for each public module, written for Sphinx's autodoc.

The names are asked of the live modules, since the faces load them when they are first looked at
(`core/lazy.py`); an object with several names is told of once, under the shortest, and linked from
the others.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from docstrings import as_rst

import flowgraph
import flowgraph.viz
from flowgraph.core.missing_names import names_of, tf1_symbols
from flowgraph.scripts import judge

OURS = ("tf.viz",)  # public modules that TensorFlow 1.15 has not
NOT_SHOWN = ("tf.python", "tf.raw_ops")  # docs/ops.md lists the ops
PARTS = {  # tf itself is too much for a page: where a thing is made -> the part that it is in
    "ops.math": "math", "ops.array": "arrays", "ops.control": "control flow",
    "ops.random": "random numbers", "ops.strings": "strings and parsing",
    "ops.parsing": "strings and parsing", "ops.state": "variables and state",
    "variables": "variables and state", "ops.sparse": "sparse tensors",
    "core": "graphs and sessions", "runtime": "graphs and sessions",
    "ops.gradients": "gradients", "ops.spectral": "math", "ops.image": "arrays",
    "ops.ragged": "arrays", "ops.nn": "math", "ops.quantize": "quantized numbers",
}  # fmt: skip
REST = "everything else"
_SELF = re.compile(r" \((?:tf\.)?[\w.]+\)(?=[.;:,]|$)")  # what a docstring says of its own name


@dataclass
class Page:
    """A page: its title, such as "tf.nn", its words, and the names on it, each with its value."""

    title: str
    file: str
    about: str
    names: dict[str, Any] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)


def modules() -> dict[str, ModuleType]:
    """The public modules by name, from "tf" on."""
    found = {"tf": flowgraph}
    for name in sorted([*tf1_symbols(), *OURS]):
        if name == "tf" or (name.startswith(NOT_SHOWN) and name != "tf.python_io"):
            continue
        module = judge.resolve(name.removeprefix("tf."), False)
        if isinstance(module, ModuleType):
            found[name] = module
    return found


def names(name: str, module: ModuleType) -> dict[str, Any]:
    """What a module shows, modules left out, as dotted names with values."""
    listed = set(tf1_symbols().get(name, ()))
    listed |= set(names_of(module)) if hasattr(module, "__all__") else set()
    found = {}
    for word in sorted(listed, key=str.lower):
        path = f"{name}.{word}"
        value = judge.resolve(path.removeprefix("tf."), False)
        is_hidden = word.startswith("_") or isinstance(value, (ModuleType, judge.Absent))
        if not is_hidden:
            found[path] = value
    return found


def pages() -> list[Page]:
    """All pages, tf's parts first."""
    shown = modules()
    found = []
    for name, module in shown.items():
        about = inspect.cleandoc(module.__doc__ or "").split("\n\n")[0]
        below = [m for m in shown if m.rpartition(".")[0] == name]
        page = Page(name, name, about, names(name, module), below)
        found += _parts(page) if name == "tf" else [page]
    full = {page.title for page in found if page.names or page.modules}
    return [
        Page(p.title, p.file, p.about, p.names, [m for m in p.modules if m in full])
        for p in found if p.title in full or p.title.startswith("tf: ")
    ]  # fmt: skip


def _parts(page: Page) -> Iterator[Page]:
    parts: dict[str, dict[str, Any]] = {part: {} for part in sorted({*PARTS.values()})}
    parts[REST] = {}
    for path, value in page.names.items():
        made = getattr(value, "__module__", None) or ""
        keys = made.removeprefix("flowgraph.").split(".")
        part = PARTS.get(".".join(keys[:2])) or PARTS.get(keys[0]) or REST
        parts[part][path] = value
    for part, held in parts.items():
        title = f"tf: {part}"
        about = "Names of the top of the package, `import flowgraph as tf`."
        yield Page(title, title.replace(": ", "-").replace(" ", "-"), about, held)


def homes(found: list[Page]) -> dict[int, str]:
    """The identity of each function and class -> the name under which it is told of."""
    places: dict[int, str] = {}
    every = [(path, value) for page in found for path, value in page.names.items()]
    for path, value in sorted(every, key=lambda item: _rank(item[0])):
        if is_described(value):
            places.setdefault(id(value), path)
    return places


def _rank(path: str) -> tuple[bool, int, bool, str]:
    parts = path.split(".")
    is_elsewhere = parts[1] in ("contrib", "compat")
    return is_elsewhere, len(parts), "_v2" in path, path


def is_described(value: Any) -> bool:
    """Whether a value has words of its own: functions and classes, messages left out."""
    return callable(value) and not hasattr(value, "DESCRIPTOR") and bool(inspect.getdoc(value))


def text(page: Page, places: dict[int, str]) -> str:
    """The page as reStructuredText."""
    line = "=" * len(page.title)
    words = f":orphan:\n\n{page.title}\n{line}\n\n{as_rst(page.about)}\n\n"
    if page.modules:
        words += "Below it: " + ", ".join(f":doc:`{m} <{m}>`" for m in page.modules) + ".\n\n"
    words += ".. list-table::\n   :class: names\n\n" if page.names else ""
    for path, value in page.names.items():
        name, about = _row(path, value, places)
        words += f"   * - {name}\n     - {about}\n"
    return words + "\n" + "".join(
        _entry(path, value) for path, value in page.names.items()
        if places.get(id(value)) == path and is_described(value)
    )  # fmt: skip


def _row(path: str, value: Any, places: dict[int, str]) -> tuple[str, str]:
    short = path.rpartition(".")[2]
    if not is_described(value):
        kind = "protobuf message" if hasattr(value, "DESCRIPTOR") else f"``{_shown(value)}``"
        return f"``{short}``", kind
    home = places[id(value)]
    about = as_rst(first_sentence(inspect.getdoc(value) or ""))
    same = "" if home == path else f" (the same as ``{home}``)"
    return f":py:obj:`{short} <{home}>`", about + same


def _shown(value: Any) -> str:
    words = repr(value)
    plain = not re.search(r" at 0x|`|\n", words) and len(words) < 60
    return words if plain else type(value).__name__


def first_sentence(words: str) -> str:
    """The first sentence of a docstring, on one line."""
    paragraph = _SELF.sub("", " ".join(words.split("\n\n")[0].split()))
    end = re.search(r"[.:](?=\s+[A-Z`])", paragraph)
    return paragraph[: end.end()] if end else paragraph


def _entry(path: str, value: Any) -> str:
    if not inspect.isclass(value):
        return f".. autofunction:: {path}\n\n"
    kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
    return f".. {kind}:: {path}\n   :members:\n   :show-inheritance:\n\n"


HEAD = """API reference
=============

What ``import flowgraph as tf`` shows, module by module, with shapes, dtypes and errors; "[source]"
leads to the code. The names are those of TensorFlow 1.15; which of its names are there is in
:doc:`the table of coverage <../api>`, and :doc:`the ops <../ops>` are listed by type.

"""


def index(found: list[Page]) -> str:
    """The page that lists them: tf's parts, then the families, then tf.contrib."""
    contrib = [p for p in found if p.title.startswith("tf.contrib")]
    groups = {
        "The top": [p for p in found if p.title.startswith("tf: ")],
        "Modules": [p for p in found if p.title.startswith("tf.") and p not in contrib],
        "Contributed": contrib,
    }
    words = HEAD
    for title, held in groups.items():
        links = "\n".join(f"* :doc:`{p.title} <{p.file}>`: {as_rst(p.about)}" for p in held)
        words += f"{title}\n{'-' * len(title)}\n\n{links}\n\n"
    return words


def write(folder: Path) -> None:
    """Writes the pages into a folder."""
    folder.mkdir(parents=True)
    found = pages()
    places = homes(found)
    for page in found:
        (folder / f"{page.file}.rst").write_text(text(page, places), encoding="utf-8")
    (folder / "index.rst").write_text(index(found), encoding="utf-8")


def name_modules() -> None:
    """Lets Python import the public modules by the names that users write, from "tf" on."""
    sys.modules.update(modules())
