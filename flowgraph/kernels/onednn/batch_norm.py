"""Batch normalisation of NHWC images and its gradient by oneDNN.

For NCHW oneDNN has nothing that is faster than numpy. Times of numpy's kernel and this one, µs, one
thread of an EPYC at AVX-512:

    x                   training       inference      gradient
    [32, 32, 32, 16]    1650 / 110     660 / 62       1820 / 95
    [32, 8, 8, 64]      140 / 24       91 / 17        170 / 26
    [128, 28, 28, 32]   17700 / 630    8000 / 330     26800 / 840
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.kernels.onednn.declare import threads_for
from flowgraph.kernels.onednn.library import OneDnnError
from flowgraph.kernels.onednn.memory import Layout
from flowgraph.kernels.onednn.primitive import (
    BACKWARD,
    DIFF_DST,
    DIFF_SCALE,
    DIFF_SHIFT,
    DIFF_SRC,
    DST,
    INFERENCE,
    MEAN,
    SCALE,
    SHIFT,
    SRC,
    TRAINING,
    VARIANCE,
    Array,
    Call,
    Descriptor,
    fallback,
    shape_cache,
    using_threads,
)

Kernel = Callable[..., Any]
Shape = tuple[int, ...]

_GIVEN_STATISTICS, _SCALE_AND_SHIFT = 1, 6  # flags
_WORTH = 1 << 10  # numbers below which numpy's kernels cost no more


class _Norm:
    """The attributes of the op: descriptors and layouts for a shape of images."""

    def __init__(self, attrs: Any) -> None:
        self.training = attrs["is_training"]
        self._epsilon = attrs["epsilon"]
        self._flags = _SCALE_AND_SHIFT | (0 if self.training else _GIVEN_STATISTICS)

    def forward(self, images: Layout, purpose: int) -> Descriptor:
        return Descriptor(
            "batch_normalization_forward", purpose, images, images, self._epsilon, self._flags
        )

    def backward(self, images: Layout) -> Descriptor:
        hint = self.forward(images, TRAINING)
        return Descriptor(
            "batch_normalization_backward", BACKWARD, images, images, images, self._epsilon,
            self._flags, hint,
        )  # fmt: skip


def bind_batch_norm(ctx: Any) -> Kernel:
    """FusedBatchNorm, V2 and V3: `normalize(x, scale, offset, mean, variance) -> y, ...`."""
    slow, norm = fallback(ctx), _Norm(ctx.attrs)
    extra, training = len(ctx.output_dtypes) - 5, norm.training

    @shape_cache
    def call_for(shape: Shape, threads: int) -> Call | None:
        return _made(norm, shape, threads, _forward)

    def normalize(x: Array, scale: Array, offset: Array, mean: Array, variance: Array) -> Any:
        call = call_for(x.shape, threads_for(x))
        known = (scale, offset) if training else (scale, offset, mean, variance)
        if call is None or not _fit(x, *known):
            return slow(x, scale, offset, mean, variance)
        if training:
            y, mean, kept = call(x, scale, offset)
            count = x.size // len(scale)
            told = kept * np.float32(count / (count - 1))  # the unbiased estimate
        else:
            y = call(x, scale, offset, mean, variance)
            mean, kept, told = mean.copy(), variance.copy(), variance.copy()
        return (y, mean, told, mean.copy(), kept, *[np.zeros(0, np.float32)] * extra)

    return normalize


def bind_batch_norm_grad(ctx: Any) -> Kernel:
    """FusedBatchNormGrad, V2 and V3: `backward(dy, x, scale, mean, variance, ...) -> dx, ...`."""
    slow, norm = fallback(ctx), _Norm(ctx.attrs)

    @shape_cache
    def call_for(shape: Shape, threads: int) -> Call | None:
        return _made(norm, shape, threads, _backward)

    def backward(
        dy: Array, x: Array, scale: Array, mean: Array, variance: Array, *more: Array
    ) -> Any:
        call = call_for(x.shape, threads_for(x))
        if call is None or dy.shape != x.shape or not _fit(x, scale, mean, variance):
            return slow(dy, x, scale, mean, variance, *more)
        by_x, by_scale, by_offset = call(dy, x, scale, mean, variance)
        return by_x, by_scale, by_offset, np.zeros(0, np.float32), np.zeros(0, np.float32)

    return backward


def _fit(x: Array, *vectors: Array) -> bool:
    wanted = x.shape[-1:]
    return all(vector.shape == wanted for vector in vectors)


def _made(norm: _Norm, shape: Shape, threads: int, make: Callable[..., Call]) -> Call | None:
    """The call for a shape; None where numpy's kernel is to do it."""
    if len(shape) != 4 or math.prod(shape) < _WORTH or math.prod(shape[:-1]) < 2:
        return None
    try:
        with using_threads(threads):
            call = make(norm, shape, threads)
    except OneDnnError:
        return None
    return None if call.descriptor.implementation.startswith("ref") else call


def _layouts(shape: Shape) -> tuple[Layout, Layout]:
    """Those of the images and of a number for each channel."""
    n, h, w, c = shape
    return Layout.dense((n, c, h, w), (0, 2, 3, 1)), Layout.dense((c,))


def _forward(norm: _Norm, shape: Shape, threads: int) -> Call:
    images, vector, count = *_layouts(shape), shape[-1:]
    inputs = [(SRC, images), (SCALE, vector), (SHIFT, vector)]
    outputs = [(DST, images, shape)]
    statistics = [(MEAN, vector), (VARIANCE, vector)]
    if not norm.training:
        made = norm.forward(images, INFERENCE)
        return Call(made, inputs + statistics, outputs, threads)
    outputs += [(number, layout, count) for number, layout in statistics]
    return Call(norm.forward(images, TRAINING), inputs, outputs, threads)


def _backward(norm: _Norm, shape: Shape, threads: int) -> Call:
    images, vector, count = *_layouts(shape), shape[-1:]
    inputs = [
        (DIFF_DST, images), (SRC, images), (SCALE, vector), (MEAN, vector), (VARIANCE, vector)
    ]  # fmt: skip
    outputs = [
        (DIFF_SRC, images, shape), (DIFF_SCALE, vector, count), (DIFF_SHIFT, vector, count)
    ]  # fmt: skip
    return Call(norm.backward(images), inputs, outputs, threads)
