"""Where the windows of a 2-D convolution or pooling lie, exactly as TensorFlow places them.

One job: strides, dilations and padding in, output sizes and padding amounts out. It imports only
the standard library, so shape rules, reference kernels and fast kernels can all use it. The
kernels that slide these windows are in `ops/nn/_conv_reference.py` and `numpy_fast/` here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

Pair = tuple[int, int]
Shape = tuple[int, ...]

_SPATIAL = {"NHWC": (1, 2), "NCHW": (2, 3)}


class Padding(Enum):
    """How TensorFlow pads the image before the window slides."""

    SAME = "SAME"
    VALID = "VALID"
    EXPLICIT = "EXPLICIT"


@dataclass(frozen=True, slots=True)
class Span:
    """The windows along one spatial axis: sizes, steps, and the zeros on either side."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    output: int

    @property
    def padded(self) -> int:
        """The axis's length with its padding."""
        return self.size + self.before + self.after

    @property
    def reach(self) -> int:
        """How many inputs a window spans, the holes of a dilation included."""
        return _reach(self.kernel, self.dilation)

    @property
    def image(self) -> slice:
        """Where the unpadded input lies on the padded axis."""
        return slice(self.before, self.before + self.size)

    def under(self, tap: int) -> slice:
        """The padded positions that lie under the window's element `tap`, one per output."""
        first = tap * self.dilation
        length = max((self.output - 1) * self.stride + 1, 0)
        return slice(first, first + length, self.stride)

    def counts(self) -> list[int]:
        """For each output, how many of its window's elements lie on the image."""
        starts = (o * self.stride - self.before for o in range(self.output))
        taps = [t * self.dilation for t in range(self.kernel)]
        return [sum(0 <= start + tap < self.size for tap in taps) for start in starts]


@dataclass(frozen=True, slots=True)
class Window:
    """The static parameters of a sliding window, checked once when a kernel is bound."""

    strides: Pair
    dilations: Pair
    padding: Padding
    explicit: tuple[Pair, Pair]
    channels_first: bool

    def spans(self, sizes: Sequence[int], kernel: Sequence[int]) -> tuple[Span, Span]:
        """The windows along height and width.

        Args:
            sizes: the image's (height, width).
            kernel: the window's (height, width).
        Raises:
            ValueError: a window does not fit.
        """
        down, across = (
            window_span(sizes[i], kernel[i], self.strides[i], self.dilations[i],
                        self.padding, self.explicit[i])
            for i in (0, 1)
        )  # fmt: skip
        return down, across

    def channels_last_shape(self, shape: Sequence[int]) -> Shape:
        """A 4-D shape in this window's data format, as (batch, height, width, channels)."""
        if len(shape) != 4:
            raise ValueError(f"expected 4 dimensions (images), got shape {tuple(shape)}")
        n, a, b, c = (int(size) for size in shape)
        return (n, b, c, a) if self.channels_first else (n, a, b, c)


def parse_window(
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int] = (1, 1, 1, 1),
    data_format: str = "NHWC",
    explicit_paddings: Sequence[int] = (),
) -> Window:
    """Check an op's window attributes and keep their spatial parts.

    Args:
        strides, dilations: four numbers each, in the order of `data_format`.
        padding: "SAME", "VALID" or "EXPLICIT".
        data_format: "NHWC" or "NCHW".
        explicit_paddings: for "EXPLICIT", eight numbers: before and after for each dimension.
    Raises:
        ValueError: an attribute is malformed, or acts on the batch or the channels.
    """
    if data_format not in _SPATIAL:
        raise ValueError(f"data_format must be NHWC or NCHW, got {data_format!r}")
    if padding not in Padding.__members__:
        raise ValueError(f"padding must be SAME, VALID or EXPLICIT, got {padding!r}")
    return Window(
        spatial_pair("strides", strides, data_format),
        spatial_pair("dilations", dilations, data_format),
        Padding[padding],
        _explicit_pairs(Padding[padding], explicit_paddings, data_format),
        channels_first=data_format == "NCHW",
    )


def spatial_pair(name: str, values: Sequence[int], data_format: str) -> Pair:
    """The (height, width) entries of TensorFlow's 4-list; its other two must be 1."""
    if len(values) != 4:
        raise ValueError(f"{name} must have 4 entries, one per dimension, got {list(values)}")
    h, w = _SPATIAL[data_format]
    if any(values[i] != 1 for i in range(4) if i not in (h, w)):
        raise ValueError(
            f"{name} must be 1 in the batch and channel dimensions of {data_format}, "
            f"got {list(values)}"
        )
    if min(values[h], values[w]) < 1:
        raise ValueError(f"{name} must be positive, got {list(values)}")
    return int(values[h]), int(values[w])


def window_span(
    size: int,
    kernel: int,
    stride: int,
    dilation: int,
    padding: Padding,
    explicit: Pair = (0, 0),
) -> Span:
    """Place the windows along one axis (TensorFlow's GetWindowedOutputSizeVerboseV2).

    >>> span = window_span(28, 5, 2, 1, Padding.SAME)
    >>> span.output, span.before, span.after
    (14, 1, 2)

    Raises:
        ValueError: the output's size would be negative.
    """
    reach = _reach(kernel, dilation)
    if padding is Padding.SAME:
        output = -(-size // stride)
        total = max((output - 1) * stride + reach - size, 0)
        return Span(size, kernel, stride, dilation, total // 2, total - total // 2, output)
    before, after = explicit if padding is Padding.EXPLICIT else (0, 0)
    # C++ divides towards zero, so TensorFlow lets a window overhang by less than a stride.
    output = int((size + before + after - reach + stride) / stride)
    if output < 0:
        raise ValueError(
            f"output size would be negative ({output}): input size {size}, padding "
            f"({before}, {after}), window {kernel} with dilation {dilation} spans {reach}, "
            f"stride {stride}"
        )
    return Span(size, kernel, stride, dilation, before, after, output)


def group_count(channels: int, filter_shape: Sequence[int]) -> int:
    """How many groups a convolution falls into: channels over the filter's input channels.

    Args:
        channels: the image's channels.
        filter_shape: [height, width, channels / groups, outputs].
    Raises:
        ValueError: one is no multiple of the other.
    """
    if len(filter_shape) != 4:
        raise ValueError(f"a filter has 4 dimensions, got shape {tuple(filter_shape)}")
    inner, outputs = int(filter_shape[2]), int(filter_shape[3])
    if inner == channels == 0:
        return 1
    if inner == 0 or channels % inner:
        raise ValueError(
            f"input channels ({channels}) must be a multiple of the filter's input channels "
            f"({inner}) in filter shape {tuple(filter_shape)}"
        )
    groups = channels // inner
    if groups and outputs % groups:
        raise ValueError(
            f"output channels ({outputs}) must be a multiple of the number of groups "
            f"({groups} = {channels} / {inner}) in filter shape {tuple(filter_shape)}"
        )
    return max(groups, 1)


def check_shape(name: str, actual: Sequence[int], expected: Sequence[int]) -> None:
    """Raise ValueError unless the shape of `name` is the expected one."""
    if tuple(actual) != tuple(expected):
        raise ValueError(f"{name} has shape {tuple(actual)}, expected {tuple(expected)}")


def check_depthwise(channels: int, filter_shape: Sequence[int]) -> None:
    """Raise ValueError unless a depthwise filter [h, w, channels, multiplier] fits the image."""
    if len(filter_shape) != 4 or filter_shape[2] != channels:
        raise ValueError(
            f"input channels ({channels}) must equal dimension 2 of the depthwise filter, "
            f"got filter shape {tuple(filter_shape)}"
        )


def _reach(kernel: int, dilation: int) -> int:
    return (kernel - 1) * dilation + 1


def _explicit_pairs(
    padding: Padding, explicit: Sequence[int], data_format: str
) -> tuple[Pair, Pair]:
    if padding is not Padding.EXPLICIT:
        if explicit:
            raise ValueError(f"explicit_paddings needs padding EXPLICIT, got {padding.value}")
        return (0, 0), (0, 0)
    if len(explicit) != 8 or min(explicit) < 0:
        raise ValueError(
            f"explicit_paddings must be 8 numbers, none negative, got {list(explicit)}"
        )
    pairs = [(int(explicit[i]), int(explicit[i + 1])) for i in range(0, 8, 2)]
    h, w = _SPATIAL[data_format]
    if any(pairs[i] != (0, 0) for i in range(4) if i not in (h, w)):
        raise ValueError(
            f"explicit_paddings must be 0 for batch and channels, got {list(explicit)}"
        )
    return pairs[h], pairs[w]
