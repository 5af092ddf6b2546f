"""Whether nestings of arrays agree, and where they do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def check(
    a: Any, b: Any, rtol: float, atol: float, msg: str | None, as_array: Callable[[Any], Array]
) -> None:
    """Compares arrays, or dictionaries, namedtuples and lists of them, within rtol * |b| + atol.

    Raises:
        AssertionError: values, shapes or keys differ; it tells where in the nesting.
        ValueError: one has a dictionary or a list where the other has none, or another length.
    """
    _check(a, b, (rtol, atol), "", msg or "", as_array)


def _check(
    a: Any, b: Any, tolerances: tuple[float, float], path: str, msg: str,
    as_array: Callable[[Any], Array],
) -> None:  # fmt: skip
    a, b = (x._asdict() if hasattr(x, "_asdict") else x for x in (a, b))
    if isinstance(a, Mapping) != isinstance(b, Mapping):
        raise ValueError(f"Can't compare dict to non-dict, a{path} vs b{path}. {msg}")
    if isinstance(a, Mapping):
        if set(a) != set(b):
            raise AssertionError(
                f"mismatched keys: a{path} has keys {sorted(map(str, a))}, but b{path} has keys "
                f"{sorted(map(str, b))}. {msg}"
            )
        pairs = [(f"{path}[{key}]", a[key], b[key]) for key in a]
    elif isinstance(a, (list, tuple)) and not _are_arrays(a, b, as_array):
        if not isinstance(b, (list, tuple, np.ndarray)) or len(a) != len(b):
            raise ValueError(f"Mismatched length: a{path} and b{path} differ. {msg}")
        pairs = [(f"{path}[{i}]", x, y) for i, (x, y) in enumerate(zip(a, b, strict=True))]
    else:
        where = f"Mismatched value: a{path} is different from b{path}. " if path else ""
        check_arrays(as_array(a), as_array(b), *tolerances, where + msg)
        return
    for place, x, y in pairs:
        _check(x, y, tolerances, place, msg, as_array)


def _are_arrays(a: Any, b: Any, as_array: Callable[[Any], Array]) -> bool:
    """Whether both are numbers in one shape, and can be compared at once."""
    try:
        return all(as_array(x).dtype.kind not in "OSU" for x in (a, b))
    except (ValueError, TypeError, NotImplementedError):
        return False


def check_arrays(a: Array, b: Array, rtol: float, atol: float, msg: str) -> None:
    """Compares two arrays within rtol * |b| + atol; NaN equals NaN."""
    if a.shape != b.shape:
        raise AssertionError(f"Shape mismatch: expected {a.shape}, got {b.shape}. {msg}")
    wide_a, wide_b = (x.astype(np.float64) if x.dtype.kind in "fV" else x for x in (a, b))
    if not np.allclose(wide_a, wide_b, rtol, atol, equal_nan=True):
        apart = ~np.isclose(wide_a, wide_b, rtol, atol, equal_nan=True)
        left, right = (np.atleast_1d(x)[np.atleast_1d(apart)] for x in (wide_a, wide_b))
        told = [
            msg,
            f"not close where = {np.where(np.atleast_1d(apart))}",
            f"not close lhs = {left}",
            f"not close rhs = {right}",
            f"not close dif = {np.abs(left - right)}",
            f"not close tol = {atol + rtol * np.abs(right)}",
            f"dtype = {a.dtype}, shape = {a.shape}",
        ]
        np.testing.assert_allclose(
            wide_a, wide_b, rtol=rtol, atol=atol, err_msg="\n".join(told), equal_nan=True
        )
