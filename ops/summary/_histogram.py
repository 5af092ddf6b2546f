"""Histograms as TensorFlow makes them: buckets that grow by a tenth, on both sides of zero."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

import numpy as np

from flowgraph.ops.parsing import _wire

_MOST = float(np.finfo(np.float64).max)
_SMALLEST, _LARGEST, _GROWTH = 1e-12, 1e20, 1.1


@cache
def limits() -> np.ndarray[Any, Any]:
    """The upper limits of the buckets, which do not belong to them."""
    up = []
    limit = _SMALLEST
    while limit < _LARGEST:
        up.append(limit)
        limit *= _GROWTH
    up.append(_MOST)
    return np.array([*[-v for v in reversed(up)], 0.0, *up])


def histogram(values: np.ndarray[Any, Any]) -> bytes:
    """The HistogramProto of finite numbers: runs of empty buckets are one."""
    values = values.reshape(-1).astype(np.float64)
    bounds = limits()
    numbers = np.minimum(np.searchsorted(bounds, values, side="right"), len(bounds) - 1)
    counts = np.bincount(numbers, minlength=len(bounds)).astype(np.float64)
    # Of a run of empty buckets only the last one stays.
    keep = (counts > 0) | (np.append(counts[1:], 1) > 0)
    facts = (
        values.min() if values.size else _MOST,
        values.max() if values.size else -_MOST,
        float(values.size),
        values.sum(),
        np.square(values).sum(),
    )
    parts = [_double(i, fact) for i, fact in enumerate(facts, 1)]
    parts += [_doubles(6, bounds[keep]), _doubles(7, counts[keep])]
    return b"".join(parts)


def _double(field: int, value: float) -> bytes:
    return _wire.number(field << 3 | _wire.FIXED64) + struct.pack("<d", value) if value else b""


def _doubles(field: int, values: np.ndarray[Any, Any]) -> bytes:
    return _wire.bytes_field(field, values.astype("<f8").tobytes())
