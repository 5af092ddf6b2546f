"""Where the maxima lie that a pooling found, for the gradients that follow in the same run.

oneDNN's gradient needs that as much as the images. A forward kernel leaves it here, under the array
that it gives out; it goes with that array. A gradient that is given that very array and the images
that it came from, in the run in which it was made, need not look for the maxima again. Across runs
that would not do: a user may have written to an array in between.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from flowgraph.runtime import run_state

Array = np.ndarray[Any, Any]

_kept: dict[int, tuple[int, weakref.ref[Any], weakref.ref[Any], Array]] = {}


def keep(x: Array, y: Array, where: Array) -> None:
    """Keeps where the maxima `y` of the images `x` lie, as long as `y` lives."""
    key = id(y)
    gone = weakref.ref(y, lambda _: _kept.pop(key, None))
    _kept[key] = (run_state.begun, weakref.ref(x), gone, where)


def find(x: Array, y: Array) -> Array | None:
    """What was kept for these two in this run; None where it has to be found again."""
    found = _kept.get(id(y))
    if found is None:
        return None
    run, images, maxima, where = found
    same = run == run_state.begun and images() is x and maxima() is y
    return where if same else None
