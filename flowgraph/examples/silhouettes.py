"""Drawn pictures of four classes: dogs, cats, ships and birds, 32x32, in colour.

Each picture is a silhouette of a few polygons, turned, leaned, mirrored, moved and coloured by
chance before a background whose colours say nothing of the class. Needs numpy and Pillow, which
comes with matplotlib. Nothing is read from a file: the same seed draws the same pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

CLASSES = ("dog", "cat", "ship", "bird")
SIDE = 32
_FINE = 4  # drawn so many times as large, then averaged down: smooth edges

Points = np.ndarray
"""[n, 2]: x to the right and y upwards, both from -1 to 1."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Images float32 [n, 32, 32, 3] from 0 to 1, labels int32 [n]: places in `CLASSES`."""

    images: np.ndarray
    labels: np.ndarray


def draw(count: int, seed: int) -> Pictures:
    """Draws so many pictures, the classes by turns.

    >>> draw(8, seed=0).labels.tolist()
    [0, 1, 2, 3, 0, 1, 2, 3]
    """
    random = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int32) % len(CLASSES)
    images = np.empty([count, SIDE, SIDE, 3], np.float32)
    for i, label in enumerate(labels):
        images[i] = _picture(_SHAPES[CLASSES[label]], random)
    return Pictures(images, labels)


def _picture(shape: Callable[[], list[Points]], random: np.random.Generator) -> np.ndarray:
    upper, lower, ink = _colors(random)
    fine = SIDE * _FINE
    canvas = Image.new("RGB", (fine, fine), upper)
    brush = ImageDraw.Draw(canvas)
    horizon = int(fine * random.uniform(0.45, 0.85))
    brush.rectangle([0, horizon, fine, fine], fill=lower)
    matrix, offset = _placing(random)
    for polygon in shape():
        placed = polygon @ matrix.T + offset
        pixels = (placed * [0.5, -0.5] + 0.5) * fine
        brush.polygon([tuple(p) for p in pixels], fill=ink)
    small = canvas.resize((SIDE, SIDE), Image.Resampling.BOX)
    grain = random.normal(0, 0.02, [SIDE, SIDE, 1])
    return np.clip(np.asarray(small) / 255 + grain, 0, 1).astype(np.float32)


def _colors(random: np.random.Generator) -> tuple[tuple[int, ...], ...]:
    """Of the background's upper and lower part and of the silhouette, which stands out from both.

    Half of the silhouettes are darker than what is behind them, half lighter.
    """
    bright, dark = random.uniform(0.6, 0.95, [2, 3]), random.uniform(0.02, 0.4, [2, 3])
    behind, ink = (bright, dark[0]) if random.random() < 0.5 else (dark, bright[0])
    return tuple(tuple(int(255 * c) for c in color) for color in (*behind, ink))


def _placing(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """An affine change: mirrored or not, leaned, turned up to 20 degrees, sized, moved."""
    angle = math.radians(random.uniform(-20, 20))
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    lean = np.array([[1, random.uniform(-0.2, 0.2)], [0, 1]])
    size = np.diag(random.uniform(0.55, 0.85, 2) * [random.choice([-1, 1]), 1])
    return turn @ lean @ size, random.uniform(-0.2, 0.2, 2)


def _ellipse(x: float, y: float, width: float, height: float, degrees: float = 0) -> Points:
    around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    turn = math.radians(degrees)
    across, up = width * np.cos(around), height * np.sin(around)
    return np.stack(
        [
            x + across * math.cos(turn) - up * math.sin(turn),
            y + across * math.sin(turn) + up * math.cos(turn),
        ],
        axis=1,
    )


def _line(width: float, *places: tuple[float, float]) -> Points:
    """A stroke through some places, a little thinner at its end."""
    points = np.array(places, float)
    along = np.gradient(points, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    half = np.linspace(width, 0.6 * width, len(points))[:, None] / 2
    return np.concatenate([points + across * half, (points - across * half)[::-1]])


def _polygon(*places: tuple[float, float]) -> Points:
    return np.array(places, float)


def _dog() -> list[Points]:
    """Standing, from the side: a long body, four legs, a snout, a hanging ear, the tail up."""
    legs = [_line(0.17, (x, -0.1), (x + lean, -0.5), (x, -0.85)) for x, lean in _DOG_LEGS]
    return [
        _ellipse(-0.05, 0.0, 0.62, 0.25),
        *legs,
        _line(0.34, (0.38, 0.0), (0.55, 0.45)),
        _ellipse(0.6, 0.5, 0.24, 0.21),
        _line(0.24, (0.65, 0.45), (1.0, 0.38)),
        _line(0.2, (0.47, 0.62), (0.36, 0.45), (0.37, 0.2)),
        _line(0.13, (-0.58, 0.1), (-0.8, 0.35), (-0.88, 0.65)),
    ]


_DOG_LEGS = ((-0.55, -0.08), (-0.36, 0.02), (0.28, -0.03), (0.45, 0.05))


def _cat() -> list[Points]:
    """Sitting, from the front: a round head with two pointed ears, a pear of a body, a tail."""
    return [
        _ellipse(0.0, -0.45, 0.4, 0.48),
        _ellipse(0.0, -0.1, 0.28, 0.4),
        _ellipse(0.0, 0.38, 0.36, 0.31),
        _polygon((-0.37, 0.4), (-0.38, 0.95), (-0.05, 0.62)),
        _polygon((0.37, 0.4), (0.38, 0.95), (0.05, 0.62)),
        _line(0.17, (0.25, -0.8), (0.65, -0.75), (0.8, -0.4), (0.66, -0.05)),
    ]


def _ship() -> list[Points]:
    """A sailing boat: a hull, a mast, two sails."""
    return [
        _polygon((-0.95, -0.4), (0.95, -0.4), (0.6, -0.85), (-0.65, -0.85)),
        _line(0.1, (0.0, -0.45), (0.0, 0.95)),
        _polygon((0.1, -0.3), (0.1, 0.85), (0.8, -0.3)),
        _polygon((-0.1, -0.3), (-0.1, 0.6), (-0.6, -0.3)),
    ]


def _bird() -> list[Points]:
    """Flying, from the side: a slim body, the wings up, a fan of a tail, a beak."""
    return [
        _ellipse(0.05, -0.1, 0.52, 0.19, 8),
        _ellipse(0.55, 0.08, 0.19, 0.17),
        _polygon((0.68, 0.16), (1.0, 0.06), (0.68, -0.02)),
        _polygon((0.3, 0.0), (-0.1, 0.0), (-0.5, 0.95), (-0.05, 0.6)),
        _polygon((0.35, 0.0), (0.05, 0.0), (0.15, 0.95), (0.4, 0.55)),
        _polygon((-0.35, -0.05), (-1.0, -0.05), (-0.9, -0.45), (-0.3, -0.25)),
    ]


_SHAPES = {"dog": _dog, "cat": _cat, "ship": _ship, "bird": _bird}
