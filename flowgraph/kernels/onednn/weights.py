"""Weights that lie as oneDNN wants them, kept for as long as they do not change.

A product or a convolution is fastest with weights in a layout of oneDNN's own. Where they change
at every run, as in training, bringing them there is a part of each call; where they stay, as in
inference, it is done once, and the result kept beside them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.kernels.onednn.memory import Layout, aligned_bytes
from flowgraph.kernels.onednn.primitive import (
    DST,
    SRC,
    WEIGHTS,
    Array,
    Call,
    Descriptor,
    Reorder,
    using_threads,
)

_MOST_CALLS = 4  # sizes of batches, say, for which a rearranged copy is kept

Inputs = Sequence[tuple[int, Layout]]
Outputs = Sequence[tuple[int, Layout, tuple[int, ...]]]
Copies = dict[Call, tuple[Call, Array] | None]


def length(array: Array) -> float:
    """The length of all numbers as one vector, in this thread: to wake another would cost more."""
    flat = array.reshape(-1)
    return math.sqrt(float(np.einsum("i,i->", flat, flat)))


class Packing:
    """The call of a primitive whose weights lie as it wants them, and how they get there."""

    def __init__(self, made: Descriptor, inputs: Inputs, outputs: Outputs, threads: int) -> None:
        given, wanted = dict(inputs)[WEIGHTS], made.layout(WEIGHTS)
        self._count = wanted.nbytes // 4
        self.is_needed = given != wanted
        with using_threads(threads):
            self._reorder = Call(
                Reorder(given, wanted), [(SRC, given)], [(DST, wanted, (self._count,))], threads
            )
            lying = [(n, wanted if n == WEIGHTS else layout) for n, layout in inputs]
            self.call = Call(made, lying, outputs, threads)

    def pack(self, weights: Array) -> Array:
        """The weights as the call takes them."""
        packed = aligned_bytes(4 * self._count).view(np.float32)
        self._reorder.fill((packed,), (weights,))
        return packed


class Weights:
    """Runs calls of (x, weights, ...) with what it has kept of the weights.

    `source` is the variable or constant that they come from (compiler/watch_inputs.py), None when
    that is not known. A copy is made when they are found unchanged for the first time.
    """

    def __init__(self, source: Any = None) -> None:
        self._source = source
        # Version and copies are replaced at once: another thread may be here, too.
        self._kept: tuple[int, Copies] = (-1, {})
        self._length: tuple[int, float] | None = None  # (of which version, the length)

    def run(self, call: Call, x: Array, weights: Array, *rest: Array) -> Any:
        """What `call` gives."""
        source = self._source
        if source is None or weights is not source.value:
            return call(x, weights, *rest)
        version, kept = self._kept
        if source.version != version:
            self._kept = source.version, {}
            return call(x, weights, *rest)
        packed = kept[call] if call in kept else self._keep(version, kept, call)
        if packed is None:
            return call(x, weights, *rest)
        return packed[0](x, packed[1], *rest)

    def length(self, weights: Array) -> float:
        """The weights' length as one vector."""
        source = self._source
        if source is None or weights is not source.value:
            return length(weights)
        found = self._length
        if found is None or found[0] != source.version:
            with source.lock:  # the version changes before the numbers do
                found = self._length = source.version, length(weights)
        return found[1]

    def _keep(self, version: int, kept: Copies, call: Call) -> tuple[Call, Array] | None:
        if call.packing is None or len(kept) >= _MOST_CALLS:
            return None
        packing = call.packing()
        if not packing.is_needed:
            kept[call] = None
            return None
        with self._source.lock:  # nobody writes meanwhile
            if self._source.version != version:
                return None
            kept[call] = packing.call, packing.pack(self._source.value)
        return kept[call]
