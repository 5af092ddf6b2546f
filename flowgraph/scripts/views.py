"""The inner modules of TensorFlow: modules whose names are looked up in flowgraph's public ones."""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType
from typing import Any

import flowgraph
from flowgraph.core import lazy, missing_names
from flowgraph.scripts.paths import PACKAGES, REST, SAME, VIEWS


class View(ModuleType):
    """`tensorflow.python.framework.ops`: what public modules have, and the modules below it."""

    def __init__(self, path: str, places: str) -> None:
        """Args: its path without "tensorflow.", and where its names are found (see paths.py)."""
        super().__init__(f"tensorflow.{path}", f"A view of {places}.")
        self.__path__: list[str] = []  # it may have modules below it
        words = places.split()
        self._flowgraph_path = path
        self._flowgraph_renamed = dict(w.split("=") for w in words if "=" in w)
        self._flowgraph_places = [w for w in words if "=" not in w]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if (path := f"{self._flowgraph_path}.{name}") in VIEWS or path in PACKAGES:
            found = find(path)
            if found is not None:
                return found
        if name in self._flowgraph_renamed:
            return public(self._flowgraph_renamed[name])
        for place in self._flowgraph_places:
            module = public(place, None)
            found = getattr(module, name, self)
            if found is self:
                continue
            if isinstance(found, ModuleType) and name not in getattr(module, "__all__", ()):
                return _file(path) or found  # TensorFlow's file may hold more than ours
            return found
        raise lazy.missing(self.__name__, name, holder=self)

    def __dir__(self) -> list[str]:
        modules = [public(place, None) for place in self._flowgraph_places]
        names = {n for module in modules if module is not None for n in dir(module)}
        return sorted(names | set(self._flowgraph_renamed))


def public(path: str, *default: Any) -> Any:
    """What is public as `tf.path` ("." is tf itself), or the module behind an "@"."""
    try:
        if path.startswith("@"):
            return importlib.import_module(path[1:])
        found: Any = flowgraph
        for part in path.split(".") if path.strip(".") else ():
            found = getattr(found, part)
        return found
    except (AttributeError, ImportError):
        if default:
            return default[0]
        raise


@cache
def find(path: str) -> ModuleType | None:
    """The module that `tensorflow.path` means; None where TensorFlow had none, or we have not."""
    for prefix, public_path in SAME.items():
        if path == prefix or path.startswith(f"{prefix}."):
            rest = path.removeprefix(prefix).lstrip(".")
            asked = f"{public_path}.{rest}".strip(".")
            inner = None if _is_public(asked) else _above(path, public_path, rest)
            return inner or find(asked)
    if path in VIEWS:
        places = VIEWS[path].split()
        if all(public(place, None) is None for place in places if "=" not in place):
            return None  # the family is not there
        is_one = len(places) == 1 and path not in PACKAGES
        return public(places[0]) if is_one else View(path, VIEWS[path])
    if path in PACKAGES:
        return View(path, "@flowgraph.core" if path == "core" else "")
    if (file := _file(path)) is not None:
        return file
    parent, _, name = path.rpartition(".")
    if parent in VIEWS and name.endswith("_pb2"):
        return View(path, VIEWS[parent])
    if path and path.split(".")[0] not in flowgraph.__all__:
        return None
    found = public(path, None)
    return found if isinstance(found, ModuleType) else None


def _file(path: str) -> View | None:
    """A view of a file of TensorFlow's that the table has not."""
    parent, _, name = path.rpartition(".")
    there = parent in PACKAGES and name in missing_names.tf1_symbols().get(f"tf.{parent}", ())
    return View(path, REST) if there else None


def _is_public(path: str) -> bool:
    parent, _, name = f"tf.{path}".rpartition(".")
    return name in missing_names.tf1_symbols().get(parent, ())


def _above(path: str, public_path: str, rest: str) -> View | None:
    """A view of the public module above one that TensorFlow has and that is not public."""
    parent, _, name = path.rpartition(".")
    if name not in missing_names.tf1_symbols().get(f"tf.{parent}", ()):
        return None
    above = f"{public_path}.{rest}".rpartition(".")[0]
    while above and not isinstance(public(above, None), ModuleType):
        above = above.rpartition(".")[0]
    return View(path, f"{above} {above.split('.')[0]} .") if above else None


python = find("python")
