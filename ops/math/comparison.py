"""Comparisons, elementwise with broadcasting: each gives bool."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.math.broadcast import broadcast_shape


def _comparison(
    op_type: str, types: tuple[dtypes.DType, ...], function: str, traits: int = 0, **more: Any
) -> OpDef:
    op_def = define(
        op_type,
        inputs="x: T, y: T",
        outputs="z: bool",
        attrs={"T": types, **more},
        shape=broadcast_shape,
        traits=Trait.ELEMENTWISE | traits,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        compare = getattr(ctx.xp, function)
        if ctx.input_dtypes[0] is dtypes.string:
            return lambda x, y: np.asarray(compare(x, y), dtype=bool)
        return compare

    return op_def


def _equality(op_type: str, function: str, when_shapes_clash: bool) -> OpDef:
    """Declares an op that can also answer for inputs whose shapes do not fit."""
    option = {"incompatible_shape_error": attrs.boolean(True)}
    op_def = _comparison(op_type, dtypes.DATA, function, Trait.COMMUTATIVE, **option)
    bind = op_def.bind
    assert bind is not None

    @op_def.shape
    def _(op: Operation) -> TensorShape:
        if op.attrs["incompatible_shape_error"]:
            return broadcast_shape(op)
        try:
            found = broadcast_shape(op)
        except ValueError:
            return TensorShape.of(())
        return found if all(t.shape.is_fully_defined() for t in op.inputs) else UNKNOWN

    @op_def.kernel
    def _(ctx: Any) -> Any:
        compare = bind(ctx)
        if ctx.attrs["incompatible_shape_error"]:
            return compare

        def compare_or_answer(x: Any, y: Any) -> Any:
            try:
                np.broadcast_shapes(x.shape, y.shape)
            except ValueError:
                return np.bool_(when_shapes_clash)
            return compare(x, y)

        return compare_or_answer

    return op_def


equal_op = _equality("Equal", "equal", False)
not_equal_op = _equality("NotEqual", "not_equal", True)
less_op = _comparison("Less", dtypes.REAL, "less")
less_equal_op = _comparison("LessEqual", dtypes.REAL, "less_equal")
greater_op = _comparison("Greater", dtypes.REAL, "greater")
greater_equal_op = _comparison("GreaterEqual", dtypes.REAL, "greater_equal")


def equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x == y (tf.equal); the operator == compares tensors by identity, as in TF 1."""
    return equal_op(x, y, name=name)  # type: ignore[no-any-return]


def not_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x != y (tf.not_equal)."""
    return not_equal_op(x, y, name=name)  # type: ignore[no-any-return]


def less(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x < y (tf.less)."""
    return less_op(x, y, name=name)  # type: ignore[no-any-return]


def less_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x <= y (tf.less_equal)."""
    return less_equal_op(x, y, name=name)  # type: ignore[no-any-return]


def greater(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x > y (tf.greater)."""
    return greater_op(x, y, name=name)  # type: ignore[no-any-return]


def greater_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x >= y (tf.greater_equal)."""
    return greater_equal_op(x, y, name=name)  # type: ignore[no-any-return]


approximate_equal_op = define(
    "ApproximateEqual",
    inputs="x: T, y: T",
    outputs="z: bool",
    attrs={"T": dtypes.NUMBERS, "tolerance": attrs.real(1e-5)},
    shape=lambda op: merged(op.inputs[0].shape, op.inputs[1].shape),
    traits=Trait.ELEMENTWISE | Trait.COMMUTATIVE,
).no_gradient()


@approximate_equal_op.kernel
def _(ctx: Any) -> Any:
    tolerance = ctx.attrs["tolerance"]

    def close(x: Any, y: Any) -> Any:
        if x.shape != y.shape:
            raise ValueError(f"x and y must have one shape: {list(x.shape)} vs. {list(y.shape)}")
        return np.abs(x - y) < tolerance

    return close


def approximate_equal(x: Any, y: Any, tolerance: float = 1e-5, name: str | None = None) -> Tensor:
    """Whether |x - y| < tolerance, of two tensors of one shape (tf.approximate_equal)."""
    return approximate_equal_op(x, y, tolerance=tolerance, name=name)  # type: ignore[no-any-return]
