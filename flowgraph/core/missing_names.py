"""What to say of a name that a public module has not: which one is near, and whether TF had it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

_LIKE = 0.6  # how much two names have in common, of 1


@cache
def tf1_symbols() -> dict[str, tuple[str, ...]]:
    """The public names of each module of TensorFlow 1.15, by "tf.train" and the like.

    Of the folders in tensorflow.python, which are not public, it has the modules.
    """
    text = (Path(__file__).parent / "tf1_symbols.txt").read_text()
    lines = (line.partition(": ") for line in text.splitlines())
    return {module: tuple(names.split()) for module, _, names in lines}


def public_name(module: str) -> str:
    """The name by which a module is public: `tf.gfile` for "flowgraph.platform.gfile"."""
    parts = module.split(".")[1:]
    for path in (parts, parts[1:]):
        if (name := ".".join(["tf", *path])) in tf1_symbols():
            return name if path or not parts else ".".join(["tf", *parts])
    return ".".join(["tf", *parts])


def names_of(holder: Any) -> list[str]:
    """The public names of a module or class; modules that are the engine's own are not."""
    return list(getattr(holder, "__all__", None) or dir(holder))


def nearest(module: str, name: str, there: Iterable[str]) -> str:
    """The public name, from "tf." on, that is most like one that is missing; "" if none is."""
    there = [n for n in there if not n.startswith("_")]
    by_case = {n.lower(): n for n in there}
    near = [by_case[name.lower()]] if name.lower() in by_case else []
    near = near or difflib.get_close_matches(name, there, 1, _LIKE)
    others = (
        m for m in tf1_symbols()
        if m not in (module, "tf.raw_ops") and not m.startswith("tf.python")
    )  # fmt: skip
    elsewhere = [m for m in others if name in tf1_symbols()[m] and _is_there(m, name)]
    elsewhere = [m for m in elsewhere if m.count(".") < 2] or elsewhere
    if elsewhere and (not near or difflib.SequenceMatcher(None, name, near[0]).ratio() < 0.8):
        return f"{min(elsewhere, key=len)}.{name}"
    return f"{module}.{near[0]}" if near else ""


def _is_there(module: str, name: str) -> bool:
    """Whether flowgraph has `module.name`; it is not asked, as that would lead here again."""
    found: Any = sys.modules["flowgraph"]
    for part in [*module.split(".")[1:], name]:
        if part not in dir(found):
            return False
        try:
            found = getattr(found, part)
        except (AttributeError, ImportError):  # a package that it needs is not installed
            return False
    return True


def message(module: str, name: str, there: Iterable[str], path: str = "") -> str:
    """The error's text for a name that `module`, which has the names `there`, has not.

    `path` is where a script finds the module, such as "flowgraph.nn.rnn_cell".
    """
    public = public_name(path or module)
    near = nearest(public, name, there)
    known = name in tf1_symbols().get(public, ())
    parts = [f"module {module!r} has no attribute {name!r}"]
    if known:
        parts.append(f"TensorFlow 1.15 has {public}.{name}, flowgraph has it not")
    elif public in tf1_symbols():
        parts.append(f"TensorFlow 1.15 has no {public}.{name} either")
    if near:
        parts.append(f"did you mean {near}?" if not known else f"the nearest is {near}")
    return "; ".join(parts)
