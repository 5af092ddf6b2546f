"""The product of dense matrices that hold many zeros, and are float32 or bfloat16."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.matmul import product_cost
from flowgraph.ops.sparse._parts import listed, matrix

__all__ = ["sparse_matmul"]

_TYPE = attrs.types(dtypes.float32, dtypes.bfloat16, default=dtypes.float32)

# --- SparseMatMul ---------------------------------------------------------------------------------
sparse_matmul_op = define(
    "SparseMatMul",
    inputs="a: Ta, b: Tb",
    outputs="product: float32",
    attrs={
        "transpose_a": attrs.boolean(False),
        "transpose_b": attrs.boolean(False),
        "a_is_sparse": attrs.boolean(False),
        "b_is_sparse": attrs.boolean(False),
        "Ta": _TYPE,
        "Tb": _TYPE,
    },
    traits=Trait.HEAVY,
    cost=product_cost,
)


@sparse_matmul_op.shape
def _(op: Operation) -> TensorShape:
    a, b = ((t.shape.with_rank(2).known or (None, None)) for t in op.inputs)
    a = a[::-1] if op.attrs["transpose_a"] else a
    b = b[::-1] if op.attrs["transpose_b"] else b
    if None not in (a[1], b[0]) and a[1] != b[0]:
        raise ValueError(f"Dimensions must be equal, but are {a[1]} and {b[0]}")
    return matrix(a[0], b[1])


@sparse_matmul_op.kernel
def _(ctx: Any) -> Any:
    turn_a, turn_b = ctx.attrs["transpose_a"], ctx.attrs["transpose_b"]

    def run(a: Any, b: Any) -> Any:
        if a.ndim != 2 or b.ndim != 2:
            raise InvalidArgumentError(
                f"Both inputs must be matrices, got shapes {listed(a.shape)} and {listed(b.shape)}"
            )
        left, right = a.T if turn_a else a, b.T if turn_b else b
        if left.shape[1] != right.shape[0]:
            raise InvalidArgumentError(
                f"Matrix size incompatible: a: {listed(a.shape)}, b: {listed(b.shape)}"
            )
        # Numpy's product of dense matrices is faster than one that looks for zeros.
        return np.dot(left.astype(np.float32, copy=False), right.astype(np.float32, copy=False))

    return run


@sparse_matmul_op.gradient
def _(op: Operation, grad: Any) -> Any:
    a, b = (cast(t, dtypes.float32) for t in op.inputs)
    turn_a, turn_b = op.attrs["transpose_a"], op.attrs["transpose_b"]
    if turn_a:
        by_a = raw.MatMul(b, grad, transpose_a=turn_b, transpose_b=True)
    else:
        by_a = raw.MatMul(grad, b, transpose_b=not turn_b)
    if turn_b:
        by_b = raw.MatMul(grad, a, transpose_a=True, transpose_b=turn_a)
    else:
        by_b = raw.MatMul(a, grad, transpose_a=not turn_a)
    return [cast(by_a, op.inputs[0].dtype.base_dtype), cast(by_b, op.inputs[1].dtype.base_dtype)]


def sparse_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The float32 product of dense matrices that hold many zeros (tf.sparse_matmul).

    Args:
      a: float32 or bfloat16.
      b: float32 or bfloat16.
      transpose_a: transpose the first.
      transpose_b: transpose the second.
      a_is_sparse: a hint, which changes nothing of the result.
      b_is_sparse: the same for the second.
      name: the operation's name.
    """
    return sparse_matmul_op(  # type: ignore[no-any-return]
        a,
        b,
        transpose_a=transpose_a,
        transpose_b=transpose_b,
        a_is_sparse=a_is_sparse,
        b_is_sparse=b_is_sparse,
        name=name,
    )
