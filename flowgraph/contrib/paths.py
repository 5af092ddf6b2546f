"""The inner paths of a tf.contrib family: `tf.contrib.rnn.python.ops.core_rnn_cell.LSTMCell`.

TensorFlow's families keep their code under `python`, and scripts reach into it. Here such a path
is a view of the family: a step that names a part of the family is that part, one that does not
(`ops`, `core_rnn_cell`) is passed over, and the last step is looked up in what has been reached.
Where TensorFlow has a file of a function's name, as in `python.ops.arg_scope.arg_scope`, the step
is a view that can also be called.
"""

from __future__ import annotations

import importlib
from types import FunctionType, ModuleType
from typing import Any


class View(ModuleType):
    """A family seen from one of its inner paths; or a file of it, with the family behind it."""

    def __init__(self, path: str, family: ModuleType, file: ModuleType | None = None) -> None:
        # The name under which Python looks further below it, as `flowgraph run` can import.
        super().__init__(path.replace("flowgraph.", "tensorflow.", 1))
        vars(self).update(_family=family, _file=file, __path__=[])

    def __getattr__(self, name: str) -> Any:
        family, file = vars(self)["_family"], vars(self)["_file"]
        if name.startswith("__"):
            raise AttributeError(name)
        own = file or getattr(family, self.__name__.rpartition(".")[2], None)
        if (file or isinstance(own, FunctionType)) and hasattr(own, name):
            return getattr(own, name)
        path = f"{self.__name__}.{name}"
        found = _part(family, name)
        if isinstance(found, FunctionType) and self._is_folder():
            return View(path, family)
        if isinstance(found, ModuleType) and name not in getattr(family, "__all__", ()):
            return View(path, family, found)
        if found is not None:
            open_family(found, path)
            return found
        if name[:1].islower() and "python" in self.__name__:
            return View(path, family)
        return getattr(family, name)

    def _is_folder(self) -> bool:
        """Whether TensorFlow has files below: `python` and one step more."""
        return self.__name__.rpartition("python")[2].count(".") <= 1

    def __setattr__(self, name: str, value: Any) -> None:
        """What a script sets in a file is set in the file itself."""
        own = name.startswith("__") or isinstance(value, ModuleType)
        target = self if own else vars(self)["_file"] or vars(self)["_family"]
        ModuleType.__setattr__(target, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function of this name, which was taken for a file."""
        place, _, name = self.__name__.rpartition(".")
        function = getattr(vars(self)["_family"], name, None)
        if callable(function):
            return function(*args, **kwargs)
        raise AttributeError(f"module {place!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*dir(vars(self)["_family"]), *dir(vars(self)["_file"])})


def _part(family: ModuleType, name: str) -> Any:
    """The module or the thing called `name` in a family; None where there is none."""
    if hasattr(family, name):
        return getattr(family, name)
    if not hasattr(family, "__path__"):
        return None
    path = f"{family.__name__}.{name}"
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        return None


def open_family(family: Any, path: str | None = None) -> None:
    """Gives a family the attribute `python`, the start of its inner paths."""
    if isinstance(family, ModuleType) and "python" not in vars(family):
        vars(family)["python"] = View(f"{path or family.__name__}.python", family)
