"""What the ops on volumes share: attributes, their checks, static shapes, and lists of five."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.kernels.volume_window import volume_axes
from flowgraph.ops.nn._window import Padding, window_span

DATA_FORMAT = attrs.choice("NDHWC", "NCDHW", default="NDHWC")
ONES = [1, 1, 1, 1, 1]


def channel_axis(data_format: str) -> int:
    """Where the channels stand in a shape."""
    return 1 if data_format == "NCDHW" else 4


def check_volume_attrs(op: Operation, *names: str) -> None:
    """ValueError unless these attributes are five positive numbers, of space alone."""
    axes = volume_axes(op.attrs.get("data_format", "NDHWC"))
    for name in names:
        values = op.attrs[name]
        if len(values) != 5:
            raise ValueError(
                f"{op.type} requires the {name} attribute to contain 5 values, but got: "
                f"{len(values)}"
            )
        if any(v != 1 for i, v in enumerate(values) if i not in axes):
            raise ValueError(
                f"{op.type} does not support {name} in the batch and depth dimensions: {values}"
            )
        if min(values) < 1:
            raise ValueError(f"{op.type} requires positive {name}, got {values}")


def volume_shape(op: Operation, x: TensorShape, kernel: Any, channels: int | None) -> TensorShape:
    """The shape of what a window of size `kernel` gives of volumes of shape `x`."""
    a, dims = op.attrs, x.with_rank(5).known
    assert dims is not None
    data_format, padding = a.get("data_format", "NDHWC"), Padding[a["padding"]]
    result: list[int | None] = list(dims)
    for axis, size in zip(volume_axes(data_format), kernel, strict=True):
        result[axis], length = None, dims[axis]
        if length is not None and size is not None:
            dilation = a.get("dilations", ONES)[axis]
            reach = (size - 1) * dilation + 1
            if padding is Padding.VALID and reach > length:
                raise ValueError(
                    f"Negative dimension size caused by subtracting {reach} from {length}"
                )
            span = window_span(length, size, a["strides"][axis], dilation, padding)
            result[axis] = span.output
    result[channel_axis(data_format)] = channels
    return TensorShape.of(tuple(result))


def sequence(value: Any, spatial: int, channels_first: bool, what: str) -> list[int]:
    """Strides, dilations or sizes as TensorFlow's list: one number for each dimension.

    A number, or a list of one, stands for all spatial dimensions; None for 1.
    """
    values = [1] if value is None else np.asarray(value).ravel().tolist()
    if len(values) == spatial + 2:
        return values  # type: ignore[no-any-return]
    if len(values) == 1:
        values *= spatial
    if len(values) != spatial:
        raise ValueError(
            f"{what} should be of length 1, {spatial} or {spatial + 2} but was {len(values)}"
        )
    return [1, 1, *values] if channels_first else [1, *values, 1]
