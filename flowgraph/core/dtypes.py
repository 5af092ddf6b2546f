"""Data types of tensors, with TensorFlow's names and enum numbers.

A `DType` pairs TensorFlow's name with numpy's type. A `_ref` twin marks the output of a variable.
Imports only numpy and ml_dtypes (bfloat16).
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

_REF_OFFSET = 100  # DT_FLOAT_REF = DT_FLOAT + 100 in TensorFlow's types.proto


class DType:
    """The type of a tensor's elements (tf.DType)."""

    __slots__ = ("_numpy", "enum", "name", "np_dtype", "_base", "_ref")

    def __init__(self, name: str, enum: int, numpy_type: Any, base: DType | None = None) -> None:
        self.name = name
        self.enum = enum
        self._numpy = numpy_type
        self.np_dtype: np.dtype[Any] = np.dtype(numpy_type)
        self._base = base
        self._ref: DType | None = None
        if base is None:
            self._ref = DType(name + "_ref", enum + _REF_OFFSET, numpy_type, base=self)

    @property
    def as_numpy_dtype(self) -> Any:
        """The numpy scalar type, e.g. `np.float32`; of a quantised type a record of one number."""
        return np.dtype([(self.base_dtype.name, self._numpy)]) if self.is_quantized else self._numpy

    @property
    def base_dtype(self) -> DType:
        """The type without its `_ref` mark."""
        return self if self._base is None else self._base

    @property
    def as_ref(self) -> DType:
        """The `_ref` twin of this type."""
        return self if self._ref is None else self._ref

    @property
    def is_ref_dtype(self) -> bool:
        """True for the type of a variable's own output."""
        return self._base is not None

    _is_ref_dtype = is_ref_dtype

    @property
    def as_datatype_enum(self) -> int:
        """TensorFlow's number of this type in a GraphDef."""
        return self.enum

    @property
    def real_dtype(self) -> DType:
        """The type of the real part: float32 for complex64, else the type itself."""
        return {"complex64": float32, "complex128": float64}.get(self.base_dtype.name, self)

    @property
    def is_floating(self) -> bool:
        """True for float16, bfloat16, float32, float64."""
        return self.base_dtype in FLOATING

    @property
    def is_complex(self) -> bool:
        """True for complex64 and complex128."""
        return self.base_dtype in COMPLEX

    @property
    def is_integer(self) -> bool:
        """True for signed and unsigned integers (not bool)."""
        return self.base_dtype in INTEGERS

    @property
    def is_unsigned(self) -> bool:
        """True for unsigned integers."""
        return self.base_dtype in UNSIGNED

    @property
    def is_bool(self) -> bool:
        """True for bool."""
        return self.base_dtype is bool_

    @property
    def is_numpy_compatible(self) -> bool:
        """True unless the type is an opaque handle."""
        return self.base_dtype not in (resource, variant)

    @property
    def is_quantized(self) -> bool:
        """True for qint8, quint8, qint16, quint16, qint32, whose arrays are plain integers."""
        return self.base_dtype in QUANTIZED

    @property
    def size(self) -> int:
        """Bytes of one element; 1 for strings and handles, as in TensorFlow."""
        return 1 if self.np_dtype.kind == "O" else self.np_dtype.itemsize

    @property
    def min(self) -> Any:
        """The lowest finite value."""
        return self._limits()[0]

    @property
    def max(self) -> Any:
        """The greatest finite value."""
        return self._limits()[1]

    @property
    def limits(self) -> tuple[Any, Any]:
        """(min, max), as used for images."""
        return self._limits()

    def _limits(self) -> tuple[Any, Any]:
        if self.is_bool:
            return False, True
        if self.is_integer:
            info: Any = np.iinfo(self.np_dtype)
        elif self.is_floating:
            info = ml_dtypes.finfo(self.np_dtype)  # type: ignore[no-untyped-call]
        else:
            raise TypeError(f"Cannot find minimum and maximum value of {self.name}.")
        return info.min, info.max

    def is_compatible_with(self, other: Any) -> bool:
        """True when a tensor of type `other` can stand where this type is asked for."""
        other = as_dtype(other)
        return self.enum in (other.enum, other.base_dtype.enum)

    def __eq__(self, other: Any) -> bool:
        if self is other:
            return True
        if other is None or isinstance(other, DType) or other is int:
            return False  # Python's int is no one dtype
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __ne__(self, other: Any) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return self.enum

    def __int__(self) -> int:
        return self.enum

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __reduce__(self) -> Any:
        return as_dtype, (self.name,)


float32 = DType("float32", 1, np.float32)
float64 = DType("float64", 2, np.float64)
int32 = DType("int32", 3, np.int32)
uint8 = DType("uint8", 4, np.uint8)
int16 = DType("int16", 5, np.int16)
int8 = DType("int8", 6, np.int8)
string = DType("string", 7, np.object_)
complex64 = DType("complex64", 8, np.complex64)
int64 = DType("int64", 9, np.int64)
bool_ = DType("bool", 10, np.bool_)
qint8 = DType("qint8", 11, np.int8)
quint8 = DType("quint8", 12, np.uint8)
qint32 = DType("qint32", 13, np.int32)
bfloat16 = DType("bfloat16", 14, ml_dtypes.bfloat16)
qint16 = DType("qint16", 15, np.int16)
quint16 = DType("quint16", 16, np.uint16)
uint16 = DType("uint16", 17, np.uint16)
complex128 = DType("complex128", 18, np.complex128)
float16 = DType("float16", 19, np.float16)
resource = DType("resource", 20, np.object_)
variant = DType("variant", 21, np.object_)
uint32 = DType("uint32", 22, np.uint32)
uint64 = DType("uint64", 23, np.uint64)

half, double = float16, float64

ALL = (
    float32, float64, int32, uint8, int16, int8, string, complex64, int64, bool_, bfloat16,
    uint16, complex128, float16, resource, variant, uint32, uint64, qint8, quint8, qint32, qint16,
    quint16,
)  # fmt: skip
FLOATING = (float16, bfloat16, float32, float64)
COMPLEX = (complex64, complex128)
UNSIGNED = (uint8, uint16, uint32, uint64)
INTEGERS = (int8, int16, int32, int64, *UNSIGNED)
REAL = (*FLOATING, *INTEGERS)
INEXACT = (*FLOATING, *COMPLEX)
NUMBERS = (*REAL, *COMPLEX)
INDEX = (int32, int64)
DATA = (*NUMBERS, bool_, string)
QUANTIZED = (qint8, quint8, qint16, quint16, qint32)
QUANTIZED_DTYPES = frozenset({*QUANTIZED, *(t.as_ref for t in QUANTIZED)})

_BY_NAME: dict[str, DType] = {t.name: t for t in ALL}
_BY_NAME |= {t.as_ref.name: t.as_ref for t in ALL}
_BY_NAME |= {"half": float16, "float": float32, "double": float64}
_BY_ENUM = {t.enum: t for t in ALL} | {t.as_ref.enum: t.as_ref for t in ALL}
_BY_NUMPY: dict[Any, DType] = {np.dtype(t.as_numpy_dtype): t for t in ALL if t.np_dtype.kind != "O"}
_BY_NUMPY[np.dtype(object)] = string
_BY_PYTHON: dict[Any, DType] = {
    float: float32, int: int32, bool: bool_, complex: complex128, str: string, bytes: string,
    object: string,
}  # fmt: skip


def as_dtype(value: Any) -> DType:
    """Gives the `DType` of a DType, TensorFlow name or number, numpy or Python type (tf.as_dtype).

    Raises TypeError where there is none.
    """
    if isinstance(value, DType):
        return value
    if isinstance(value, str) and value in _BY_NAME:
        return _BY_NAME[value]
    if isinstance(value, int) and not isinstance(value, bool) and value in _BY_ENUM:
        return _BY_ENUM[value]
    if isinstance(value, type) and value in _BY_PYTHON:
        return _BY_PYTHON[value]
    try:
        if value is None:
            raise TypeError("numpy reads None as float64")
        dtype = np.dtype(value)
    except TypeError:
        raise TypeError(f"Cannot convert value {value!r} to a TensorFlow DType.") from None
    return from_numpy(dtype)


def from_numpy(dtype: np.dtype[Any]) -> DType:
    """Gives the `DType` of a numpy dtype; strings of any width are `string`."""
    found = _BY_NUMPY.get(dtype)
    if found is None:
        if dtype.kind in "SU":
            return string
        found = _BY_NUMPY.get(dtype.newbyteorder("="))
    if found is None:
        raise TypeError(f"Cannot convert value {dtype!r} to a TensorFlow DType.")
    return found
