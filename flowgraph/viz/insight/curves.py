"""`loss_curve`: how the loss fell, as it was and smoothed, and the test errors below it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from flowgraph.viz.insight import plot
from flowgraph.viz.insight.plot import Plot

WIDEST_RATIO = 20
"""Above such a ratio of the largest to the smallest loss the axis is logarithmic."""


def loss_curve(
    losses: Any,
    *,
    tag: str | Sequence[str] | None = None,
    smooth: int | None = None,
    errors: Sequence[float] | None = None,
    steps_per_epoch: float | None = None,
    log: bool | None = None,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Draws the loss of each step, thin, with its running mean, thick.

    Args:
      losses: numbers, one a step; {name: numbers} for several curves; a Keras History; or an event
        file or a directory with some ("logs/run1").
      tag: which curves of several are drawn; None takes those whose names contain "loss", or all.
      smooth: over how many steps the mean goes; None chooses, 1 smooths nothing.
      errors: test errors (0 to 1), one an epoch, drawn below; needs `steps_per_epoch`.
      steps_per_epoch: the axis counts epochs then.
      log: whether the axis is logarithmic; None chooses.
      title: a heading.
      path: where to save.

    Returns:
      `Plot(figure, values)`; the values are {name: [n, 3]}: step, loss, running mean (NaN in the
      first steps, where there are not enough to take one).

    Raises:
      ValueError: when there are no losses or no such tag.
      FileNotFoundError: there is no such event file.

    Example:
      >>> import flowgraph as tf
      >>> tf.viz.loss_curve([3.0, 2.0, 1.0], smooth=2).values["loss"].tolist()
      [[1.0, 3.0, nan], [2.0, 2.0, 2.5], [3.0, 1.0, 1.5]]
    """
    plot.check_path(path)
    if smooth is not None and smooth < 1:
        raise ValueError(f"smooth must be 1 or more, got {smooth}")
    if errors is not None and not steps_per_epoch:
        raise ValueError("errors are drawn by epochs: tell steps_per_epoch")
    found = _chosen(_series(losses), tag)
    values = {name: _with_mean(*points, smooth) for name, points in found.items()}
    drawn = plot.figure(7, 3.6 if errors is None else 5.6)
    panels = drawn.subplots(1 if errors is None else 2, 1, sharex=True, squeeze=False)[:, 0]
    _curves(panels[0], values, steps_per_epoch or 1, log)
    if title:
        panels[0].set_title(title, parse_math=False)
    if errors is not None:
        _errors(panels[1], errors)
    for axes in panels:
        plot.plain(axes)
    panels[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    panels[-1].set_xlabel("epoch" if steps_per_epoch else "step")
    return plot.finish(drawn, values, path)


def _series(losses: Any) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name -> steps and losses, whatever they came as."""
    if isinstance(losses, str | os.PathLike):
        from flowgraph.viz.insight import events

        return events.scalars(losses)
    history = getattr(losses, "history", losses)
    if not isinstance(history, Mapping):
        history = {"loss": history}
    return {str(name): _numbered(name, values) for name, values in history.items()}


def _numbered(name: Any, values: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"the losses {name!r} must be numbers, got {values!r}") from error
    if array.ndim != 1:
        raise ValueError(f"the losses {name!r} must have shape [n], got {list(array.shape)}")
    return np.arange(1, len(array) + 1), array


def _chosen(
    found: dict[str, tuple[np.ndarray, np.ndarray]], tag: str | Sequence[str] | None
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    wanted = [tag] if isinstance(tag, str) else tag
    missing = [t for t in wanted or () if t not in found]
    if missing:
        raise ValueError(f"there is no curve {missing[0]!r}: there are {sorted(found)}")
    if wanted is None:
        wanted = [n for n in found if "loss" in n.lower()] or list(found)
    chosen = {name: found[name] for name in wanted if len(found[name][0])}
    if not chosen:
        raise ValueError("there are no losses to draw")
    return chosen


def _with_mean(steps: np.ndarray, losses: np.ndarray, smooth: int | None) -> np.ndarray:
    """Step, loss and the mean of the last `smooth` losses, [n, 3]."""
    width = min(len(losses), smooth or min(100, max(1, len(losses) // 10)))
    mean = np.full(len(losses), np.nan)
    mean[width - 1 :] = np.convolve(losses, np.full(width, 1 / width), "valid")
    return np.column_stack([steps, losses, mean])


def _curves(axes: Any, values: dict[str, np.ndarray], per: float, log: bool | None) -> None:
    for (name, points), color in zip(values.items(), plot.CYCLE * (1 + len(values) // 5)):
        where = points[:, 0] / per
        thin = _width(points) > 1
        if thin:
            axes.plot(where, points[:, 1], color=color, alpha=0.25, linewidth=0.7)
        marker = "o" if len(points) <= 25 else None
        axes.plot(where, points[:, 2 if thin else 1], color=color, linewidth=1.8,
                  marker=marker, markersize=3.5, label=name)  # fmt: skip
        _mark_lost(axes, points, per)
    if _is_wide(values) if log is None else log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    width = max(map(_width, values.values()))
    if width > 1:
        axes.text(0.99, 0.94, f"thick: mean of {width} steps", transform=axes.transAxes,
                  ha="right", va="top", color=plot.GREY)  # fmt: skip
    if len(values) > 1:
        axes.legend(loc="upper right", bbox_to_anchor=(1, 0.92 if width > 1 else 1), frameon=False)
    axes.set_ylabel("loss" if len(values) > 1 else next(iter(values)))


def _width(points: np.ndarray) -> int:
    """Over how many steps the running mean goes; 1 where there is none to draw."""
    if not np.isfinite(points[:, 1]).all():
        return 1
    return 1 + int(np.isnan(points[:, 2]).sum())


def _mark_lost(axes: Any, points: np.ndarray, per: float) -> None:
    """Where a loss is no number any more, which a line would hide."""
    lost = points[~np.isfinite(points[:, 1]), 0]
    if len(lost):
        axes.axvline(lost[0] / per, color=plot.ORANGE, linestyle=":")
        axes.annotate(f" not finite from step {lost[0]:g} on", (lost[0] / per, 0.02),
                      xycoords=("data", "axes fraction"), color=plot.ORANGE, fontsize=9,
                      ha="right" if lost[0] > points[:, 0].mean() else "left")  # fmt: skip


def _is_wide(values: dict[str, np.ndarray]) -> bool:
    losses = np.concatenate([v[:, 1] for v in values.values()])
    losses = losses[np.isfinite(losses)]
    return bool(losses.size and losses.min() > 0 and losses.max() > WIDEST_RATIO * losses.min())


def _errors(axes: Any, errors: Sequence[float]) -> None:
    percent = 100 * np.asarray(errors, np.float64)
    epochs = np.arange(1, len(percent) + 1)
    if len(percent) and percent.min() < 5:
        axes.axhline(1, color=plot.GREY, linestyle="--", linewidth=1)
        # Left of the first epoch there is room for it whatever the errors are.
        axes.annotate("1 %", (0, 1), xytext=(0, 3), textcoords="offset points", color=plot.GREY)
    axes.plot(epochs, percent, color=plot.ORANGE, marker="o")
    every = max(1, len(percent) // 12)
    for epoch, value in list(zip(epochs, percent))[::every]:
        axes.annotate(f"{value:.2f}", (epoch, value), xytext=(0, 7), textcoords="offset points",
                      ha="center")  # fmt: skip
    axes.set(ylabel="test error, %", ylim=(0, 1.25 * max([1, *percent])))
