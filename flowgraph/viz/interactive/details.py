"""What the panel of the interactive view tells of an operation: attributes, tensors, its line.

Graphs repeat themselves, so that each text is kept once, in tables that operations point into.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from flowgraph.viz import reading

_LONGEST = 160
_MOST_ITEMS = 8
_INNER = ("_output_shapes",)
"""Attributes that only repeat what else is told."""
_CELL = re.compile(r"[\\/]ipykernel_\d+[\\/]\d+\.py$|^<ipython-input")


class Table:
    """Values with numbers: an equal value has the number of its first."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Hashable, int] = {}

    def number(self, key: Hashable, show: Callable[[Any], Any] | None = None) -> int:
        """The number of `key`; the table holds what `show` makes of it, or itself."""
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.values)
            self.values.append(key if show is None else show(key))
        return found


def spec(tensor: Any) -> str:
    """Dtype and static shape: "float32 ?×10", "int64 scalar"."""
    shape = reading.shape_text(tensor.shape) or "scalar"
    return f"{tensor.dtype.base_dtype.name} {shape}"


def attributes(op: Any) -> tuple[tuple[str, str], ...]:
    """(name, text) of an operation's attributes, also of a node that could not be imported."""
    message = getattr(op, "node_def", None) if not op.attrs else None
    if message is None:
        pairs: Iterable[tuple[str, Any]] = op.attrs.items()
        told = [(name, attribute_text(value)) for name, value in pairs]
    else:
        told = [(name, _message_text(message.attr[name])) for name in sorted(message.attr)]
    return tuple((name, text) for name, text in told if text and name not in _INNER)


def attribute_text(value: Any) -> str:
    """An attribute's value for people."""
    if isinstance(value, np.ndarray | np.generic):
        return _array_text(np.asarray(value))
    if hasattr(value, "get_operations"):
        return f"a function of {len(value.get_operations())} operations"
    if isinstance(value, list | tuple):
        items = [attribute_text(item) for item in value[:_MOST_ITEMS]]
        return _cut(f"[{', '.join(items)}{', …' if len(value) > _MOST_ITEMS else ''}]")
    if isinstance(value, Mapping):
        return attribute_text(list(value))
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if hasattr(value, "as_list") and hasattr(value, "rank"):
        return reading.shape_text(value) or "scalar"
    return _cut(str(getattr(value, "name", value)))


def _array_text(array: np.ndarray[Any, Any]) -> str:
    if array.ndim == 0:
        return _cut(f"{array.dtype.name} scalar: {array.item()!r}")
    words = np.array2string(array, threshold=_MOST_ITEMS, edgeitems=2, precision=4)
    shape = "×".join(map(str, array.shape))
    return _cut(f"{array.dtype.name} {shape}: {' '.join(words.split())}")


def _message_text(value: Any) -> str:
    """An AttrValue as it stands in a GraphDef."""
    kind = value.WhichOneof("value")
    if kind == "type":
        from flowgraph.core import dtypes

        return str(dtypes.as_dtype(value.type).name)
    if kind == "tensor":
        sizes = [str(d.size) for d in value.tensor.tensor_shape.dim]
        return f"a tensor, {'×'.join(sizes) or 'scalar'}"
    if kind in ("s", "i", "f", "b"):
        return attribute_text(getattr(value, kind))
    return _cut(" ".join(str(getattr(value, kind)).split()) if kind else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def line(made: Any) -> tuple[str, int, str, str] | None:
    """(file, line, function, text) of a user's own line, the file as its reader knows it."""
    if made is None:
        return None
    return _shown(made.file), made.number, made.function, _cut(made.text)


def _shown(file: str) -> str:
    """A path as seen from here; others in short: a page that is passed on tells of no home."""
    if _CELL.search(file):
        return "a notebook cell"
    near = os.path.relpath(file) if os.path.isabs(file) else file
    if not near.startswith(".."):
        return near
    return os.path.join("…", *file.replace("\\", "/").split("/")[-2:])
