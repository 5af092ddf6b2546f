"""Patches: the windows of images and of volumes, each laid out as one vector of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError, OutOfRangeError, UnimplementedError
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.nn._window import Padding, Span, window_span

__all__ = ["extract_image_patches", "extract_patches", "extract_volume_patches"]

_PADDING = {"padding": attrs.choice("SAME", "VALID")}
_IMAGE = {"ksizes": attrs.ints(), "strides": attrs.ints(), "rates": attrs.ints(), **_PADDING}
_VOLUME = {"ksizes": attrs.ints(), "strides": attrs.ints(), **_PADDING}


def _check_length(op: Operation, name: str, rank: int) -> None:
    """ValueError unless the attribute has an entry for each axis."""
    if len(op.attrs[name]) != rank:
        raise ValueError(
            f"{op.type} requires the {name} attribute to contain {rank} values, but got: "
            f"{len(op.attrs[name])}"
        )


def _check_spatial(name: str, values: Sequence[int]) -> None:
    """The errors that TensorFlow's kernels raise for sizes and steps."""
    if values[0] != 1 or values[-1] != 1:
        raise UnimplementedError(f"Only support {name} across space, got {values}")
    if min(values) < 1:
        raise OutOfRangeError(f"{name} is out of range: each must be 1 or more, got {values}")


def _span(op_attrs: Any, axis: int, size: int) -> Span:
    """The windows along an axis; ValueError when none fits."""
    rate = op_attrs.get("rates", [1] * 5)[axis]
    kernel, stride = op_attrs["ksizes"][axis], op_attrs["strides"][axis]
    return window_span(size, kernel, stride, rate, Padding[op_attrs["padding"]])


def _windows(x: Any, spans: Sequence[Span]) -> Any:
    """A view [batch, *outputs, *kernel, channels] of images or volumes."""
    pads = [(0, 0), *[(span.before, span.after) for span in spans], (0, 0)]
    padded = np.pad(x, pads) if any(map(any, pads)) else x
    steps = padded.strides[1:-1]
    shape = [span.output for span in spans] + [span.kernel for span in spans]
    strides = [span.stride * step for span, step in zip(spans, steps, strict=True)]
    strides += [span.dilation * step for span, step in zip(spans, steps, strict=True)]
    return np.lib.stride_tricks.as_strided(
        padded, (len(x), *shape, x.shape[-1]),
        (padded.strides[0], *strides, padded.strides[-1]), writeable=False,
    )  # fmt: skip


def _patches(op_type: str, first: str, place: Any, rank: int) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"{first}: T",
        outputs="patches: T",
        attrs={"T": dtypes.REAL, **place},
    )
    axes, lists = range(1, rank - 1), [name for name in place if name != "padding"]

    @op_def.shape
    def _(op: Operation) -> TensorShape:
        for name in lists:
            _check_length(op, name, rank)
        dims = op.inputs[0].shape.with_rank(rank).known
        assert dims is not None
        sizes = [dims[i] and _span(op.attrs, i, dims[i]).output for i in axes]
        depth = None if dims[-1] is None else dims[-1] * int(np.prod(op.attrs["ksizes"]))
        return TensorShape.of((dims[0], *sizes, depth))

    @op_def.kernel
    def _(ctx: Any) -> Any:
        for name in lists:
            _check_spatial(name, ctx.attrs[name])
        kernel = int(np.prod(ctx.attrs["ksizes"]))

        def run(x: Any) -> Any:
            if x.ndim != rank:
                raise InvalidArgumentError(f"images must be of rank {rank}, got shape {x.shape}")
            spans = [_span(ctx.attrs, i, x.shape[i]) for i in axes]
            outputs = [span.output for span in spans]
            return np.array(_windows(x, spans)).reshape(len(x), *outputs, kernel * x.shape[-1])

        return run

    @op_def.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        return _sums_of_patches(op, grad)

    return op_def


def _sums_of_patches(op: Operation, grad: Tensor) -> Any:
    """For each pixel the sum of the gradients of the patches' elements that it became."""
    sizes = raw.Shape(op.inputs[0])
    batch, depth = sizes[0], sizes[-1]
    pixels = raw.Prod(sizes[1:-1], 0)
    # Patches of the pixels' numbers tell which they are; padding is number 0.
    one = concat([[1], sizes[1:-1], [1]], 0)
    numbers = raw.Reshape(raw.Range(1, pixels + 1, 1), one)
    place = {name: value for name, value in op.attrs.items() if name != "T"}
    places = raw.Reshape(op.op_def(numbers, **place), [-1])
    elements = raw.Transpose(raw.Reshape(grad, stack([batch, -1, depth])), [1, 0, 2])
    sums = raw.UnsortedSegmentSum(elements, places, pixels + 1)[1:]
    return raw.Reshape(raw.Transpose(sums, [1, 0, 2]), sizes)


extract_image_patches_op = _patches("ExtractImagePatches", "images", _IMAGE, 4)
extract_volume_patches_op = _patches("ExtractVolumePatches", "input", _VOLUME, 5)


def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """The windows of images as vectors (tf.image.extract_image_patches).

    Args:
      images: real numbers [batch, height, width, channels].
      ksizes: the window's size [1, height, width, 1]; `sizes` is its newer name.
      strides: the distance of windows [1, down, across, 1].
      rates: the distance of a window's elements [1, down, across, 1].
      padding: "SAME", with zeros around, or "VALID".
      name: the operation's name.
      sizes: see `ksizes`.

    Returns:
      [batch, windows down, windows across, window height * window width * channels].

    Raises:
      ValueError: attributes or the rank do not fit, or both or none of `ksizes`, `sizes` are given.
    """
    if (ksizes is None) == (sizes is None):
        raise ValueError("Must specify exactly one of 'ksizes' and 'sizes'")
    return extract_image_patches_op(  # type: ignore[no-any-return]
        images, ksizes=sizes if ksizes is None else ksizes, strides=strides, rates=rates,
        padding=padding, name=name,
    )  # fmt: skip


def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: Any, name: str | None = None
) -> Tensor:
    """`extract_image_patches` in TensorFlow 2's form (tf.image.extract_patches)."""
    return extract_image_patches(images, None, strides, rates, padding, name, sizes)


def extract_volume_patches(
    input: Any, ksizes: Any, strides: Any, padding: Any, name: str | None = None
) -> Tensor:
    """The windows of volumes as vectors (tf.extract_volume_patches).

    Args:
      input: real numbers [batch, planes, height, width, channels].
      ksizes: the window's size, five numbers of which the first and last are 1.
      strides: the distance of windows, likewise.
      padding: "SAME", with zeros around, or "VALID".
      name: the operation's name.

    Returns:
      [batch, windows along each axis, window elements * channels].

    Raises:
      ValueError: attributes or the rank do not fit.
    """
    return extract_volume_patches_op(  # type: ignore[no-any-return]
        input, ksizes=ksizes, strides=strides, padding=padding, name=name
    )
