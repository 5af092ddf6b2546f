"""SequenceExample messages parsed into tensors: a context of features, and lists of features."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.ops.parsing import _examples, _wire
from flowgraph.ops.parsing.example import (
    Dense,
    as_matrix,
    check_types,
    joined,
    padded,
    sparse_shapes,
    wanted_dense,
)
from flowgraph.ops.sparse._parts import listed, vector

_KINDS = ("context_sparse", "context_dense", "feature_list_sparse", "feature_list_dense")
_OUTPUTS = (
    "context_sparse_indices: Ncontext_sparse * int64, "
    "context_sparse_values: *context_sparse_types, "
    "context_sparse_shapes: Ncontext_sparse * int64, context_dense_values: *Tcontext_dense, "
    "feature_list_sparse_indices: Nfeature_list_sparse * int64, "
    "feature_list_sparse_values: *feature_list_sparse_types, "
    "feature_list_sparse_shapes: Nfeature_list_sparse * int64, "
    "feature_list_dense_values: *feature_list_dense_types"
)
_TYPES = (
    "context_sparse_types", "Tcontext_dense", "feature_list_sparse_types",
    "feature_list_dense_types",
)  # fmt: skip
_ATTRS = {
    **{name: attrs.type_list(()) for name in _TYPES},
    "context_dense_shapes": attrs.shapes(()),
    "feature_list_dense_shapes": attrs.shapes(()),
}
parse_sequence_example_op = define(
    "ParseSequenceExample",
    inputs="serialized: string, debug_name: string, context_dense_defaults: *Tcontext_dense",
    outputs=f"{_OUTPUTS}, feature_list_dense_lengths: Nfeature_list_dense * int64",
    attrs={
        "feature_list_dense_missing_assumed_empty": attrs.strings(),
        **{f"{kind}_keys": attrs.strings() for kind in _KINDS},
        **{f"N{kind}": attrs.integer(0, minimum=0) for kind in _KINDS},
        **_ATTRS,
    },
).no_gradient()
parse_single_sequence_example_op = define(
    "ParseSingleSequenceExample",
    inputs="serialized: string, feature_list_dense_missing_assumed_empty: string, "
    "context_sparse_keys: Ncontext_sparse * string, context_dense_keys: Ncontext_dense * string, "
    "feature_list_sparse_keys: Nfeature_list_sparse * string, "
    "feature_list_dense_keys: Nfeature_list_dense * string, "
    "context_dense_defaults: *Tcontext_dense, debug_name: string",
    outputs=_OUTPUTS,
    attrs={**{f"N{kind}": attrs.integer(0, minimum=0) for kind in _KINDS}, **_ATTRS},
).no_gradient()


# --- static shapes --------------------------------------------------------------------------------
def _check_attrs(op: Operation) -> None:
    a = op.attrs
    check_types(op, *_TYPES)
    for kind, types in zip(_KINDS, _TYPES, strict=True):
        shapes = a.get(f"{kind}_shapes", a[types])
        if not a[f"N{kind}"] == len(a[types]) == len(shapes):
            raise ValueError(
                f"{a[f'N{kind}']} {kind} keys do not match {len(a[types])} types and "
                f"{len(shapes)} shapes"
            )
        if not all(s.is_fully_defined() for s in a.get(f"{kind}_shapes", ())):
            raise ValueError(f"{kind}_shapes must be fully defined")


@parse_sequence_example_op.shape
def _(op: Operation) -> Any:
    a = op.attrs
    _check_attrs(op)
    batch = op.inputs[0].shape.with_rank(1)
    op.inputs[1].shape.with_rank(1)
    steps = batch.concatenate([None])
    return (
        sparse_shapes(a["Ncontext_sparse"], 2)
        + [batch.concatenate(s) for s in a["context_dense_shapes"]]
        + sparse_shapes(a["Nfeature_list_sparse"], 3)
        + [steps.concatenate(s) for s in a["feature_list_dense_shapes"]]
        + [batch] * a["Nfeature_list_dense"]
    )


@parse_single_sequence_example_op.shape
def _(op: Operation) -> Any:
    a = op.attrs
    _check_attrs(op)
    op.inputs[0].shape.with_rank(0)
    op.inputs[1].shape.with_rank(1)
    return (
        sparse_shapes(a["Ncontext_sparse"], 1)
        + list(a["context_dense_shapes"])
        + sparse_shapes(a["Nfeature_list_sparse"], 2)
        + [vector(None).concatenate(s) for s in a["feature_list_dense_shapes"]]
    )


# --- one example ----------------------------------------------------------------------------------
class _Wanted:
    """The keys, dtypes and shapes that an op asks for, and what may be missing."""

    def __init__(self, a: Any, keys: list[list[bytes]], defaults: Any, missing: Any) -> None:
        context_sparse, context_dense, list_sparse, list_dense = keys
        self.context_sparse = list(zip(context_sparse, a["context_sparse_types"], strict=True))
        self.list_sparse = list(zip(list_sparse, a["feature_list_sparse_types"], strict=True))
        self.context_dense = wanted_dense(
            context_dense, a["Tcontext_dense"], a["context_dense_shapes"], defaults
        )
        types, shapes = a["feature_list_dense_types"], a["feature_list_dense_shapes"]
        self.list_dense = [
            Dense(key, t, TensorShape([None]).concatenate(s), np.zeros(1, t.np_dtype))
            if t is not dtypes.string
            else Dense(key, t, TensorShape([None]).concatenate(s), np.array([b""], object))
            for key, t, s in zip(list_dense, types, shapes, strict=True)
        ]
        self.missing = frozenset(missing)
        self.context = frozenset(context_sparse + context_dense)
        self.lists = frozenset(list_sparse + list_dense)


class _Parsed:
    """The values of one message: a vector for each context key, a list of vectors for each list."""

    def __init__(self, data: bytes, name: str, wanted: _Wanted) -> None:
        self.data, self.name = data, name
        try:
            self.context, self.lists = _examples.sequence_of(data, wanted.context, wanted.lists)
            self.context_sparse = [self._row(key, t) for key, t in wanted.context_sparse]
            self.context_dense = [self._dense(d) for d in wanted.context_dense]
            self.list_sparse = [self._rows(key, t) for key, t in wanted.list_sparse]
            self.list_dense = [self._steps(d, wanted.missing) for d in wanted.list_dense]
        except _wire.Malformed:
            raise InvalidArgumentError(
                f"Could not parse example input, value: {data!r}, example id: {name}"
            ) from None

    def _values(self, place: Any, dtype: dtypes.DType, what: str) -> Any:
        came, values = (None, None) if place is None else _examples.values_of(self.data, place)
        if came is not None and came is not dtype:
            raise InvalidArgumentError(
                f"Name: {self.name}, {what}.  Data types don't match. Expected type: "
                f"{_examples.WORDS[dtype.name]}, and the feature is of type "
                f"{_examples.WORDS[came.name]}"
            )
        return np.empty(0, dtype.np_dtype) if values is None else values

    def _row(self, key: bytes, dtype: dtypes.DType) -> Any:
        return self._values(self.context.get(key), dtype, f"Context feature: {_said(key)}")

    def _dense(self, dense: Dense) -> Any:
        what = f"Context feature: {_said(dense.key)}"
        if dense.key in self.context:
            return self._checked(self._row(dense.key, dense.dtype), dense, what)
        if not dense.default.size and dense.stride:
            raise InvalidArgumentError(
                f"Name: {self.name}, Context feature '{_said(dense.key)}' is required but could "
                "not be found."
            )
        return np.asarray(dense.default, dense.dtype.np_dtype).reshape(-1)

    def _rows(self, key: bytes, dtype: dtypes.DType) -> list[Any]:
        places = _examples.features_in(self.data, self.lists[key]) if key in self.lists else []
        return [
            self._values(place, dtype, f"Feature list: {_said(key)}, Index: {i}")
            for i, place in enumerate(places)
        ]

    def _steps(self, dense: Dense, missing: frozenset[bytes]) -> Any:
        if dense.key not in self.lists and dense.key not in missing:
            raise InvalidArgumentError(
                f"Name: {self.name}, Feature list '{_said(dense.key)}' is required but could not "
                "be found.  Did you mean to include it in feature_list_dense_missing_assumed_empty "
                "or feature_list_dense_defaults?"
            )
        rows = self._rows(dense.key, dense.dtype)
        what = f"Key: {_said(dense.key)}"
        return joined([self._checked(row, dense, what) for row in rows], dense.dtype)

    def _checked(self, values: Any, dense: Dense, what: str) -> Any:
        if len(values) != dense.stride:
            word = {"float32": "float", "string": "bytes"}.get(dense.dtype.name, dense.dtype.name)
            raise InvalidArgumentError(
                f"Name: {self.name}, {what}.  Number of {word} values != expected.  values size: "
                f"{len(values)} but output shape: {listed(dense.inner)}"
            )
        return values


def _said(key: bytes) -> str:
    return key.decode("utf-8", "replace")


# --- the kernels ----------------------------------------------------------------------------------
def _cube(rows: list[list[Any]], dtype: dtypes.DType) -> tuple[Any, Any, Any]:
    """(indices, values, shape) of examples that are lists of vectors."""
    steps = [len(example) for example in rows]
    indices, values, shape = as_matrix([row for example in rows for row in example], dtype)
    owners = np.repeat(np.arange(len(rows)), steps)
    firsts = np.repeat(np.cumsum(steps, dtype=np.int64) - steps, steps)
    step = indices[:, 0]
    places = np.stack([owners[step], step - firsts[step], indices[:, 1]], axis=1)
    sizes = np.array([len(rows), max(steps, default=0), shape[1]], np.int64)
    return places.astype(np.int64).reshape(-1, 3), values, sizes


def _flat(sparse: list[tuple[Any, Any, Any]]) -> list[Any]:
    return [parts[i] for i in range(3) for parts in sparse]


@parse_sequence_example_op.kernel
def _(ctx: Any) -> Any:
    a = ctx.attrs
    keys = [[k.encode("utf-8", "surrogateescape") for k in a[f"{kind}_keys"]] for kind in _KINDS]
    missing = [
        k.encode("utf-8", "surrogateescape") for k in a["feature_list_dense_missing_assumed_empty"]
    ]

    def run(serialized: Any, names: Any, *defaults: Any) -> Any:
        texts = np.asarray(serialized, object)
        labels = np.asarray(names, object).reshape(-1).tolist()
        if texts.ndim != 1 or (labels and len(labels) != len(texts)):
            raise InvalidArgumentError(
                "example_names must be empty or have the correct number of elements: got "
                f"{len(labels)} names for serialized of shape {listed(texts.shape)}"
            )
        wanted = _Wanted(a, keys, defaults, missing)
        names_of = [_said(label) for label in labels] or ["<unknown>"] * len(texts)
        parsed = [_Parsed(s, n, wanted) for s, n in zip(texts.tolist(), names_of, strict=True)]
        return _batch(parsed, wanted)

    return run


def _batch(parsed: list[_Parsed], wanted: _Wanted) -> list[Any]:
    matrices = [
        as_matrix([p.context_sparse[i] for p in parsed], t)
        for i, (_, t) in enumerate(wanted.context_sparse)
    ]
    context = [
        joined([p.context_dense[i] for p in parsed], d.dtype).reshape(len(parsed), *d.inner)
        for i, d in enumerate(wanted.context_dense)
    ]
    cubes = [
        _cube([p.list_sparse[i] for p in parsed], t) for i, (_, t) in enumerate(wanted.list_sparse)
    ]
    lists = [padded([p.list_dense[i] for p in parsed], d) for i, d in enumerate(wanted.list_dense)]
    lengths = [
        np.array([len(p.list_dense[i]) // max(d.stride, 1) for p in parsed], np.int64)
        for i, d in enumerate(wanted.list_dense)
    ]
    return _flat(matrices) + context + _flat(cubes) + lists + lengths


@parse_single_sequence_example_op.kernel
def _(ctx: Any) -> Any:
    a = ctx.attrs
    ends = np.cumsum([a[f"N{kind}"] for kind in _KINDS])

    def run(serialized: Any, missing: Any, *rest: Any) -> Any:
        data = np.asarray(serialized, object)
        if data.ndim:
            raise InvalidArgumentError(
                f"Expected serialized to be a scalar, got shape: {listed(data.shape)}"
            )
        words = [np.asarray(k, object)[()] for k in rest[: ends[-1]]]
        keys = [list(part) for part in np.split(np.array(words, object), ends[:-1])]
        wanted = _Wanted(a, keys, rest[ends[-1] : -1], np.asarray(missing, object).tolist())
        label = np.asarray(rest[-1], object).reshape(-1).tolist()
        return _single(_Parsed(data[()], _said(label[0]) if label else "<unknown>", wanted), wanted)

    return run


def _single(parsed: _Parsed, wanted: _Wanted) -> list[Any]:
    vectors = [v.astype(t.np_dtype) for (_, t), v in
               zip(wanted.context_sparse, parsed.context_sparse, strict=True)]  # fmt: skip
    rows = [
        (np.arange(len(v), dtype=np.int64)[:, None], v, np.array([len(v)], np.int64))
        for v in vectors
    ]
    context = [
        np.array(v, d.dtype.np_dtype).reshape(d.inner)
        for d, v in zip(wanted.context_dense, parsed.context_dense, strict=True)
    ]
    matrices = [
        as_matrix(steps, t)
        for (_, t), steps in zip(wanted.list_sparse, parsed.list_sparse, strict=True)
    ]
    lists = [
        v.reshape(len(v) // max(d.stride, 1), *d.inner)
        for d, v in zip(wanted.list_dense, parsed.list_dense, strict=True)
    ]
    return _flat(rows) + context + _flat(matrices) + lists
