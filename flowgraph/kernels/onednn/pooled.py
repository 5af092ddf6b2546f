"""A convolution, its bias and activation, and the pooling of what it gives, as one kernel.

What a convolution gives is often larger than the caches, and pooling needs it only once. So the
batch is cut: a few examples are convolved, and pooled while they are still in the caches, then the
next few. That spares the memory, and the way to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from flowgraph.core.kernel_registry import Node
from flowgraph.kernels.onednn import bounds
from flowgraph.kernels.onednn.declare import declare, threads_for
from flowgraph.kernels.onednn.geometry import Convolution
from flowgraph.kernels.onednn.pooling import Pooling, forward_calls
from flowgraph.kernels.onednn.primitive import Array, kernel_threads, shape_cache

_AT_ONCE = 1 << 20  # bytes for each thread that are convolved before they are pooled
_WORTH = 1 << 22  # bytes that a convolution gives, below which they stay in the caches anyhow

Shape = tuple[int, ...]
Kernel = Callable[..., Any]


class Pooled:
    """The kernel of a convolution's chain that ends with a pooling: `kernel(x, w[, bias])`.

    `head` is the kernel of the chain without the pooling, `one_by_one` that of its ops each for
    itself, which serves what is out of the ordinary.
    """

    def __init__(
        self, nodes: Sequence[Node], kind: Convolution, head: Any, one_by_one: Kernel
    ) -> None:
        declare()
        self._made_of = nodes, kind
        pool = nodes[-1].context
        self._head, self._one_by_one = head, one_by_one
        self._is_max = pool.type == "MaxPool"
        self._pool_for = forward_calls(Pooling(pool.attrs, 2), self._is_max)
        self._count_for = _counts(kind)

    def watching(self, sources: Mapping[int, Any]) -> Pooled:
        """The kernel whose head may keep what it makes of `w` (compiler/watch_inputs.py)."""
        return Pooled(*self._made_of, self._head.watching(sources), self._one_by_one)

    def __call__(self, x: Array, w: Array, *bias: Array) -> Any:
        """Runs the chain, over the whole batch or over parts of it."""
        count = self._count_for(x.shape, w.shape, kernel_threads())
        first = self._head(x[:count], w, *bias) if count else None
        whole = None if first is None else self._room(first, len(x))
        if whole is None or not self._pool(first, whole[:count]):
            return self._one_by_one(x, w, *bias)
        found = [bounds.find(first)]
        for start in range(count, len(x), count):
            part = slice(start, start + count)
            y = self._head(x[part], w, *bias)
            if not self._pool(y, whole[part]):
                return self._one_by_one(x, w, *bias)
            found.append(bounds.find(y))
        known = [bound for bound in found if bound is not None]
        if len(known) == len(found):
            bounds.keep(whole, max(known))
        return whole

    def _room(self, first: Array, batch: int) -> Array | None:
        """Memory for what the whole batch gives; None when oneDNN does not pool such arrays."""
        call = self._pool_for(first.shape, threads_for(first))
        return None if call is None else np.empty((batch, *call.output_shape[1:]), np.float32)

    def _pool(self, y: Array, result: Array) -> bool:
        """Pools into `result`; whether y is something for oneDNN."""
        call = self._pool_for(y.shape, threads_for(y))
        if call is None or (self._is_max and not bounds.is_finite(y)):
            return False
        call.fill((result,), (y,))
        return True


def _counts(kind: Convolution) -> Callable[[Shape, Shape, int], int]:
    """(x's shape, w's shape, threads) -> how many examples to take at once; 0: no such shapes."""

    @shape_cache
    def count_for(x_shape: Shape, w_shape: Shape, threads: int) -> int:
        try:
            geometry = kind.geometry(x_shape, w_shape)
        except ValueError:
            return 0
        if geometry is None:
            return 0
        batch, given = x_shape[0], 4 * math.prod(geometry.y_shape)
        if given < _WORTH:
            return batch
        parts = math.ceil(given / (_AT_ONCE * threads))
        return math.ceil(batch / parts)

    return count_for
