"""Convolutions and their two gradients by oneDNN, in two and three dimensions, depthwise, too.

Each `bind_...` takes the context and says with `Convolution` of which kind the op is. A shape that
oneDNN has nothing fast for, an empty array or one that does not fit is left to numpy's kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowgraph.kernels.onednn.geometry import Convolution, Geometry, Shape
from flowgraph.kernels.onednn.library import OneDnnError
from flowgraph.kernels.onednn.memory import Layout
from flowgraph.kernels.onednn.primitive import (
    BIAS,
    DIFF_DST,
    DIFF_SRC,
    DIFF_WEIGHTS,
    DST,
    SRC,
    TRAINING,
    WEIGHTS,
    Array,
    Attributes,
    Call,
    Descriptor,
    Eltwise,
    fallback,
    kernel_threads,
    shape_cache,
    using_threads,
)
from flowgraph.kernels.onednn.weights import Packing, Weights

Kernel = Callable[..., Array]
_DIRECT = 1  # the algorithm: no Winograd, whose rounding is coarser


class Conv:
    """The kernel of a forward convolution: `conv(x, w) -> y`."""

    def __init__(self, ctx: Any, kind: Convolution, source: Any = None) -> None:
        self._made_of = ctx, kind
        self._slow, self._call_for, self._weights = (
            fallback(ctx),
            forward_calls(kind),
            Weights(source),
        )

    def watching(self, sources: Mapping[int, Any]) -> Conv:
        """The kernel that may keep what it makes of the filter (compiler/watch_inputs.py)."""
        return Conv(*self._made_of, sources.get(1))

    def __call__(self, x: Array, w: Array) -> Array:
        """Convolves."""
        call = self._call_for(x.shape, w.shape, kernel_threads())
        return self._slow(x, w) if call is None else self._weights.run(call, x, w)


def forward_calls(kind: Convolution, bias: bool = False, eltwise: Eltwise = ()) -> Any:
    """(x's shape, w's shape, threads) -> the call of (x, w[, bias]), or None."""

    @shape_cache
    def call_for(x_shape: Shape, w_shape: Shape, threads: int) -> Call | None:
        return _made(kind, x_shape, w_shape, None, lambda g: _forward(g, threads, bias, eltwise))

    return call_for


def bind_backprop_input(ctx: Any, kind: Convolution) -> Kernel:
    """The gradient by images: `backprop(input_sizes, w, dy) -> dx`."""
    slow = fallback(ctx)

    @shape_cache
    def call_for(x_shape: Shape, w_shape: Shape, dy_shape: Shape, threads: int) -> Call | None:
        make = lambda g: _backward_data(g, x_shape, threads)  # noqa: E731
        return _made(kind, x_shape, w_shape, dy_shape, make)

    def backprop(sizes: Array, w: Array, dy: Array) -> Array:
        call = call_for(tuple(sizes.tolist()), w.shape, dy.shape, kernel_threads())
        return slow(sizes, w, dy) if call is None else call(w, dy)

    return backprop


def bind_backprop_filter(ctx: Any, kind: Convolution) -> Kernel:
    """The gradient by the filter: `backprop(x, filter_sizes, dy) -> dw`."""
    slow = fallback(ctx)

    @shape_cache
    def call_for(x_shape: Shape, w_shape: Shape, dy_shape: Shape, threads: int) -> Call | None:
        make = lambda g: _backward_weights(g, w_shape, threads)  # noqa: E731
        return _made(kind, x_shape, w_shape, dy_shape, make)

    def backprop(x: Array, sizes: Array, dy: Array) -> Array:
        call = call_for(x.shape, tuple(sizes.tolist()), dy.shape, kernel_threads())
        return slow(x, sizes, dy) if call is None else call(x, dy)

    return backprop


def _made(
    kind: Convolution, x_shape: Shape, w_shape: Shape, dy_shape: Shape | None, make: Any
) -> Call | None:
    """The call for shapes; None where there is none that is worth it."""
    try:
        geometry = kind.geometry(x_shape, w_shape)
        if geometry is None or dy_shape not in (None, geometry.y_shape):
            return None
        call: Call = make(geometry)
    except (ValueError, OneDnnError):  # numpy's kernel says what does not fit
        return None
    return None if call.descriptor.implementation.startswith("ref") else call


def _forward(g: Geometry, threads: int, bias: bool, eltwise: Eltwise) -> Call:
    with using_threads(threads):
        b = Layout.dense((g.outputs,)) if bias else None
        made = _forward_descriptor(g, b, eltwise)
        inputs = [(SRC, g.x), (WEIGHTS, g.w)] + ([(BIAS, b)] if b is not None else [])
        outputs = [(DST, g.y, g.y_shape)]
        call = Call(made, inputs, outputs, threads)
        call.bias_shape = (g.outputs,)
        call.packing = lambda: Packing(made, inputs, outputs, threads)
        return call


def _forward_descriptor(
    g: Geometry, bias: Layout | None = None, eltwise: Eltwise = ()
) -> Descriptor:
    return Descriptor(
        "convolution_forward", TRAINING, _DIRECT, g.inner_x, g.inner_w, bias, g.inner_y, *g.places,
        attributes=Attributes(eltwise),
    )  # fmt: skip


def _backward_data(g: Geometry, x_shape: Shape, threads: int) -> Call:
    with using_threads(threads):
        made = Descriptor(
            "convolution_backward_data", _DIRECT, g.inner_x, g.inner_w, g.inner_y, *g.places,
            _forward_descriptor(g),
        )  # fmt: skip
        inputs = [(WEIGHTS, g.w), (DIFF_DST, g.y)]
        return Call(made, inputs, [(DIFF_SRC, g.x, x_shape)], threads)


def _backward_weights(g: Geometry, w_shape: Shape, threads: int) -> Call:
    with using_threads(threads):
        made = Descriptor(
            "convolution_backward_weights", _DIRECT, g.inner_x, g.inner_w, None, g.inner_y,
            *g.places, _forward_descriptor(g),
        )  # fmt: skip
        inputs = [(SRC, g.x), (DIFF_DST, g.y)]
        return Call(made, inputs, [(DIFF_WEIGHTS, g.w, w_shape)], threads)
