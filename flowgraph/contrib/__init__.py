"""`tf.contrib`: families that load when they are first asked for.

Each module or package beside this file is a family; `tf.contrib.X.python.Y...`, the paths at which
scripts reach into one, are views of it (`paths.py`).
"""

import importlib as _importlib
import pkgutil as _pkgutil
import sys as _sys
from types import ModuleType as _ModuleType

from flowgraph.contrib import missing as _missing
from flowgraph.contrib import paths as _paths
from flowgraph.core.lazy import tell as _tell

_FAMILIES = sorted({m.name for m in _pkgutil.iter_modules(__path__)} - {"missing", "paths"})


class _Contrib(_ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        """Python's import binds a loaded family here, whichever way it came to be imported."""
        _paths.open_family(value)
        super().__setattr__(name, _tell(value, f"{__name__}.{name}"))


def __getattr__(name: str) -> _ModuleType:
    if name.startswith("__"):
        raise AttributeError(name)
    if name not in _FAMILIES:
        raise _missing.family(name, _FAMILIES)
    return _importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return list(_FAMILIES)


_sys.modules[__name__].__class__ = _Contrib
