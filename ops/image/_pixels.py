"""Kernels that work on pixels of three channels: plane by plane, a cacheful of pixels at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError

Planes = np.ndarray[Any, Any]  # [3, pixels]
_CHUNK = 16384  # pixels whose planes and scratch arrays stay in the second-level cache


def over_pixels(function: Callable[..., Planes], dtype: np.dtype[Any]) -> Callable[..., Any]:
    """A kernel (image [..., 3], scalars) made of function(planes [3, n], scalars) -> [3, n].

    Half precision is computed in float32 and rounded once.
    """
    wide = np.dtype(np.float32) if dtype.itemsize == 2 else dtype

    def run(image: Any, *scalars: Any) -> Any:
        out = np.empty(image.shape, dtype)
        pixels, target = image.reshape(-1, 3), out.reshape(-1, 3)
        with np.errstate(divide="ignore", invalid="ignore"):
            for start in range(0, len(pixels), _CHUNK):
                part = slice(start, start + _CHUNK)
                planes = pixels[part].T.astype(wide, order="C")
                target[part] = function(planes, *scalars).T
        return out

    return run


def check_colors(image: Any, scalar: Any, name: str) -> None:
    """InvalidArgumentError unless these are an image of three channels and a scalar."""
    check_image(image, scalar, name)
    if image.shape[-1] != 3:
        raise InvalidArgumentError(
            f"input must have 3 channels but instead has {image.shape[-1]} channels."
        )


def check_image(image: Any, scalar: Any, name: str) -> None:
    """InvalidArgumentError unless these are an image and a scalar."""
    if image.ndim < 3:
        raise InvalidArgumentError(f"input must be at least 3-D, got shape {list(image.shape)}")
    if np.ndim(scalar):
        raise InvalidArgumentError(f"{name} must be scalar: {list(scalar.shape)}")


def hue_of(planes: Planes, greatest: Planes, span: Planes) -> Planes:
    """The hue in sixths of the circle, of (-1, 5]; 0 where the pixel is grey."""
    red, green, blue = planes
    hue = red - green
    hue /= span
    hue += 4
    between = blue - red
    between /= span
    between += 2
    np.copyto(hue, between, where=green == greatest)
    np.subtract(green, blue, out=between)
    between /= span
    np.copyto(hue, between, where=red == greatest)
    np.copyto(hue, 0, where=span <= 0)
    return hue


def tints_of(hue: Planes) -> Planes:
    """How much of each channel a hue (in sixths of the circle) has, of [0, 1]: [3, n]."""
    tints = np.empty((3, *hue.shape), hue.dtype)
    for tint, center, sign, shift in zip(tints, (3, 2, 4), (1, -1, -1), (-1, 2, 2), strict=True):
        np.subtract(hue, center, out=tint)
        np.abs(tint, out=tint)
        if sign < 0:
            np.negative(tint, out=tint)
        tint += shift
        np.maximum(tint, 0, out=tint)
        np.minimum(tint, 1, out=tint)
    return tints
