"""`import tensorflow` means flowgraph, in this process: finders of modules for Python's import."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_NAME = "tensorflow"


class _Given(Loader):
    """A loader of a module that is there already."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._kept = {name: getattr(module, name, None) for name in ("__spec__", "__loader__")}

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Gives the module back what Python's import put into it, and a path to look below it."""
        for name, value in self._kept.items():
            setattr(module, name, value)
        if not hasattr(module, "__path__"):
            module.__path__ = []  # else Python would not look for `tensorflow.nn.rnn_cell`


class PackageFinder(MetaPathFinder):
    """Finds a package and all modules below it in flowgraph, and none of them elsewhere.

    Args:
      name: the package's name in scripts.
      place: where TensorFlow has it, without "tensorflow.".
      moved: modules of the package that TensorFlow has elsewhere, both without the package's name.
    """

    def __init__(self, name: str, place: str = "", moved: Mapping[str, str] | None = None) -> None:
        self.name, self._place, self._moved = name, place, moved or {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """The place of a module of the package.

        Raises:
          ModuleNotFoundError: flowgraph has no such module. A package of that name that is
            installed is not asked, as two libraries with one name would be mixed.
        """
        if fullname != self.name and not fullname.startswith(f"{self.name}."):
            return None
        from flowgraph.scripts import views

        inner = fullname.removeprefix(self.name).removeprefix(".")
        module = views.find(f"{self._place}.{self._moved.get(inner, inner)}".strip("."))
        if module is None:
            raise ModuleNotFoundError(_message(fullname), name=fullname)
        return ModuleSpec(fullname, _Given(module))


def _message(fullname: str) -> str:
    from flowgraph.core import missing_names

    public = "tf" + f".{fullname}".removeprefix(f".{_NAME}")
    parent, _, name = public.rpartition(".")
    known = missing_names.tf1_symbols()
    said = f"No module named {fullname!r} in flowgraph, which stands in for TensorFlow"
    if public in known or name in known.get(parent, ()):
        return f"{said}; TensorFlow 1.15 has it"
    near = missing_names.nearest(parent, name, known.get(parent, ()))
    return said + (f"; did you mean {near}?" if near else "")


def install_as_tensorflow() -> None:
    """Makes `import tensorflow` mean flowgraph in this process, for a script or a notebook.

    `tensorflow.contrib.*`, `tensorflow.python.*`, `tensorflow.keras` and `tensorflow.compat.v1` are
    flowgraph's, too. Where TensorFlow is installed, no other process sees a change.

    Raises:
      RuntimeError: TensorFlow itself was imported before.
    """
    if _is_installed(_NAME):
        return
    if _NAME in sys.modules:
        raise RuntimeError(
            "TensorFlow itself is imported already: call flowgraph.install_as_tensorflow() before "
            "`import tensorflow`."
        )
    sys.meta_path.insert(0, PackageFinder(_NAME))


def install_as_keras() -> None:
    """Makes `import keras` mean `tf.keras`, where Keras was not imported before.

    The Keras that scripts for TensorFlow 1 import is the one that ran on it; those of today do not.
    """
    from flowgraph.scripts.paths import KERAS

    if not _is_installed("keras") and "keras" not in sys.modules:
        sys.meta_path.insert(0, PackageFinder("keras", "python.keras", KERAS))


def _is_installed(name: str) -> bool:
    return any(isinstance(f, PackageFinder) and f.name == name for f in sys.meta_path)
