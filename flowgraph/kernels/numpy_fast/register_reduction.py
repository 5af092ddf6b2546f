"""Offers the fast reductions to the compiler, for float32 and float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.kernel_registry import register
from flowgraph.kernels.numpy_fast import reduction
from flowgraph.kernels.numpy_fast.register import LIBRARY


def _wide(ctx: Any) -> bool:
    """Whether values are float32 or float64."""
    return ctx.dtype in (np.float32, np.float64)


@register("Sum", LIBRARY, _wide)
def _sum(ctx: Any) -> Any:
    return reduction.bind_over_axes(ctx, reduction.bind_sum(ctx.dtype))


@register("Mean", LIBRARY, _wide)
def _mean(ctx: Any) -> Any:
    return reduction.bind_over_axes(ctx, reduction.bind_mean(ctx.dtype))


@register("Max", LIBRARY, _wide)
def _max(ctx: Any) -> Any:
    extreme = reduction.bind_extreme(np.maximum, ctx.dtype, -np.inf)
    return reduction.bind_over_axes(ctx, extreme)


@register("Min", LIBRARY, _wide)
def _min(ctx: Any) -> Any:
    extreme = reduction.bind_extreme(np.minimum, ctx.dtype, np.inf)
    return reduction.bind_over_axes(ctx, extreme)


@register("BiasAddGrad", LIBRARY, _wide)
def _bias_add_grad(ctx: Any) -> Any:
    return reduction.bind_bias_grad(ctx)
