"""Writes ops/index.txt: the module that declares each op type, so that it loads when it is needed.

`python docs/make_ops_index.py`, after an op was added. An op that is not in the index is found all
the same, by loading every module.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent
INDEX = ROOT / "ops" / "index.txt"
PREFIX = "flowgraph.ops."


class _Recorder(dict):
    """A registry that remembers which module was being imported when an op was declared."""

    def __init__(self) -> None:
        self.places: dict[str, list[str]] = {}

    def __setitem__(self, name: str, value: object) -> None:
        frame = sys._getframe(1)
        while frame is not None:
            module = frame.f_globals["__name__"]
            if frame.f_code.co_name == "<module>" and module.startswith(PREFIX):
                self.places.setdefault(module.removeprefix(PREFIX), []).append(name)
                break
            frame = frame.f_back
        super().__setitem__(name, value)


def places() -> dict[str, list[str]]:
    """Module -> the op types that it declares. The public face is left out: it loads some."""
    package = ModuleType("flowgraph")
    package.__path__ = [str(ROOT / "flowgraph")]
    sys.modules["flowgraph"] = package
    op_def = importlib.import_module("flowgraph.core.op_def")
    op_def._registry = recorder = _Recorder()
    ops = importlib.import_module("flowgraph.ops")
    for found in pkgutil.walk_packages(ops.__path__, PREFIX):
        importlib.import_module(found.name)
    return recorder.places


def main() -> None:
    """Writes the index."""
    found = places()
    lines = [f"{module} {' '.join(sorted(types))}\n" for module, types in sorted(found.items())]
    INDEX.write_text("".join(lines))
    print(f"{INDEX}: {sum(map(len, found.values()))} ops in {len(found)} modules")


if __name__ == "__main__":
    main()
