"""Crosses of features: for each example all combinations of its values (tf.sparse.cross)."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.sparse._parts import check_parts, listed, matrix, vector
from flowgraph.ops.strings import _hashes
from flowgraph.ops.strings.elementwise import each

__all__ = ["sparse_cross", "sparse_cross_hashed"]

_DEFAULT_KEY = 0xDECAFCAFFE
_MULTIPLIER = np.uint64(0xC6A4A7935BD1E995)
_VALUES = attrs.types(dtypes.int64, dtypes.string)

sparse_cross_op = define(
    "SparseCross",
    inputs="indices: N * int64, values: *sparse_types, shapes: N * int64, "
    "dense_inputs: *dense_types",
    outputs="output_indices: int64, output_values: out_type, output_shape: int64",
    attrs={
        "N": attrs.count(0),
        "hashed_output": attrs.boolean(),
        "num_buckets": attrs.integer(minimum=0),
        "hash_key": attrs.integer(),
        "sparse_types": attrs.type_list(),
        "dense_types": attrs.type_list(),
        "out_type": _VALUES,
        "internal_type": _VALUES,
    },
).no_gradient()


@sparse_cross_op.shape
def _(op: Operation) -> Any:
    for dtype in [*op.attrs["sparse_types"], *op.attrs["dense_types"]]:
        if dtype not in (dtypes.int64, dtypes.string):
            raise ValueError(f"Features to cross must be int64 or string, and not {dtype.name}")
    if op.attrs["N"] != len(op.attrs["sparse_types"]):
        raise ValueError(
            f"{op.attrs['N']} indices for {len(op.attrs['sparse_types'])} values to cross"
        )
    return [matrix(None, 2), vector(None), vector(2)]


# --- columns --------------------------------------------------------------------------------------
class _Column:
    """The values of a feature; those of example i begin at starts[i] and are counts[i]."""

    def __init__(self, values: Any, counts: Any) -> None:
        self.values, self.counts = values, counts
        self.starts = np.cumsum(counts) - counts


def _sparse_column(indices: Any, values: Any, shape: Any, batch: int, at: int) -> _Column:
    if indices.ndim != 2 or indices.shape[1] != 2:
        said = f"indices should be a matrix of two columns but received {listed(indices.shape)}"
    elif values.ndim != 1 or len(values) != len(indices):
        said = f"values should be {len(indices)} but received shape {listed(values.shape)}"
    elif shape.shape != (2,):
        said = f"shape should imply a 2D tensor, but got {listed(shape.shape)}"
    elif shape[0] != batch:
        said = f"batch size {int(shape[0])} received, but expected {batch}"
    elif len(indices) and (indices[:, 0].min() < 0 or indices[:, 0].max() >= batch):
        said = f"indices must lie in a batch of {batch}"
    else:
        rows = indices[:, 0]
        ordered = values[np.argsort(rows, kind="stable")]
        return _Column(ordered, np.bincount(rows, minlength=batch))
    raise InvalidArgumentError(f"Input {said} at position {at}")


def _dense_column(values: Any, batch: int, at: int) -> _Column:
    if values.ndim != 2:
        raise InvalidArgumentError(
            f"Dense inputs should be a matrix but received shape {listed(values.shape)} at "
            f"position {at}"
        )
    if len(values) != batch:
        raise InvalidArgumentError(
            f"Expected batch size {batch} got {len(values)} at dense tensor {at}"
        )
    return _Column(values.reshape(-1), np.full(batch, values.shape[1], np.int64))


def _combinations(columns: list[_Column], batch: int) -> tuple[Any, Any, list[Any]]:
    """(counts of each example, number of each combination in its example, places of the values).

    The last column changes fastest.
    """
    counts = np.ones(batch, np.int64)
    for column in columns:
        counts = counts * column.counts
    owner = np.repeat(np.arange(batch), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    places, rest = [], number
    for column in reversed(columns):
        rest, digit = np.divmod(rest, column.counts[owner])
        places.append(column.starts[owner] + digit)
    return owner, number, places[::-1]


# --- crosses --------------------------------------------------------------------------------------
def _texts(values: Any) -> Any:
    if values.dtype.kind == "O":
        return values
    texts = np.empty(len(values), object)
    texts[:] = [b"%d" % v for v in values.tolist()]
    return texts


def _joined(columns: list[_Column], places: list[Any]) -> Any:
    parts = [_texts(c.values)[at] for c, at in zip(columns, places, strict=True)]
    out = np.empty(len(places[0]) if places else 0, object)
    out[:] = [b"_X_".join(row) for row in zip(*parts, strict=True)]
    return out


def _prints(values: Any) -> Any:
    if values.dtype.kind == "O":
        return each(_hashes.farm, np.uint64)(values)
    return values.astype(np.uint64)


def _mixed(x: Any) -> Any:
    return x ^ (x >> np.uint64(47))


def _hashed(columns: list[_Column], places: list[Any], key: int, buckets: int) -> Any:
    """The fingerprints of each combination's values, put together one after another."""
    state = np.full(len(places[0]) if places else 0, key & (1 << 64) - 1, np.uint64)
    with np.errstate(over="ignore"):
        for column, at in zip(columns, places, strict=True):
            added = _mixed(_prints(column.values)[at] * _MULTIPLIER) * _MULTIPLIER
            state = (state ^ _MULTIPLIER ^ added) * _MULTIPLIER
            state = _mixed(_mixed(state) * _MULTIPLIER)
    return (state % np.uint64(buckets or (1 << 63) - 1)).astype(np.int64)


@sparse_cross_op.kernel
def _(ctx: Any) -> Any:
    a, count = ctx.attrs, ctx.attrs["N"]
    as_text = a["out_type"] is dtypes.string

    def run(*arrays: Any) -> Any:
        indices, values, shapes = (arrays[i * count : (i + 1) * count] for i in range(3))
        dense = arrays[3 * count :]
        for each_input in zip(indices, values, shapes, strict=True):
            check_parts(*each_input)
        batch = int(shapes[0][0]) if count and shapes[0].size else len(dense[0]) if dense else 0
        columns = [
            _sparse_column(*each_input, batch, i)
            for i, each_input in enumerate(zip(indices, values, shapes, strict=True))
        ] + [_dense_column(x, batch, i) for i, x in enumerate(dense)]
        owner, number, places = _combinations(columns, batch)
        if as_text:
            crossed = _joined(columns, places)
        else:
            crossed = _hashed(columns, places, a["hash_key"], a["num_buckets"])
        most = number.max(initial=-1) + 1
        shape = np.array([batch, most], np.int64)
        return np.stack([owner, number], axis=1).astype(np.int64), crossed, shape

    return run


# --- functions ------------------------------------------------------------------------------------
def _cross(inputs: Any, hashed: bool, buckets: int, key: Any, name: str | None) -> SparseTensor:
    if not isinstance(inputs, list):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(i, (SparseTensor, Tensor)) for i in inputs):
        raise TypeError("All inputs must be SparseTensors")
    sparse = [i for i in inputs if isinstance(i, SparseTensor)]
    values = [_as_feature(i.values) for i in sparse]
    dense = [_as_feature(i) for i in inputs if isinstance(i, Tensor)]
    is_text = all(v.dtype is dtypes.string for v in [*values, *dense])
    return SparseTensor(
        *sparse_cross_op(
            [i.indices for i in sparse], values, [i.dense_shape for i in sparse], dense,
            hashed_output=hashed, num_buckets=buckets, hash_key=key or _DEFAULT_KEY,
            out_type=dtypes.int64 if hashed else dtypes.string,
            internal_type=dtypes.string if is_text else dtypes.int64, name=name,
        )
    )  # fmt: skip


def _as_feature(tensor: Tensor) -> Tensor:
    if tensor.dtype in (dtypes.string, dtypes.int64):
        return tensor
    return raw.Cast(tensor, DstT=dtypes.int64)  # type: ignore[no-any-return]


def sparse_cross(inputs: list[Any], name: str | None = None) -> SparseTensor:
    """All combinations of the values of each row, joined by "_X_" (tf.sparse.cross).

    Args:
      inputs: a list of `SparseTensor`s and tensors of rank 2, of strings or integers.
      name: the operation's name.

    Returns:
      a `SparseTensor` of strings, of shape [rows, most combinations].
    """
    return _cross(inputs, False, 0, None, name)


def sparse_cross_hashed(
    inputs: list[Any], num_buckets: int = 0, hash_key: int | None = None, name: str | None = None
) -> SparseTensor:
    """All combinations of the values of each row, as hashes (tf.sparse.cross_hashed).

    Args:
      inputs: a list of `SparseTensor`s and tensors of rank 2, of strings or integers.
      num_buckets: the hashes are taken modulo this number unless it is 0.
      hash_key: where the hash begins; a fixed number when None.
      name: the operation's name.

    Returns:
      a `SparseTensor` of int64, of shape [rows, most combinations].
    """
    return _cross(inputs, True, num_buckets, hash_key, name)
