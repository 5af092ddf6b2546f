"""Constants and placeholders, and how Python values and numpy arrays become tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.runtime.feeds import to_bytes

const_op = define(
    "Const",
    outputs="output: dtype",
    attrs={"value": attrs.array(), "dtype": attrs.types()},
    shape=lambda op: TensorShape(op.attrs["value"].shape),
    traits=Trait.CHEAP,
).no_gradient()


@const_op.preset
def _(ctx: Any) -> Any:
    return ctx.attrs["value"]


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """Makes a constant tensor (tf.constant).

    Args:
      value: a number, string, nested list of these, or a numpy array.
      dtype: inferred when None: Python floats become float32, ints int32; arrays keep theirs.
      shape: the shape; a shorter value is filled up with its last element, as in TensorFlow.
      name: the operation's name.
      verify_shape: raise TypeError unless the value has `shape` already.

    >>> constant([[1.0, 2.0]]).shape
    TensorShape([Dimension(1), Dimension(2)])
    """
    kind = _quantized(value, dtype)
    array = to_array(value, dtype)
    if shape is not None:
        sizes = [int(d) for d in as_shape(shape).as_list()]  # type: ignore[arg-type]
        from_array = isinstance(value, (np.ndarray, np.generic))
        array = _shaped(array, sizes, verify_shape, from_array)
    array.flags.writeable = False
    return const_op(value=array, dtype=kind or dtypes.from_numpy(array.dtype), name=name)  # type: ignore[no-any-return]


def _quantized(value: Any, dtype: Any) -> dtypes.DType | None:
    """The quantised dtype that is asked for, or that an array has: arrays of these are integers."""
    if dtype is None and isinstance(value, (np.ndarray, np.generic)) and value.dtype.names:
        dtype = value.dtype
    kind = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    return kind if kind is not None and kind.is_quantized else None


def _shaped(
    array: np.ndarray[Any, Any], shape: list[int], verify: bool, from_array: bool
) -> np.ndarray[Any, Any]:
    size = int(np.prod(shape, dtype=np.int64))
    if list(array.shape) == shape:
        return array
    if verify:
        raise TypeError(f"Expected Tensor's shape: {tuple(shape)}, got {array.shape}.")
    if size == 0 and not from_array:
        return np.empty(shape, array.dtype)
    if array.size == 0:  # nothing to repeat: TensorFlow fills up with zeros
        filler = b"" if array.dtype == object else array.dtype.type(0)
        return np.full(shape, filler, array.dtype)
    if array.size > size:
        raise ValueError(
            f"Too many elements provided. Needed at most {size}, but received {array.size}"
        )
    flat = np.empty(size, dtype=array.dtype)
    flat[: array.size] = array.reshape(-1)
    flat[array.size :] = array.reshape(-1)[-1]
    return flat.reshape(shape)


def to_array(value: Any, dtype: Any = None) -> np.ndarray[Any, Any]:
    """A fresh array of a Python value or numpy array, by TensorFlow's rules of dtypes."""
    wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    if value is None:
        raise ValueError("None values not supported.")
    kind = _quantized(value, dtype)
    if kind is not None:  # numbers, or records of one as TensorFlow writes them: (3,)
        return np.array(value, kind.as_numpy_dtype).astype(kind.np_dtype)
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.array(value)
        if array.dtype.kind in "SUO":
            return to_bytes(array)
        dtypes.from_numpy(array.dtype)
        return array if wanted is None else array.astype(wanted.np_dtype)
    if wanted is None:
        return _inferred(value)
    if wanted is dtypes.string:
        return to_bytes(value)
    _check_python(value, wanted)
    try:
        return np.array(value, dtype=wanted.np_dtype)
    except OverflowError:
        raise ValueError(
            f"Cannot convert {_short(value)} to {wanted.name}: out of its range "
            f"[{wanted.min}, {wanted.max}]"
        ) from None


_TENSOR_IN_CONSTANT = (
    "Expected any non-tensor type, got a tensor instead. Hint: tf.convert_to_tensor, tf.identity "
    "and tf.stack take tensors."
)


def _inferred(value: Any) -> np.ndarray[Any, Any]:
    if isinstance(value, Tensor):
        raise TypeError(_TENSOR_IN_CONSTANT)
    try:
        array = np.array(value)
    except UnicodeDecodeError:  # text beside bytes that are no text
        return to_bytes(np.array(value, dtype=object))
    except ValueError:
        array = np.empty((), object)
    if array.dtype.kind in "SU":
        # numpy would write numbers among strings as text
        return to_bytes(np.array(value, dtype=object))
    if array.dtype == object:
        if all(isinstance(v, (str, bytes)) for v in array.reshape(-1)) and array.size:
            return to_bytes(array)
        if isinstance(value, (list, tuple)) and array.ndim == 0:
            raise ValueError(
                f"Can't convert non-rectangular Python sequence to Tensor: {_short(value)}"
            )
        hint = " Hint: an unknown size is -1 in tf.reshape, and tf.shape(x)[i] elsewhere."
        raise TypeError(
            f"Failed to convert object of type {type(value).__name__} to Tensor. Contents: "
            f"{_short(value)}. Consider casting elements to a supported type."
            + (hint if None in array.reshape(-1).tolist() else "")
        )
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype == np.int64:
        small = array.astype(np.int32)
        return small if np.array_equal(small, array) else array
    dtypes.from_numpy(array.dtype)
    return array


def _check_python(value: Any, wanted: dtypes.DType) -> None:
    """Raises TypeError for a Python value that TensorFlow would not take for `wanted`."""
    if isinstance(value, (list, tuple)):
        for item in value:
            _check_python(item, wanted)
        return
    if isinstance(value, (np.ndarray, np.generic)):
        return
    if isinstance(value, Tensor):
        raise TypeError(_TENSOR_IN_CONSTANT)
    if wanted.is_bool:
        fits = isinstance(value, bool)
    elif wanted.is_integer:
        fits = hasattr(value, "__index__")  # a bool has one, too: it counts as 0 or 1
    elif wanted.is_floating:
        fits = hasattr(value, "__float__") and not isinstance(value, (complex, str))
    else:
        fits = isinstance(value, (int, float, complex))
    if not fits:
        raise TypeError(
            f"Expected {wanted.name}, got {value!r} of type '{type(value).__name__}' instead."
        )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "..."


def constant_conversion(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    """What numpy can make an array of, as a tensor."""
    del as_ref
    return constant(value, dtype=dtype, name=name or "Const")


def _size_type(sizes: Any) -> Any:
    """int32, as TensorFlow has it, unless a size needs more."""
    return dtypes.int64 if max(sizes, default=0) > np.iinfo(np.int32).max else dtypes.int32


def shape_conversion(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    """A TensorShape or a Dimension as a tensor."""
    del as_ref
    if isinstance(value, TensorShape):
        if not value.is_fully_defined():
            raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
        sizes = value.as_list()
        return constant(sizes, dtype or _size_type(sizes), name="shape_as_tensor")
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}")
    return constant(value.value, dtype or _size_type([value.value]), name=name or "Const")


placeholder_op = define(
    "Placeholder",
    outputs="output: dtype",
    attrs={"dtype": attrs.types(), "shape": attrs.shape(default=None)},
    shape=lambda op: as_shape(op.attrs["shape"]),
    traits=Trait.MUST_BE_FED,
).no_gradient()


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor whose value is fed at each run (tf.placeholder).

    Args:
      dtype: the dtype of what will be fed.
      shape: its static shape; None is anything, a None in a list an unknown dimension.
      name: the operation's name.

    >>> placeholder("float32", [None, 3]).shape.as_list()
    [None, 3]
    """
    return placeholder_op(dtype=dtypes.as_dtype(dtype), shape=as_shape(shape), name=name)  # type: ignore[no-any-return]


placeholder_with_default_op = define(
    "PlaceholderWithDefault",
    inputs="input: dtype",
    outputs="output: dtype",
    attrs={"dtype": attrs.types(), "shape": attrs.shape()},
    traits=Trait.VIEW | Trait.CHEAP | Trait.STATEFUL,  # its default is not its value
)
placeholder_with_default_op.kernel(lambda ctx: lambda x: x)


@placeholder_with_default_op.shape
def _(op: Operation) -> TensorShape:
    op.inputs[0].shape.assert_is_compatible_with(op.attrs["shape"])
    return op.attrs["shape"]  # type: ignore[no-any-return]


@placeholder_with_default_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return grad


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """A tensor that has the value `input` unless it is fed (tf.placeholder_with_default)."""
    return placeholder_with_default_op(input, shape=as_shape(shape), name=name)  # type: ignore[no-any-return]
