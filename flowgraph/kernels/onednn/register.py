"""Offers oneDNN's kernels to the compiler, for float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.kernel_registry import describe, has_threads, register
from flowgraph.kernels.onednn import conv, fusions, library, matmul  # noqa: F401
from flowgraph.kernels.onednn.geometry import Convolution
from flowgraph.kernels.onednn.library import LIBRARY

has_threads(LIBRARY)
describe(LIBRARY, library.status)


def float32(ctx: Any) -> bool:
    """Whether values are float32.

    And whether oneDNN is there; the first such node loads it.
    """
    return ctx.output_dtypes[0].np_dtype == np.float32 and library.is_available()


for _name, _space, _depthwise, _binds in (
    ("Conv2D{}", 2, False, ("", "BackpropInput", "BackpropFilter")),
    ("Conv3D{}", 3, False, ("", "BackpropInputV2", "BackpropFilterV2")),
    ("DepthwiseConv2dNative{}", 2, True, ("", "BackpropInput", "BackpropFilter")),
):
    for _suffix, _bind in zip(
        _binds, (conv.Conv, conv.bind_backprop_input, conv.bind_backprop_filter), strict=True
    ):

        def _bound(
            ctx: Any, bind: Any = _bind, space: int = _space, depthwise: bool = _depthwise
        ) -> Any:
            return bind(ctx, Convolution(ctx.attrs, space, depthwise))

        register(_name.format(_suffix), LIBRARY, float32)(_bound)


_TURNS = {
    "MatMul": ("transpose_a", "transpose_b"),
    "BatchMatMul": ("adj_x", "adj_y"),
    "BatchMatMulV2": ("adj_x", "adj_y"),
}


def _product(ctx: Any) -> bool:
    """Whether values are float32 and the product is not known to be small."""
    return float32(ctx) and not matmul.is_small(ctx, _TURNS[ctx.type][0])


@register("MatMul", LIBRARY, _product)
@register("BatchMatMul", LIBRARY, _product)
@register("BatchMatMulV2", LIBRARY, _product)
def _bind_product(ctx: Any) -> Any:
    return matmul.Product(ctx, _TURNS[ctx.type])
