"""Max pooling over neighbouring channels, by the kernels that pool over columns.

Channels seen as columns of images of one channel: [batch, height * width, channels, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

Kernel = Callable[..., Any]


def channel_axis(data_format: str) -> int:
    """Where the channels stand in a shape."""
    return 1 if data_format == "NCHW" else 3


def depth_window(ksize: Sequence[int], strides: Sequence[int], data_format: str) -> int:
    """How many channels make one where nothing else is pooled; 0 for any other window."""
    axis = channel_axis(data_format)
    alone = all(
        v == 1 for values in (ksize, strides) for i, v in enumerate(values) if i != axis
    ) and len(ksize) == len(strides) == 4  # fmt: skip
    return ksize[axis] if alone and ksize[axis] == strides[axis] > 1 else 0


def bind_pooling(
    bind: Callable[..., Kernel],
    xp: Any,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    data_format: str,
) -> Kernel:
    """The kernel that `bind` gives; where a window lies along the channels, by way of columns."""
    size = depth_window(ksize, strides, data_format)
    if not size:
        return bind(xp, ksize=ksize, strides=strides, padding=padding, data_format=data_format)
    columns = [1, 1, size, 1]
    pool = bind(xp, ksize=columns, strides=columns, padding="VALID", data_format="NHWC")

    def kernel(*arrays: Any) -> Any:
        images = [_channels_last(xp, a, data_format) for a in arrays]
        if images[0].shape[3] % size:
            raise ValueError(
                f"A window over {size} channels must divide {images[0].shape[3]} evenly"
            )
        y = pool(*(xp.reshape(a, (a.shape[0], prod(a.shape[1:3]), a.shape[3], 1)) for a in images))
        y = xp.reshape(y, (*images[0].shape[:3], y.shape[2]))
        return y if data_format == "NHWC" else xp.permute_dims(y, (0, 3, 1, 2))

    return kernel


def _channels_last(xp: Any, x: Any, data_format: str) -> Any:
    if x.ndim != 4:
        raise ValueError(f"expected 4 dimensions (images), got shape {tuple(x.shape)}")
    return x if data_format == "NHWC" else xp.permute_dims(x, (0, 2, 3, 1))
