"""Sums of the rows with the same number, as one loop of machine code over the rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import kernel_registry
from flowgraph.core.op_def import Kernel, KernelContext
from flowgraph.kernels.jit import engine
from flowgraph.kernels.jit.in_place import Form, InPlace, own
from flowgraph.kernels.jit.trace import FLOATS

LIBRARY = "jit"


class SegmentSum:
    """The kernel: called with the rows, their segments' numbers, and how many segments there are.

    What the loop does not take, negative numbers among them, the reference kernel does.
    """

    def __init__(self, dtype: Any, of_ids: Any, reference: Kernel) -> None:
        dtypes = [dtype, of_ids, dtype]
        form = Form(lambda total, row: (total + row,), dtypes, 1, 2, 1, [None] * 3)
        self._loop, self._dtype, self._reference = InPlace(form), dtype, reference

    def __call__(self, data: Any, ids: Any, segments: Any) -> Any:
        """The sums, one row for each segment."""
        code, count = self._loop.ready(), int(segments)
        if code is not None and count > 0:
            total = np.zeros((count, *data.shape[ids.ndim :]), self._dtype)
            if self._loop.run(code, [total, own(ids), own(data)]):
                return total
        return self._reference(data, ids, segments)


def _accepts(ctx: KernelContext) -> bool:
    """Whether values are float32 or float64."""
    return ctx.dtype in FLOATS and engine.is_available()


@kernel_registry.register("UnsortedSegmentSum", LIBRARY, _accepts)
def _(ctx: KernelContext) -> Kernel:
    assert ctx.op.op_def.bind is not None
    return SegmentSum(ctx.dtype, ctx.input_dtypes[1].np_dtype, ctx.op.op_def.bind(ctx))
