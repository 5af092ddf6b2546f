"""Whether flowgraph has what a script uses, with the arguments that it gives."""

from __future__ import annotations

import difflib
import inspect
from functools import cache
from types import ModuleType
from typing import Any

from flowgraph.core import missing_names
from flowgraph.scripts import views
from flowgraph.scripts.uses import Use

_MISSING = object()


def fault(use: Use) -> str | None:
    """What is wrong with a use, in a sentence; None when it is right."""
    found = resolve(use.path, use.is_import)
    if isinstance(found, Absent):
        return f"tf.{use.path} is missing{found.reason}"
    return _wrong_arguments(use, found) if use.is_call else None


class Absent:
    """A part of a path that there is not; `reason` says more of it."""

    def __init__(self, path: str, parent: str, name: str, there: Any) -> None:
        public = f"tf.{parent.removeprefix('compat.v1').lstrip('.')}".rstrip(".")
        symbols = missing_names.tf1_symbols()
        near = missing_names.nearest(public, name, missing_names.names_of(there))
        had = name in symbols.get(public, ()) or f"{public}.{name}" in symbols
        is_part = path != f"{parent}.{name}".lstrip(".")
        self.reason = f": there is no {public}.{name}" if is_part else ""
        if had:
            self.reason += " (TensorFlow 1.15 has it)"
        elif public in symbols:
            self.reason += " (TensorFlow 1.15 has no such name)"
        if near and near != f"{public}.{name}":
            self.reason += f"; the nearest is {near}"


@cache
def resolve(path: str, is_import: bool) -> Any:
    """What a path means; `Absent` where flowgraph has no such thing.

    Only modules and classes are looked into: what other values have is known when they are there.
    """
    found: Any = views.find("")
    parts = path.split(".")
    for i, name in enumerate(parts):
        if not isinstance(found, (ModuleType, type)):
            return found
        below = _below(found, ".".join(parts[:i]), name)
        if below is _MISSING:
            return Absent(path, ".".join(parts[:i]), name, found)
        found = below
    if is_import and not isinstance(found, ModuleType):
        return Absent(path, ".".join(parts[:-1]), parts[-1], found)
    return found


def _below(found: Any, parent: str, name: str) -> Any:
    """The attribute of a module or class, or the module of that path."""
    path = f"{parent}.{name}".lstrip(".")
    if isinstance(found, ModuleType) and (module := views.find(path)) is not None:
        return module
    is_hidden = parent == "" and isinstance(vars(found).get(name), ModuleType)
    try:
        return _MISSING if is_hidden else getattr(found, name, _MISSING)
    except ImportError:  # of a package that is not installed here
        return _MISSING


def _wrong_arguments(use: Use, function: Any) -> str | None:
    """What is wrong with the arguments of a call, as far as the signature tells."""
    if not callable(function):
        return None
    if hasattr(function, "DESCRIPTOR"):
        return _wrong_fields(use, function)
    try:
        known = parameters(function)
    except (TypeError, ValueError):
        return None
    kinds = {p.kind for p in known}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        named = [p.name for p in known if p.kind is not p.POSITIONAL_ONLY]
        for keyword in use.keywords:
            if keyword not in named:
                return _no_argument(use, keyword, named)
    places = [p for p in known if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if inspect.Parameter.VAR_POSITIONAL not in kinds and use.positional > len(places):
        return f"tf.{use.path}() takes {len(places)} arguments by place, not {use.positional}"
    return None


def parameters(function: Any) -> list[inspect.Parameter]:
    """A function's parameters; those of `__init__` where a class's own class makes the calls."""
    if isinstance(function, type) and type(function).__call__ is not type.__call__:
        return list(inspect.signature(function.__init__).parameters.values())[1:]
    return list(inspect.signature(function).parameters.values())


def _wrong_fields(use: Use, message: Any) -> str | None:
    """The same for a protocol buffer message, whose arguments are its fields."""
    fields = list(message.DESCRIPTOR.fields_by_name)
    for keyword in use.keywords:
        if keyword not in fields:
            return _no_argument(use, keyword, fields)
    return None


def _no_argument(use: Use, keyword: str, named: list[str]) -> str:
    near = difflib.get_close_matches(keyword, named, 1)
    hint = f"; the nearest is {near[0]!r}" if near else ""
    return f"tf.{use.path}() has no argument {keyword!r}{hint}"
