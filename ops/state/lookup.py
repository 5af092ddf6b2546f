"""Ops of lookup tables: their handles, and finding, setting, removing, exporting.

The table itself (`_tables.py`) lives in the session's store. Its handle is the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.state import _vocabulary
from flowgraph.ops.state._tables import DenseTable, StaticTable, Table

_KEYS = (dtypes.int32, dtypes.int64, dtypes.string)
_VALUES = (
    dtypes.bool_, dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64, dtypes.string,
)  # fmt: skip
_SHARED = {
    "container": attrs.string(""),
    "shared_name": attrs.string(""),
    "use_node_name_sharing": attrs.boolean(False),
    "key_dtype": attrs.types(),
    "value_dtype": attrs.types(),
}


# --- the handles ----------------------------------------------------------------------------------
def _handle(op_type: str, inputs: str = "", **more: Any) -> OpDef:
    return define(
        op_type,
        inputs=inputs,
        outputs="table_handle: resource",
        attrs={**_SHARED, **more},
        shape=lambda op: SCALAR,
        traits=Trait.STATEFUL,
    ).no_gradient()


hash_table_op = _handle("HashTableV2")
mutable_hash_table_op = _handle("MutableHashTableV2")
mutable_hash_table_of_tensors_op = _handle(
    "MutableHashTableOfTensorsV2", value_shape=attrs.shape(SCALAR)
)
mutable_dense_hash_table_op = _handle(
    "MutableDenseHashTableV2",
    inputs="empty_key: key_dtype, deleted_key: key_dtype",
    value_shape=attrs.shape(SCALAR),
    initial_num_buckets=attrs.integer(1 << 17),
    max_load_factor=attrs.real(0.8),
)


def _shared(ctx: Any, make: Any) -> Table:
    """The table of this handle, or of all handles of one `shared_name`."""
    key, value = ctx.attrs["key_dtype"], ctx.attrs["value_dtype"]
    if key not in _KEYS or value not in _VALUES:
        raise InvalidArgumentError(
            f"No OpKernel was registered to support Op '{ctx.type}' with keys of dtype {key.name} "
            f"and values of dtype {value.name}: keys can be of "
            f"{', '.join(t.name for t in _KEYS)}, values of {', '.join(t.name for t in _VALUES)}"
        )
    name = ctx.attrs["shared_name"] or ctx.name
    table: Table = ctx.state.state(
        ("table", ctx.attrs["container"], name), lambda: make(name, key, value)
    )
    table.check_types(key, value)
    return table


@hash_table_op.preset
def _(ctx: Any) -> Table:
    return _shared(ctx, StaticTable)


@mutable_hash_table_op.preset
def _(ctx: Any) -> Table:
    return _shared(ctx, Table)


@mutable_hash_table_of_tensors_op.preset
def _(ctx: Any) -> Table:
    shape = ctx.attrs["value_shape"].known
    if shape is None or len(shape) != 1 or shape[0] is None:
        raise InvalidArgumentError(
            f"Default value must be a vector, got shape {ctx.attrs['value_shape']}"
        )
    return _shared(ctx, lambda *about: Table(*about, value_shape=shape))


@mutable_dense_hash_table_op.shape
def _(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank_at_most(1)
    return SCALAR


@mutable_dense_hash_table_op.kernel
def _(ctx: Any) -> Any:
    shape, buckets = ctx.attrs["value_shape"], ctx.attrs["initial_num_buckets"]
    max_load = ctx.attrs["max_load_factor"]

    def run(empty: Any, deleted: Any) -> Table:
        if not shape.is_fully_defined():
            raise InvalidArgumentError(f"value_shape must be fully defined, got {shape}")

        def make(*about: Any) -> Table:
            return DenseTable(*about, shape.known, empty, deleted, buckets, max_load)

        return _shared(ctx, make)

    return run


# --- what the handle tells of its table -----------------------------------------------------------
def _made_by(handle: Tensor) -> Operation:
    """The operation that made the handle, also when a loop or branch took it from outside."""
    captured = getattr(handle.graph, "captured_from", None)
    while captured and handle in captured:
        handle = captured[handle]
        captured = getattr(handle.graph, "captured_from", None)
    return handle.op


def _shapes(op: Operation) -> tuple[TensorShape, TensorShape] | None:
    """The shapes of a key and of a value, when the operation is the table's own node."""
    if op.op_def is mutable_dense_hash_table_op:
        return op.inputs[0].shape, op.attrs["value_shape"]
    if op.op_def is mutable_hash_table_of_tensors_op:
        return SCALAR, op.attrs["value_shape"]
    return (SCALAR, SCALAR) if op.op_def in (hash_table_op, mutable_hash_table_op) else None


def _check_dtypes(op: Operation, key: str, value: str) -> None:
    op.inputs[0].shape.assert_has_rank(0)
    table = _made_by(op.inputs[0])
    about = table.attrs
    if _shapes(table) is None or table.op_def is hash_table_op:
        return  # the run will say it
    for attr, told in (("key_dtype", key), ("value_dtype", value)):
        if about[attr] is not op.attrs[told]:
            raise ValueError(
                "Trying to read value with wrong dtype. Expected "
                f"{about[attr].name} got {op.attrs[told].name}"
            )


def _table_op(op_type: str, more: str = "", outputs: str = "", **given: Any) -> OpDef:
    names = {"LookupTableExportV2": ("Tkeys", "Tvalues"), "InitializeTableV2": ("Tkey", "Tval")}
    kinds = names.get(op_type, ("Tin", "Tout"))
    text = f"{more} {outputs}"
    inputs = ", ".join(filter(None, ("table_handle: resource", more)))
    return define(
        op_type,
        inputs=inputs,
        outputs=outputs,
        attrs={k: attrs.types() for k in kinds if f": {k}" in text},
        traits=Trait.STATEFUL,
        **given,
    ).no_gradient()


# --- reading --------------------------------------------------------------------------------------
lookup_table_find_op = _table_op(
    "LookupTableFindV2", "keys: Tin, default_value: Tout", "values: Tout"
)
lookup_table_size_op = _table_op("LookupTableSizeV2", "", "size: int64")
lookup_table_export_op = _table_op("LookupTableExportV2", "", "keys: Tkeys, values: Tvalues")


@lookup_table_find_op.shape
def _(op: Operation) -> TensorShape:
    _check_dtypes(op, "Tin", "Tout")
    op.inputs[2].shape.with_rank_at_most(1)
    shapes, keys = _shapes(_made_by(op.inputs[0])), op.inputs[1].shape.known
    if shapes is None or keys is None or shapes[0].known is None:
        return UNKNOWN
    rank = len(shapes[0].known)
    if len(keys) < rank:
        raise ValueError(
            f"Expected keys to have suffix {shapes[0]} but saw shape: {op.inputs[1].shape}"
        )
    return TensorShape.of(keys[: len(keys) - rank]).concatenate(shapes[1])


@lookup_table_find_op.kernel
def _(ctx: Any) -> Any:
    kinds = (ctx.input_dtypes[1], ctx.output_dtypes[0])

    def run(table: Table, keys: Any, default: Any) -> Any:
        table.check_types(*kinds)
        return table.find(keys, np.asarray(default))

    return run


@lookup_table_size_op.shape
def _(op: Operation) -> TensorShape:
    op.inputs[0].shape.assert_has_rank(0)
    return SCALAR


lookup_table_size_op.kernel(lambda ctx: lambda table: np.int64(table.size()))


@lookup_table_export_op.shape
def _(op: Operation) -> Any:
    _check_dtypes(op, "Tkeys", "Tvalues")
    table, rows = _made_by(op.inputs[0]), TensorShape.of((None,))
    shapes = _shapes(table)
    if shapes is None:
        return [UNKNOWN, UNKNOWN]
    if table.op_def is mutable_dense_hash_table_op:  # buckets: matrices
        sizes = [shape.num_elements() for shape in shapes]
        return [rows.concatenate(TensorShape.of((size,))) for size in sizes]
    return [rows.concatenate(shape) for shape in shapes]


@lookup_table_export_op.kernel
def _(ctx: Any) -> Any:
    def run(table: Table) -> Any:
        table.check_types(*ctx.output_dtypes)
        return table.export()

    return run


# --- writing --------------------------------------------------------------------------------------
_PAIRS = "keys: Tin, values: Tout"
lookup_table_insert_op = _table_op("LookupTableInsertV2", _PAIRS, writes="table_handle")
lookup_table_import_op = _table_op("LookupTableImportV2", _PAIRS, writes="table_handle")
lookup_table_remove_op = _table_op("LookupTableRemoveV2", "keys: Tin", writes="table_handle")
initialize_table_op = _table_op(
    "InitializeTableV2", "keys: Tkey, values: Tval", writes="table_handle"
)


@lookup_table_insert_op.shape
@lookup_table_import_op.shape
@initialize_table_op.shape
def _(op: Operation) -> list[TensorShape]:
    handle, keys, values = op.inputs
    handle.shape.assert_has_rank(0)
    if op.op_def is not lookup_table_insert_op:
        whole = keys.shape.with_rank_at_least(1)  # a dense table's keys may be vectors
        if _made_by(handle).op_def is not mutable_dense_hash_table_op:
            whole = whole.with_rank(1)
        merged(whole[:1], values.shape.with_rank_at_least(1)[:1])
        if _made_by(handle).op_def is hash_table_op:
            merged(keys.shape, values.shape)
    return []


@lookup_table_remove_op.shape
def _(op: Operation) -> list[TensorShape]:
    op.inputs[0].shape.assert_has_rank(0)
    op.inputs[1].shape.with_rank_at_least(1)
    return []


def _bind_write(ctx: Any, method: str) -> Any:
    kinds = ctx.input_dtypes[1:]

    def run(table: Table, keys: Any, values: Any) -> None:
        table.check_types(*kinds)
        getattr(table, method)(keys, values)

    return run


lookup_table_insert_op.kernel(lambda ctx: _bind_write(ctx, "insert"))
lookup_table_import_op.kernel(lambda ctx: _bind_write(ctx, "import_values"))


@lookup_table_remove_op.kernel
def _(ctx: Any) -> Any:
    key = ctx.input_dtypes[1]

    def run(table: Table, keys: Any) -> None:
        table.check_types(key, table.value_dtype)
        table.remove(keys)

    return run


@initialize_table_op.kernel
def _(ctx: Any) -> Any:
    kinds = ctx.input_dtypes[1:]

    def run(table: Table, keys: Any, values: Any) -> None:
        static = _initializable(table)
        static.check_types(*kinds)
        static.initialize(keys, values)

    return run


def _initializable(table: Table) -> StaticTable:
    if not isinstance(table, StaticTable):
        raise InvalidArgumentError(f"Table {table.name} is not initializable")
    return table


# --- InitializeTableFromTextFileV2 ----------------------------------------------------------------
initialize_table_from_text_file_op = define(
    "InitializeTableFromTextFileV2",
    inputs="table_handle: resource, filename: string",
    attrs={
        "key_index": attrs.integer(minimum=-2),
        "value_index": attrs.integer(minimum=-2),
        "vocab_size": attrs.integer(-1, minimum=-1),
        "delimiter": attrs.string("\t"),
    },
    writes="table_handle",
).no_gradient()


@initialize_table_from_text_file_op.shape
def _(op: Operation) -> list[TensorShape]:
    for tensor in op.inputs:
        tensor.shape.with_rank(0)
    return []


@initialize_table_from_text_file_op.kernel
def _(ctx: Any) -> Any:
    indices = ctx.attrs["key_index"], ctx.attrs["value_index"]
    size, delimiter = ctx.attrs["vocab_size"], ctx.attrs["delimiter"].encode()
    if len(delimiter) != 1:
        raise InvalidArgumentError(f"delimiter should be only 1 char, got {delimiter!r}")

    def run(table: Table, filename: Any) -> None:
        static, path = _initializable(table), _path(filename)
        _vocabulary.check_columns(static.key_dtype, indices[0], static.value_dtype, indices[1])
        lines = _vocabulary.read_lines(path, size)
        if static.is_initialized:  # by another handle of the file's shared name
            return
        keys, values = _vocabulary.columns(path, lines, indices, delimiter)
        static.initialize(
            _vocabulary.as_values(keys, static.key_dtype),
            _vocabulary.as_values(values, static.value_dtype),
        )

    return run


def _path(filename: Any) -> str:
    name = np.asarray(filename, object)
    if name.ndim:
        raise InvalidArgumentError(
            f"filename should be a single string, but got {list(name.shape)}"
        )
    value = name[()]
    return value.decode() if isinstance(value, bytes) else str(value)
