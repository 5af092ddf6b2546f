"""`LiveCurve`: the loss so far, drawn into a notebook's cell while the net trains."""

from __future__ import annotations

import math
import time
from array import array
from typing import Any

import numpy as np

from flowgraph.viz import palette
from flowgraph.viz.canvas import Canvas, text_width
from flowgraph.viz.live.cell import Pace, find_cell
from flowgraph.viz.palette import Svg

WIDTH, HEIGHT = 640.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 26.0, 34.0
MOST_POINTS = 500
Points = dict[str, tuple[array, array]]
"""Name -> steps and values, as doubles: a list of a long training would take a while to copy."""
COLORS = (palette.BLUE, palette.ORANGE, palette.GREEN, palette.PURPLE, palette.OLIVE)


class LiveCurve:
    """A curve of the loss that grows in place in a notebook's cell while a loop trains.

    It draws at most once in `every` seconds and spends a twentieth of the time at most. In a
    terminal, or where nobody looks, it draws nothing and only keeps the values: `plot` draws them
    afterwards.

    Args:
      title: a heading.
      every: seconds from one drawing to the next, at least.
      log: whether the axis is logarithmic; None chooses.

    Raises:
      ValueError: for a negative interval.

    Example:
      >>> import flowgraph as tf
      >>> curve = tf.viz.LiveCurve("training")
      >>> for step in range(3):
      ...     curve.add(1.0 / (step + 1))
      >>> curve.close()
      >>> curve.values["loss"].tolist()
      [[1.0, 1.0], [2.0, 0.5], [3.0, 0.3333333333333333]]
    """

    def __init__(self, title: str = "", *, every: float = 0.5, log: bool | None = None) -> None:
        self.title, self.log = title, log
        self._pace = Pace(every)
        self._cell = find_cell()
        self._points: Points = {}

    def __enter__(self) -> LiveCurve:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def values(self) -> dict[str, np.ndarray]:
        """Name -> [n, 2]: step and value."""
        return {name: np.column_stack(points) for name, points in self._points.items()}

    def add(self, loss: Any = None, step: float | None = None, **more: Any) -> None:
        """Notes values of a step, and draws when it is time.

        Args:
          loss: the value of the curve "loss".
          step: the step's number; None counts.
          more: values of other curves, by name (`accuracy=0.9`).
        """
        self.note(loss, step, **more)
        if self._cell is not None:
            self.draw()

    def note(self, loss: Any = None, step: float | None = None, **more: Any) -> None:
        """Notes values without drawing."""
        for name, value in {"loss": loss, **more}.items():
            if value is not None:
                steps, values = self._points.setdefault(name, (array("d"), array("d")))
                steps.append(step if step is not None else steps[-1] + 1 if steps else 1)
                values.append(float(value) if np.ndim(value) == 0 else float(np.mean(value)))

    def extend(self, losses: Any) -> None:
        """Notes many losses at once, a step each, without drawing."""
        fresh = np.asarray(losses, np.float64).reshape(len(losses), -1).mean(1)
        steps, values = self._points.setdefault("loss", (array("d"), array("d")))
        first = steps[-1] + 1 if steps else 1
        steps.extend(first + k for k in range(len(fresh)))
        values.extend(fresh.tolist())

    def draw(self, force: bool = False) -> None:
        """Draws the curve as it is when it is time (or `force`), and somebody looks."""
        if self._cell is None or not self._points or not (force or self._pace.is_due()):
            return
        began = time.perf_counter()
        last = ", ".join(f"{n} {values[-1]:.4g}" for n, (_, values) in self._points.items())
        self._cell.show(str(self._repr_svg_()), last)
        self._pace.drawn(began)

    def close(self) -> None:
        """Draws the curve for the last time."""
        self.draw(force=True)

    def plot(self, **options: Any) -> Any:
        """The curves as `tf.viz.loss_curve` draws them; takes its arguments."""
        from flowgraph.viz.insight.curves import loss_curve

        names = {"tag": list(self._points), **options}
        return loss_curve({n: values for n, (_, values) in self._points.items()}, **names)

    def _repr_svg_(self) -> Svg | None:
        return _picture(self.title, self._points, self.log) if self._points else None


def _picture(title: str, points: Points, log: bool | None) -> Svg:
    """A small SVG, made in a few milliseconds; matplotlib would take a tenth of a second."""
    canvas = Canvas(WIDTH, HEIGHT)
    curves = {name: _thinned(np.column_stack(p)) for name, p in points.items()}
    finite = np.concatenate([c[np.isfinite(c[:, 1])] for c in curves.values()])
    steps = np.concatenate([c[:, 0] for c in curves.values()])
    low, high = (finite[:, 1].min(), finite[:, 1].max()) if len(finite) else (0.0, 1.0)
    logarithmic = low > 0 and (high > 20 * low if log is None else log)
    x = _Axis(steps.min(), steps.max(), LEFT, WIDTH - RIGHT, False)
    y = _Axis(low, high, HEIGHT - BOTTOM, TOP, logarithmic)
    _grid(canvas, x, y)
    for curve, color in zip(curves.values(), COLORS * (1 + len(curves) // 5)):
        for part in _unbroken(curve):
            line = [(x.place(a), y.place(b)) for a, b in part]
            canvas.line(line if len(line) > 1 else line * 2, stroke=color, thick=1.8)
    _heading(canvas, title, points)
    return canvas.svg()


def _thinned(curve: np.ndarray) -> np.ndarray:
    """At most so many points: each the mean of its neighbours."""
    if len(curve) <= MOST_POINTS:
        return curve
    width = math.ceil(len(curve) / MOST_POINTS)
    whole = len(curve) // width * width
    parts = curve[:whole].reshape(-1, width, 2).mean(1)
    rest = curve[whole:].mean(0, keepdims=True) if whole < len(curve) else curve[:0]
    return np.concatenate([parts, rest])


def _unbroken(curve: np.ndarray) -> list[np.ndarray]:
    """The stretches of finite values."""
    finite = np.isfinite(curve[:, 1])
    cuts = np.flatnonzero(np.diff(finite.astype(int))) + 1
    return [part for part in np.split(curve, cuts) if len(part) and np.isfinite(part[0, 1])]


class _Axis:
    """From values to pixels, with round numbers between."""

    def __init__(self, low: float, high: float, begin: float, end: float, log: bool) -> None:
        if low == high:
            low, high = (low / 2, high * 2) if log else (low - 0.5, high + 0.5)
        self.log = log
        self.low, self.high, self.begin, self.end = low, high, begin, end

    def place(self, value: float) -> float:
        """Where a value lies."""
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return float(self.begin + share * (self.end - self.begin))

    def ticks(self) -> list[float]:
        """Some five round values within; matplotlib's own would stop a training to be imported."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            leading = (1, 2, 5) if high - low < 1.5 else (1, 3) if high - low < 3 else (1,)
            powers = range(math.floor(low), math.ceil(high) + 1, 1 + int((high - low) / 7))
            found = [digit * 10.0**power for power in powers for digit in leading]
        else:
            rough = (self.high - self.low) / 5
            power = 10.0 ** math.floor(math.log10(rough))
            step = next(d * power for d in (1, 2, 5, 10) if d * power >= 0.8 * rough)
            first = math.ceil(self.low / step)
            found = [k * step for k in range(first, math.floor(self.high / step) + 1)]
        return [tick for tick in found if self.low <= tick <= self.high]


def _grid(canvas: Canvas, x: _Axis, y: _Axis) -> None:
    for tick in y.ticks():
        place = y.place(tick)
        canvas.line([(LEFT, place), (WIDTH - RIGHT, place)], stroke=palette.GRID)
        canvas.text(LEFT - 8, place + 4, f"{tick:.4g}", anchor="end", fill=palette.SOFT)
    for tick in x.ticks():
        place = x.place(tick)
        canvas.line([(place, HEIGHT - BOTTOM), (place, HEIGHT - BOTTOM + 4)], stroke=palette.RULE)
        canvas.text(place, HEIGHT - BOTTOM + 18, f"{tick:,.6g}", anchor="middle", fill=palette.SOFT)
    canvas.line([(LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM)], stroke=palette.RULE)


def _heading(canvas: Canvas, title: str, points: Points) -> None:
    """The title, and each curve's name and last value in its colour."""
    canvas.text(LEFT, 16, title, bold=True)
    place = WIDTH - RIGHT
    for (name, (_, values)), color in reversed(list(zip(points.items(), COLORS * len(points)))):
        words = f"{name} {values[-1]:.4g}"
        canvas.text(place, 16, words, anchor="end", fill=color, bold=True)
        place -= text_width(words, bold=True) + 14
