"""Points in the plane, in circles and in spirals, one class on each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.contrib.learn.datasets.base import Dataset

Points = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def circles(
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = None,
    factor: float = 0.8,
    n_classes: int = 2,
    *args: Any,
    **kwargs: Any,
) -> Dataset:
    """Circles around the origin, each one `factor` times as large as the one before.

    Args:
        n_samples: how many points.
        noise: the standard deviation of what is added to them.
        seed: numpy's seed.
        factor: the ratio of neighbouring radii.
        n_classes: how many circles.
    """
    if seed is not None:
        np.random.seed(seed)
    each = n_samples // n_classes
    angles = np.linspace(0, 2 * np.pi, each)
    radii = factor ** np.arange(n_classes)
    x, y = (np.outer(radii, f(angles)).ravel() for f in (np.cos, np.sin))
    extras = n_samples % n_classes
    x = np.append(x, np.cos(np.random.rand(extras) * 2 * np.pi))
    y = np.append(y, np.sin(np.random.rand(extras) * 2 * np.pi))
    return _shuffled(x, y, _labels(each, n_classes, extras), noise)


def spirals(
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = None,
    mode: str = "archimedes",
    n_loops: int = 2,
    *args: Any,
    **kwargs: Any,
) -> Dataset:
    """Two spirals about the origin, half a turn apart.

    Args:
        n_samples: how many points.
        noise: the standard deviation of what is added to them.
        seed: numpy's seed.
        mode: "archimedes" (even distances), "bernoulli" (growing; takes `exp_scale`) or "fermat"
            (shrinking).
        n_loops: how many turns.

    Raises:
        ValueError: another mode.
    """
    if mode not in _SPIRALS:
        raise ValueError(f"Cannot generate spiral with mode {mode}")
    if seed is not None:
        np.random.seed(seed)
    each, extras = n_samples // 2, n_samples % 2
    angles = np.linspace(0, 2 * n_loops * np.pi, each)
    parts = [_SPIRALS[mode](angles, label * np.pi, *args, **kwargs) for label in range(2)]
    if extras:
        parts.append(_SPIRALS[mode](np.random.rand(extras) * 2 * np.pi, 0.0, *args, **kwargs))
    x, y = (np.concatenate(axis) for axis in zip(*parts, strict=True))
    return _shuffled(x, y, _labels(each, 2, extras), noise)


def _labels(each: int, n_classes: int, extras: int) -> np.ndarray[Any, Any]:
    labels = np.repeat(np.arange(n_classes, dtype=np.int32), each)
    return np.append(labels, np.zeros(extras, np.int32))


def _shuffled(x: Any, y: Any, labels: Any, noise: float | None) -> Dataset:
    points = np.vstack((x, y)).T
    order = np.random.permutation(range(len(labels)))
    if noise is not None:
        points += np.random.normal(scale=noise, size=points.shape)
    return Dataset(points[order], labels[order])


def _within_one(radius: Any, angle: Any) -> Points:
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    return x / np.max(np.abs(x)), y / np.max(np.abs(y))


def _archimedes(theta: Any, offset: float = 0.0, *_: Any, **__: Any) -> Points:
    return _within_one(theta, theta + offset)


def _bernoulli(
    theta: Any, offset: float = 0.0, *_: Any, exp_scale: float = 0.1, **__: Any
) -> Points:
    return _within_one(np.exp(exp_scale * theta), theta + offset)


def _fermat(theta: Any, offset: float = 0.0, *_: Any, **__: Any) -> Points:
    return _within_one(np.sqrt(theta), theta + offset)


_SPIRALS: dict[str, Callable[..., Points]] = {
    "archimedes": _archimedes,
    "bernoulli": _bernoulli,
    "fermat": _fermat,
}
