"""Lines of comma-separated values as one tensor per column (RFC 4180)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.strings.numbers import parse_integer, parse_real

__all__ = ["decode_csv"]

_TYPES = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)
_WORDS = {"float32": "float", "float64": "double"}  # TensorFlow's names of types in messages

decode_csv_op = define(
    "DecodeCSV",
    inputs="records: string, record_defaults: *OUT_TYPE",
    outputs="output: *OUT_TYPE",
    attrs={
        "OUT_TYPE": attrs.type_list(),
        "field_delim": attrs.string(","),
        "use_quote_delim": attrs.boolean(True),
        "na_value": attrs.string(""),
        "select_cols": attrs.ints(()),
    },
).no_gradient()


@decode_csv_op.shape
def _(op: Operation) -> Any:
    if not op.attrs["OUT_TYPE"]:
        raise ValueError("record_defaults must have at least 1 value, got 0")
    for dtype in op.attrs["OUT_TYPE"]:
        if dtype not in _TYPES:
            names = ", ".join(t.name for t in _TYPES)
            raise TypeError(
                f"Value passed to parameter 'record_defaults' has DataType {dtype.name} not in "
                f"list of allowed values: {names}"
            )
    for tensor in op.inputs[1:]:
        shape = tensor.shape.with_rank_at_most(1)
        if shape.rank == 1 and (shape.known[0] or 0) > 1:
            raise ValueError(
                "Shape of a default must be a length-0 or length-1 vector, or a scalar."
            )
    return [op.inputs[0].shape] * len(op.outputs)


# --- fields of a line -----------------------------------------------------------------------------
def _splitter(delimiter: bytes, use_quotes: bool, columns: list[int]) -> Callable[[bytes], Any]:
    """A function of a line that gives its fields, or those of some columns."""

    def split(line: bytes) -> list[bytes]:
        if not line:
            return []
        if b"\n" in line or b"\r" in line or (use_quotes and b'"' in line):
            found = _careful_split(line, delimiter, use_quotes, columns[-1] + 1 if columns else -1)
        else:
            found = line.split(delimiter)
        return [found[i] for i in columns if i < len(found)] if columns else found

    return split


def _careful_split(line: bytes, delimiter: bytes, use_quotes: bool, most: int) -> list[bytes]:
    """The first fields of a line with quotes or line breaks; a break before one is passed over."""
    found, at = [], 0
    while at < len(line) and len(found) != most:
        if line[at : at + 1] in b"\r\n":
            at += 1
        elif use_quotes and line[at : at + 1] == b'"':
            field, at = _quoted(line, at + 1, delimiter)
            found.append(field)
        else:
            end = line.find(delimiter, at)
            field = line[at:] if end < 0 else line[at:end]
            if b"\n" in field or b"\r" in field or (use_quotes and b'"' in field):
                raise InvalidArgumentError("Unquoted fields cannot have quotes/CRLFs inside")
            found.append(field)
            at += len(field) + 1
    return [*found, b""] if line.endswith(delimiter) else found


def _quoted(line: bytes, at: int, delimiter: bytes) -> tuple[bytes, int]:
    """(the field that begins after a quote, the offset after its delimiter)."""
    parts: list[bytes] = []
    while True:
        end = line.find(b'"', at)
        if end < 0:
            break
        parts.append(line[at:end])
        after = line[end + 1 : end + 2]
        if after in (b"", delimiter):
            return b"".join(parts), end + 2
        if after != b'"':
            raise InvalidArgumentError("Quote inside a string has to be escaped by another quote")
        parts.append(b'"')
        at = end + 2
    raise InvalidArgumentError("Quoted field has to end with quote followed by delim or end")


# --- the kernel -----------------------------------------------------------------------------------
class _Bad(Exception):
    """What is wrong in a row; that of the first row, and there of the first field, is told."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


@decode_csv_op.kernel
def _(ctx: Any) -> Any:
    a, types = ctx.attrs, ctx.output_dtypes
    columns = _checked_columns(a["select_cols"], len(types))
    if len(a["field_delim"]) != 1:
        raise InvalidArgumentError(f"field_delim should be only 1 char, got {a['field_delim']!r}")
    split = _splitter(a["field_delim"].encode("latin1"), a["use_quote_delim"], columns)
    na_value = a["na_value"].encode("utf-8", "surrogateescape")

    def run(records: Any, *defaults: Any) -> Any:
        for i, default in enumerate(defaults):
            if default.ndim > 1 or default.size > 1:
                raise InvalidArgumentError(
                    f"There should only be 1 default per field but field {i} has {default.size}"
                )
        records = np.asarray(records, object)
        rows = _rows(records.reshape(-1).tolist(), split, len(types))
        columns, bad = [], []
        for i, (dtype, default) in enumerate(zip(types, defaults, strict=True)):
            try:
                columns.append(_column([row[i] for row in rows], i, dtype, default, na_value))
            except _Bad as error:
                bad.append(error)
        if bad:
            raise InvalidArgumentError(str(min(bad, key=lambda error: error.row)))
        return [column.reshape(records.shape) for column in columns]

    return run


def _checked_columns(columns: Sequence[int], count: int) -> list[int]:
    if columns and len(columns) != count:
        raise InvalidArgumentError("select_cols should match output size")
    if any(b <= a for a, b in pairwise(columns)):
        raise InvalidArgumentError("select_cols should be strictly increasing indices")
    if columns and columns[0] < 0:
        raise InvalidArgumentError("select_cols should be non-negative indices")
    return list(columns)


def _rows(lines: list[bytes], split: Callable[[bytes], Any], count: int) -> list[list[bytes]]:
    rows = [split(line) for line in lines]
    for i, row in enumerate(rows):
        if len(row) != count:
            raise InvalidArgumentError(f"Expect {count} fields but have {len(row)} in record {i}")
    return rows


def _column(
    texts: list[bytes], field: int, dtype: dtypes.DType, default: Any, na_value: bytes
) -> Any:
    out = np.empty(len(texts), dtype.np_dtype)
    parse: Any = parse_real if dtype.is_floating else parse_integer
    for row, text in enumerate(texts):
        if not text or text == na_value:
            if not default.size:
                raise _Bad(row, f"Field {field} is required but missing in record {row}!")
            out[row] = np.asarray(default).reshape(-1)[0]
            continue
        value = text if dtype is dtypes.string else parse(text)
        if value is None or (dtype.is_integer and not dtype.min <= value <= dtype.max):
            word = _WORDS.get(dtype.name, dtype.name)
            said = text.decode("utf-8", "replace")
            raise _Bad(row, f"Field {field} in record {row} is not a valid {word}: {said}")
        out[row] = value
    return out


def decode_csv(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
) -> list[Tensor]:
    """The columns of lines of comma-separated values (tf.io.decode_csv).

    Args:
      records: strings of any shape, each a line.
      record_defaults: for each column a tensor (or list) of its dtype, float32, float64, int32,
        int64 or string: the default of missing fields, or an empty vector if none may be missing.
      field_delim: one character.
      use_quote_delim: whether quotes surround fields; else they are like other characters.
      name: the operation's name.
      na_value: a field that counts as missing, beside the empty one.
      select_cols: ascending numbers of the columns to give; all when None.

    Returns:
      a list of tensors of the shape of `records`, one for each column.

    Raises:
      ValueError: `select_cols` does not ascend from 0 on, or is not as long as the defaults.
      InvalidArgumentError: at run time, for a line with another number of fields, a missing field
        without default, or one that is no number.
    """
    if select_cols is not None:
        if any(b <= a for a, b in pairwise(select_cols)):
            raise ValueError("select_cols is not strictly increasing.")
        if select_cols[0] < 0:
            raise ValueError("select_cols contains negative values.")
        if len(select_cols) != len(record_defaults):
            raise ValueError("Length of select_cols and record_defaults do not match.")
    return decode_csv_op(  # type: ignore[no-any-return]
        records, record_defaults, field_delim=field_delim, use_quote_delim=use_quote_delim,
        na_value=na_value, select_cols=select_cols, name=name,
    )  # fmt: skip
