"""`import tensorflow` means flowgraph, in this process: a finder of modules for Python's import."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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


class TensorFlowFinder(MetaPathFinder):
    """Finds `tensorflow` and all modules below it in flowgraph, and none of them elsewhere."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """The place of a module of TensorFlow.

        Raises:
          ModuleNotFoundError: flowgraph has no such module. A TensorFlow that is installed is not
            asked, as two libraries with one name would be mixed.
        """
        if fullname != _NAME and not fullname.startswith(f"{_NAME}."):
            return None
        from flowgraph.scripts import views

        module = views.find(fullname.removeprefix(_NAME).removeprefix("."))
        if module is None:
            raise ModuleNotFoundError(_message(fullname), name=fullname)
        return ModuleSpec(fullname, _Given(module))


def _message(fullname: str) -> str:
    from flowgraph.core import missing_names

    public = fullname.replace(_NAME, "tf", 1)
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
    if any(isinstance(finder, TensorFlowFinder) for finder in sys.meta_path):
        return
    if _NAME in sys.modules:
        raise RuntimeError(
            "TensorFlow itself is imported already: call flowgraph.install_as_tensorflow() before "
            "`import tensorflow`."
        )
    sys.meta_path.insert(0, TensorFlowFinder())
