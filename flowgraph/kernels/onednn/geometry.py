"""What a convolution is to oneDNN: layouts of images, filters and outputs, and where windows lie.

oneDNN's axes are (batch, channels, *space) for images and ([groups,] outputs, channels, *space)
for filters, whatever their order in memory. So TensorFlow's arrays are described, not moved: NHWC
images and HWIO filters have strides of their own. Images of NCHW are reordered to NHWC, where
oneDNN is fast; the filter's layout is left to oneDNN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowgraph.kernels.onednn.memory import Layout
from flowgraph.kernels.volume_window import check_volume_filter, parse_volume_window
from flowgraph.kernels.window import check_depthwise, group_count, parse_window

Shape = tuple[int, ...]
Places = tuple[Shape, Shape, Shape, Shape]


@dataclass(frozen=True, slots=True)
class Geometry:
    """A convolution of some shapes. `x`, `w`, `y` are TensorFlow's layouts, `inner_*` oneDNN's.

    `places` are strides, dilations (0: none), padding before and after, along each spatial axis.
    """

    y_shape: Shape
    outputs: int
    x: Layout
    w: Layout
    y: Layout
    inner_x: Layout
    inner_w: Layout
    inner_y: Layout
    places: Places


class Convolution:
    """The attributes of a convolution op: gives the `Geometry` for shapes."""

    def __init__(self, attrs: Mapping[str, Any], space: int = 2, depthwise: bool = False) -> None:
        self._depthwise, self._space = depthwise, space
        given = (attrs["strides"], attrs["padding"], attrs["dilations"], attrs["data_format"])
        self._window: Any = (
            parse_window(*given, attrs.get("explicit_paddings", ()))
            if space == 2
            else parse_volume_window(*given)
        )

    def geometry(self, x_shape: Shape, w_shape: Shape) -> Geometry | None:
        """How oneDNN sees shapes; None when an array is empty. ValueError if they do not fit."""
        batch, *sizes, channels = self._window.channels_last_shape(x_shape)
        groups = self._groups(channels, w_shape)
        outputs = w_shape[-1] * (channels if self._depthwise else 1)
        spans = self._window.spans(sizes, w_shape[:-2])
        inner_x = (batch, channels, *sizes)
        inner_y = (batch, outputs, *[span.output for span in spans])
        if 0 in (*inner_x, *inner_y, *w_shape):
            return None
        y_shape = self._shape(inner_y)
        if groups == 1 and not self._window.channels_first:
            inner_x, w_shape, spans = _without_whole_axes(inner_x, w_shape, spans)
        w_dims, w_strides = self._filter(w_shape, groups)
        return Geometry(
            y_shape, outputs,
            self._images(inner_x), Layout.of(w_dims, w_strides), self._images(inner_y),
            _channels_last(inner_x), Layout.any(w_dims), _channels_last(inner_y), _places(spans),
        )  # fmt: skip

    def _groups(self, channels: int, w_shape: Shape) -> int:
        if self._depthwise:
            check_depthwise(channels, w_shape)
            return channels
        if self._space == 3:
            check_volume_filter(channels, w_shape)
            return 1
        return group_count(channels, w_shape)

    def _filter(self, w_shape: Shape, groups: int) -> tuple[Shape, Shape]:
        """oneDNN's axes of a filter [*space, channels, outputs], and their strides."""
        *space, channels, outputs = w_shape
        strides, step = [], channels * outputs
        for size in reversed(space):
            strides.insert(0, step)
            step *= size
        if self._depthwise:  # the filter's channels are the groups
            return (channels, outputs, 1, *space), (outputs, 1, 1, *strides)
        if groups == 1:
            return (outputs, channels, *space), (1, outputs, *strides)
        inside = outputs // groups
        return (groups, inside, channels, *space), (inside, 1, outputs, *strides)

    def _images(self, inner: Shape) -> Layout:
        return Layout.dense(inner) if self._window.channels_first else _channels_last(inner)

    def _shape(self, inner: Shape) -> Shape:
        batch, channels, *sizes = inner
        if self._window.channels_first:
            return inner
        return (batch, *sizes, channels)


def _without_whole_axes(
    inner_x: Shape, w_shape: Shape, spans: Sequence[Any]
) -> tuple[Shape, Shape, Sequence[Any]]:
    """A filter as wide as the image, as text has them, slides along the height alone.

    Then the width is one more part of the channels, which changes no array. oneDNN has no fast way
    to such a filter's gradient by images.
    """
    batch, channels, *sizes = inner_x
    *_, outputs = w_shape
    spans = list(spans)
    for axis in reversed(range(len(sizes))):
        span = spans[axis]
        if span.kernel != span.size or span.reach != span.size or span.before or span.output != 1:
            break
        channels *= span.size
        sizes[axis] = 1
        spans[axis] = replace(span, size=1, kernel=1, dilation=1)
    kernel = [span.kernel for span in spans]
    return (batch, channels, *sizes), (*kernel, channels, outputs), spans


def _channels_last(inner: Shape) -> Layout:
    return Layout.dense(inner, (0, *range(2, len(inner)), 1))


def _places(spans: Any) -> Places:
    after = [
        max((s.output - 1) * s.stride + s.reach - s.size - s.before, 0) for s in spans
    ]  # what the last window reaches: less than TensorFlow pads where a stride leaves a rest
    return (
        tuple(s.stride for s in spans),
        tuple(s.dilation - 1 for s in spans),
        tuple(s.before for s in spans),
        tuple(after),
    )
