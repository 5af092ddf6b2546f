"""Softmax, its logarithm and the cross-entropies of it by oneDNN.

oneDNN's exponent of NaN is a number, so that logits which are not finite are left to numpy. All
logarithms here come from softmax: a row's sum of exponents is 1 over its greatest probability.
oneDNN's own LogSoftmax is off by some 4e-6 in every number of a row, however small that is.

Times of numpy's kernel and this one, µs, one thread of an EPYC at AVX-512:

    logits         Softmax       LogSoftmax    sparse cross-entropy   dense cross-entropy
    [128, 10]      15 / 7        numpy's       25 / 11                numpy's
    [4096, 32]     380 / 80      numpy's       490 / 97               numpy's
    [128, 1000]    400 / 48      470 / 114     740 / 54               800 / 146
    [32, 50000]    3400 / 620    3560 / 860    7200 / 600             19200 / 2160
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.kernels.numpy_fast._images import all_finite
from flowgraph.kernels.onednn.declare import threads_for
from flowgraph.kernels.onednn.library import OneDnnError
from flowgraph.kernels.onednn.memory import Layout
from flowgraph.kernels.onednn.primitive import (
    DST,
    INFERENCE,
    SRC,
    Array,
    Call,
    Descriptor,
    fallback,
    shape_cache,
    using_threads,
)

Kernel = Callable[..., Any]
Shape = tuple[int, ...]

_ACCURATE = 0x30000  # the algorithm
_FAINT = np.float32(1e-30)  # a probability below this has lost digits
_LONG_ROW = 1 << 8  # classes from which numpy is fast at what is done here for each row


def _calls() -> Any:
    """(x's shape, threads) -> the call of x, along the last axis, or None."""

    @shape_cache
    def call_for(shape: Shape, threads: int) -> Call | None:
        if not shape or 0 in shape:
            return None
        rows = Layout.dense((math.prod(shape[:-1]), shape[-1]))
        try:
            with using_threads(threads):
                made = Descriptor("softmax_forward", INFERENCE, _ACCURATE, rows, rows, 1)
                if made.implementation.startswith("ref"):
                    return None
                return Call(made, [(SRC, rows)], [(DST, rows, shape)], threads)
        except OneDnnError:
            return None

    return call_for


def bind_softmax(ctx: Any) -> Kernel:
    """Softmax: `softmax(logits)`."""
    slow, call_for = fallback(ctx), _calls()

    def softmax(logits: Array) -> Array:
        call = call_for(logits.shape, threads_for(logits))
        if call is None or not all_finite(logits):
            return slow(logits)  # type: ignore[no-any-return]
        return call(logits)  # type: ignore[no-any-return]

    return softmax


def bind_log_softmax(ctx: Any) -> Kernel:
    """LogSoftmax: `log_softmax(logits)`."""
    slow, call_for = fallback(ctx), _calls()

    def log_softmax(logits: Array) -> Array:
        shape = logits.shape
        worth = shape and shape[-1] >= _LONG_ROW
        call = call_for(shape, threads_for(logits)) if worth else None
        if call is None or not all_finite(logits):
            return slow(logits)  # type: ignore[no-any-return]
        result = call(logits)
        log_total = np.log(result.max(axis=-1, keepdims=True))  # but for its sign
        np.subtract(logits, logits.max(axis=-1, keepdims=True), out=result)
        result += log_total
        return result  # type: ignore[no-any-return]

    return log_softmax


def bind_sparse_cross_entropy(ctx: Any) -> Kernel:
    """SparseSoftmaxCrossEntropyWithLogits: `cross_entropy(logits, labels) -> loss, backprop`."""
    slow, call_for = fallback(ctx), _calls()

    @shape_cache
    def starts_of(shape: Shape) -> Array:
        return np.arange(shape[0]) * shape[1]

    def cross_entropy(logits: Array, labels: Array) -> Any:
        shape = logits.shape
        call = call_for(shape, threads_for(logits)) if len(shape) == 2 else None
        fit = labels.shape == shape[:1] and 0 not in shape and _are_classes(labels, shape[-1])
        if call is None or not fit or not all_finite(logits):
            return slow(logits, labels)  # which says what is wrong
        back = call(logits)
        places, flat = starts_of(shape) + labels, back.reshape(-1)
        chosen = flat[places]
        loss = np.log(chosen)
        np.negative(loss, out=loss)
        flat[places] = chosen - 1
        if chosen.min() < _FAINT:
            faint = chosen < _FAINT
            loss[faint] = slow(logits[faint], labels[faint])[0]
        return loss, back

    return cross_entropy


def _are_classes(labels: Array, count: int) -> bool:
    return labels.min() >= 0 and labels.max() < count  # type: ignore[no-any-return]


def bind_cross_entropy(ctx: Any) -> Kernel:
    """SoftmaxCrossEntropyWithLogits: `cross_entropy(logits, labels) -> loss, backprop`."""
    slow, call_for = fallback(ctx), _calls()

    def cross_entropy(logits: Array, labels: Array) -> Any:
        shape = logits.shape
        worth = len(shape) == 2 and shape[1] >= _LONG_ROW and labels.shape == shape
        call = call_for(shape, threads_for(logits)) if worth else None
        if call is None or not all_finite(logits):
            return slow(logits, labels)
        back = call(logits)
        log_total = -np.log(back.max(axis=1))
        below = logits - logits.max(axis=1, keepdims=True)
        # Both parts are positive for probabilities: nothing is lost in the difference.
        loss = log_total * labels.sum(axis=1) - np.einsum("ij,ij->i", labels, below)
        np.subtract(back, labels, out=back)
        return loss, back

    return cross_entropy
