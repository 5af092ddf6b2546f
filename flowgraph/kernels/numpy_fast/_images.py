"""What the numpy kernels of convolution and pooling do to images before and after their work.

Data formats, borders, 16-bit floats. It imports numpy and the geometry in
`flowgraph/kernels/window.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph.kernels.window import Span, Window

Array = np.ndarray[Any, Any]
Kernel = Callable[..., Array]

_CACHED = 1 << 18  # bytes of an image array: with what is made from it, the caches hold it


def channels_last(window: Window, x: Array) -> Array:
    """A view of the images as NHWC."""
    return x.transpose(0, 2, 3, 1) if window.channels_first else x


def native_format(window: Window, y: Array) -> Array:
    """NHWC images as a contiguous array in the op's own data format."""
    return np.ascontiguousarray(y.transpose(0, 3, 1, 2) if window.channels_first else y)


def pad(x: Array, down: Span, across: Span, value: float = 0) -> Array:
    """Contiguous NHWC images with a border of `value`."""
    if not (down.before or down.after or across.before or across.after):
        return np.ascontiguousarray(x)
    shape = (x.shape[0], down.padded, across.padded, x.shape[3])
    padded = np.zeros(shape, x.dtype) if value == 0 else np.full(shape, value, x.dtype)
    padded[:, down.image, across.image] = x
    return padded


def crop(padded: Array, down: Span, across: Span) -> Array:
    """A view of the images without their border."""
    return padded[:, down.image, across.image]


def image_chunks(x: Array, chunk_bytes: int = _CACHED) -> Iterator[slice]:
    """Slices of images few enough for what is computed from them to stay in the caches."""
    count = max(chunk_bytes // max(x[:1].nbytes, 1), 1)
    return (slice(start, start + count) for start in range(0, len(x), count))


def all_finite(y: Array) -> bool:
    """Whether y surely holds no infinity and no NaN. Huge numbers may answer False."""
    flat = y.reshape(-1)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.dot(flat, flat)))


def in_float32(compute: Kernel) -> Kernel:
    """Let 16-bit floats be computed in float32 and rounded once, at the end."""

    def kernel(*args: Any) -> Array:
        dtype = args[-1].dtype  # the last argument of every kernel here is an array
        if dtype.itemsize != 2 or dtype.kind in "iu":
            return compute(*args)
        wide = (
            arg.astype(np.float32) if getattr(arg, "dtype", None) == dtype else arg for arg in args
        )
        return compute(*wide).astype(dtype)

    return kernel
