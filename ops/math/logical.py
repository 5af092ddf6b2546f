"""Logic on bools, elementwise with broadcasting."""

from __future__ import annotations

from typing import Any

from flowgraph.core.op_def import OpDef, Trait, define, like
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.broadcast import broadcast_shape


def _logical(op_type: str, function: str) -> OpDef:
    op_def = define(
        op_type,
        inputs="x: bool, y: bool",
        outputs="z: bool",
        shape=broadcast_shape,
        traits=Trait.ELEMENTWISE | Trait.COMMUTATIVE,
    ).no_gradient()
    op_def.kernel(lambda ctx: getattr(ctx.xp, function))
    return op_def


logical_and_op = _logical("LogicalAnd", "logical_and")
logical_or_op = _logical("LogicalOr", "logical_or")
logical_not_op = define(
    "LogicalNot", inputs="x: bool", outputs="y: bool", shape=like("x"), traits=Trait.ELEMENTWISE
).no_gradient()
logical_not_op.kernel(lambda ctx: ctx.xp.logical_not)


def logical_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether both are true (tf.logical_and)."""
    return logical_and_op(x, y, name=name)  # type: ignore[no-any-return]


def logical_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether one at least is true (tf.logical_or)."""
    return logical_or_op(x, y, name=name)  # type: ignore[no-any-return]


def logical_not(x: Any, name: str | None = None) -> Tensor:
    """Whether it is false (tf.logical_not)."""
    return logical_not_op(x, name=name)  # type: ignore[no-any-return]


def logical_xor(x: Any, y: Any, name: str | None = "LogicalXor") -> Tensor:
    """Whether just one is true (tf.logical_xor)."""
    one, two = logical_or(x, y), logical_not(logical_and(x, y))
    return logical_and(one, two, name=name)
