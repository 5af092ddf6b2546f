"""Offers oneDNN's kernels of pooling, softmax and normalisation to the compiler, for float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.kernel_registry import register
from flowgraph.kernels.onednn import batch_norm, lrn, pooling, softmax
from flowgraph.kernels.onednn.declare import declare
from flowgraph.kernels.onednn.library import LIBRARY
from flowgraph.kernels.onednn.pooling import Pooling
from flowgraph.kernels.onednn.register import float32


def _accepts(ctx: Any) -> bool:
    """Whether values are float32 and no window reaches over several channels."""
    return float32(ctx) and pooling.within_channels(ctx)


def _pooling(op_type: str, bind: Callable[..., Any], space: int) -> None:
    @register(op_type, LIBRARY, _accepts)
    def _(ctx: Any) -> Any:
        declare()
        return bind(ctx, Pooling(ctx.attrs, space))


_pooling("MaxPool", pooling.bind_max_pool, 2)
_pooling("MaxPoolGrad", pooling.bind_max_pool_grad, 2)
_pooling("AvgPool", pooling.bind_avg_pool, 2)
_pooling("AvgPoolGrad", pooling.bind_avg_pool_grad, 2)
_pooling("MaxPool3D", pooling.bind_max_pool, 3)
_pooling("AvgPool3D", pooling.bind_avg_pool, 3)
_pooling("AvgPool3DGrad", pooling.bind_avg_pool_grad, 3)


def _channels_last(ctx: Any) -> bool:
    """Whether values are float32 and channels come last."""
    return float32(ctx) and ctx.attrs["data_format"] == "NHWC"


def _other(
    op_type: str, bind: Callable[..., Any], accepts: Callable[[Any], bool] = float32
) -> None:
    @register(op_type, LIBRARY, accepts)
    def _(ctx: Any) -> Any:
        declare()
        return bind(ctx)


_other("Softmax", softmax.bind_softmax)
_other("LogSoftmax", softmax.bind_log_softmax)
_other("SparseSoftmaxCrossEntropyWithLogits", softmax.bind_sparse_cross_entropy)
_other("SoftmaxCrossEntropyWithLogits", softmax.bind_cross_entropy)
for _version in ("", "V2", "V3"):
    _other(f"FusedBatchNorm{_version}", batch_norm.bind_batch_norm, _channels_last)
    _other(f"FusedBatchNormGrad{_version}", batch_norm.bind_batch_norm_grad, _channels_last)
_other("LRN", lrn.bind_lrn)
_other("LRNGrad", lrn.bind_lrn_grad)
