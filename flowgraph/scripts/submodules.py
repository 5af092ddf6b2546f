"""Modules of the standard library that TensorFlow 1 had imported, as scripts found out.

Who wrote `import urllib` and `urllib.request.urlretrieve(...)` was served by TensorFlow's own
import of `urllib.request`. Only `flowgraph run` does so, when the name is first asked for.
"""

from __future__ import annotations

import concurrent
import importlib
import urllib
from types import ModuleType
from typing import Any

_PACKAGES = (concurrent, urllib)


def load_when_asked() -> None:
    """Makes the packages import a module below them when it is asked for as an attribute."""
    for package in _PACKAGES:
        if "__getattr__" not in vars(package):
            package.__dict__["__getattr__"] = _getter(package)


def _getter(package: ModuleType) -> Any:
    def get(name: str) -> Any:
        inner = f"{package.__name__}.{name}"
        try:
            return importlib.import_module(inner)
        except ModuleNotFoundError as error:
            if name.startswith("__") or error.name == inner:
                said = f"module {package.__name__!r} has no attribute {name!r}"
                raise AttributeError(said) from None
            raise

    return get
