"""Local response normalisation and its gradient by oneDNN, where it has fast code for the numbers.

Fast code there is for a beta of 0.75; other powers are left to numpy. So are images that are not
finite, as oneDNN's powers of NaN are numbers, and channels that do not fill whole vectors: there
oneDNN is no faster, and 3.2 gets the gradient of wide windows wrong. The gradient is made from the
image alone: where the output that it is given is not what oneDNN finds, numpy's kernel does it.

Times of numpy's kernel and this one, µs, one thread of an EPYC at AVX-512, radius 2:

    x                   LRN           LRNGrad
    [32, 28, 28, 64]    7000 / 490    18000 / 2500
    [32, 14, 14, 96]    1770 / 150    3400 / 650
    [2, 8, 8, 64]       28 / 7        47 / 20
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.kernels.numpy_fast._images import all_finite
from flowgraph.kernels.onednn.declare import threads_for
from flowgraph.kernels.onednn.library import OneDnnError
from flowgraph.kernels.onednn.memory import Layout
from flowgraph.kernels.onednn.primitive import (
    DIFF_DST,
    DIFF_SRC,
    DST,
    INFERENCE,
    SRC,
    TRAINING,
    WORKSPACE,
    Array,
    Call,
    Descriptor,
    fallback,
    shape_cache,
    using_threads,
)

Kernel = Callable[..., Array]
Shape = tuple[int, ...]

_ACROSS_CHANNELS = 0xAFF
_VECTOR = 16  # the widest vectors hold as many channels
_WORTH = 1 << 12  # numbers below which numpy's kernel is over sooner


class _Response:
    """The attributes of the op."""

    def __init__(self, attrs: Any) -> None:
        size = 2 * attrs["depth_radius"] + 1
        # oneDNN's alpha is shared out over the window.
        self._numbers = (size, attrs["alpha"] * size, attrs["beta"], attrs["bias"])

    def forward(self, images: Layout, purpose: int) -> Descriptor:
        return _fast(Descriptor(
            "lrn_forward", purpose, _ACROSS_CHANNELS, images, images, *self._numbers
        ))  # fmt: skip

    def backward(self, images: Layout, hint: Descriptor) -> Descriptor:
        return _fast(Descriptor(
            "lrn_backward", _ACROSS_CHANNELS, images, images, images, *self._numbers, hint
        ))  # fmt: skip


def _fast(made: Descriptor) -> Descriptor:
    if made.implementation.startswith("ref"):
        raise OneDnnError("lrn", 4)
    return made


def bind_lrn(ctx: Any) -> Kernel:
    """LRN: `normalize(x)`."""
    slow, response = fallback(ctx), _Response(ctx.attrs)

    @shape_cache
    def call_for(shape: Shape, threads: int) -> Any:
        def make(images: Layout) -> Call:
            made = response.forward(images, INFERENCE)
            return Call(made, [(SRC, images)], [(DST, images, shape)], threads)

        return _made(shape, threads, make)

    def normalize(x: Array) -> Any:
        call = call_for(x.shape, threads_for(x))
        return call(x) if call is not None and all_finite(x) else slow(x)

    return normalize


def bind_lrn_grad(ctx: Any) -> Kernel:
    """LRNGrad: `backward(dy, x, y) -> dx`."""
    slow, response = fallback(ctx), _Response(ctx.attrs)

    @shape_cache
    def calls_for(shape: Shape, threads: int) -> Any:
        return _made(shape, threads, lambda images: _pair(response, images, shape, threads))

    def backward(dy: Array, x: Array, y: Array) -> Any:
        calls = calls_for(x.shape, threads_for(x))
        fit = calls is not None and dy.shape == y.shape == x.shape
        if fit and all_finite(x) and all_finite(dy):
            found, work = calls[0](x)
            if np.array_equal(found, y):
                return calls[1](dy, x, work)
        return slow(dy, x, y)

    return backward


def _pair(response: _Response, images: Layout, shape: Shape, threads: int) -> tuple[Call, Call]:
    """The call x -> (y, workspace) and that of (dy, x, workspace) -> dx."""
    made = response.forward(images, TRAINING)
    work = made.layout(WORKSPACE)
    outputs = [(DST, images, shape), (WORKSPACE, work, (work.nbytes,))]
    forward = Call(made, [(SRC, images)], outputs, threads, (np.float32, np.uint8))
    made = response.backward(images, made)
    inputs = [(DIFF_DST, images), (SRC, images), (WORKSPACE, work)]
    return forward, Call(made, inputs, [(DIFF_SRC, images, shape)], threads)


def _made(shape: Shape, threads: int, make: Callable[[Layout], Any]) -> Any:
    """What `make` gives for images; None where numpy's kernel is to do it."""
    if len(shape) != 4 or math.prod(shape) < _WORTH or shape[-1] % _VECTOR:
        return None
    n, h, w, c = shape
    try:
        with using_threads(threads):
            return make(Layout.dense((n, c, h, w), (0, 2, 3, 1)))
    except OneDnnError:
        return None
