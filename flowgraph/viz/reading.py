"""Read a graph through TensorFlow's public names only: which operations, of what kind, how named.

Everything here is duck-typed (`get_operations`, `op`, `inputs`, `outputs`), so that any object
that behaves like TF 1.15's Graph, Tensor and Operation can be drawn.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flowgraph.viz import graph_def
from flowgraph.viz.model import Kind

PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"})
VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp", "AutoReloadVariable"})
UNNAMED = re.compile(r"((^|/)Const|/[xy])(_\d+)?$")
GRADIENT_SCOPE = re.compile(r"^gradients(_\d+)?$")

INFIX = {
    "Add": "+", "AddV2": "+", "Sub": "−", "Mul": "×", "Div": "÷", "RealDiv": "÷", "Pow": "^",
    "FloorDiv": "//", "FloorMod": "%", "Less": "<", "LessEqual": "≤", "Greater": ">",
    "GreaterEqual": "≥", "Equal": "=", "NotEqual": "≠",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reach:
    """The operations to draw, in the order of their creation, and those the user asked for."""

    operations: tuple[Any, ...]
    targets: frozenset[str]
    consumers: dict[str, list[tuple[Any, int]]]
    """Operation's name -> (consumer, its input's index; -1 for a control edge)."""


def read(source: Any) -> Reach:
    """The operations of a graph, or those that tensors and operations depend on."""
    targets: frozenset[str] = frozenset()
    if source is None:
        _operation_of(source)
    if hasattr(source, "get_operations"):
        operations = tuple(source.get_operations())
    elif graph_def.is_graph_def(source):
        operations = tuple(graph_def.operations(source))
    else:
        roots = [_operation_of(item) for item in _flat(source)]
        operations = ancestors(roots)
        targets = frozenset(op.name for op in roots)
    return Reach(operations, targets, _consumers(operations))


def without(reach: Reach, patterns: Sequence[str], gradients: bool) -> Reach:
    """What is left when operations are hidden: by patterns of names, or all gradients.

    A pattern ("*Regularizer*", "save") hides an operation whose name, or that of a scope around it,
    matches. ValueError when one hides nothing: it is a typing error most likely.
    """
    hiders = {pattern: re.compile(fnmatch.translate(pattern)).match for pattern in patterns}
    used: set[str] = set()
    hidden: set[str] = set()
    for op in reach.operations:
        parts = op.name.split("/")
        names = ["/".join(parts[: k + 1]) for k in range(len(parts))]
        hit = [pattern for pattern, match in hiders.items() if any(map(match, names))]
        used.update(hit)
        if hit or (not gradients and in_gradients(op.name)):
            hidden.add(op.name)
    if len(used) < len(hiders):
        lost = next(pattern for pattern in patterns if pattern not in used)
        raise ValueError(f"hide={lost!r} matches no operation's name and no scope")
    operations = tuple(op for op in reach.operations if op.name not in hidden)
    return Reach(operations, reach.targets - hidden, _consumers(operations))


def _flat(source: Any) -> Iterable[Any]:
    if isinstance(source, dict):
        source = list(source.values())
    if isinstance(source, (list, tuple, set, frozenset)):
        for item in source:
            yield from _flat(item)
    elif source is not None:
        yield source


def _operation_of(item: Any) -> Any:
    if hasattr(item, "outputs") and hasattr(item, "control_inputs"):
        return item
    operation = getattr(item, "op", None)
    if operation is None or not hasattr(operation, "outputs"):
        raise TypeError(
            "draw() takes a Graph, a GraphDef, a Tensor, an Operation or a list of these, "
            f"got {item!r}"
        )
    return operation


def ancestors(roots: Sequence[Any]) -> tuple[Any, ...]:
    """What the roots depend on, themselves included, inputs before their consumers."""
    order: dict[str, Any] = {}
    entered: set[str] = set()
    stack = [(op, False) for op in reversed(roots)]
    while stack:
        op, done = stack.pop()
        if done:
            order[op.name] = op
        elif op.name not in entered:
            entered.add(op.name)
            stack.append((op, True))
            stack += [(t.op, False) for t in reversed(list(op.inputs))]
            stack += [(control, False) for control in op.control_inputs]
    return tuple(order.values())


def _consumers(operations: Sequence[Any]) -> dict[str, list[tuple[Any, int]]]:
    found: dict[str, list[tuple[Any, int]]] = {op.name: [] for op in operations}
    for op in operations:
        for index, tensor in enumerate(op.inputs):
            if tensor.op.name in found:
                found[tensor.op.name].append((op, index))
        for control in op.control_inputs:
            if control.name in found:
                found[control.name].append((op, -1))
    return found


def kind_of(op: Any) -> Kind:
    """What an operation is to the reader of a picture."""
    if op.type in PLACEHOLDERS:
        return Kind.PLACEHOLDER
    if op.type in VARIABLES:
        return Kind.VARIABLE
    if op.type == "Const":
        return Kind.CONSTANT
    return Kind.GRADIENT if in_gradients(op.name) else Kind.OPERATION


def in_gradients(name: str) -> bool:
    """Whether a name lies in a scope that `tf.gradients` made."""
    return any(GRADIENT_SCOPE.match(part) for part in name.split("/"))


def describe(tensor: Any) -> str:
    """Shape and, unless it is float32, dtype: "?×28×28×1", "int64 ?"; "" for a float32 scalar."""
    dtype = tensor.dtype.base_dtype.name
    parts = [] if dtype == "float32" else [dtype]
    shape = shape_text(tensor.shape)
    return " ".join([*parts, shape] if shape else parts)


def shape_text(shape: Any) -> str:
    """A static shape for people: "?×10", "" for a scalar, "any shape" for an unknown rank."""
    try:
        dimensions = shape.as_list()
    except ValueError:
        return "any shape"
    return "×".join("?" if size is None else str(size) for size in dimensions)


def constant_text(op: Any) -> str | None:
    """The value of a constant if it is short enough to be drawn, else None."""
    import numpy

    try:
        value = numpy.asarray(op.attrs["value"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if value.size > 4 or value.ndim > 1 or (value.dtype == object and value.size > 1):
        return None
    texts = [_scalar_text(item) for item in value.ravel().tolist()]
    text = texts[0] if value.ndim == 0 else "[" + ", ".join(texts) + "]"
    return text if len(text) <= 18 else None


def names_itself(op: Any) -> bool:
    """Whether a person named a constant: not "Const_1", not an operator's "add/y"."""
    return UNNAMED.search(op.name) is None


def _scalar_text(item: Any) -> str:
    if isinstance(item, bytes):
        return repr(item.decode("utf-8", "replace"))
    return f"{item:.4g}" if isinstance(item, float) else str(item)
