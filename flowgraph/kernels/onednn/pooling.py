"""Pooling and its gradients by oneDNN, in two and three dimensions.

What numpy's kernels do, oneDNN's do not do of themselves: a maximum over NaN is NaN, one over -inf
is -inf. So arrays that may hold such are left to numpy; a pass over x finds them.

The gradient of a maximum needs to know where each window's maximum lies, which oneDNN tells when it
looks for maxima, while a gradient's kernel is given (x, y, dy). Where both are in one run the first
hands it to the second (`maxima.py`); else the second looks once more, and if that does not give
exactly y, numpy's kernel does it all. Both libraries take the first of several maxima, but not in
MaxPool3DGrad, where TensorFlow shares dy among those that are near: that stays numpy's.

Times of numpy's kernel and this one, µs, one thread of an EPYC at AVX-512, windows of 2 x 2:

    x                   MaxPool        MaxPoolGrad      AvgPool        AvgPoolGrad
    [128, 28, 28, 32]   1500 / 300     9900 / 600       2170 / 172     1580 / 270
    [32, 32, 32, 64]    550 / 176      2850 / 620       930 / 112      850 / 121
    [32, 28, 28, 6]     74 / 28        300 / 160        150 / 18       150 / 135
    [1, 4, 4, 4]        7 / 5          30 / 11          11 / 3         11 / 3

For NCHW and for volumes the ratios are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from flowgraph.kernels.numpy_fast._images import all_finite
from flowgraph.kernels.onednn import bounds, maxima
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
from flowgraph.kernels.volume_window import parse_volume_window, spatial_triple
from flowgraph.kernels.window import parse_window, spatial_pair

Kernel = Callable[..., Array]
Shape = tuple[int, ...]

_GRADIENT = "MaxPoolGrad"
_MAX, _MEAN = 0x1FF, 0x3FF  # the algorithms; the mean is that of what lies on the image


class Geometry(NamedTuple):
    """A pooling of a shape: `places` are strides, kernel, dilations, padding before and after."""

    x_shape: Shape
    y_shape: Shape
    x: Layout
    y: Layout
    places: tuple[Shape, Shape, Shape, Shape, Shape]


class Pooling:
    """The attributes of a pooling op: gives the `Geometry` for x's shape."""

    def __init__(self, attrs: Any, space: int) -> None:
        given = (attrs["strides"], attrs["padding"])
        data_format = attrs["data_format"]
        self._window: Any
        if space == 2:
            self._window = parse_window(*given, data_format=data_format)
            self._kernel: Shape = spatial_pair("ksize", attrs["ksize"], data_format)
        else:
            self._window = parse_volume_window(*given, data_format=data_format)
            self._kernel = spatial_triple("ksize", attrs["ksize"], data_format)

    def geometry(self, x_shape: Shape) -> Geometry | None:
        """How oneDNN sees a shape; None when an array is empty. ValueError if it does not fit."""
        batch, *sizes, channels = self._window.channels_last_shape(x_shape)
        spans = self._window.spans(sizes, self._kernel)
        inner_x = (batch, channels, *sizes)
        inner_y = (batch, channels, *[span.output for span in spans])
        if 0 in (*inner_x, *inner_y):
            return None
        reaches = ((s.output - 1) * s.stride + s.kernel - s.size - s.before for s in spans)
        places = (
            tuple(s.stride for s in spans), self._kernel, (0,) * len(spans),
            tuple(s.before for s in spans), tuple(max(reach, 0) for reach in reaches),
        )  # fmt: skip
        return Geometry(
            x_shape, self._outer(inner_y), self._layout(inner_x), self._layout(inner_y), places
        )

    def _layout(self, inner: Shape) -> Layout:
        if self._window.channels_first:
            return Layout.dense(inner)
        return Layout.dense(inner, (0, *range(2, len(inner)), 1))

    def _outer(self, inner: Shape) -> Shape:
        if self._window.channels_first:
            return inner
        return (inner[0], *inner[2:], inner[1])


def within_channels(ctx: Any) -> bool:
    """Whether no window reaches over several channels or images."""
    axes = (0, 1) if ctx.attrs["data_format"].startswith("NC") else (0, -1)
    return all(ctx.attrs[name][axis] == 1 for name in ("ksize", "strides") for axis in axes)


def forward_calls(kind: Pooling, is_max: bool) -> Callable[[Shape, int], Call | None]:
    """(x's shape, threads) -> the call x -> y; a maximum's wants finite numbers."""

    @shape_cache
    def call_for(x_shape: Shape, threads: int) -> Any:
        return _made(kind, x_shape, lambda g: _forward(g, _MAX if is_max else _MEAN, threads))

    return call_for


def bind_max_pool(ctx: Any, kind: Pooling) -> Kernel:
    """MaxPool: `max_pool(x) -> y`."""
    slow, wanted = fallback(ctx), _has_gradient(ctx.op)

    @shape_cache
    def call_with_places_for(x_shape: Shape, threads: int) -> Any:
        return _made(kind, x_shape, lambda g: _forward_with_places(g, _MAX, threads))

    call_for = call_with_places_for if wanted else forward_calls(kind, True)

    def max_pool(x: Array) -> Any:
        call = call_for(x.shape, threads_for(x))
        if call is None or not bounds.is_finite(x):
            return slow(x)
        if wanted:
            y, where = call(x)
            maxima.keep(x, y, where)
        else:
            y = call(x)
        bounds.hand_on(x, y)
        return y

    return max_pool


def _has_gradient(op: Any) -> bool:
    """Whether some op of the graph takes what a gradient of this pooling takes."""
    x, y = op.inputs[0], op.outputs[0]
    return any(
        other.type == _GRADIENT and other.inputs[0].name == x.name for other in y.consumers()
    )


def bind_max_pool_grad(ctx: Any, kind: Pooling) -> Kernel:
    """MaxPoolGrad: `max_pool_grad(x, y, dy) -> dx`: dy goes to its window's first maximum."""
    slow = fallback(ctx)

    @shape_cache
    def calls_for(x_shape: Shape, threads: int) -> Any:
        return _made(kind, x_shape, lambda g: _forward_and_backward(g, threads))

    def max_pool_grad(x: Array, y: Array, dy: Array) -> Any:
        calls = calls_for(x.shape, threads_for(x))
        if calls is None or not y.shape == dy.shape == calls[2]:
            return slow(x, y, dy)
        where = maxima.find(x, y)
        # y is finite where it equals what oneDNN found and x has neither NaN nor a window of -inf.
        if where is None and all_finite(y):
            found, where = calls[0](x)
            if not np.array_equal(found, y):
                where = None
        return slow(x, y, dy) if where is None else calls[1](dy, where)

    return max_pool_grad


def bind_avg_pool(ctx: Any, kind: Pooling) -> Kernel:
    """AvgPool: `avg_pool(x) -> y`."""
    slow, call_for = fallback(ctx), forward_calls(kind, False)

    def avg_pool(x: Array) -> Any:
        call = call_for(x.shape, threads_for(x))
        if call is None:
            return slow(x)
        y = call(x)
        bounds.hand_on(x, y)
        return y

    return avg_pool


def bind_avg_pool_grad(ctx: Any, kind: Pooling) -> Kernel:
    """AvgPoolGrad: `avg_pool_grad(input_shape, dy) -> dx`."""
    slow = fallback(ctx)

    @shape_cache
    def call_for(x_shape: Shape, dy_shape: Shape, threads: int) -> Any:
        def make(g: Geometry) -> Call | None:
            return _backward(g, _MEAN, threads) if dy_shape == g.y_shape else None

        return _made(kind, x_shape, make)

    def avg_pool_grad(input_shape: Array, dy: Array) -> Any:
        call = call_for(tuple(input_shape.tolist()), dy.shape, threads_for(dy))
        return slow(input_shape, dy) if call is None else call(dy)

    return avg_pool_grad


def _made(kind: Pooling, x_shape: Shape, make: Callable[[Geometry], Any]) -> Any:
    """What `make` gives for a shape; None where it is nothing that oneDNN is fast with."""
    try:
        geometry = kind.geometry(x_shape)
        return None if geometry is None else make(geometry)
    except (ValueError, OneDnnError):  # numpy's kernel says what does not fit
        return None


def _descriptor(g: Geometry, algorithm: int, purpose: int) -> Descriptor:
    return Descriptor("pooling_forward", purpose, algorithm, g.x, g.y, *g.places)


def _forward(g: Geometry, algorithm: int, threads: int) -> Call | None:
    with using_threads(threads):
        made = _descriptor(g, algorithm, INFERENCE)
        return _fast(made, [(SRC, g.x)], [(DST, g.y, g.y_shape)], threads)


def _backward(g: Geometry, algorithm: int, threads: int, where: Sequence[Any] = ()) -> Call | None:
    with using_threads(threads):
        hint = _descriptor(g, algorithm, TRAINING)
        made = Descriptor("pooling_backward", algorithm, g.x, g.y, *g.places, hint)
        return _fast(made, [(DIFF_DST, g.y), *where], [(DIFF_SRC, g.x, g.x_shape)], threads)


def _forward_with_places(g: Geometry, algorithm: int, threads: int) -> Call | None:
    """The call x -> (y, where the maxima lie)."""
    with using_threads(threads):
        made = _descriptor(g, algorithm, TRAINING)
        where = made.layout(WORKSPACE)
        outputs = [(DST, g.y, g.y_shape), (WORKSPACE, where, (where.nbytes,))]
        return _fast(made, [(SRC, g.x)], outputs, threads, (np.float32, np.uint8))


def _forward_and_backward(g: Geometry, threads: int) -> tuple[Call, Call, Shape] | None:
    """The call x -> (y, where the maxima lie), that of (dy, where they lie) -> dx, y's shape."""
    forward = _forward_with_places(g, _MAX, threads)
    if forward is None:
        return None
    where = forward.descriptor.layout(WORKSPACE)
    backward = _backward(g, _MAX, threads, [(WORKSPACE, where)])
    return None if backward is None else (forward, backward, g.y_shape)


def _fast(
    made: Descriptor, inputs: Any, outputs: Any, threads: int, dtypes: Sequence[Any] = ()
) -> Call | None:
    """The call, unless oneDNN has nothing but its slow reference for it."""
    if made.implementation.startswith(("ref", "simple")):
        return None
    return Call(made, inputs, outputs, threads, dtypes)
