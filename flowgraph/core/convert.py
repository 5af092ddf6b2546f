"""From Python values to tensors: the registry behind `tf.convert_to_tensor`.

A library that has tensors of its own kind (Variable, IndexedSlices) registers how they convert.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.tensor import Tensor

Conversion = Callable[..., Any]
_conversions: list[tuple[int, int, tuple[type, ...], Conversion]] = []


def register_tensor_conversion_function(
    base_type: type | tuple[type, ...], conversion_func: Conversion, priority: int = 100
) -> None:
    """Registers `conversion_func(value, dtype, name, as_ref)` (TF's function of the same name).

    It returns a Tensor or NotImplemented. Lower `priority` is tried first, then earlier ones.
    """
    kinds = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(kind, type) for kind in kinds):
        raise TypeError("base_type must be a type or a tuple of types.")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    _conversions.append((priority, len(_conversions), kinds, conversion_func))
    _conversions.sort(key=lambda entry: entry[:2])


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
    as_ref: bool = False,
) -> Tensor:
    """Gives a tensor for a Tensor, Variable, numpy array, Python number or nested list.

    Args:
      value: what to convert.
      dtype: the dtype that the tensor must have; inferred when None.
      name: the name of a constant that is made.
      preferred_dtype: taken where `value` leaves it open and fits; `dtype_hint` is its newer name.
      as_ref: for a variable, its mutable output instead of its value.

    Raises:
      TypeError: no conversion is registered for the value's type.
      ValueError: the value has another dtype already.
    """
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    preferred = preferred_dtype if dtype_hint is None else dtype_hint
    if isinstance(value, Tensor):
        return _checked(value, wanted)
    if preferred is not None and wanted is None:
        try:
            return _convert(value, dtypes.as_dtype(preferred), name, as_ref)
        except (TypeError, ValueError):
            pass
    return _checked(_convert(value, wanted, name, as_ref), wanted)


def _checked(tensor: Tensor, wanted: dtypes.DType | None) -> Tensor:
    if wanted is not None and not wanted.base_dtype.is_compatible_with(tensor.dtype.base_dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype "
            f"{tensor.dtype.name}: {str(tensor)!r}"
        )
    return tensor


def _convert(value: Any, dtype: Any, name: str | None, as_ref: bool) -> Tensor:
    for _, _, kinds, function in _conversions:
        if isinstance(value, kinds):
            result = function(value, dtype=dtype, name=name, as_ref=as_ref)
            if result is not NotImplemented:
                return result  # type: ignore[no-any-return]
    raise TypeError(
        f"Cannot convert {value!r} with type {type(value).__name__} to Tensor: "
        "no conversion function registered."
    )


def convert_n_to_tensor(values: Any, dtype: Any = None, name: str | None = None) -> list[Tensor]:
    """Converts each value of a sequence; names are numbered (tf.convert_n_to_tensor)."""
    return [
        convert_to_tensor(v, dtype=dtype, name=None if name is None else f"{name}_{i}")
        for i, v in enumerate(values)
    ]
