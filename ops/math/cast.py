"""From one dtype to another: by value (cast and its kin) or by bits (bitcast)."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import DType
from flowgraph.core.errors import InvalidArgumentError, UnimplementedError
from flowgraph.core.graph import name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import sizes

_log = logging.getLogger("flowgraph")
_CASTABLE = (*dtypes.NUMBERS, dtypes.bool_)
_MOST_INT32 = np.iinfo(np.int32).max

# --- Cast -----------------------------------------------------------------------------------------
cast_op = define(
    "Cast",
    inputs="x: SrcT",
    outputs="y: DstT",
    attrs={"SrcT": attrs.types(), "DstT": attrs.types(), "Truncate": attrs.boolean(False)},
    shape=like("x"),
    traits=Trait.ELEMENTWISE,
)


@cast_op.kernel
def _(ctx: Any) -> Any:
    source, target = ctx.input_dtypes[0], ctx.output_dtypes[0]
    if source not in _CASTABLE or target not in _CASTABLE:
        raise UnimplementedError(f"Cast {source.name} to {target.name} is not supported")
    wanted = target.np_dtype
    if ctx.attrs["Truncate"] and _drops_bits(source, target):
        return _truncating(source, target)
    if source.is_complex and not target.is_complex:
        return lambda x: x.real.astype(wanted)
    return lambda x: x.astype(wanted)


# The bits of the fraction of a number, or of a complex number's part.
_FRACTION = {dtypes.float16: 10, dtypes.bfloat16: 7, dtypes.float32: 23, dtypes.float64: 52}


def _drops_bits(source: DType, target: DType) -> bool:
    bits = [_FRACTION.get(t.real_dtype) for t in (source, target)]
    return None not in bits and bits[0] > bits[1]  # type: ignore[operator]


def _truncating(source: DType, target: DType) -> Any:
    """A cast that rounds towards zero: the bits for which there is no room are cleared before."""
    wanted = target.np_dtype
    # Of float16, bfloat16 has room for the exponents of numbers that are subnormal: not for bits.
    part = dtypes.float32 if source is dtypes.float16 else source.real_dtype
    bits = np.dtype(f"u{part.size}")
    extra = _FRACTION[part] - _FRACTION[target.real_dtype]
    mask = bits.type(2 ** (8 * part.size) - 2**extra)

    def cut(x: Any) -> Any:
        return (x.astype(part.np_dtype).view(bits) & mask).view(part.np_dtype)

    def cut_complex(x: Any) -> Any:
        result = np.empty(x.shape, wanted)
        result.real, result.imag = cut(x.real), cut(x.imag)
        return result

    if target.is_complex and source.is_complex:
        return cut_complex
    return lambda x: cut(x.real).astype(wanted)


@cast_op.simplify
def _(step: Any) -> Any:
    target = step.op.outputs[0].dtype
    same = step.op.inputs[0].dtype.base_dtype is target and target in _CASTABLE
    return step.input(0) if same else None


@cast_op.gradient
def _(op: Operation, grad: Any) -> Any:
    source, target = op.inputs[0].dtype.base_dtype, op.outputs[0].dtype.base_dtype
    if source not in dtypes.INEXACT or target not in dtypes.INEXACT:
        return None
    return _cast(grad, source, None)


@cast_op.shape_value
def _(op: Operation) -> TensorShape | None:
    source, target = op.inputs[0].dtype.base_dtype, op.outputs[0].dtype.base_dtype
    if source not in dtypes.INDEX or target not in dtypes.INDEX:
        return None
    found = sizes(op.inputs[0])
    if found is None or any(d is not None and d > _MOST_INT32 for d in found):
        return None
    return TensorShape.of(found)


def _cast(x: Any, wanted: DType, name: str | None) -> Any:
    if isinstance(x, IndexedSlices):
        return IndexedSlices(_cast(x.values, wanted, name), x.indices, x.dense_shape)
    if isinstance(x, SparseTensor):
        return x.with_values(_cast(x.values, wanted, name))
    return x if x.dtype.base_dtype is wanted else cast_op(x, DstT=wanted, name=name)


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """`x` in another dtype (tf.cast); a tensor that has it already comes back as it is.

    Floats become integers towards zero, complex numbers lose their imaginary part, and what is not
    zero becomes True.

    Args:
      x: a tensor, variable or Python value, not of strings; `IndexedSlices` and `SparseTensor` stay
        what they are.
      dtype: the dtype wanted.
      name: the operation's name.

    >>> cast([1.8, -2.7], "int32").dtype
    tf.int32
    """
    wanted = dtypes.as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype is wanted:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if not isinstance(x, (IndexedSlices, SparseTensor)):
            x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex and wanted.is_floating:
            _log.warning("Casting complex to real discards imaginary part.")
        return _cast(x, wanted, scope)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`cast`, where values outside the range of `dtype` become its limit (tf.saturate_cast).

    Args:
      value: a tensor of real numbers.
      dtype: the dtype wanted, of real numbers.
      name: the operation's name.
    """
    wanted = dtypes.as_dtype(dtype).base_dtype
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        own = value.dtype.base_dtype
        if float(own.min) < float(wanted.min):
            value = raw.Maximum(value, convert_to_tensor(_within(own, wanted.min), name="min"))
        if float(own.max) > float(wanted.max):
            value = raw.Minimum(value, convert_to_tensor(_within(own, wanted.max), name="max"))
        return cast(value, wanted, name=scope)  # type: ignore[no-any-return]


def _within(dtype: DType, limit: Any) -> Any:
    """The number of `dtype` closest to another dtype's limit that does not go beyond it.

    The greatest int32 is no float32; the next one is 2147483648, which no longer fits.
    """
    kind = dtype.as_numpy_dtype
    found = kind(limit)
    exact = int if float(limit).is_integer() and dtype.is_floating else float
    if dtype.is_floating and abs(exact(found)) > abs(exact(limit)):
        found = np.nextafter(found, kind(0))
    return np.asarray(found, dtype.np_dtype)


def to_float(x: Any, name: str | None = "ToFloat") -> Any:
    """`x` as float32 (tf.to_float)."""
    return cast(x, dtypes.float32, name=name)


def to_double(x: Any, name: str | None = "ToDouble") -> Any:
    """`x` as float64 (tf.to_double)."""
    return cast(x, dtypes.float64, name=name)


def to_int32(x: Any, name: str | None = "ToInt32") -> Any:
    """`x` as int32 (tf.to_int32)."""
    return cast(x, dtypes.int32, name=name)


def to_int64(x: Any, name: str | None = "ToInt64") -> Any:
    """`x` as int64 (tf.to_int64)."""
    return cast(x, dtypes.int64, name=name)


def to_bfloat16(x: Any, name: str | None = "ToBFloat16") -> Any:
    """`x` as bfloat16 (tf.to_bfloat16)."""
    return cast(x, dtypes.bfloat16, name=name)


def to_complex64(x: Any, name: str | None = "ToComplex64") -> Any:
    """`x` as complex64 (tf.to_complex64)."""
    return cast(x, dtypes.complex64, name=name)


def to_complex128(x: Any, name: str | None = "ToComplex128") -> Any:
    """`x` as complex128 (tf.to_complex128)."""
    return cast(x, dtypes.complex128, name=name)


# --- Bitcast --------------------------------------------------------------------------------------
bitcast_op = define(
    "Bitcast",
    inputs="input: T",
    outputs="output: type",
    attrs=dict.fromkeys(("T", "type"), (*dtypes.NUMBERS, *dtypes.QUANTIZED)),
    traits=Trait.VIEW,
).no_gradient()


@bitcast_op.shape
def _(op: Operation) -> TensorShape:
    dims, before, after = op.inputs[0].shape.known, *_bytes(op)
    if dims is None or before == after:
        return op.inputs[0].shape
    if before > after:
        return TensorShape.of((*dims, before // after))
    if not dims:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    if dims[-1] not in (None, after // before):
        raise ValueError(
            f"Cannot bitcast from {op.inputs[0].dtype.base_dtype.name} to "
            f"{op.outputs[0].dtype.name} due to shape. {dims[-1]} does not match {after // before}"
        )
    return TensorShape.of(dims[:-1])


def _bytes(op: Operation) -> tuple[int, int]:
    """The sizes of an element before and after; of two sizes one is a multiple of the other."""
    return op.inputs[0].dtype.size, op.outputs[0].dtype.size


@bitcast_op.kernel
def _(ctx: Any) -> Any:
    dtype, (before, after) = ctx.dtype, _bytes(ctx.op)
    names = ctx.input_dtypes[0].name, ctx.output_dtypes[0].name

    def split(x: Any) -> Any:
        return np.ascontiguousarray(x).reshape(*x.shape, 1).view(dtype)

    def join(x: Any) -> Any:
        if x.shape[-1:] != (after // before,):
            raise InvalidArgumentError(
                f"Cannot bitcast from {names[0]} to {names[1]}: shape {list(x.shape)}"
            )
        return np.ascontiguousarray(x).view(dtype).reshape(x.shape[:-1])

    if before == after:
        return lambda x: x.view(dtype)
    return split if before > after else join


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The same bits, read as numbers of another dtype (tf.bitcast).

    Args:
      input: a tensor of numbers.
      type: the dtype wanted. A smaller one adds a dimension that holds the parts of an element; for
        a larger one the last dimension is such, and goes.
      name: the operation's name.
    """
    return bitcast_op(input, type=type, name=name)  # type: ignore[no-any-return]
