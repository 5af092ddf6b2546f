"""Every op, each declared in one block: type, arguments, shape rule, kernel, gradient, function.

To add an op, write its block in the file of its family and its cases in tests/golden, and run
`docs/make_ops_index.py`. A file of ops is loaded when one of its ops or functions is needed.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from flowgraph.core.op_def import declare_when_asked
from flowgraph.core.source import add_own_directory

add_own_directory(__path__[0])


@cache
def _index() -> dict[str, str]:
    """Op type -> the module that declares it, without "flowgraph.ops."."""
    lines = (Path(__file__).parent / "index.txt").read_text().splitlines()
    return {name: words[0] for line in lines if (words := line.split()) for name in words[1:]}


@cache
def _load_all() -> None:
    for found in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(found.name)


def _declare(op_type: str | None) -> None:
    if op_type in _index():
        importlib.import_module(f"{__name__}.{_index()[op_type]}")
    elif op_type is None or op_type[:1].isupper():  # tools ask modules for names of their own
        _load_all()


declare_when_asked(_declare)
