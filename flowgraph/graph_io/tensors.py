"""Arrays and shapes as TensorProto and TensorShapeProto, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.graph_io import protos
from flowgraph.ops.array.constant import to_array
from flowgraph.runtime.feeds import to_bytes

__all__ = ["make_ndarray", "make_tensor_proto", "shape_of_proto", "shape_proto"]

_MOST_BYTES = 1 << 31  # protobuf writes no longer message
# Dtypes of which more than one element is written as plain bytes.
_AS_CONTENT = frozenset(
    ["float32", "float64", "int32", "uint8", "int16", "int8", "int64", "uint16", "uint32", "uint64"]
    + [t.name for t in dtypes.QUANTIZED]
)
# The field that lists elements of a dtype.
_FIELDS = {
    "float32": "float_val", "float64": "double_val", "int64": "int64_val", "bool": "bool_val",
    "uint32": "uint32_val", "uint64": "uint64_val", "float16": "half_val", "bfloat16": "half_val",
    "complex64": "scomplex_val", "complex128": "dcomplex_val", "string": "string_val",
}  # fmt: skip


# --- shapes ---------------------------------------------------------------------------------------
def shape_proto(shape: Any) -> Any:
    """The TensorShapeProto of a static shape; an unknown size is -1."""
    known = as_shape(shape).known
    if known is None:
        return protos.TensorShapeProto(unknown_rank=True)
    dims = [protos.TensorShapeProto.Dim(size=-1 if d is None else d) for d in known]
    return protos.TensorShapeProto(dim=dims)


def shape_of_proto(proto: Any) -> TensorShape:
    """The static shape that a TensorShapeProto describes; ValueError for a size below -1."""
    if proto.unknown_rank:
        return TensorShape(None)
    sizes = [dim.size for dim in proto.dim]
    if any(size < -1 for size in sizes):
        raise ValueError(f"A TensorShapeProto has the sizes {sizes}; -1 is an unknown one")
    return TensorShape([None if size == -1 else size for size in sizes])


# --- arrays ---------------------------------------------------------------------------------------
def make_tensor_proto(
    values: Any,
    dtype: Any = None,
    shape: Any = None,
    verify_shape: bool = False,
    allow_broadcast: bool = False,
) -> Any:
    """The TensorProto of values (tf.make_tensor_proto).

    Args:
      values: a number, string, nested list of these, or a numpy array.
      dtype: inferred as by `tf.constant` when None.
      shape: the proto's shape; a reader fills up with the last value what `values` leave out.
      verify_shape: whether the values must have `shape` already.
      allow_broadcast: whether only one value may be fewer than `shape` takes.

    Raises:
      TypeError: the values do not have the dtype or, where that is asked for, the shape.
      ValueError: there are too many of them, or they have no array's shape.
    """
    if allow_broadcast and verify_shape:
        raise ValueError("allow_broadcast and verify_shape are not both allowed.")
    if isinstance(values, protos.TensorProto):
        return values
    wanted = None if not dtype else dtypes.as_dtype(dtype).base_dtype
    if shape is not None:
        shape = [int(size) for size in as_shape(shape).as_list()]  # type: ignore[arg-type]
    array = _to_array(values, wanted, shape)
    kind = _dtype_of(values, array, wanted)
    if shape is None:
        return tensor_proto(array, kind)
    _check_shape(array, shape, verify_shape, allow_broadcast)
    size = int(np.prod(shape, dtype=np.int64))
    if array.size == size:
        return tensor_proto(array.reshape(shape), kind)
    proto = protos.TensorProto(dtype=kind.enum, tensor_shape=shape_proto(shape))
    _list_values(proto, array, kind)
    return proto


def _to_array(values: Any, wanted: Any, shape: Any) -> np.ndarray[Any, Any]:
    is_python = not hasattr(values, "__array__")
    if is_python and shape is not None and 0 in shape and not np.size(values):
        return np.empty(shape, (wanted or dtypes.float32).np_dtype)
    if not is_python and not hasattr(values, "graph"):
        values = np.asarray(values)
        if wanted is not None and wanted is not dtypes.string and values.dtype.kind in "SUO":
            raise TypeError(f"Incompatible types: {wanted} vs. {values.dtype}. Value is {values}")
        if wanted is dtypes.string and values.dtype.kind not in "SUO":
            raise TypeError(f"Incompatible types: {wanted} vs. {values.dtype}. Value is {values}")
    if isinstance(values, (list, tuple)) and any(hasattr(v, "graph") for v in values):
        raise TypeError("List of Tensors when single Tensor expected")
    return to_array(values, wanted)


def _dtype_of(values: Any, array: np.ndarray[Any, Any], wanted: Any) -> dtypes.DType:
    if wanted is not None:
        return wanted  # type: ignore[no-any-return]
    given = getattr(values, "dtype", None)
    if getattr(given, "names", None):  # quantised: a record of one number
        return dtypes.as_dtype(given)
    return dtypes.from_numpy(array.dtype)


def _check_shape(
    array: np.ndarray[Any, Any], shape: list[int], verify: bool, broadcast: bool
) -> None:
    size = int(np.prod(shape, dtype=np.int64))
    if (verify and list(array.shape) != shape) or (
        broadcast and array.shape not in ((), (1,)) and array.size != size
    ):
        raise TypeError(f"Expected Tensor's shape: {tuple(shape)}, got {array.shape}.")
    if array.size > size:
        raise ValueError(
            f"Too many elements provided. Needed at most {size}, but received {array.size}"
        )


def tensor_proto(array: Any, dtype: dtypes.DType) -> Any:
    """The TensorProto of an array that has the numpy type of `dtype` already."""
    proto = protos.TensorProto(dtype=dtype.enum, tensor_shape=shape_proto(array.shape))
    if dtype.name in _AS_CONTENT and array.size > 1:
        if array.nbytes >= _MOST_BYTES:
            raise ValueError("Cannot create a tensor proto whose content is larger than 2GB.")
        little = array.dtype.newbyteorder("<")
        proto.tensor_content = np.ascontiguousarray(array).astype(little, copy=False).tobytes()
    else:
        _list_values(proto, array, dtype)
    return proto


def _list_values(proto: Any, array: Any, dtype: dtypes.DType) -> None:
    """Puts the elements into the field that lists them."""
    field = getattr(proto, _FIELDS.get(dtype.name, "int_val"))
    flat = np.asarray(array).reshape(-1)
    if dtype is dtypes.string:
        flat = to_bytes(flat)
    elif dtype.name in ("float16", "bfloat16"):
        flat = flat.view(np.uint16)
    elif dtype.is_complex:
        flat = flat.view(dtype.real_dtype.np_dtype)
    elif dtype.np_dtype.kind == "O":
        raise TypeError(f"Element type not supported in TensorProto: {dtype.name}")
    field.extend(flat.tolist())


def make_ndarray(tensor: Any) -> Any:
    """The array that a TensorProto holds (tf.make_ndarray); strings are bytes.

    Raises:
      TypeError: its data type has no arrays.
      ValueError: its parts contradict each other.
    """
    array, dtype = array_of(tensor), dtypes.as_dtype(tensor.dtype)
    return array.view(dtype.as_numpy_dtype) if dtype.is_quantized else array


def array_of(tensor: Any) -> Any:
    """As `make_ndarray`, with plain integers for quantised types."""
    dtype = dtypes.as_dtype(tensor.dtype).base_dtype
    shape = tuple([dim.size for dim in tensor.tensor_shape.dim])
    if any(size < 0 for size in shape) or tensor.tensor_shape.unknown_rank:
        raise ValueError(f"A TensorProto has the shape {list(shape)}, which no array has")
    size = int(np.prod(shape, dtype=np.int64))
    if tensor.tensor_content and dtype is not dtypes.string:
        return _from_content(tensor.tensor_content, dtype, shape, size)
    values = _listed(tensor, dtype)
    if len(values) > size:
        raise ValueError(f"A TensorProto of shape {list(shape)} has {len(values)} values")
    if len(values) < size:
        filler = b"" if dtype is dtypes.string else dtype.np_dtype.type(0)
        last = values[-1] if len(values) else filler
        rest = np.empty(size - len(values), dtype.np_dtype)
        rest[...] = last
        values = np.concatenate([values, rest])
    return values.reshape(shape)


def _from_content(content: bytes, dtype: dtypes.DType, shape: Any, size: int) -> Any:
    if dtype.np_dtype.kind == "O":
        raise TypeError(f"Unsupported tensor type: {dtype.name}")
    if len(content) != size * dtype.size:
        raise ValueError(
            f"A TensorProto of shape {list(shape)} and type {dtype.name} has {len(content)} bytes "
            f"of content, which should be {size * dtype.size}"
        )
    stored = dtype.np_dtype.newbyteorder("<")
    return np.frombuffer(content, stored).astype(dtype.np_dtype).reshape(shape)


def _listed(tensor: Any, dtype: dtypes.DType) -> Any:
    if dtype is not dtypes.string and dtype.np_dtype.kind == "O":
        raise TypeError(f"Unsupported tensor type: {dtype.name}")
    field = getattr(tensor, _FIELDS.get(dtype.name, "int_val"))
    if dtype is dtypes.string:
        values = np.empty(len(field), object)
        values[:] = list(field)
        return values
    if dtype.name in ("float16", "bfloat16"):
        return np.array(field, np.uint16).view(dtype.np_dtype)
    if dtype.is_complex:
        return np.array(field, dtype.real_dtype.np_dtype).view(dtype.np_dtype)
    return np.array(field, dtype.np_dtype)
