"""A window that slides over a grid of numbers, step by step: convolution and pooling, animated.

The pictures are SVG that moves by itself (SMIL), so that they need no script and stay small; what
shows no movement shows the first step and the whole result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.viz import palette
from flowgraph.viz.canvas import Canvas
from flowgraph.viz.palette import Svg, check_theme, escape

_CELL, _MARGIN, _TOP, _GAP = 34.0, 16.0, 46.0, 46.0
_MOST = 14
"""Cells a side, with padding: more would be too small to read."""
_TOLD = 9
"""Terms of a sum that are written out."""


@dataclass(frozen=True, slots=True)
class _Slide:
    """A padded grid, and where the window stands in each step: (row, column) of its corner."""

    grid: np.ndarray
    padding: int
    window: tuple[int, int]
    stride: int
    outputs: np.ndarray
    told: list[str]
    """For each step, how its number comes about."""

    @property
    def corners(self) -> list[tuple[int, int]]:
        return [(r * self.stride, c * self.stride) for r, c in np.ndindex(self.outputs.shape)]


def convolution_steps(
    image: Any,
    filter: Any,
    *,
    stride: int = 1,
    padding: int = 0,
    seconds: float = 1.5,
    theme: str = "auto",
) -> Svg:
    """Animates the convolution of a small image with a filter, one output number a step.

    As in `tf.nn.conv2d`, the filter is not turned round.

    Args:
      image: numbers [height, width]; with its padding at most 14 x 14.
      filter: the weights [rows, columns], which stand in the corners of the sliding window.
      stride: how far the window goes at each step.
      padding: how many zeros are put around the image, on each side.
      seconds: how long a step is shown.
      theme: "auto" (follows its reader's system), "light" or "dark".

    Raises:
      ValueError: image or filter is not two-dimensional or does not fit, the stride is below 1,
        the padding below 0, or the theme is unknown.

    Example:
      >>> import flowgraph as tf
      >>> tf.viz.convolution_steps([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]]).startswith("<svg")
      True
    """
    weights = _matrix(filter, "filter")

    def told(patch: np.ndarray) -> tuple[float, str]:
        products = [f"{_signed(p)}·{_signed(w)}" for p, w in zip(patch.flat, weights.flat)]
        total = float((patch * weights).sum())
        terms = (
            " + ".join(products) if len(products) <= _TOLD else f"sum of {len(products)} products"
        )
        return total, f"{terms} = {_number(total)}"

    slide = _slide(_matrix(image, "image"), weights.shape, stride, padding, told)
    return _animate(slide, ("input", "filter", "output"), weights, seconds, theme)


def pooling_steps(
    image: Any,
    size: int = 2,
    *,
    stride: int | None = None,
    kind: str = "max",
    seconds: float = 1.5,
    theme: str = "auto",
) -> Svg:
    """Animates the pooling of a small image, one output number a step.

    Args:
      image: numbers [height, width], at most 14 x 14.
      size: the side of the window.
      stride: how far the window goes at each step; None: as far as it is wide.
      kind: "max", "average" or "sum".
      seconds: how long a step is shown.
      theme: "auto" (follows its reader's system), "light" or "dark".

    Raises:
      ValueError: the image is not two-dimensional or does not fit, the stride is below 1, or the
        kind or theme is unknown.

    Example:
      >>> import flowgraph as tf
      >>> tf.viz.pooling_steps([[1, 2], [3, 4]], kind="average").count("= 2.5")
      1
    """
    pools = {"max": np.max, "average": np.mean, "sum": np.sum}
    if kind not in pools:
        raise ValueError(f"kind must be one of {', '.join(pools)}, got {kind!r}")

    def told(patch: np.ndarray) -> tuple[float, str]:
        result = float(pools[kind](patch))
        numbers = ", ".join(_number(p) for p in patch.flat)
        of = f"({numbers})" if patch.size <= _TOLD else f" of {patch.size} numbers"
        return result, f"{kind}{of} = {_number(result)}"

    grid = _matrix(image, "image")
    slide = _slide(grid, (size, size), size if stride is None else stride, 0, told)
    return _animate(slide, ("input", "", "output"), None, seconds, theme)


# --- what is computed -----------------------------------------------------------------------------
def _matrix(value: Any, name: str) -> np.ndarray:
    matrix = np.asarray(value, dtype=np.float64)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"{name} must be numbers [height, width], got the shape {matrix.shape}")
    return matrix


def _slide(
    image: np.ndarray,
    window: tuple[int, ...],
    stride: int,
    padding: int,
    told: Callable[[np.ndarray], tuple[float, str]],
) -> _Slide:
    """Walks the window over the image; `told` gives a patch's number and how it comes about."""
    if stride < 1:
        raise ValueError(f"stride must be at least 1, got {stride}")
    if padding < 0:
        raise ValueError(f"padding must be at least 0, got {padding}")
    grid = np.pad(image, padding)
    if max(grid.shape) > _MOST:
        raise ValueError(
            f"the image with its padding has {grid.shape[0]} x {grid.shape[1]} cells; up to "
            f"{_MOST} x {_MOST} can be read"
        )
    rows, columns = window
    if min(window) < 1 or rows > grid.shape[0] or columns > grid.shape[1]:
        raise ValueError(
            f"a window of {rows} x {columns} does not fit into {grid.shape[0]} x {grid.shape[1]}"
        )
    steps = [
        told(grid[r : r + rows, c : c + columns])
        for r in range(0, grid.shape[0] - rows + 1, stride)
        for c in range(0, grid.shape[1] - columns + 1, stride)
    ]
    across = (grid.shape[1] - columns) // stride + 1
    outputs = np.array([number for number, _ in steps]).reshape(-1, across)
    return _Slide(grid, padding, (rows, columns), stride, outputs, [words for _, words in steps])


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _signed(value: float) -> str:
    """A factor: one below 0 in brackets, so that no two signs meet."""
    return f"({_number(value)})" if value < 0 else _number(value)


# --- the picture ----------------------------------------------------------------------------------
def _animate(
    slide: _Slide,
    titles: tuple[str, str, str],
    weights: np.ndarray | None,
    seconds: float,
    theme: str,
) -> Svg:
    check_theme(theme)
    canvas = Canvas(0, 0)
    x = _MARGIN
    _panel(canvas, x, titles[0], slide.grid, palette.PAPER, slide.padding)
    window_x = x
    x += slide.grid.shape[1] * _CELL + _GAP
    if weights is not None:
        canvas.text(x - _GAP / 2, _TOP + 24, "∗", size=18, anchor="middle", fill=palette.SOFT)
        _panel(canvas, x, titles[1], weights, palette.ORANGE_FILL)
        x += weights.shape[1] * _CELL + _GAP
    canvas.text(x - _GAP / 2, _TOP + 24, "=" if weights is not None else "→", size=18,
                anchor="middle", fill=palette.SOFT)  # fmt: skip
    _panel(canvas, x, titles[2], slide.outputs, palette.BLUE_FILL, numbers=False)
    right = x + slide.outputs.shape[1] * _CELL
    rows = max(len(slide.grid), len(slide.outputs), 0 if weights is None else len(weights))
    bottom = _TOP + rows * _CELL
    widest = max(8.0 * len(words) for words in slide.told)
    canvas.width = max(right, _MARGIN + widest) + _MARGIN
    canvas.height = bottom + 42
    moving = [
        *_outputs(slide, x, seconds),
        _window(slide, window_x, weights, seconds),
        _mark(slide, x, seconds),
        *_words(slide, bottom + 27, seconds),
    ]
    head, end, rest = str(canvas.svg("light")).rpartition("</svg>")
    return Svg(palette.themed(head + "\n".join(moving) + end + rest, theme))


def _panel(
    canvas: Canvas,
    x: float,
    title: str,
    cells: np.ndarray,
    fill: str,
    padding: int = 0,
    numbers: bool = True,
) -> None:
    """A grid of cells under a title; zeros that were put around it are grey and dashed."""
    rows, columns = cells.shape
    words = f"{title} {rows - 2 * padding}×{columns - 2 * padding}"
    words += f", padded to {rows}×{columns}" if padding else ""
    canvas.text(x, _TOP - 14, words, size=12, fill=palette.SOFT)
    for (row, column), value in np.ndenumerate(cells):
        inside = padding <= row < rows - padding and padding <= column < columns - padding
        left, top = x + column * _CELL, _TOP + row * _CELL
        canvas.box(left, top, _CELL, _CELL, fill=fill if inside else palette.LANE,
                   stroke=palette.RULE, dashed=not inside)  # fmt: skip
        if numbers:
            canvas.text(left + _CELL / 2, top + _CELL / 2 + 5, _number(value), size=13,
                        anchor="middle", fill=palette.INK if inside else palette.FAINT)  # fmt: skip


def _times(count: int, seconds: float) -> str:
    """The attributes of an animation that jumps from step to step and begins anew."""
    return f'calcMode="discrete" dur="{count * seconds:g}s" repeatCount="indefinite"'


def _moved(inside: str, places: list[tuple[float, float]], seconds: float) -> str:
    """Shapes that stand at each of some places in turn."""
    values = ";".join(f"{x:g},{y:g}" for x, y in places)
    return (
        f'<g transform="translate({places[0][0]:g},{places[0][1]:g})">{inside}'
        f'<animateTransform attributeName="transform" type="translate" values="{values}" '
        f"{_times(len(places), seconds)}/></g>"
    )


def _window(slide: _Slide, x: float, weights: np.ndarray | None, seconds: float) -> str:
    rows, columns = slide.window
    inside = (
        f'<rect width="{columns * _CELL:g}" height="{rows * _CELL:g}" rx="3" '
        f'fill="{palette.ORANGE}" fill-opacity="0.18" stroke="{palette.ORANGE}" stroke-width="3"/>'
    )
    for (row, column), weight in np.ndenumerate(
        weights if weights is not None else np.empty((0, 0))
    ):
        inside += (
            f'<text x="{(column + 1) * _CELL - 4:g}" y="{(row + 1) * _CELL - 4:g}" font-size="9" '
            f'text-anchor="end" fill="{palette.ORANGE}">×{_number(weight)}</text>'
        )
    places = [(x + c * _CELL, _TOP + r * _CELL) for r, c in slide.corners]
    return _moved(inside, places, seconds)


def _mark(slide: _Slide, x: float, seconds: float) -> str:
    """The frame around the output number of the step."""
    frame = (
        f'<rect width="{_CELL:g}" height="{_CELL:g}" rx="3" fill="none" '
        f'stroke="{palette.ORANGE}" stroke-width="3"/>'
    )
    places = [(x + c * _CELL, _TOP + r * _CELL) for r, c in np.ndindex(slide.outputs.shape)]
    return _moved(frame, places, seconds)


def _outputs(slide: _Slide, x: float, seconds: float) -> list[str]:
    """The output's numbers, each shown from its step on."""
    count = slide.outputs.size
    shown = []
    for step, ((row, column), value) in enumerate(np.ndenumerate(slide.outputs)):
        appear = (
            f'<animate attributeName="opacity" values="0;1" keyTimes="0;{step / count:.5g}" '
            f"{_times(count, seconds)}/>"
        )
        shown.append(
            f'<text x="{x + (column + 0.5) * _CELL:g}" y="{_TOP + (row + 0.5) * _CELL + 5:g}" '
            f'font-size="13" text-anchor="middle" fill="{palette.INK}">{_number(value)}'
            f"{appear if step else ''}</text>"
        )
    return shown


def _words(slide: _Slide, y: float, seconds: float) -> list[str]:
    """The line below: each step's in its turn, the first one where nothing moves."""
    count = len(slide.told)
    lines = []
    for step, words in enumerate(slide.told):
        opacity = ";".join("1" if k == step else "0" for k in range(count))
        change = f'<animate attributeName="opacity" values="{opacity}" {_times(count, seconds)}/>'
        lines.append(
            f'<text x="{_MARGIN:g}" y="{y:g}" font-size="13" fill="{palette.SOFT}" '
            f'opacity="{int(step == 0)}">{escape(words)}{change if count > 1 else ""}</text>'
        )
    return lines
