"""Shape rules of quantised ops: those of the ops they stand for, and a scalar for each bound."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flowgraph.core.op_def import get
from flowgraph.core.shapes import SCALAR, TensorShape

Rule = Callable[[Any], Any]


def as_if(op_type: str, op: Any, count: int, **more: Any) -> TensorShape:
    """The shape that an op of another type gives of the first `count` inputs."""
    inputs, attrs = tuple(op.inputs[:count]), {**op.attrs, **more}
    rule: Any = get(op_type).shape_rule
    return rule(SimpleNamespace(type=op_type, inputs=inputs, attrs=attrs))  # type: ignore[no-any-return]


def with_range(rule: Rule, count: int) -> Rule:
    """The rule for the first `count` inputs; the others must be scalars, as two outputs are."""

    def shapes(op: Any) -> list[TensorShape]:
        for bound in op.inputs[count:]:
            bound.shape.with_rank(0)
        return [rule(op), SCALAR, SCALAR]

    return shapes


def first(op: Any) -> TensorShape:
    """The shape of the first input."""
    return op.inputs[0].shape  # type: ignore[no-any-return]
