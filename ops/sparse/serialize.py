"""Sparse tensors as strings or variants: one as a vector of three, many as the rows of a matrix.

The three are the indices, the values and the shape: TensorProto messages, or as variants the arrays
themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.parsing import _tensor_proto, _wire
from flowgraph.ops.sparse._parts import check_bounds, check_parts, listed, matrix, parts, vector

__all__ = [
    "deserialize_many_sparse", "deserialize_sparse", "serialize_many_sparse", "serialize_sparse",
]  # fmt: skip

_FORM = attrs.types(dtypes.string, dtypes.variant, default=dtypes.string)
Parts = tuple[Any, Any, Any]


# --- SerializeSparse, SerializeManySparse ---------------------------------------------------------
def _serializer(op_type: str, write: Callable[[Parts, Callable[..., Any]], Any]) -> OpDef:
    op_def = define(
        op_type,
        inputs="sparse_indices: int64, sparse_values: T, sparse_shape: int64",
        outputs="serialized_sparse: out_type",
        attrs={"T": attrs.types(), "out_type": _FORM},
        shape=_serialized_shape,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        as_text, types = ctx.attrs["out_type"] is dtypes.string, ctx.input_dtypes

        def form(sparse: Parts, out: Any) -> None:
            """Fills a vector of three."""
            for i, (array, dtype) in enumerate(zip(sparse, types, strict=True)):
                array = np.asarray(array)
                out[i] = (
                    _tensor_proto.serialize(array, dtype, packed=True) if as_text
                    else array.copy()
                )  # fmt: skip

        def run(*sparse: Any) -> Any:
            check_parts(*sparse)
            return write(sparse, form)  # type: ignore[arg-type]

        return run

    return op_def


def _serialized_shape(op: Operation) -> Any:
    indices, values, shape = (t.shape for t in op.inputs)
    indices.with_rank(2)
    values.with_rank(1)
    shape.with_rank(1)
    if op.op_def.name == "SerializeSparse":
        return vector(3)
    sizes = constant_value_as_shape(op.inputs[2]).known
    return matrix(sizes[0] if sizes else None, 3)


def _one(sparse: Parts, form: Callable[..., Any]) -> Any:
    out = np.empty(3, object)
    form(sparse, out)
    return out


def _many(sparse: Parts, form: Callable[..., Any]) -> Any:
    indices, values, shape = sparse
    if len(shape) < 2:
        raise InvalidArgumentError(
            f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}"
        )
    check_bounds(indices, shape)
    rows = indices[:, 0]
    if np.any(np.diff(rows) < 0):
        raise InvalidArgumentError(f"indices are out of order: {listed(rows)} in dimension 0")
    ends = np.searchsorted(rows, np.arange(int(shape[0]) + 1)).tolist()
    out = np.empty((int(shape[0]), 3), object)
    for i, row in enumerate(out):
        part = slice(ends[i], ends[i + 1])
        form((indices[part, 1:], values[part], shape[1:]), row)
    return out


serialize_sparse_op = _serializer("SerializeSparse", _one)
serialize_many_sparse_op = _serializer("SerializeManySparse", _many)


def serialize_sparse(
    sp_input: Any, name: str | None = None, out_type: Any = dtypes.string
) -> Tensor:
    """A `SparseTensor` as a vector of three strings (tf.io.serialize_sparse).

    Args:
      sp_input: a `SparseTensor`.
      name: the operation's name.
      out_type: string, or variant.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    return serialize_sparse_op(*parts(sparse), out_type=out_type, name=name)  # type: ignore[no-any-return]


def serialize_many_sparse(
    sp_input: Any, name: str | None = None, out_type: Any = dtypes.string
) -> Tensor:
    """A `SparseTensor` as a matrix, each row of which is one without the first dimension.

    (tf.io.serialize_many_sparse) The arguments are those of `serialize_sparse`; the rank is at
    least 2.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    return serialize_many_sparse_op(*parts(sparse), out_type=out_type, name=name)  # type: ignore[no-any-return]


# --- DeserializeSparse, DeserializeManySparse -----------------------------------------------------
_OUTPUTS = "sparse_indices: int64, sparse_values: dtype, sparse_shape: int64"
deserialize_sparse_op = define(
    "DeserializeSparse",
    inputs="serialized_sparse: Tserialized",
    outputs=_OUTPUTS,
    attrs={"dtype": attrs.types(), "Tserialized": _FORM},
).no_gradient()
deserialize_many_sparse_op = define(
    "DeserializeManySparse",
    inputs="serialized_sparse: string",
    outputs=_OUTPUTS,
    attrs={"dtype": attrs.types()},
).no_gradient()


@deserialize_sparse_op.shape
def _(op: Operation) -> Any:
    shape = op.inputs[0].shape.with_rank_at_least(1)
    if shape.rank is not None and shape.known[-1] not in (3, None):
        raise ValueError(f"Dimension must be 3 but is {shape.known[-1]}")
    return [matrix(None, None), vector(None), vector(None)]


@deserialize_many_sparse_op.shape
def _(op: Operation) -> Any:
    if op.inputs[0].shape.with_rank(2).known[1] not in (3, None):  # type: ignore[index]
        raise ValueError(f"Dimension must be 3 but is {op.inputs[0].shape.known[1]}")
    return [matrix(None, None), vector(None), vector(None)]


def _array(stored: Any) -> tuple[Any, Any]:
    """(array, dtype) of a message, or of an array that is a variant."""
    if not isinstance(stored, bytes):
        return stored, dtypes.from_numpy(stored.dtype)
    try:
        return _tensor_proto.parse(stored)
    except _wire.Malformed:
        raise InvalidArgumentError("Could not parse serialized proto") from None


def _read_one(stored: Any, at: int, wanted: dtypes.DType) -> Parts:
    """The sparse tensor that a vector of three holds; InvalidArgumentError when it holds none."""
    (indices, _), (values, dtype), (shape, _) = (_array(part) for part in stored)
    if indices.ndim != 2:
        said = f", 0] to represent an index matrix but received shape {listed(indices.shape)}"
    elif values.ndim != 1:
        said = f", 1] to represent a values vector but received shape {listed(values.shape)}"
    elif shape.ndim != 1:
        said = f", 2] to be a shape vector but its shape is {listed(shape.shape)}"
    elif len(indices) != len(values):
        said = f"] to have as many indices as values: {len(indices)} vs. {len(values)}"
    elif indices.shape[1] != len(shape):
        said = f"] to have one rank: {indices.shape[1]} vs. {len(shape)}"
    else:
        if dtype is not wanted:
            raise InvalidArgumentError(
                f"Requested SparseTensor of type {wanted.name} but SparseTensor[{at}]"
                f".values.dtype() == {dtype.name}"
            )
        return indices.astype(np.int64), values, shape.astype(np.int64)
    raise InvalidArgumentError(f"Expected serialized_sparse[{at}{said}")


def _reader(ctx: Any) -> Any:
    wanted = ctx.output_dtypes[1]

    def run(serialized: Any) -> Any:
        serialized = np.asarray(serialized, object)
        if not serialized.ndim or serialized.shape[-1] != 3:
            raise InvalidArgumentError(
                f"Serialized sparse should have 3 as the last dimension {listed(serialized.shape)}"
            )
        if not serialized.size:
            raise InvalidArgumentError(
                "Serialized sparse should have at least 1 serialized tensor, but has a zero "
                f"dimension {listed(serialized.shape)}"
            )
        rows = serialized.reshape(-1, 3)
        found = [_read_one(row, i, wanted) for i, row in enumerate(rows)]
        if serialized.ndim == 1:
            return tuple(np.array(part) for part in found[0])
        return _joined(found, serialized.shape[:-1], wanted)

    return run


def _joined(found: list[Parts], outer: tuple[int, ...], dtype: dtypes.DType) -> Parts:
    """The sparse tensors as one, with the dimensions `outer` before their own."""
    rank = len(found[0][2])
    for i, (_, _, shape) in enumerate(found):
        if len(shape) != rank:
            raise InvalidArgumentError(
                f"Inconsistent shape across SparseTensors: rank prior to SparseTensor[{i}] was: "
                f"{rank} but rank of SparseTensor[{i}] is: {len(shape)}"
            )
    owners = np.repeat(np.arange(len(found)), [len(values) for _, values, _ in found])
    places = np.stack(np.unravel_index(owners, outer), axis=1)
    inner = np.concatenate([indices for indices, _, _ in found])
    values = np.concatenate([values for _, values, _ in found]).astype(dtype.np_dtype, copy=False)
    largest = np.max([shape for _, _, shape in found], axis=0)
    shape = np.concatenate([np.array(outer, np.int64), largest]).astype(np.int64)
    return np.concatenate([places, inner], axis=1).astype(np.int64), values, shape


deserialize_sparse_op.kernel(_reader)
deserialize_many_sparse_op.kernel(_reader)


def _with_rank(outputs: Any, rank: int | None) -> SparseTensor:
    indices, values, shape = outputs
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)


def deserialize_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """What `serialize_sparse` made, or many of it stacked, as a `SparseTensor`.

    Args:
      serialized_sparse: strings or variants of shape [..., 3].
      dtype: the values' dtype.
      rank: the rank of the result, where it is known.
      name: the operation's name.
    """
    return _with_rank(deserialize_sparse_op(serialized_sparse, dtype=dtype, name=name), rank)


def deserialize_many_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The rows of a matrix of three columns as one `SparseTensor` (tf.io.deserialize_many_sparse).

    Each row holds a `SparseTensor`; the result has one more dimension in front, and in the others
    the largest sizes. The arguments are those of `deserialize_sparse`.

    InvalidArgumentError at run time for what is no `SparseTensor`, or one of another dtype or rank.
    """
    return _with_rank(deserialize_many_sparse_op(serialized_sparse, dtype=dtype, name=name), rank)
