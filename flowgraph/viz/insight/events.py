"""Numbers and histograms out of event files, as `tf.summary` and Estimators write them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from flowgraph.core.errors import DataLossError
from flowgraph.summary.event_file import summary_iterator

Series = tuple[np.ndarray, np.ndarray]
"""Steps and values, each [n]."""


def scalars(place: str | os.PathLike[str]) -> dict[str, Series]:
    """Every scalar that was recorded: tag -> steps and values, in the order of steps.

    Args:
      place: an event file, or a directory that is searched for them; a tag of a file in a
        directory below begins with that directory's name ("eval/loss").

    Raises:
      FileNotFoundError: there is no such place.
      ValueError: there are no event files in it.
    """
    found: dict[str, dict[int, float]] = {}
    for run, step, value in _values(place):
        number = _scalar(value)
        if number is not None:
            found.setdefault(run + value.tag, {})[step] = number
    return {tag: _sorted(points) for tag, points in found.items()}


def histograms(
    place: str | os.PathLike[str],
) -> dict[str, list[tuple[int, np.ndarray, np.ndarray]]]:
    """Every histogram that was recorded: tag -> (step, edges [k + 1], counts [k]) in order.

    Raises:
      FileNotFoundError: there is no such place.
      ValueError: there are no event files in it.
    """
    found: dict[str, dict[int, tuple[np.ndarray, np.ndarray]]] = {}
    for run, step, value in _values(place):
        if value.WhichOneof("value") == "histo":
            found.setdefault(run + value.tag, {})[step] = _edges(value.histo)
    return {tag: [(s, *points[s]) for s in sorted(points)] for tag, points in found.items()}


def _values(place: str | os.PathLike[str]) -> Iterator[tuple[str, int, Any]]:
    """(run, step, value) of each summary; what was cut off in mid-writing ends its file."""
    for path, run in _files(Path(place)):
        try:
            for event in summary_iterator(str(path)):
                for value in event.summary.value:
                    yield run, event.step, value
        except DataLossError:
            continue


def _files(place: Path) -> list[tuple[Path, str]]:
    if not place.exists():
        raise FileNotFoundError(f"there is no event file or directory {os.fspath(place)!r}")
    if place.is_file():
        return [(place, "")]
    files = sorted(p for p in place.rglob("*tfevents*") if p.is_file())
    if not files:
        raise ValueError(f"there are no event files in {os.fspath(place)!r}")
    runs = [p.parent.relative_to(place).as_posix() for p in files]
    return [(p, "" if run == "." else run + "/") for p, run in zip(files, runs)]


def _scalar(value: Any) -> float | None:
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind == "tensor":
        from flowgraph.graph_io.tensors import make_ndarray

        array = make_ndarray(value.tensor)
        return float(array) if array.ndim == 0 and array.dtype.kind in "fiu" else None
    return None


def _edges(histogram: Any) -> tuple[np.ndarray, np.ndarray]:
    """Finite edges: the outermost buckets end where the values did."""
    limits, counts = np.array(histogram.bucket_limit), np.array(histogram.bucket)
    edges = np.concatenate([[histogram.min], limits])
    return np.clip(edges, histogram.min, histogram.max), counts


def _sorted(points: dict[int, float]) -> Series:
    steps = sorted(points)
    return np.array(steps), np.array([points[s] for s in steps])
