"""Where the windows of a 3-D convolution or pooling lie: `window.py` with one more axis.

It imports only `window.py`, so shape rules, reference kernels and fast kernels can all use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowgraph.kernels.window import Padding, Shape, Span, window_span

Triple = tuple[int, int, int]
Spans = tuple[Span, Span, Span]

ONES = (1, 1, 1, 1, 1)
NEAR = 1e-5  # what is so near a window's maximum counts as one in TensorFlow's gradient
_SPATIAL = {"NDHWC": (1, 2, 3), "NCDHW": (2, 3, 4)}


@dataclass(frozen=True, slots=True)
class VolumeWindow:
    """The static parameters of a window that slides through volumes."""

    strides: Triple
    dilations: Triple
    padding: Padding
    channels_first: bool

    def spans(self, sizes: Sequence[int], kernel: Sequence[int]) -> Spans:
        """The windows along depth, height and width; ValueError where one does not fit."""
        planes, rows, columns = (
            window_span(sizes[i], kernel[i], self.strides[i], self.dilations[i], self.padding)
            for i in range(3)
        )
        return planes, rows, columns

    def channels_last_shape(self, shape: Sequence[int]) -> Shape:
        """A 5-D shape in this window's data format, as (batch, planes, rows, columns, channels)."""
        if len(shape) != 5:
            raise ValueError(f"expected 5 dimensions (volumes), got shape {tuple(shape)}")
        sizes = tuple(int(size) for size in shape)
        return (sizes[0], *sizes[2:], sizes[1]) if self.channels_first else sizes


def volume_axes(data_format: str) -> Triple:
    """Where depth, height and width stand in a shape; ValueError for an unknown format."""
    if data_format not in _SPATIAL:
        raise ValueError(f"data_format must be NDHWC or NCDHW, got {data_format!r}")
    return _SPATIAL[data_format]


def parse_volume_window(
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int] = ONES,
    data_format: str = "NDHWC",
) -> VolumeWindow:
    """Check an op's window attributes and keep their spatial parts.

    Raises:
        ValueError: an attribute is malformed, or acts on the batch or the channels.
    """
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"padding must be SAME or VALID, got {padding!r}")
    return VolumeWindow(
        spatial_triple("strides", strides, data_format),
        spatial_triple("dilations", dilations, data_format),
        Padding[padding],
        channels_first=data_format == "NCDHW",
    )


def spatial_triple(name: str, values: Sequence[int], data_format: str) -> Triple:
    """The (depth, height, width) entries of TensorFlow's 5-list; its other two must be 1."""
    axes = volume_axes(data_format)
    if len(values) != 5:
        raise ValueError(f"{name} must have 5 entries, one per dimension, got {list(values)}")
    if any(values[i] != 1 for i in range(5) if i not in axes):
        raise ValueError(
            f"{name} must be 1 in the batch and channel dimensions of {data_format}, "
            f"got {list(values)}"
        )
    if min(values) < 1:
        raise ValueError(f"{name} must be positive, got {list(values)}")
    depth, height, width = (int(values[i]) for i in axes)
    return depth, height, width


def check_volume_filter(channels: int, filter_shape: Sequence[int]) -> None:
    """Raise ValueError unless a filter [depth, height, width, channels, outputs] fits volumes."""
    if len(filter_shape) != 5 or filter_shape[3] != channels:
        raise ValueError(
            f"input channels ({channels}) must equal dimension 3 of the filter, got filter shape "
            f"{tuple(filter_shape)}"
        )
