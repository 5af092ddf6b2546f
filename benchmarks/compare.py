"""Says where two sides' values differ."""

from __future__ import annotations

import math

Values = list[list[float]]


def difference(ours: Values, theirs: Values, rtol: float) -> str | None:
    """Why the values of the first steps are not the same, or None.

    A step's numbers are close if none is further from the other side's than `rtol` times the
    largest of them; numbers that are not finite have to be the same.
    """
    if len(ours) != len(theirs):
        return f"{len(ours)} steps against {len(theirs)}"
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True), 1):
        told = _step(a, b, rtol)
        if told:
            return f"step {number}: {told}"
    return None


def _step(a: list[float], b: list[float], rtol: float) -> str | None:
    if len(a) != len(b):
        return f"{len(a)} values against {len(b)}"
    scale = max((abs(y) for y in b if math.isfinite(y)), default=0.0)
    for x, y in zip(a, b, strict=True):
        if not (math.isfinite(x) and math.isfinite(y)):
            if x != y and not (math.isnan(x) and math.isnan(y)):
                return f"{x} against {y}"
        elif abs(x - y) > rtol * scale:
            off = abs(x - y) / scale if scale else math.inf
            return f"{x:.6g} against {y:.6g}, {off:.1g} off where {rtol:.1g} is allowed"
    return None
