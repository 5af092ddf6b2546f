"""From one dtype to another: by value (cast) or by bits (bitcast)."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import sizes

_CASTABLE = (*dtypes.NUMBERS, dtypes.bool_)

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
    for dtype in (source, target):
        if dtype not in _CASTABLE:
            raise NotImplementedError(f"Cast {source.name} to {target.name} is not supported")
    wanted = target.np_dtype
    if target.is_bool:
        return lambda x: x != 0
    if source.is_complex and not target.is_complex:
        return lambda x: x.real.astype(wanted)
    return lambda x: x.astype(wanted)


@cast_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    source, target = op.inputs[0].dtype.base_dtype, grad.dtype.base_dtype
    inexact = (source.is_floating or source.is_complex) and (
        target.is_floating or target.is_complex
    )
    return cast(grad, source) if inexact else None


@cast_op.shape_value
def _(op: Operation) -> TensorShape | None:
    if not op.inputs[0].dtype.is_integer:
        return None
    found = sizes(op.inputs[0])
    return None if found is None else TensorShape.of(found)


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """x in another dtype (tf.cast).

    Floating numbers are cut to integers toward zero; of a complex number the real part is kept. A
    tensor that has the dtype already comes back as it is.

    Args:
      x: a tensor, a variable, `IndexedSlices` or what becomes a tensor.
      dtype: the dtype wanted.
      name: the operation's name.
    """
    wanted = dtypes.as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype is wanted:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if isinstance(x, IndexedSlices):
            return IndexedSlices(cast(x.values, wanted, scope), x.indices, x.dense_shape)
        x = convert_to_tensor(x, name="x")
        return x if x.dtype.base_dtype is wanted else cast_op(x, DstT=wanted, name=scope)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """As `cast`; what lies outside the range of `dtype` becomes its limit (tf.saturate_cast)."""
    wanted = dtypes.as_dtype(dtype).base_dtype
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        own = value.dtype.base_dtype
        if own.min < wanted.min:
            value = raw.Maximum(
                value, convert_to_tensor(own.as_numpy_dtype(wanted.min), name="min")
            )
        if own.max > wanted.max:
            value = raw.Minimum(
                value, convert_to_tensor(own.as_numpy_dtype(wanted.max), name="max")
            )
        return cast(value, wanted, name=scope)  # type: ignore[no-any-return]


def to_float(x: Any, name: str | None = "ToFloat") -> Tensor:
    """x as float32 (tf.to_float)."""
    return cast(x, dtypes.float32, name)  # type: ignore[no-any-return]


def to_double(x: Any, name: str | None = "ToDouble") -> Tensor:
    """x as float64 (tf.to_double)."""
    return cast(x, dtypes.float64, name)  # type: ignore[no-any-return]


def to_int32(x: Any, name: str | None = "ToInt32") -> Tensor:
    """x as int32 (tf.to_int32)."""
    return cast(x, dtypes.int32, name)  # type: ignore[no-any-return]


def to_int64(x: Any, name: str | None = "ToInt64") -> Tensor:
    """x as int64 (tf.to_int64)."""
    return cast(x, dtypes.int64, name)  # type: ignore[no-any-return]


def to_bfloat16(x: Any, name: str | None = "ToBFloat16") -> Tensor:
    """x as bfloat16 (tf.to_bfloat16)."""
    return cast(x, dtypes.bfloat16, name)  # type: ignore[no-any-return]


def to_complex64(x: Any, name: str | None = "ToComplex64") -> Tensor:
    """x as complex64 (tf.to_complex64)."""
    return cast(x, dtypes.complex64, name)  # type: ignore[no-any-return]


def to_complex128(x: Any, name: str | None = "ToComplex128") -> Tensor:
    """x as complex128 (tf.to_complex128)."""
    return cast(x, dtypes.complex128, name)  # type: ignore[no-any-return]


# --- Bitcast --------------------------------------------------------------------------------------
bitcast_op = define(
    "Bitcast",
    inputs="input: T",
    outputs="output: type",
    attrs={"T": attrs.types(*dtypes.NUMBERS), "type": attrs.types(*dtypes.NUMBERS)},
).no_gradient()


@bitcast_op.shape
def _(op: Operation) -> TensorShape:
    known = op.inputs[0].shape.known
    before, after = op.inputs[0].dtype.size, op.outputs[0].dtype.size
    if known is None or before == after:
        return op.inputs[0].shape
    if before > after:
        return TensorShape.of((*known, before // after))
    if not known:
        return UNKNOWN
    if known[-1] is not None and known[-1] * before != after:
        raise ValueError(
            f"Cannot bitcast due to shape. {known[-1]} is not evenly {after // before}"
        )
    return TensorShape.of(known[:-1])


@bitcast_op.kernel
def _(ctx: Any) -> Any:
    before, after = ctx.input_dtypes[0].size, ctx.output_dtypes[0].size
    dtype = ctx.dtype

    def bitcast(x: Any) -> Any:
        if before == after:
            return np.array(x).view(dtype)
        whole = np.ascontiguousarray(x)
        if before > after:
            return whole.reshape(*x.shape, 1).view(dtype).copy()
        if x.shape[-1:] != (after // before,):
            raise ValueError(f"Cannot bitcast from shape {list(x.shape)}")
        return whole.view(dtype).reshape(x.shape[:-1]).copy()

    return bitcast


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The same bits as numbers of another dtype (tf.bitcast)."""
    return bitcast_op(input, type=type, name=name)  # type: ignore[no-any-return]
