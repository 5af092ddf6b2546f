"""The next number, the reciprocal that is 0 at 0, and which bucket a number falls into."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.broadcast import broadcast_shape, sum_to_shape_of

# --- NextAfter ------------------------------------------------------------------------------------
next_after_op = define(
    "NextAfter",
    inputs="x1: T, x2: T",
    outputs="output: T",
    attrs={"T": attrs.types(dtypes.float64, dtypes.float32, default=dtypes.float32)},
    shape=broadcast_shape,
    traits=Trait.ELEMENTWISE,
)
next_after_op.kernel(lambda ctx: ctx.xp.nextafter)


@next_after_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x1, x2 = op.inputs
    return [sum_to_shape_of(grad, x1, x2), raw.ZerosLike(x2)]


def nextafter(x1: Any, x2: Any, name: str | None = None) -> Tensor:
    """The floating-point number after x1 in the direction of x2 (tf.math.nextafter).

    Args:
      x1: float32 or float64.
      x2: likewise; the two are broadcast together.
      name: the operation's name.
    """
    return next_after_op(x1, x2, name=name)  # type: ignore[no-any-return]


# --- reciprocal_no_nan ----------------------------------------------------------------------------
def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """1 / x, and 0 where x is 0; float32 or float64 (tf.math.reciprocal_no_nan)."""
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        one = convert_to_tensor(1, dtype=x.dtype.base_dtype, name="one")
        return raw.DivNoNan(one, x, name=scope)  # type: ignore[no-any-return]


# --- Bucketize ------------------------------------------------------------------------------------
bucketize_op = define(
    "Bucketize",
    inputs="input: T",
    outputs="output: int32",
    attrs={
        "T": attrs.types(dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64),
        "boundaries": attrs.reals(),
    },
    shape=like("input"),
    traits=Trait.ELEMENTWISE,
).no_gradient()


@bucketize_op.kernel
def _(ctx: Any) -> Any:
    boundaries = np.array(ctx.attrs["boundaries"], np.float32)
    if (np.diff(boundaries) < 0).any():
        raise InvalidArgumentError(f"Expected sorted boundaries, got {boundaries.tolist()}")
    # C++ compares an integer with a float as floats.
    wide = np.float64 if ctx.input_dtypes[0] is dtypes.float64 else np.float32
    edges = boundaries.astype(wide)

    def run(x: Any) -> Any:
        found = np.searchsorted(edges, x.astype(wide), side="right")
        return np.asarray(found).astype(np.int32)

    return run


def bucketize(input: Any, boundaries: Any, name: str | None = None) -> Tensor:
    """How many of the sorted `boundaries` are not above each number, int32.

    Args:
      input: int32, int64, float32 or float64 of any shape.
      boundaries: a sorted list of floats.
      name: the operation's name (TensorFlow has this op for its feature columns).
    """
    return bucketize_op(input, boundaries=boundaries, name=name)  # type: ignore[no-any-return]
