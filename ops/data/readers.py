"""Ops that make datasets of files: lines, records, separated values, rows of a database."""

from __future__ import annotations

from typing import Any

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.data import _reading
from flowgraph.ops.data._declare import dataset_op
from flowgraph.ops.data._elements import scalar_argument

_FILES = "filenames: string"
_PACKED = "compression_type: string, buffer_size: int64"


def _text(value: Any, name: str) -> str:
    return scalar_argument(value, name).decode("utf-8", "surrogateescape")  # type: ignore[no-any-return]


def _compression(value: Any) -> str:
    return _reading.check_compression(_text(value, "compression_type"))


def _check_buffer(size: Any) -> None:
    if int(scalar_argument(size, "buffer_size")) < 0:
        raise InvalidArgumentError("`buffer_size` must be >= 0 (0 == default)")


@dataset_op("TextLineDataset", f"{_FILES}, {_PACKED}", False)
def text_line_dataset_op(_ctx: Any) -> Any:
    """The lines of files."""

    def make(names: Any, packed: Any, size: Any) -> Any:
        _check_buffer(size)
        kind = _compression(packed)
        return _reading.Files(names, lambda name: _reading.Lines(name, kind))

    return make


@dataset_op("TFRecordDataset", f"{_FILES}, {_PACKED}", False)
def tf_record_dataset_op(_ctx: Any) -> Any:
    """The records of files."""

    def make(names: Any, packed: Any, size: Any) -> Any:
        _check_buffer(size)
        return _reading.Files(names, _reading.open_records(_compression(packed)))

    return make


@dataset_op(
    "FixedLengthRecordDatasetV2",
    f"{_FILES}, header_bytes: int64, record_bytes: int64, footer_bytes: int64, buffer_size: int64,"
    " compression_type: string",
    False,
)
def fixed_length_record_dataset_op(_ctx: Any) -> Any:
    """The records of one length of files."""

    def make(names: Any, header: Any, record: Any, footer: Any, size: Any, packed: Any) -> Any:
        _check_buffer(size)
        kind = _compression(packed)
        sizes = [int(scalar_argument(v, "bytes")) for v in (header, record, footer)]
        if sizes[0] < 0 or sizes[2] < 0:
            raise InvalidArgumentError("header_bytes and footer_bytes must be >= 0")
        if sizes[1] <= 0:
            raise InvalidArgumentError("record_bytes must be > 0")
        return _reading.Files(names, lambda name: _reading.FixedLength(name, *sizes, kind))

    return make


@dataset_op(
    "ExperimentalCSVDataset",
    f"{_FILES}, {_PACKED}, header: bool, field_delim: string, use_quote_delim: bool, "
    "na_value: string, select_cols: int64, record_defaults: *output_types",
)
def csv_dataset_op(ctx: Any) -> Any:
    """The rows of files of separated values."""
    dtypes = ctx.attrs["output_types"]

    def make(
        names: Any, packed: Any, size: Any, header: Any, delim: Any, quote: Any, missing: Any,
        columns: Any, *defaults: Any,
    ) -> Any:  # fmt: skip
        if int(scalar_argument(size, "buffer_size")) <= 0:
            raise InvalidArgumentError("buffer_size should be positive")
        kind, separator = _compression(packed), _text(delim, "field_delim")
        if len(separator) != 1:
            raise InvalidArgumentError("field_delim should be only 1 char")
        chosen = columns.tolist()
        if chosen != sorted(set(chosen)) or any(column < 0 for column in chosen):
            raise InvalidArgumentError("select_cols should be strictly increasing indices >= 0")
        if chosen and len(chosen) != len(defaults):
            raise InvalidArgumentError("select_cols should match output size")

        def open_file(name: bytes) -> Any:
            return _reading.CsvRows(name, kind, bool(header), separator, bool(quote))

        na = _text(missing, "na_value")
        return _reading.Csv(names, open_file, defaults, dtypes, chosen, na)

    return make


@dataset_op(
    "ExperimentalSqlDataset", "driver_name: string, data_source_name: string, query: string"
)
def sql_dataset_op(ctx: Any) -> Any:
    """The rows that a query gives."""
    dtypes = ctx.attrs["output_types"]
    return lambda driver, path, query: _reading.Sql(
        _text(driver, "driver_name"), _text(path, "data_source_name"), _text(query, "query"), dtypes
    )
