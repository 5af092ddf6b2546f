"""`activation_histograms`: how values were spread, a ridge for each step of a training."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from flowgraph.viz.insight import plot
from flowgraph.viz.insight.plot import Plot

OVERLAP = 2.2
"""How many lines' distances the highest ridge takes."""


def activation_histograms(
    recorded: Any,
    *,
    tag: str | None = None,
    bins: int = 60,
    most: int = 30,
    label: str = "value",
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Draws the spread of values (activations, weights, gradients) over a training as ridges.

    The earliest stands behind; a ridge shows where values are dense at its step.

    Args:
      recorded: {step: array}, a list of arrays, or of (step, array); or an event file or directory
        into which `tf.summary.histogram` wrote.
      tag: the histogram's tag when there are several in the event files.
      bins: how finely the values' range is divided.
      most: how many ridges are drawn at most, evenly chosen.
      label: what the values are.
      title: a heading.
      path: where to save.

    Returns:
      `Plot(figure, values)`; the values are {"steps": [n], "edges": [bins + 1],
      "density": [n, bins]}; each ridge's density has the integral 1.

    Raises:
      ValueError: when nothing was recorded, there is no such tag, or there are several and none is
        chosen.
      FileNotFoundError: there is no such event file.

    Example:
      >>> import numpy as np
      >>> import flowgraph as tf
      >>> ridges = tf.viz.activation_histograms({1: np.zeros(5), 100: np.ones(5)}, bins=4)
      >>> ridges.values["density"].tolist()
      [[4.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 4.0]]
    """
    plot.check_path(path)
    if bins < 1 or most < 1:
        raise ValueError(f"bins and most must be 1 or more, got {bins} and {most}")
    if isinstance(recorded, str | os.PathLike):
        steps, edges, density = _of_events(recorded, tag, bins)
    else:
        steps, edges, density = _of_arrays(_pairs(recorded), bins)
    drawn = plot.figure(6.4, 4.4)
    _draw(drawn.subplots(), *_thinned(steps, density, most), edges, label)
    if title:
        drawn.suptitle(title, parse_math=False)
    return plot.finish(drawn, {"steps": steps, "edges": edges, "density": density}, path)


def _pairs(recorded: Any) -> list[tuple[float, np.ndarray]]:
    if isinstance(recorded, Mapping):
        items = list(recorded.items())
    else:
        items = [
            r if isinstance(r, tuple) and len(r) == 2 else (i, r)
            for i, r in enumerate(recorded, 1)
        ]  # fmt: skip
    pairs = []
    for step, values in items:
        flat = np.asarray(values, np.float64).ravel()
        flat = flat[np.isfinite(flat)]
        if flat.size:
            pairs.append((float(step), flat))
    if not pairs:
        raise ValueError("nothing was recorded: expected {step: array} with finite values")
    return sorted(pairs, key=lambda pair: pair[0])


def _of_arrays(pairs: list[tuple[float, np.ndarray]], bins: int) -> tuple[Any, Any, Any]:
    low = min(values.min() for _, values in pairs)
    high = max(values.max() for _, values in pairs)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    density = [np.histogram(values, edges, density=True)[0] for _, values in pairs]
    return np.array([step for step, _ in pairs]), edges, np.array(density)


def _of_events(place: Any, tag: str | None, bins: int) -> tuple[Any, Any, Any]:
    from flowgraph.viz.insight import events

    found = events.histograms(place)
    if not found or (tag is not None and tag not in found):
        wanted = "histograms" if tag is None else f"histogram {tag!r}"
        raise ValueError(f"there are no {wanted} in {os.fspath(place)!r}: found {sorted(found)}")
    if tag is None and len(found) > 1:
        raise ValueError(f"choose one of the histograms by tag: {sorted(found)}")
    recorded = found[tag] if tag is not None else next(iter(found.values()))
    low = min(edges[0] for _, edges, _ in recorded)
    high = max(edges[-1] for _, edges, _ in recorded)
    if low == high:
        low, high = low - 0.5, high + 0.5
    shared = np.linspace(low, high, bins + 1)
    density = np.array([_rebinned(edges, counts, shared) for _, edges, counts in recorded])
    return np.array([float(step) for step, *_ in recorded]), shared, density


def _rebinned(edges: np.ndarray, counts: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Counts of other buckets as a density over shared ones: spread evenly within each bucket."""
    total = counts.sum() or 1.0
    below = np.concatenate([[0.0], np.cumsum(counts)]) / total
    keep = np.concatenate([[True], np.diff(edges) > 0])  # a bucket without width is a jump
    share = np.interp(shared, edges[keep], _highest(edges, below)[keep], left=0, right=1)
    return np.diff(share) / np.diff(shared)


def _highest(edges: np.ndarray, below: np.ndarray) -> np.ndarray:
    """For each edge the share up to it, where several edges are one number."""
    last = np.searchsorted(edges, edges, "right") - 1
    first = np.searchsorted(edges, edges, "left")
    return np.where(edges == edges[0], below[first], below[last])


def _thinned(steps: np.ndarray, density: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(most, len(steps))).round().astype(int))
    return steps[chosen], density[chosen]


def _draw(axes: Any, steps: np.ndarray, density: np.ndarray, edges: np.ndarray, label: str) -> None:
    from matplotlib import colormaps

    middles = (edges[1:] + edges[:-1]) / 2
    highest = float(density.max()) or 1.0
    colors = colormaps["viridis_r"](np.linspace(0.15, 0.95, len(steps)))
    for i, (row, color) in enumerate(zip(density, colors)):
        ground = len(steps) - 1 - i
        height = ground + OVERLAP * row / highest
        axes.fill_between(middles, ground, height, color=color, alpha=0.75, zorder=2 * i)
        axes.plot(middles, height, color="white", linewidth=0.8, zorder=2 * i + 1)
    every = max(1, len(steps) // 12)
    places = range(0, len(steps), every)
    axes.set_yticks([len(steps) - 1 - i for i in places], [f"{steps[i]:g}" for i in places])
    axes.set(xlabel=label, ylabel="step", xlim=(edges[0], edges[-1]))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
