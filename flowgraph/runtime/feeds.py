"""Turns what a user feeds into arrays of the fed tensors' dtypes, and checks their shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.errors import where
from flowgraph.core.graph import Graph
from flowgraph.core.tensor import Tensor
from flowgraph.runtime.store import VariableCell

Converter = Callable[[Any], Any]


def feed_tensor(graph: Graph, key: Any) -> Tensor:
    """The tensor that a feed_dict's key stands for."""
    try:
        tensor = graph.as_graph_element(key, allow_operation=False)
    except (TypeError, ValueError, KeyError) as error:
        said = error.args[0] if error.args else error
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {said}") from None
    if not graph.is_feedable(tensor):
        raise ValueError(f"Tensor {tensor} may not be fed.")
    return tensor  # type: ignore[no-any-return]


def converter(tensor: Tensor) -> Converter:
    """A function that converts and checks values fed for `tensor`."""
    convert = _array_converter(tensor)
    if not tensor.dtype.is_ref_dtype:
        return convert

    def as_variable(value: Any) -> VariableCell:
        # A variable of this run alone: it may be written, and what was fed is the caller's.
        cell = VariableCell(tensor.op.name, tensor.dtype.base_dtype, tensor.shape)
        cell.assign(convert(value))
        return cell

    return as_variable


def _array_converter(tensor: Tensor) -> Converter:
    dtype = tensor.dtype.base_dtype
    if dtype in (dtypes.resource, dtypes.variant):
        return lambda value: value
    wanted, known = dtype.np_dtype, tensor.shape.known
    is_text = dtype is dtypes.string
    size = 0 if known is None else len(known)
    exact = known if known is not None and None not in known else None
    fixed = [(i, d) for i, d in enumerate(known or ()) if d is not None]

    def convert(value: Any) -> Any:
        if type(value) is not np.ndarray or value.dtype != wanted or is_text:
            value = to_array(value, tensor)
        if known is not None and value.shape != exact:
            shape = value.shape
            if exact is not None or len(shape) != size or any(shape[i] != d for i, d in fixed):
                raise ValueError(
                    f"Cannot feed value of shape {value.shape} for Tensor {tensor.name!r}, which "
                    f"has shape {str(tensor.shape)!r}\n{where(tensor.op)}"
                )
        return value

    return convert


def to_array(value: Any, tensor: Tensor) -> np.ndarray[Any, Any]:
    """The value as an array of the tensor's dtype; TypeError or ValueError when it cannot be."""
    if isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include "
            "Python scalars, strings, lists, numpy ndarrays, or TensorHandles. "
            f"For reference, the tensor object was {value} which was passed to the feed with key "
            f"{tensor}."
        )
    dtype = tensor.dtype.base_dtype
    if dtype is dtypes.string:
        return to_bytes(value)
    is_int = isinstance(value, int) and not isinstance(value, bool) and dtype.is_integer
    if is_int and not dtype.min <= value <= dtype.max:
        raise TypeError(
            f"Type of feed value {value} with type {type(value)} is not compatible with Tensor "
            f"type {dtype.np_dtype}: it lies outside [{dtype.min}, {dtype.max}]. Try explicitly "
            "setting the type of the feed tensor to a larger type (e.g. int64)."
        )
    try:
        array = np.asarray(value, dtype.as_numpy_dtype if dtype.is_quantized else None)
        if array.dtype.kind in "SU" and array.size:
            # numpy would read "1" as a number; TensorFlow does not feed strings for numbers
            raise ValueError("it holds strings")
        return array.astype(dtype.np_dtype, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Cannot feed a value of type {type(value).__name__} for Tensor {tensor.name!r} of "
            f"dtype {dtype.name}: {error}. Expected numbers of one shape, got {_short(value)}.\n"
            f"{where(tensor.op)}"
        ) from None


def to_bytes(value: Any) -> np.ndarray[Any, Any]:
    """An object array of bytes: text is encoded as UTF-8, as TensorFlow does."""
    # An array of numpy's own strings would drop NULs at their ends.
    array = np.asarray(value, None if isinstance(value, (np.ndarray, np.generic)) else object)
    if array.dtype.kind in "SU" or not array.size:
        array = array.astype(object)
    if array.dtype != object:
        raise TypeError(f"Expected strings, got {array.dtype.name}: {_short(value)}")
    out = np.empty(array.shape, dtype=object)
    flat, source = out.reshape(-1), array.reshape(-1)
    for i, item in enumerate(source):
        if isinstance(item, str):
            item = item.encode()
        if not isinstance(item, bytes):
            raise TypeError(f"Expected strings, got {type(item).__name__}: {_short(item)}")
        flat[i] = item
    return out


def _short(value: Any) -> str:
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."
