"""Rotations, shifts, shears and zooms of images in arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def _fill(places: Any, size: int, mode: str) -> Any:
    """Places outside an axis moved inside, as a fill mode says."""
    if mode == "nearest":
        return np.clip(places, 0, size - 1)
    if mode == "wrap":
        return np.mod(places, size)
    if mode == "reflect":
        folded = np.mod(places, 2 * size)
        return np.where(folded >= size, 2 * size - 1 - folded, folded)
    if mode == "constant":
        return np.clip(places, 0, size - 1)
    raise ValueError(f"unknown fill_mode {mode!r}: it is nearest, constant, reflect or wrap")


def _sample(channel: Any, rows: Any, columns: Any, mode: str, cval: float) -> Any:
    """Values between pixels, linear in both directions."""
    height, width = channel.shape
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = rows - top, columns - left
    total = np.zeros(rows.shape, channel.dtype)
    for dr, wr in ((0, 1 - down), (1, down)):
        for dc, wc in ((0, 1 - right), (1, right)):
            r, c = _fill(top + dr, height, mode), _fill(left + dc, width, mode)
            values = channel[r, c]
            if mode == "constant":
                inside = (
                    (top + dr >= 0) & (top + dr < height) & (left + dc >= 0) & (left + dc < width)
                )
                values = np.where(inside, values, cval)
            total += (values * wr * wc).astype(channel.dtype)
    return total


def apply_affine_transform(
    x: Any, theta: float = 0, tx: float = 0, ty: float = 0, shear: float = 0, zx: float = 1,
    zy: float = 1, row_axis: int = 0, col_axis: int = 1, channel_axis: int = 2,
    fill_mode: str = "nearest", cval: float = 0.0, order: int = 1,
) -> Any:  # fmt: skip
    """An image rotated (degrees), shifted (pixels), sheared (degrees) and zoomed."""
    matrix = np.eye(3)
    if theta:
        angle = np.deg2rad(theta)
        c, s = np.cos(angle), np.sin(angle)
        matrix = matrix @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    if tx or ty:
        matrix = matrix @ np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear:
        angle = np.deg2rad(shear)
        matrix = matrix @ np.array([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        matrix = matrix @ np.diag([zx, zy, 1])
    if np.array_equal(matrix, np.eye(3)):
        return x
    height, width = x.shape[row_axis], x.shape[col_axis]
    middle = np.array([[1, 0, height / 2 - 0.5], [0, 1, width / 2 - 0.5], [0, 0, 1]])
    matrix = middle @ matrix @ np.linalg.inv(middle)
    grid = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"))
    rows, columns = (
        matrix[i, 0] * grid[0] + matrix[i, 1] * grid[1] + matrix[i, 2] for i in range(2)
    )
    channels = np.moveaxis(x, channel_axis, 0)
    if order == 0:
        rows, columns = np.rint(rows), np.rint(columns)
    moved = np.stack([_sample(c, rows, columns, fill_mode, cval) for c in channels])
    return np.moveaxis(moved, 0, channel_axis)


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> Any:
    """An image whose values are moved by `intensity`, within their range."""
    channels = np.moveaxis(x, channel_axis, 0)
    shifted = np.stack([np.clip(c + intensity, np.min(x), np.max(x)) for c in channels])
    return np.moveaxis(shifted, 0, channel_axis)


def apply_brightness_shift(x: Any, brightness: float) -> Any:
    """An image (scaled to 0..255) that is `brightness` times as bright."""
    low, high = np.min(x), np.max(x)
    scaled = (x - low) / ((high - low) or 1) * 255
    return np.clip(np.floor(scaled) * brightness, 0, 255).astype(x.dtype)


def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> Any:
    """An image whose values are moved by at most `intensity_range`."""
    intensity = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def random_brightness(x: Any, brightness_range: Any) -> Any:
    """An image made brighter or darker by a factor of a range."""
    if len(brightness_range) != 2:
        raise ValueError(
            f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}"
        )
    return apply_brightness_shift(x, np.random.uniform(*brightness_range))


def random_rotation(
    x: Any, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0,
) -> Any:  # fmt: skip
    """An image rotated by at most `rg` degrees."""
    return apply_affine_transform(
        x, theta=np.random.uniform(-rg, rg), row_axis=row_axis, col_axis=col_axis,
        channel_axis=channel_axis, fill_mode=fill_mode, cval=cval,
    )  # fmt: skip


def random_shift(
    x: Any, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0,
) -> Any:  # fmt: skip
    """An image shifted by at most these shares of its width and height."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x, tx=tx, ty=ty, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis,
        fill_mode=fill_mode, cval=cval,
    )  # fmt: skip


def random_shear(
    x: Any, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0,
) -> Any:  # fmt: skip
    """An image sheared by at most `intensity` degrees."""
    return apply_affine_transform(
        x, shear=np.random.uniform(-intensity, intensity), row_axis=row_axis, col_axis=col_axis,
        channel_axis=channel_axis, fill_mode=fill_mode, cval=cval,
    )  # fmt: skip


def random_zoom(
    x: Any, zoom_range: Any, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0,
) -> Any:  # fmt: skip
    """An image zoomed by factors of a range."""
    if len(zoom_range) != 2:
        raise ValueError(
            f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}"
        )
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(*zoom_range, 2)
    return apply_affine_transform(
        x, zx=zx, zy=zy, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis,
        fill_mode=fill_mode, cval=cval,
    )  # fmt: skip
