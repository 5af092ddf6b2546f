"""How large the numbers in an array are at most: told by who made it to who takes it in one run.

oneDNN's activations and maxima lose NaN, so that kernels have to know that all numbers are finite.
To look at an array costs as much as a good part of a convolution; but who has looked at a net's
input, and knows the weights, knows a bound for what comes out, and so on from layer to layer. A
bound goes with its array, and is forgotten when another run begins.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from flowgraph.kernels.numpy_fast._images import all_finite
from flowgraph.runtime import run_state

Array = np.ndarray[Any, Any]

_WORTH = 1 << 14  # numbers below which to look is as fast

_kept: dict[int, tuple[int, weakref.ref[Any], float]] = {}


def keep(array: Array, bound: float) -> None:
    """Notes that no number in `array`, which is new and stays as it is, is larger than `bound`."""
    if array.size >= _WORTH:
        key = id(array)
        gone = weakref.ref(array, lambda _: _kept.pop(key, None))
        _kept[key] = (run_state.begun, gone, bound)


def find(array: Array) -> float | None:
    """A bound of the numbers in an array; None when nothing is known of it."""
    found = _kept.get(id(array))
    if found is None or found[0] != run_state.begun or found[1]() is not array:
        return None
    return found[2]


def is_finite(array: Array) -> bool:
    """Whether there surely is no NaN and no infinity in an array; looks where nothing is known."""
    return find(array) is not None or all_finite(array)


def hand_on(array: Array, result: Array) -> None:
    """Notes that no number in `result` is larger than those in `array`."""
    bound = find(array)
    if bound is not None:
        keep(result, bound)
