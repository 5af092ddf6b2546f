"""`confusion`: which classes are taken for which, and the pictures that were mistaken."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.viz.insight import plot
from flowgraph.viz.insight.plot import Plot

MOST_NUMBERS = 30
"""Above so many classes the cells are too small for numbers."""


def confusion(
    labels: Any,
    predictions: Any,
    class_names: Sequence[Any] | None = None,
    *,
    images: Any = None,
    most: int = 120,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Draws how often each class was taken for which; mistakes alone have colours.

    Args:
      labels: what the examples are: classes [n], or one-hot [n, classes].
      predictions: what the net takes them for: classes [n], or scores [n, classes].
      class_names: a name for each class; numbers otherwise.
      images: [n, height, width(, channels)]: the mistaken ones are drawn beside the matrix.
      most: how many mistaken images are drawn at most; more are too small to see.
      title: a heading of the matrix.
      path: where to save.

    Returns:
      `Plot(figure, values)`; the values are counts [true class, predicted class].

    Raises:
      ValueError: when the lengths differ, or a class has no name.
      TypeError: when classes are not whole numbers.

    Example:
      >>> import flowgraph as tf
      >>> tf.viz.confusion([0, 1, 1], [0, 1, 0], ["cat", "dog"]).values.tolist()
      [[1, 0], [1, 1]]
    """
    plot.check_path(path)
    true, guessed = _classes(labels, "labels"), _classes(predictions, "predictions")
    if len(true) != len(guessed):
        raise ValueError(f"there are {len(true)} labels but {len(guessed)} predictions")
    if images is not None and len(images) != len(true):
        raise ValueError(f"there are {len(true)} labels but {len(images)} images")
    wide = [np.shape(a)[1] for a in (labels, predictions) if np.ndim(a) == 2]
    highest = max([-1, *true.tolist(), *guessed.tolist()])
    count = len(class_names) if class_names is not None else max([highest + 1, *wide])
    if highest >= count or count == 0:
        raise ValueError(f"class {highest} has no name: there are {count} class_names")
    counts = np.zeros((count, count), np.int64)
    np.add.at(counts, (true, guessed), 1)
    names = [str(n) for n in (class_names if class_names is not None else range(count))]
    return plot.finish(_draw(counts, names, images, true, guessed, most, title), counts, path)


def _classes(values: Any, role: str) -> np.ndarray:
    """Classes as whole numbers [n]."""
    array = np.asarray(values)
    if array.ndim == 2:
        return array.argmax(1)
    if array.ndim != 1:
        raise ValueError(f"{role} must have shape [n] or [n, classes], got {list(array.shape)}")
    if array.dtype.kind not in "iub" and array.size:
        raise TypeError(f"{role} must be whole numbers, or scores [n, classes], got {array.dtype}")
    if array.size and array.min() < 0:
        raise ValueError(f"{role} must be classes from 0 on, got {array.min()}")
    return array.astype(np.int64)


def _draw(
    counts: np.ndarray, names: list[str], images: Any, true: np.ndarray, guessed: np.ndarray,
    most: int, title: str | None,
) -> Any:  # fmt: skip
    side = min(12.0, max(4.2, 0.5 * len(names) + 1.8))
    if images is None:
        drawn = plot.figure(side + 0.6, side)
        _matrix(drawn.subplots(), counts, names, title)
        return drawn
    side = max(side, 7.6)
    drawn = plot.figure(2.1 * side, side)
    left, right = drawn.subfigures(1, 2, width_ratios=[1, 1.12])
    _matrix(left.subplots(), counts, names, title)
    _gallery(right, np.asarray(images), names, true, guessed, most)
    return drawn


def _matrix(axes: Any, counts: np.ndarray, names: list[str], title: str | None) -> None:
    """Right answers in grey: the mistakes, far rarer, have the colours to themselves."""
    size = len(counts)
    mistakes = np.ma.masked_array(counts, np.eye(size, dtype=bool))
    most = max(1, int(mistakes.max())) if size > 1 else 1
    axes.set_facecolor("0.85")
    image = axes.imshow(mistakes, cmap="Blues", vmin=0, vmax=most)
    if size <= MOST_NUMBERS:
        _numbers(axes, counts, most)
    else:
        axes.figure.colorbar(image, ax=axes, label="mistakes", shrink=0.8)
    every = max(1, size // MOST_NUMBERS)
    places = range(0, size, every)
    axes.set(xlabel="predicted", ylabel="true")
    long = max(map(len, names)) > 3
    axes.set_xticks(places, [names[i] for i in places], rotation=45 if long else 0,
                    ha="right" if long else "center", parse_math=False)  # fmt: skip
    axes.set_yticks(places, [names[i] for i in places], parse_math=False)
    share = np.trace(counts) / max(1, counts.sum())
    axes.set_title(title or f"{share:.2%} of {counts.sum():,} right", parse_math=False)
    axes.tick_params(length=0)
    if size <= MOST_NUMBERS:
        axes.set_xticks(np.arange(size - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(size - 1) + 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5)
        axes.tick_params(which="minor", length=0)


def _numbers(axes: Any, counts: np.ndarray, most: int) -> None:
    for (true, guess), count in np.ndenumerate(counts):
        dark = true != guess and count > 0.6 * most
        color = "0.8" if count == 0 else "white" if dark else "black"
        weight = "bold" if true == guess else "normal"
        size = 10 if len(counts) <= 12 and count < 10_000 else 7
        axes.text(guess, true, f"{count}", ha="center", va="center", color=color, weight=weight,
                  fontsize=size)  # fmt: skip


def _gallery(
    drawn: Any, images: np.ndarray, names: list[str], true: np.ndarray, guessed: np.ndarray,
    most: int,
) -> None:  # fmt: skip
    """The mistaken images, each with what it is and what it was taken for."""
    wrong = np.flatnonzero(true != guessed)
    shown = wrong[:most]
    which = "all of them" if len(shown) == len(wrong) else f"the first {len(shown)}"
    drawn.suptitle(f"{len(wrong):,} of {len(true):,} wrong, {which}: true → predicted")
    # A tile's title needs as much room as the longest pair of names.
    longest = max((len(names[true[i]] + names[guessed[i]]) for i in shown), default=2)
    tile = max(1.0, (longest + 3) * 0.115)
    columns = max(math.ceil(6 / tile), math.ceil(math.sqrt(1.2 * len(shown) / tile)))
    rows = max(5, math.ceil(len(shown) / columns))
    axes = drawn.subplots()
    axes.set_axis_off()
    for place, index in enumerate(shown):
        row, column = divmod(place, columns)
        left, top = tile * column + (tile - 0.76) / 2, rows - row - 0.22
        picture = plot.as_picture(images[index])
        axes.imshow(picture, cmap=plot.INK_ON_PAPER, extent=(left, left + 0.76, top - 0.76, top))
        title = f"{names[true[index]]} → {names[guessed[index]]}"
        axes.text(tile * (column + 0.5), top + 0.03, title, fontsize=9 if columns <= 12 else 7,
                  ha="center", parse_math=False)  # fmt: skip
    axes.set(xlim=(0, tile * columns), ylim=(0, rows))
