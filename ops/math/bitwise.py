"""Bits of integers (tf.bitwise)."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.op_def import OpDef, Trait, define, like
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.broadcast import broadcast_shape


def _binary(op_type: str, function: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="x: T, y: T",
        outputs="z: T",
        attrs={"T": dtypes.INTEGERS},
        shape=broadcast_shape,
        traits=Trait.ELEMENTWISE,
    ).no_gradient()
    op_def.kernel(lambda ctx: function)
    return op_def


def _shift(function: Any) -> Any:
    """A shift by at least 0 and less than the width: beyond that hardware does as it likes."""

    def shift(x: Any, y: Any) -> Any:
        width = np.asarray(x).dtype.itemsize * 8
        return function(x, np.clip(y, 0, width - 1))

    return shift


and_op = _binary("BitwiseAnd", np.bitwise_and)
or_op = _binary("BitwiseOr", np.bitwise_or)
xor_op = _binary("BitwiseXor", np.bitwise_xor)
left_shift_op = _binary("LeftShift", _shift(np.left_shift))
right_shift_op = _binary("RightShift", _shift(np.right_shift))
invert_op = define(
    "Invert", inputs="x: T", outputs="y: T", attrs={"T": dtypes.INTEGERS}, shape=like("x"),
    traits=Trait.ELEMENTWISE,
).no_gradient()  # fmt: skip
invert_op.kernel(lambda ctx: ctx.xp.bitwise_invert)
population_count_op = define(
    "PopulationCount", inputs="x: T", outputs="y: uint8", attrs={"T": dtypes.INTEGERS},
    shape=like("x"), traits=Trait.ELEMENTWISE,
).no_gradient()  # fmt: skip


@population_count_op.kernel
def _(ctx: Any) -> Any:
    unsigned = np.dtype(f"u{ctx.input_dtypes[0].np_dtype.itemsize}")
    return lambda x: np.bitwise_count(x.view(unsigned)).astype(np.uint8)


def bitwise_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits that both have (tf.bitwise.bitwise_and)."""
    return and_op(x, y, name=name)  # type: ignore[no-any-return]


def bitwise_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits that one at least has (tf.bitwise.bitwise_or)."""
    return or_op(x, y, name=name)  # type: ignore[no-any-return]


def bitwise_xor(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits that just one has (tf.bitwise.bitwise_xor)."""
    return xor_op(x, y, name=name)  # type: ignore[no-any-return]


def invert(x: Any, name: str | None = None) -> Tensor:
    """All bits turned (tf.bitwise.invert)."""
    return invert_op(x, name=name)  # type: ignore[no-any-return]


def left_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x with its bits y places to the left (tf.bitwise.left_shift)."""
    return left_shift_op(x, y, name=name)  # type: ignore[no-any-return]


def right_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x with its bits y places to the right; the sign stays (tf.bitwise.right_shift)."""
    return right_shift_op(x, y, name=name)  # type: ignore[no-any-return]
