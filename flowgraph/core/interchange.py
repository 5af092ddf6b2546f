"""How graphs, operations and shapes become protocol buffer messages.

The messages belong to a higher floor, which is loaded when it is first needed: whoever puts the
floors together tells how.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_loaders: list[Callable[[], Any]] = []


def register(loader: Callable[[], Any]) -> None:
    """Sets the function that gives the module that writes messages (graph_io.export)."""
    _loaders[:] = [loader]


def writer() -> Any:
    """The module that writes messages: `node_def`, `graph_def`, `attribute`, `shape_proto`."""
    return _loaders[0]()
