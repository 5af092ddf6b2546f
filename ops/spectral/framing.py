"""Signals cut into frames that may overlap, and put together of them again."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.spectral._sizes import (
    Size,
    Sizes,
    as_shape,
    counted,
    larger,
    product,
    scalar,
    size,
    sizes,
    static,
)


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: Any = -1,
    name: str | None = None,
) -> Tensor:
    """Cuts an axis into frames that start `frame_step` samples after each other (tf.signal.frame).

    Args:
      signal: a tensor of rank 1 or more.
      frame_length: how many samples a frame has, an integer or scalar tensor.
      frame_step: how far it is from one frame's start to the next one's.
      pad_end: fill up with `pad_value`, so that a frame starts at each step of the axis; otherwise
        only whole frames are given.
      pad_value: a scalar of the signal's dtype.
      axis: the axis to cut, the last one by default; an integer or scalar tensor.
      name: a name scope.

    Returns:
      A tensor with [frames, frame_length] in place of the axis.

    Raises:
      ValueError: an argument is not a scalar, or not positive, or the signal is a scalar.
      TypeError: an argument is not an integer.
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step, pad_value]):
        signal = convert_to_tensor(signal, name="signal")
        length = scalar(frame_length, "frame_length")
        step = scalar(frame_step, "frame_step")
        place = scalar(axis, "axis", least=None)
        signal.shape.with_rank_at_least(1)
        before, samples, after = _around(signal, place)
        x = raw.Reshape(signal, as_shape([product(before), samples, product(after)]))
        if pad_end:
            frames = -(-samples // step)
            missing = larger(0, length + step * (frames - 1) - samples)
            pad_value = convert_to_tensor(pad_value, signal.dtype)
            pad_value.shape.assert_has_rank(0)
            x = raw.PadV2(x, raw.Reshape(as_shape([0, 0, 0, missing, 0, 0]), [3, 2]), pad_value)
            samples = samples + missing
        else:
            frames = larger(0, 1 + (samples - length) // step)
        framed = _picked(x, samples, frames, length, step)
        result = raw.Reshape(framed, as_shape(before, [frames, length], after))
        result.set_shape(_framed_shape(signal.shape, place, frames, length))
        return result  # type: ignore[no-any-return]


def _around(signal: Tensor, axis: Size) -> tuple[Sizes, Size, Sizes]:
    """(the sizes before the axis, its own, those after it)."""
    rank = signal.shape.rank
    if rank is not None and isinstance(axis, int):
        axis = range(rank)[axis]
        return sizes(signal, 0, axis), size(signal, axis), sizes(signal, axis + 1, None)
    shape: Any = raw.Shape(signal)
    place = raw.FloorMod(axis, raw.Rank(signal))
    return shape[:place], shape[place], shape[place + 1 :]


def _picked(x: Tensor, samples: Size, frames: Size, length: Size, step: Size) -> Tensor:
    """Of x [outer, samples, inner] the frames [outer, frames, units, samples of a unit * inner].

    The longest pieces that all frames are made of are picked as wholes.
    """
    known = isinstance(length, int) and isinstance(step, int)
    unit = math.gcd(length, step) if known else 1
    outer, inner = size(x, 0), size(x, 2)
    units = samples // unit
    if unit > 1:
        x = raw.Slice(x, [0, 0, 0], as_shape([outer, units * unit, inner]))
    x = raw.Reshape(x, as_shape([outer, units, unit * inner]))
    starts = (counted(frames) * (step // unit))[:, None]
    return raw.GatherV2(x, starts + counted(length // unit), 1)  # type: ignore[no-any-return]


def _framed_shape(signal: TensorShape, axis: Size, frames: Size, length: Size) -> TensorShape:
    dims = signal.known
    if dims is None:
        return signal
    if not isinstance(axis, int):
        return TensorShape([None] * (len(dims) + 1))
    axis = range(len(dims))[axis]
    return TensorShape([*dims[:axis], static(frames), static(length), *dims[axis + 1 :]])


def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """Adds up frames, each `frame_step` samples after the one before (tf.signal.overlap_and_add).

    Args:
      signal: a tensor of numbers, [..., frames, frame_length].
      frame_step: an integer or scalar tensor, at most frame_length.
      name: a name scope.

    Returns:
      A tensor [..., (frames - 1) * frame_step + frame_length].

    Raises:
      ValueError: the signal's rank is below 2, or `frame_step` is not an integer scalar.
    """
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        signal = convert_to_tensor(signal, name="signal")
        signal.shape.with_rank_at_least(2)
        step = scalar(frame_step, "frame_step", wrong=ValueError)
        outer, frames, length = sizes(signal, 0, -2), size(signal, -2), size(signal, -1)
        total = length + step * (frames - 1)
        if isinstance(step, int) and step == length:
            return raw.Reshape(signal, as_shape(outer, [total]), name="fast_path")  # type: ignore[no-any-return]
        x = raw.Reshape(signal, as_shape([product(outer), frames, length]))
        result = raw.Reshape(_added(x, step)[:, :total], as_shape(outer, [total]))
        if signal.shape.known is not None:
            result.set_shape([*signal.shape.known[:-2], static(total)])
        return result  # type: ignore[no-any-return]


def _added(x: Tensor, step: Size) -> Any:
    """The sums of frames [outer, frames, length], as [outer, samples], with zeros at the end.

    Each frame is cut into segments of one step. Of all frames the segments of one place in them
    make a row; the rows are laid out one after the other, each a segment too long, so that reading
    them with the right length moves each row one segment further than the row before it.
    """
    outer, frames, length = size(x, 0), size(x, 1), size(x, 2)
    segments = -(-length // step)
    fill = segments * step - length
    x = raw.Pad(x, raw.Reshape(as_shape([0, 0, 0, 0, 0, fill]), [3, 2]))
    x = raw.Reshape(x, as_shape([outer, frames, segments, step]))
    x = raw.Transpose(x, [0, 2, 1, 3])
    x = raw.Pad(x, raw.Reshape(as_shape([0, 0, 0, 0, 0, segments, 0, 0]), [4, 2]))
    x = raw.Reshape(x, as_shape([outer, segments * (frames + segments), step]))
    width = frames + segments - 1
    x = raw.Slice(x, [0, 0, 0], as_shape([outer, segments * width, step]))
    rows = raw.Reshape(x, as_shape([outer, segments, width, step]))
    return raw.Reshape(raw.Sum(rows, 1, keep_dims=False), as_shape([outer, width * step]))
