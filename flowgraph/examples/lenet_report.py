"""The pictures of a LeNet-5 training: its curve, first filters, feature maps and mistakes.

Takes numpy arrays and writes PNG files with matplotlib, without a window and without its global
state. `lenet.draw_report` collects the arrays.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

# Okabe and Ito's colours (2008), told apart with every kind of colour blindness.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#7F7F7F"
DIVERGING = "PuOr"
DPI = 110
MOST_MISTAKES = 120  # more would be too small to read


def learning_curve(
    path: Path, losses: list[float], errors: list[float], steps_per_epoch: int
) -> None:
    """Draws the loss of each step, smoothed, above the test error (0 to 1) after each epoch."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    epochs = (1 + np.arange(len(losses))) / steps_per_epoch
    upper.plot(epochs, losses, color=BLUE, alpha=0.25, linewidth=0.7)
    width = min(100, max(1, len(losses) // 10))
    upper.plot(epochs[width - 1 :], _smooth(losses, width), color=BLUE, linewidth=1.8)
    upper.set(yscale="log", ylabel="training loss", title="LeNet-5 on MNIST")
    upper.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    upper.yaxis.set_major_formatter("{x:g}")
    upper.yaxis.set_minor_formatter(NullFormatter())
    upper.text(
        0.99,
        0.94,
        f"thick: mean of {width} steps",
        transform=upper.transAxes,
        ha="right",
        va="top",
        color=GREY,
    )
    _error_curve(lower, errors)
    for axes in (upper, lower):
        axes.grid(color="0.9")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=DPI)


def filters(path: Path, weights: np.ndarray) -> None:
    """Draws the first layer's filters [height, width, 1, maps], all on one scale of colours."""
    count = weights.shape[-1]
    figure = Figure(figsize=(1.8 * count + 1, 2.8), layout="constrained")
    grid = figure.subplots(1, count)
    limit = float(np.abs(weights).max())
    for i, axes in enumerate(grid):
        image = axes.imshow(weights[:, :, 0, i], cmap=DIVERGING, vmin=-limit, vmax=limit)
        _bare(axes, f"filter {i + 1}")
    figure.colorbar(image, ax=list(grid), shrink=0.8, label="weight")
    figure.suptitle("C1: what each of the first layer's filters looks for")
    figure.savefig(path, dpi=DPI)


def feature_maps(path: Path, digit: np.ndarray, c1: np.ndarray, s2: np.ndarray) -> None:
    """Draws a digit [28, 28] beside the maps [height, width, maps] that it makes in C1 and S2."""
    count = c1.shape[-1]
    figure = Figure(figsize=(1.7 * (count + 2), 4.4), layout="constrained")
    grid = figure.add_gridspec(2, count + 2)
    axes = figure.add_subplot(grid[:, :2])
    axes.imshow(digit, cmap="gray_r")
    _bare(axes, f"the digit, {_size(digit)}")
    for row, (name, maps) in enumerate([("C1", c1), ("S2", s2)]):
        for i in range(count):
            axes = figure.add_subplot(grid[row, 2 + i])
            image = axes.imshow(maps[:, :, i], cmap=DIVERGING, vmin=-1, vmax=1)
            _bare(axes, f"{name}, map {i + 1}")
            if i == 0:
                axes.set_ylabel(_size(maps))
    figure.colorbar(image, ax=figure.axes, shrink=0.8, label="activation (tanh)")
    figure.savefig(path, dpi=DPI)


def confusion(path: Path, images: np.ndarray, labels: np.ndarray, guesses: np.ndarray) -> None:
    """Draws the 10x10 counts of (true, predicted) beside the digits that were taken for another.

    Args:
        path: the PNG to write.
        images: uint8 [n, 28, 28].
        labels: what they are, [n].
        guesses: what the net takes them for, [n].
    """
    figure = Figure(figsize=(16, 7.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.12])
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, guesses), 1)
    _matrix(left.subplots(), counts)
    wrong = np.flatnonzero(labels != guesses)
    shown = wrong[:MOST_MISTAKES]
    which = "all of them" if len(shown) == len(wrong) else f"the first {len(shown)}"
    right.suptitle(f"{len(wrong):,} of {len(labels):,} digits wrong, {which}: true → predicted")
    columns = max(6, math.ceil(math.sqrt(1.2 * len(shown))))
    rows = max(5, math.ceil(len(shown) / columns))
    for i, axes in enumerate(right.subplots(rows, columns).flat):
        axes.axis("off")
        if i < len(shown):
            index = shown[i]
            axes.imshow(images[index], cmap="gray_r")
            axes.set_title(f"{labels[index]} → {guesses[index]}", fontsize=9, pad=2)
    figure.savefig(path, dpi=DPI)


def _error_curve(axes: Axes, errors: list[float]) -> None:
    percent = 100 * np.asarray(errors)
    epochs = np.arange(1, len(errors) + 1)
    axes.axhline(1, color=GREY, linestyle="--", linewidth=1)
    # Left of the first epoch there is room for it whatever the errors are.
    axes.annotate("1 %", (0, 1), xytext=(0, 3), textcoords="offset points", color=GREY)
    axes.plot(epochs, percent, color=ORANGE, marker="o")
    for epoch, value in zip(epochs, percent):
        axes.annotate(
            f"{value:.2f}", (epoch, value), xytext=(0, 7), textcoords="offset points", ha="center"
        )
    axes.set(xlabel="epoch", ylabel="test error, %", ylim=(0, 1.2 * max(1, *percent)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _matrix(axes: Axes, counts: np.ndarray) -> None:
    """Right answers in grey: the mistakes, far rarer, have the colours to themselves."""
    mistakes = np.ma.masked_array(counts, np.eye(10, dtype=bool))
    most = max(1, int(mistakes.max()))
    axes.set_facecolor("0.85")
    axes.imshow(mistakes, cmap="Blues", vmin=0, vmax=most)
    for (true, guess), count in np.ndenumerate(counts):
        dark = true != guess and count > 0.6 * most
        faint = count == 0
        color = "0.8" if faint else "white" if dark else "black"
        weight = "bold" if true == guess else "normal"
        axes.text(guess, true, f"{count}", ha="center", va="center", color=color, weight=weight)
    axes.set(
        xticks=range(10),
        yticks=range(10),
        xlabel="predicted",
        ylabel="true",
        title="How often each digit was taken for which",
    )
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(9) + 0.5, minor=True)
    axes.set_yticks(np.arange(9) + 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)


def _smooth(values: list[float], width: int) -> np.ndarray:
    """Running means over `width` values."""
    return np.convolve(values, np.full(width, 1 / width), "valid")


def _bare(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set(xticks=[], yticks=[])


def _size(values: np.ndarray) -> str:
    return f"{values.shape[0]}×{values.shape[1]}"
