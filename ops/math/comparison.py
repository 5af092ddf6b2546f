"""Comparisons, elementwise with broadcasting: each gives bool."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, Trait, define, like
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.broadcast import broadcast_shape


def _comparison(op_type: str, types: tuple[dtypes.DType, ...], function: str) -> OpDef:
    op_def = define(
        op_type,
        inputs="x: T, y: T",
        outputs="z: bool",
        attrs={"T": types},
        shape=broadcast_shape,
        traits=Trait.ELEMENTWISE,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        compare = getattr(ctx.xp, function)
        if ctx.input_dtypes[0] is dtypes.string:
            return lambda x, y: np.asarray(compare(x, y), dtype=bool)
        return compare

    return op_def


equal_op = _comparison("Equal", dtypes.DATA, "equal")
not_equal_op = _comparison("NotEqual", dtypes.DATA, "not_equal")
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
    shape=like("x"),
    traits=Trait.ELEMENTWISE,
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
