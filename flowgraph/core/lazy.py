"""What loads when it is first asked for: the names of a public face, and functions.

A face (`flowgraph/__init__.py`, `nn.py`, ...) lists what it shows and where each thing is made:

    __getattr__, __dir__, __all__ = face(__name__, {"flowgraph.ops.nn.conv": "conv2d conv1d"})

Python calls a module's `__getattr__` for names that it has not; a name is kept once it was asked
for, so that only the first look at it costs anything.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


def face(
    module: str, names: Mapping[str, str], modules: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of a public module.

    What the module holds itself is public too, unless it begins with an underscore or is a module.

    Args:
      module: its name.
      names: a module -> the names that come from it, with blanks between. `here=there` shows what
        is called `there` in its own module.
      modules: a name -> the module that it is.
    """
    places = {name: (source, "") for name, source in (modules or {}).items()}
    for source, words in names.items():
        for word in words.split():
            here, _, there = word.partition("=")
            places[here] = (source, there or here)
    held = vars(sys.modules[module])

    sys.modules[module].__class__ = _Face

    def get(name: str) -> Any:
        if name not in places:
            raise missing(module, name)
        source, attribute = places[name]
        value: Any = importlib.import_module(source)
        held[name] = tell(getattr(value, attribute) if attribute else value, f"{module}.{name}")
        return held[name]

    def names_of() -> list[str]:
        return sorted({*held, *places})

    own = (n for n, v in held.items() if not (n.startswith("_") or isinstance(v, ModuleType)))
    return get, names_of, sorted({*places, *own})


class _Face(ModuleType):
    """A module whose public modules tell of names that are missing, however they got loaded."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Python's import binds a module that it has loaded here."""
        public = self.__dict__.get("__all__", ())
        super().__setattr__(
            name, tell(value, f"{self.__name__}.{name}") if name in public else value
        )


def tell(value: Any, path: str) -> Any:
    """Lets a module that has no `__getattr__` name what is nearest to a name that it has not.

    Args:
      value: the module, which is returned, as is any other value.
      path: where it is found from "flowgraph." on, whatever its own name is.
    """
    if isinstance(value, ModuleType) and not hasattr(value, "__getattr__"):

        def get(name: str) -> Any:
            raise missing(value.__name__, name, path)

        vars(value)["__getattr__"] = get
    return value


class _MissingName(AttributeError):
    """An AttributeError whose text is made when somebody reads it.

    Python's import, and `hasattr`, ask for names that a module has not, and forget the error.
    """

    def __init__(self, module: str, name: str, path: str, holder: Any) -> None:
        super().__init__(name=name, obj=object())  # lest Python adds a guess of its own
        self._asked = (module, name, path)
        self._holder = holder

    def __str__(self) -> str:
        from flowgraph.core import missing_names

        module, name, path = self._asked
        return missing_names.message(module, name, missing_names.names_of(self._holder), path)


_MissingName.__module__, _MissingName.__qualname__ = "builtins", "AttributeError"


def missing(module: str, name: str, path: str | None = None, holder: Any = None) -> AttributeError:
    """The error for a name that a public module, found at `path`, has not.

    `holder` is the module itself, where it is not the one that was imported by that name.
    """
    if name.startswith("_"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    return _MissingName(module, name, path or module, holder or sys.modules[module])


def later(module: str, function: str) -> Callable[..., Any]:
    """A function whose module is imported when it is first called."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(importlib.import_module(module), function)(*args, **kwargs)

    return call
