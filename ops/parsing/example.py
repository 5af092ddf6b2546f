"""Example messages parsed into tensors: the ops ParseExample and ParseSingleExample.

A sparse key gives the values of each example as a row of a sparse matrix; a dense key gives a
tensor with a fixed number of values in each example, or, when the first size of its shape is
unknown, with as many as the longest, the others padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, brackets
from flowgraph.ops.parsing import _examples, _wire
from flowgraph.ops.sparse._parts import listed, matrix, vector

_SHAPES = {
    "sparse_types": attrs.type_list(),
    "Tdense": attrs.type_list(),
    "dense_shapes": attrs.shapes(),
}
parse_example_op = define(
    "ParseExample",
    inputs="serialized: string, names: string, sparse_keys: Nsparse * string, "
    "dense_keys: Ndense * string, dense_defaults: *Tdense",
    outputs="sparse_indices: Nsparse * int64, sparse_values: *sparse_types, "
    "sparse_shapes: Nsparse * int64, dense_values: *Tdense",
    attrs={"Nsparse": attrs.count(0), "Ndense": attrs.count(0), **_SHAPES},
).no_gradient()
parse_single_example_op = define(
    "ParseSingleExample",
    inputs="serialized: string, dense_defaults: *Tdense",
    outputs="sparse_indices: num_sparse * int64, sparse_values: *sparse_types, "
    "sparse_shapes: num_sparse * int64, dense_values: *Tdense",
    attrs={
        "num_sparse": attrs.integer(minimum=0),
        "sparse_keys": attrs.strings(),
        "dense_keys": attrs.strings(),
        **_SHAPES,
    },
).no_gradient()


# --- static shapes --------------------------------------------------------------------------------
def check_types(op: Operation, *names: str) -> None:
    """Raises TypeError unless the dtypes listed in attributes are those of features."""
    for name in names:
        for dtype in op.attrs[name]:
            if dtype not in _examples.TYPES:
                raise TypeError(
                    f"Value for attr '{name}' of {dtype.name} is not in the list of allowed "
                    "values: float, int64, string"
                )


def sparse_shapes(count: int, rank: int) -> list[TensorShape]:
    """The static shapes of `count` sparse tensors: all indices, all values, all shapes."""
    return [matrix(None, rank)] * count + [vector(None)] * count + [vector(rank)] * count


def _check_lengths(op: Operation, sparse: int, dense: int) -> None:
    a = op.attrs
    if len(a["sparse_types"]) != sparse:
        raise ValueError("len(sparse_keys) != len(sparse_types)")
    if not len(a["dense_shapes"]) == len(a["Tdense"]) == dense:
        raise ValueError("len(dense_keys) != len(dense_shapes)")
    for shape in a["dense_shapes"]:
        if shape.rank is None or None in shape.known[1:]:
            raise ValueError(f"dense_shape {shape}: all dimensions but the first must be known")
    check_types(op, "sparse_types", "Tdense")


@parse_example_op.shape
def _(op: Operation) -> Any:
    sparse, dense = op.attrs["Nsparse"], op.attrs["Ndense"]
    _check_lengths(op, sparse, dense)
    batch = op.inputs[0].shape.with_rank(1)
    op.inputs[1].shape.with_rank(1)
    return sparse_shapes(sparse, 2) + [batch.concatenate(s) for s in op.attrs["dense_shapes"]]


@parse_single_example_op.shape
def _(op: Operation) -> Any:
    sparse = op.attrs["num_sparse"]
    if len(op.attrs["sparse_keys"]) != sparse:
        raise ValueError(
            f"num_sparse ({sparse}) must match the size of sparse_keys "
            f"({len(op.attrs['sparse_keys'])})"
        )
    _check_lengths(op, sparse, len(op.attrs["dense_keys"]))
    op.inputs[0].shape.with_rank(0)
    return sparse_shapes(sparse, 1) + op.attrs["dense_shapes"]


# --- what is asked for ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Dense:
    """A dense key. `stride` is the number of values of a step when the length varies."""

    key: bytes
    dtype: dtypes.DType
    shape: TensorShape
    default: Any

    @cached_property
    def varies(self) -> bool:
        """Whether the examples may have different lengths."""
        return bool(self.shape.rank) and self.shape.known[0] is None  # type: ignore[index]

    @cached_property
    def inner(self) -> tuple[int, ...]:
        """The sizes that are known: all, or all but the first."""
        return self.shape.known[1 if self.varies else 0 :]  # type: ignore[index, return-value]

    @cached_property
    def stride(self) -> int:
        """The number of values of an example, or of each of its steps."""
        return int(np.prod(self.inner, dtype=np.int64))


def wanted_dense(keys: Sequence[bytes], types: Any, shapes: Any, defaults: Any) -> list[Dense]:
    """The dense keys with defaults that fit; InvalidArgumentError when one does not."""
    wanted = [Dense(*each) for each in zip(keys, types, shapes, defaults, strict=True)]
    for i, dense in enumerate(wanted):
        shape = TensorShape(dense.default.shape)
        if dense.varies and dense.default.size != 1:
            raise InvalidArgumentError(
                f"dense_shape[{i}] is a variable length shape: {brackets(dense.shape)}, therefore "
                f"def_value[{i}] must contain a single element (the padding element).  But its "
                f"shape is: {brackets(shape)}"
            )
        if not dense.varies and dense.default.size and not dense.shape.is_compatible_with(shape):
            raise InvalidArgumentError(
                f"def_value[{i}].shape() == {brackets(shape)} is not compatible with "
                f"dense_shapes_[{i}] == {brackets(dense.shape)}"
            )
    return wanted


# --- one example ----------------------------------------------------------------------------------
class _Wrong(InvalidArgumentError):
    """A feature of another dtype or length than asked for; the example's name is still to add."""


def _read(data: bytes, place: Any, dtype: dtypes.DType) -> Any:
    """The values of a feature, or None when it is missing or holds no list."""
    if place is None:
        return None
    try:
        came, values = _examples.values_of(data, place)
    except _wire.Malformed as error:
        raise _Wrong(f"Can't parse serialized Example: {error}") from None
    if came is not None and came is not dtype:
        raise _Wrong(
            f"Data types don't match. Data type: {_examples.WORDS[came.name]} but expected type: "
            f"{_examples.WORDS[dtype.name]}"
        )
    return values


def _read_dense(data: bytes, place: Any, dense: Dense) -> Any:
    """The flat values of a dense key; None where the default is taken."""
    values = _read(data, place, dense.dtype)
    word = {"float32": "float", "string": "bytes"}.get(dense.dtype.name, dense.dtype.name)
    if values is None:
        return None
    if dense.varies and len(values) % max(dense.stride, 1):
        raise _Wrong(
            f"Number of {word} values is not a multiple of stride length. Saw {len(values)} values "
            f"but output shape is: {brackets(dense.shape)}"
        )
    if not dense.varies and len(values) != dense.stride:
        raise _Wrong(
            f"Number of {word} values != expected.  Values size: {len(values)} but output shape: "
            f"{brackets(dense.shape)}"
        )
    return values


class Parser:
    """Reads examples one after another, and collects the values of each key."""

    def __init__(self, sparse: list[tuple[bytes, dtypes.DType]], dense: list[Dense]) -> None:
        self.sparse, self.dense = sparse, dense
        self.keys = frozenset([key for key, _ in sparse] + [d.key for d in dense])
        self.sparse_rows: list[list[Any]] = [[] for _ in sparse]
        self.dense_rows: list[list[Any]] = [[] for _ in dense]

    def add(self, data: bytes, name: str = "", index: str = "") -> None:
        """Reads an example; `name` and `index` are put before and after a key in errors."""
        try:
            found = _examples.features_of(data, self.keys)
        except _wire.Malformed:
            raise InvalidArgumentError(f"Could not parse example input, value: {data!r}") from None
        key = b""
        try:
            for (key, dtype), rows in zip(self.sparse, self.sparse_rows, strict=True):
                values = _read(data, found.get(key), dtype)
                rows.append(np.empty(0, dtype.np_dtype) if values is None else values)
            for dense, rows in zip(self.dense, self.dense_rows, strict=True):
                key = dense.key
                rows.append(self._or_default(_read_dense(data, found.get(key), dense), dense, name))
        except _Wrong as error:
            raise InvalidArgumentError(
                f"{name}Key: {key.decode('utf-8', 'replace')}{index}.  {error.message}"
            ) from None

    def _or_default(self, values: Any, dense: Dense, name: str) -> Any:
        if values is not None:
            return values
        if dense.varies:
            return np.empty(0, dense.dtype.np_dtype)
        if not dense.default.size and dense.stride:
            raise InvalidArgumentError(
                f"{name}Feature: {dense.key.decode('utf-8', 'replace')} (data type: "
                f"{_examples.WORDS[dense.dtype.name]}) is required but could not be found."
            )
        return np.asarray(dense.default, dense.dtype.np_dtype).reshape(-1)


# --- the kernels ----------------------------------------------------------------------------------
def joined(rows: list[Any], dtype: dtypes.DType) -> Any:
    """The values of all rows, one after another."""
    return np.concatenate([np.empty(0, dtype.np_dtype), *rows]).astype(dtype.np_dtype, copy=False)


def as_matrix(rows: list[Any], dtype: dtypes.DType) -> tuple[Any, Any, Any]:
    """(indices, values, shape) of the sparse matrix whose rows these are."""
    counts = np.array([len(row) for row in rows], np.int64)
    starts = np.cumsum(counts) - counts
    columns = np.arange(counts.sum()) - np.repeat(starts, counts)
    indices = np.stack([np.repeat(np.arange(len(rows)), counts), columns], axis=1)
    shape = np.array([len(rows), counts.max(initial=0)], np.int64)
    return indices.astype(np.int64), joined(rows, dtype), shape


def padded(rows: list[Any], dense: Dense) -> Any:
    """Rows of different lengths as one tensor, filled up with the default."""
    steps = [len(row) // dense.stride if dense.stride else 0 for row in rows]
    longest = max(steps, default=0)
    padding = np.asarray(dense.default, dense.dtype.np_dtype).reshape(-1)[0]
    out = np.full((len(rows), longest * dense.stride), padding, dense.dtype.np_dtype)
    for place, row in zip(out, rows, strict=True):
        place[: len(row)] = row
    return out.reshape(len(rows), longest, *dense.inner)


def _text(x: Any) -> list[bytes]:
    return np.asarray(x, object).reshape(-1).tolist()  # type: ignore[no-any-return]


@parse_example_op.kernel
def _(ctx: Any) -> Any:
    a, sparse_count, dense_count = ctx.attrs, ctx.attrs["Nsparse"], ctx.attrs["Ndense"]

    def run(serialized: Any, names: Any, *rest: Any) -> Any:
        keys = [np.asarray(k, object)[()] for k in rest[: sparse_count + dense_count]]
        defaults = rest[sparse_count + dense_count :]
        _check_batch(serialized, names)
        dense = wanted_dense(keys[sparse_count:], a["Tdense"], a["dense_shapes"], defaults)
        sparse = list(zip(keys[:sparse_count], a["sparse_types"], strict=True))
        parser, labels = Parser(sparse, dense), _text(names)
        for i, data in enumerate(_text(serialized)):
            label = labels[i].decode("utf-8", "replace") if labels else "<unknown>"
            parser.add(data, f"Name: {label}, ", f", Index: {i}")
        matrices = [
            as_matrix(rows, t) for (_, t), rows in zip(sparse, parser.sparse_rows, strict=True)
        ]
        tensors = [
            padded(rows, d) if d.varies
            else joined(rows, d.dtype).reshape(len(rows), *d.inner)
            for d, rows in zip(dense, parser.dense_rows, strict=True)
        ]  # fmt: skip
        return [m[part] for part in range(3) for m in matrices] + tensors

    return run


def _check_batch(serialized: Any, names: Any) -> None:
    if serialized.ndim != 1:
        raise InvalidArgumentError(
            f"Expected serialized to be a vector, got shape: {listed(serialized.shape)}"
        )
    if names.size and (names.ndim != 1 or len(names) != len(serialized)):
        raise InvalidArgumentError(
            f"Expected len(names) == len(serialized), but got: {names.size} vs. {len(serialized)}"
        )


@parse_single_example_op.kernel
def _(ctx: Any) -> Any:
    a = ctx.attrs
    sparse_keys, dense_keys = (
        [key.encode("utf-8", "surrogateescape") for key in a[k]]
        for k in ("sparse_keys", "dense_keys")
    )
    sparse = list(zip(sparse_keys, a["sparse_types"], strict=True))
    last: tuple[Any, Any] = ((), None)  # defaults, which are constants as a rule, and what of them

    def run(serialized: Any, *defaults: Any) -> Any:
        nonlocal last
        data = np.asarray(serialized, object)
        if data.ndim:
            raise InvalidArgumentError(
                f"Expected serialized to be a scalar, got shape: {listed(data.shape)}"
            )
        known, dense = last
        if dense is None or any(x is not y for x, y in zip(known, defaults, strict=True)):
            dense = wanted_dense(dense_keys, a["Tdense"], a["dense_shapes"], defaults)
            last = defaults, dense
        parser = Parser(sparse, dense)
        parser.add(data[()])
        vectors = [rows[0].astype(t.np_dtype) for (_, t), rows in
                   zip(sparse, parser.sparse_rows, strict=True)]  # fmt: skip
        indices = [np.arange(len(v), dtype=np.int64)[:, None] for v in vectors]
        shapes = [np.array([len(v)], np.int64) for v in vectors]
        tensors = [
            joined(rows, d.dtype).reshape(((-1,) if d.varies and d.stride else ()) + tuple(d.inner))
            for d, rows in zip(dense, parser.dense_rows, strict=True)
        ]
        return indices + vectors + shapes + tensors

    return run
