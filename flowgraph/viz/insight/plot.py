"""`Plot`: a figure with its numbers; and how figures are begun, tiled and finished."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from flowgraph.viz.canvas import suffix

FORMATS = ("png", "svg", "pdf", "jpg", "jpeg", "webp")
DPI, NOTEBOOK_DPI = 110, 80
# Okabe and Ito's colours (2008), told apart with every kind of colour blindness.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7F7F7F"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, "#E69F00", "#56B4E9")
DIVERGING, WARM, INK_ON_PAPER = "PuOr", "magma", "gray_r"


class Plot(NamedTuple):
    """A matplotlib figure and the numbers that it shows; a notebook shows the figure.

    Unpack it: `figure, values = tf.viz.filters(...)`.
    """

    figure: Figure
    values: Any

    def __repr__(self) -> str:
        values = self.values
        told = f"{values.dtype} {list(values.shape)}" if isinstance(values, np.ndarray) else (
            type(values).__name__
        )  # fmt: skip
        return f"<plot of {told}>"

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture, sharp on fine screens too, and how wide it is shown."""
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=2 * NOTEBOOK_DPI)
        width = round(self.figure.get_size_inches()[0] * NOTEBOOK_DPI)
        return stream.getvalue(), {"width": width}

    def save(self, path: str | os.PathLike[str]) -> str:
        """Writes the figure to a file whose suffix tells the format; returns the path.

        Raises:
          ValueError: for a suffix that there is none of.
          OSError: when the file cannot be written.
        """
        self.figure.savefig(path, format=suffix(path, FORMATS), dpi=DPI)
        return os.fspath(path)


def check_path(path: str | os.PathLike[str] | None) -> None:
    """Raises ValueError for an unknown suffix, OSError for a directory that is not there.

    Asked before anything is computed: a long training of a picture would be lost otherwise.
    """
    if path is None:
        return
    suffix(path, FORMATS)
    directory = os.path.dirname(os.fspath(path)) or "."
    if not os.path.isdir(directory):
        raise FileNotFoundError(f"cannot write {os.fspath(path)!r}: there is no directory "
                                f"{directory!r}")  # fmt: skip


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that needs no window."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def finish(drawn: Figure, values: Any, path: str | os.PathLike[str] | None) -> Plot:
    """The plot, saved when there is a path."""
    plot = Plot(drawn, values)
    if path is not None:
        plot.save(path)
    return plot


def bare(axes: Axes, title: str = "", size: float = 9) -> None:
    """No ticks; a title without mathematics in it."""
    axes.set(xticks=[], yticks=[])
    if title:
        axes.set_title(title, fontsize=size, parse_math=False)


def plain(axes: Axes) -> None:
    """A faint grid behind, no box around."""
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def shape_of_grid(count: int, columns: int | None = None, ratio: float = 2.0) -> tuple[int, int]:
    """Rows and columns for so many tiles, about `ratio` times as wide as high."""
    wide = columns or max(1, min(count, round(math.sqrt(count * ratio))))
    return math.ceil(count / wide), wide


def cells(drawn: Any, rows: int, columns: int, count: int) -> Iterator[Axes]:
    """The first `count` axes of a grid; the others stay empty."""
    grid = np.atleast_1d(drawn.subplots(rows, columns)).ravel()
    for axes in grid[count:]:
        axes.set_axis_off()
    yield from grid[:count]


def limit_of(values: np.ndarray) -> float:
    """The largest size among numbers that are finite, never 0: a scale's end."""
    finite = values[np.isfinite(values)]
    return (float(np.abs(finite).max()) if finite.size else 0.0) or 1.0


def as_picture(values: np.ndarray) -> np.ndarray:
    """What imshow takes of an example [h, w], [h, w, 1] or [h, w, 3]: colours between 0 and 1.

    Other counts of channels are shown by their mean.
    """
    values = np.asarray(values, np.float64)
    if values.ndim == 3 and values.shape[-1] == 1:
        return values[..., 0]
    if values.ndim == 3 and values.shape[-1] == 3:
        low, high = np.nanmin(values), np.nanmax(values)
        return (values - low) / ((high - low) or 1.0)
    return values.mean(-1) if values.ndim == 3 else values


def show_picture(axes: Axes, values: np.ndarray, title: str = "", paper: bool = True) -> Any:
    """An example as a picture: colours as they are, one channel as ink on paper (or grey)."""
    shown = as_picture(values)
    image = axes.imshow(shown, cmap=INK_ON_PAPER if paper else "gray")
    bare(axes, title)
    return image


def names_or_numbers(names: Sequence[Any] | None, count: int, word: str) -> list[str]:
    """The names given, or "filter 1", "filter 2", ..."""
    if names is None:
        return [f"{word} {i + 1}" for i in range(count)]
    if len(names) != count:
        raise ValueError(f"expected {count} names, got {len(names)}")
    return [str(name) for name in names]
