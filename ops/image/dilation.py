"""Grey-scale dilation and erosion: the maximum of a window's pixels plus a filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError, UnimplementedError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.math.reduction import lowest
from flowgraph.ops.nn._window import Padding, Span, window_span

__all__ = ["dilation2d", "erosion2d"]

Array = np.ndarray[Any, Any]

_PLACE = {
    "strides": attrs.ints(),
    "rates": attrs.ints(),
    "padding": attrs.choice("SAME", "VALID"),
}
_DILATION = {"T": dtypes.REAL, **_PLACE}


def _span(op_attrs: Any, axis: int, size: int, kernel: int) -> Span:
    """The windows along height (axis 1) or width (2); ValueError when none fits."""
    stride, rate = op_attrs["strides"][axis], op_attrs["rates"][axis]
    return window_span(size, kernel, stride, rate, Padding[op_attrs["padding"]])


def _dilated_shape(op: Operation) -> TensorShape:
    for name in ("strides", "rates"):
        if len(op.attrs[name]) != 4:
            raise ValueError(
                f"{op.type} requires the {name} attribute to contain 4 values, but got: "
                f"{len(op.attrs[name])}"
            )
    image = op.inputs[0].shape.with_rank(4).known
    kernel = op.inputs[1].shape.with_rank(3).known
    assert image is not None and kernel is not None
    (depth,) = merged(TensorShape([image[3]]), TensorShape([kernel[2]])).known  # type: ignore[misc]
    sides: list[int | None] = [None, None]
    if None not in (image[1], image[2], kernel[0], kernel[1]):
        sides = [_span(op.attrs, i, image[i], kernel[i - 1]).output for i in (1, 2)]  # type: ignore[arg-type]
    return TensorShape.of((image[0], *sides, depth))


class _Dilation:
    """The windows of one image batch and one filter; a *tap* is an element of the filter."""

    def __init__(self, op_attrs: Any, image: Array, kernel: Array) -> None:
        if image.ndim != 4 or kernel.ndim != 3 or image.shape[3] != kernel.shape[2]:
            raise InvalidArgumentError(
                f"input must be 4-dimensional and filter 3-dimensional, of the same depth, got "
                f"shapes {image.shape} and {kernel.shape}"
            )
        self.image, self.kernel = image, kernel
        self.spans = [_span(op_attrs, i, image.shape[i], kernel.shape[i - 1]) for i in (1, 2)]
        self.shape = (len(image), *[span.output for span in self.spans], image.shape[3])

    def taps(self) -> Iterator[tuple[tuple[int, int], Any, Any]]:
        """(tap, the outputs for which it lies on the image, the pixels there)."""
        down, across = self.spans
        for i in range(down.kernel):
            for j in range(across.kernel):
                out_rows, rows = _on_image(down, i)
                out_columns, columns = _on_image(across, j)
                every = slice(None)
                yield (i, j), (every, out_rows, out_columns), (every, rows, columns)

    def maximum(self) -> Array:
        """The dilated images."""
        result = np.full(self.shape, lowest(self.image.dtype), self.image.dtype)
        for tap, outputs, pixels in self.taps():
            part = result[outputs]
            np.fmax(part, self.image[pixels] + self.kernel[tap], out=part)
        return result

    def chosen(self) -> Array:
        """For each output the number of the first tap that gives its maximum, -1 for none."""
        best = np.full(self.shape, lowest(self.image.dtype), self.image.dtype)
        choice = np.full(self.shape, -1, np.int32)
        for number, (tap, outputs, pixels) in enumerate(self.taps()):
            values = self.image[pixels] + self.kernel[tap]
            better = (values > best[outputs]) | (choice[outputs] < 0)
            best[outputs] = np.where(better, values, best[outputs])
            choice[outputs] = np.where(better, number, choice[outputs])
        return choice


def _on_image(span: Span, tap: int) -> tuple[slice, slice]:
    """(outputs, inputs): where an element of the window lies on the image."""
    shift = tap * span.dilation - span.before
    first = max(-(shift // span.stride), 0)
    end = min(-((shift - span.size) // span.stride), span.output)
    if end <= first:
        return slice(0, 0), slice(0, 0)
    start = first * span.stride + shift
    return slice(first, end), slice(start, start + (end - first - 1) * span.stride + 1, span.stride)


def _bound(ctx: Any) -> Any:
    """The attributes, checked as TensorFlow's kernels do."""
    for name in ("strides", "rates"):
        values = ctx.attrs[name]
        if values[0] != 1 or values[3] != 1:
            raise UnimplementedError(f"{name} are only supported across space, got {values}")
        if min(values) < 1:
            raise InvalidArgumentError(f"{name} must be positive, got {values}")
    return ctx.attrs


dilation2d_op = define(
    "Dilation2D",
    inputs="input: T, filter: T",
    outputs="output: T",
    attrs=_DILATION,
    shape=_dilated_shape,
)


@dilation2d_op.kernel
def _(ctx: Any) -> Any:
    place = _bound(ctx)
    return lambda image, kernel: _Dilation(place, image, kernel).maximum()


@dilation2d_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    place = {name: op.attrs[name] for name in _PLACE}
    return [back(*op.inputs, grad, **place) for back in (backprop_input_op, backprop_filter_op)]


def _backprop(op_type: str, output: str, of: str) -> OpDef:
    return define(
        op_type,
        inputs="input: T, filter: T, out_backprop: T",
        outputs=f"{output}: T",
        attrs=_DILATION,
        shape=like(of),
    )


def _checked(dilation: _Dilation, grads: Array) -> Array:
    if grads.shape != dilation.shape:
        raise InvalidArgumentError(
            f"out_backprop has incompatible size: expected {dilation.shape}, got {grads.shape}"
        )
    return grads.astype(_wide(grads.dtype), copy=False)


def _wide(dtype: np.dtype[Any]) -> Any:
    """The dtype in which sums are made."""
    is_half = dtype.kind not in "iu" and dtype.itemsize == 2
    return np.float32 if is_half else dtype


backprop_input_op = _backprop("Dilation2DBackpropInput", "in_backprop", "input")
backprop_filter_op = _backprop("Dilation2DBackpropFilter", "filter_backprop", "filter")


@backprop_input_op.kernel
def _(ctx: Any) -> Any:
    place = _bound(ctx)

    def run(image: Array, kernel: Array, grads: Array) -> Array:
        dilation = _Dilation(place, image, kernel)
        grads, choice = _checked(dilation, grads), dilation.chosen()
        result = np.zeros(image.shape, grads.dtype)
        for number, (_, outputs, pixels) in enumerate(dilation.taps()):
            result[pixels] += np.where(choice[outputs] == number, grads[outputs], 0)
        return result.astype(ctx.dtype, copy=False)

    return run


@backprop_filter_op.kernel
def _(ctx: Any) -> Any:
    place = _bound(ctx)

    def run(image: Array, kernel: Array, grads: Array) -> Array:
        dilation = _Dilation(place, image, kernel)
        grads, choice = _checked(dilation, grads), dilation.chosen()
        result = np.zeros(kernel.shape, grads.dtype)
        for number, (tap, outputs, _) in enumerate(dilation.taps()):
            picked = np.where(choice[outputs] == number, grads[outputs], 0)
            result[tap] = picked.sum((0, 1, 2), grads.dtype)
        return result.astype(ctx.dtype, copy=False)

    return run


def dilation2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The maximum of each window's pixels plus the filter (tf.nn.dilation2d).

    Args:
      input: real numbers [batch, height, width, depth].
      filter: [height, width, depth]; `filters` is its newer name.
      strides: the distance of windows [1, down, across, 1].
      rates: the distance of a window's elements, likewise; `dilations` is its newer name.
      padding: "SAME", where what is beyond has no part, or "VALID".
      name: the operation's name.
      filters: see `filter`.
      dilations: see `rates`.

    Returns:
      [batch, windows down, windows across, depth].

    Raises:
      ValueError: shapes or attributes do not fit, or an argument is given under both names.
    """
    kernel = _one_of("filters", filters, "filter", filter)
    rates = _one_of("dilations", dilations, "rates", rates)
    return dilation2d_op(  # type: ignore[no-any-return]
        input, kernel, strides=strides, rates=rates, padding=padding, name=name
    )


def _one_of(new: str, value: Any, old: str, other: Any) -> Any:
    if value is not None and other is not None:
        raise ValueError(f"Cannot specify both '{old}' and '{new}'")
    return other if value is None else value


def erosion2d(
    value: Any, kernel: Any, strides: Any, rates: Any, padding: Any, name: str | None = None
) -> Tensor:
    """The minimum of each window's pixels minus the mirrored kernel (tf.nn.erosion2d).

    For the arguments and errors see `dilation2d`.
    """
    with name_scope(name, "erosion2d", [value, kernel]) as scope:
        dilated = dilation2d_op(
            raw.Neg(value), reverse(kernel, [0, 1]), strides=strides, rates=rates,
            padding=padding, name=scope,
        )  # fmt: skip
        return raw.Neg(dilated)  # type: ignore[no-any-return]
