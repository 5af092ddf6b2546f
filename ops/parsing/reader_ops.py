"""Ops on readers: make one, read records, count, save and restore. Classes are in `readers.py`.

A read waits for its queue where it needs another work (`Trait.BLOCKS`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.ops.parsing import _files
from flowgraph.ops.parsing import _reader_store as store
from flowgraph.ops.parsing.files import all_scalar, scalar_text

# --- readers --------------------------------------------------------------------------------------
_SHARED = {"container": attrs.string(""), "shared_name": attrs.string("")}


def _reader(
    op_type: str,
    make: Callable[[Any], Callable[[bytes], store.Work]],
    more: Mapping[str, attrs.Attr] | None = None,
    one_record: bool = False,
) -> OpDef:
    """Declares the op of one kind of reader: `make(attributes)` gives what opens a work."""
    op_def = define(
        op_type,
        outputs="reader_handle: resource",
        attrs={**(more or {}), **_SHARED},
        shape=lambda op: SCALAR,
        traits=Trait.STATEFUL,
    ).no_gradient()

    @op_def.preset
    def _(ctx: Any) -> Any:
        shared = ctx.attrs["shared_name"]
        key = ("reader", ctx.attrs["container"], shared) if shared else ("reader", ctx.op.origin)
        name = f"{op_type.removesuffix('V2')} '{shared or ctx.name}'"
        open_work = make(ctx.attrs)
        reader: store.Reader = ctx.state.state(
            key, lambda: store.Reader(name, open_work, one_record, can_save=one_record)
        )
        return reader.handle

    return op_def


def _checked_sizes(a: Any, *names: str) -> None:
    for name in names:
        if a[name] < 0:
            raise InvalidArgumentError(f"{name} must be >= 0 not {a[name]}")


def _checked_compression(kind: str) -> str:
    return kind if kind in _files.WINDOW_BITS else ""


def _lines(a: Any) -> Callable[[bytes], store.Work]:
    _checked_sizes(a, "skip_header_lines")
    return partial(store.Lines, skip_header_lines=a["skip_header_lines"])


def _fixed_length(a: Any) -> Callable[[bytes], store.Work]:
    _checked_sizes(a, "header_bytes", "record_bytes", "footer_bytes", "hop_bytes")
    return partial(
        store.FixedLength, header=a["header_bytes"], record=a["record_bytes"],
        footer=a["footer_bytes"], hop=a["hop_bytes"], encoding=_checked_compression(a["encoding"]),
    )  # fmt: skip


whole_file_reader_op = _reader("WholeFileReaderV2", lambda a: store.WholeFile, one_record=True)
identity_reader_op = _reader("IdentityReaderV2", lambda a: store.Identity, one_record=True)
text_line_reader_op = _reader("TextLineReaderV2", _lines, {"skip_header_lines": attrs.integer(0)})
fixed_length_record_reader_op = _reader(
    "FixedLengthRecordReaderV2",
    _fixed_length,
    {
        "header_bytes": attrs.integer(0),
        "record_bytes": attrs.integer(),
        "footer_bytes": attrs.integer(0),
        "hop_bytes": attrs.integer(0),
        "encoding": attrs.string(""),
    },
)
tf_record_reader_op = _reader(
    "TFRecordReaderV2",
    lambda a: partial(store.Records, compression=_checked_compression(a["compression_type"])),
    {"compression_type": attrs.string("")},
)

# --- ReaderReadV2, ReaderReadUpToV2 ---------------------------------------------------------------
read_op = define(
    "ReaderReadV2",
    inputs="reader_handle: resource, queue_handle: resource",
    outputs="key: string, value: string",
    shape=all_scalar,
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()
read_up_to_op = define(
    "ReaderReadUpToV2",
    inputs="reader_handle: resource, queue_handle: resource, num_records: int64",
    outputs="keys: string, values: string",
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()


@read_op.kernel
def _(_ctx: Any) -> Any:
    def run(reader: Any, queue: Any) -> Any:
        key, value = reader[()].read(queue[()])
        return np.array(key, object), np.array(value, object)

    return run


@read_up_to_op.shape
def _(op: Operation) -> TensorShape:
    all_scalar(op)
    return TensorShape.of((None,))


@read_up_to_op.kernel
def _(_ctx: Any) -> Any:
    def run(reader: Any, queue: Any, count: Any) -> Any:
        if count <= 0:
            raise InvalidArgumentError(f"num_records must be positive, and is {count}")
        records = reader[()].read_up_to(int(count), queue[()])
        both = np.empty((2, len(records)), object)
        for i, record in enumerate(records):
            both[:, i] = record
        return both[0].copy(), both[1].copy()

    return run


# --- counts and state -----------------------------------------------------------------------------
def _asking(op_type: str, output: str, ask: Callable[[store.Reader], Any], dtype: Any) -> OpDef:
    op_def = define(
        op_type, inputs="reader_handle: resource", outputs=output, shape=all_scalar,
        traits=Trait.STATEFUL,
    ).no_gradient()  # fmt: skip
    op_def.kernel(lambda ctx: lambda reader: np.array(ask(reader[()]), dtype))
    return op_def


num_records_produced_op = _asking(
    "ReaderNumRecordsProducedV2", "records_produced: int64", store.Reader.records_produced, np.int64
)
num_work_units_completed_op = _asking(
    "ReaderNumWorkUnitsCompletedV2", "units_completed: int64", store.Reader.works_completed,
    np.int64,
)  # fmt: skip
serialize_state_op = _asking("ReaderSerializeStateV2", "state: string", store.Reader.save, object)
restore_state_op = define(
    "ReaderRestoreStateV2", inputs="reader_handle: resource, state: string", shape=all_scalar,
    traits=Trait.STATEFUL,
).no_gradient()  # fmt: skip
reset_op = define(
    "ReaderResetV2", inputs="reader_handle: resource", shape=all_scalar, traits=Trait.STATEFUL
).no_gradient()


@restore_state_op.kernel
def _(_ctx: Any) -> Any:
    def run(reader: Any, state: Any) -> tuple[()]:
        reader[()].restore(scalar_text(state, "Reader state"))
        return ()

    return run


@reset_op.kernel
def _(_ctx: Any) -> Any:
    def run(reader: Any) -> tuple[()]:
        reader[()].reset()
        return ()

    return run
