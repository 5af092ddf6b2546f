"""The gradients of means of chosen rows as ops of their own: SparseSegmentMeanGrad, ...SqrtNGrad.

The functions' own gradients are made of other ops, so that they have gradients again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.ops.array.known import integer, merged


def _declare(op_type: str, divisor: Callable[[Any], Any] | None) -> OpDef:
    op_def = define(
        op_type,
        inputs="grad: T, indices: Tidx, segment_ids: int32, output_dim0: int32",
        outputs="output: T",
        attrs={
            "T": (dtypes.float32, dtypes.float64),
            "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32),
        },
        shape=_shape,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        def run(grad: Any, indices: Any, ids: Any, rows: Any) -> Any:
            count = int(rows)
            _check(grad, indices, ids, count)
            share = grad[ids]
            if divisor is not None:
                sizes = divisor(np.bincount(ids, minlength=len(grad)))[ids]
                share = share / sizes.astype(grad.dtype).reshape(-1, *[1] * (grad.ndim - 1))
            result = np.zeros((count, *grad.shape[1:]), grad.dtype)
            np.add.at(result, indices, share)
            return result

        return run

    return op_def


def _shape(op: Operation) -> TensorShape:
    grad, indices, ids, rows = (t.shape for t in op.inputs)
    merged(indices.with_rank(1), ids.with_rank(1))
    rows.with_rank(0)
    if grad.with_rank_at_least(1).known is None:
        return UNKNOWN
    return TensorShape.of((integer(op.inputs[3]),)).concatenate(grad[1:])


def _check(grad: Any, indices: Any, ids: Any, rows: int) -> None:
    if indices.shape != ids.shape or indices.ndim != 1:
        raise InvalidArgumentError("segment_ids and indices should have same size.")
    for name, values, limit in (("segment_ids", ids, len(grad)), ("indices", indices, rows)):
        bad = np.flatnonzero((values < 0) | (values >= limit))
        if bad.size:
            at = int(bad[0])
            raise InvalidArgumentError(f"{name}[{at}] = {values[at]} is out of range [0, {limit})")


sparse_segment_mean_grad_op = _declare("SparseSegmentMeanGrad", lambda n: n)
sparse_segment_sqrt_n_grad_op = _declare("SparseSegmentSqrtNGrad", np.sqrt)
