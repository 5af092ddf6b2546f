"""Datasets of separated values and of databases (tf.data.experimental.make_csv_dataset ...)."""

from __future__ import annotations

import csv
import gzip
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest, structure
from flowgraph.data.base import DatasetBase
from flowgraph.data.dataset import Dataset, tensor_or
from flowgraph.data.experimental.choosing import parallel_interleave
from flowgraph.data.experimental.simple import ignore_errors as without_errors
from flowgraph.data.experimental.simple import shuffle_and_repeat
from flowgraph.data.structure import TensorSpec
from flowgraph.data.transformations import AUTOTUNE

_TYPES = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)


class CsvDataset(Dataset):
    """The rows of files of separated values, as scalars (tf.data.experimental.CsvDataset).

    Args:
      filenames: a string tensor of names.
      record_defaults: for each column a dtype, or a tensor that stands for a field that is empty.
      compression_type: "" (or None), "ZLIB" or "GZIP".
      buffer_size: accepted: bytes that are read at once.
      header: leave out the first line of each file.
      field_delim: what separates fields.
      use_quote_delim: whether fields may stand in quotes.
      na_value: what else counts as an empty field.
      select_cols: ascending numbers of the columns that are wanted; all when None.

    InvalidArgumentError at a run for a row that does not fit.
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        header: Any = False,
        field_delim: Any = ",",
        use_quote_delim: Any = True,
        na_value: Any = "",
        select_cols: Any = None,
    ) -> None:
        defaults = [_default_of(v) for v in record_defaults]
        for default in defaults:
            if (default.shape.rank or 0) > 1:
                raise ValueError(
                    f"Shape must be at most rank 1 but is rank {default.shape.rank}: a record "
                    "default is a vector of one value, or of none"
                )
        spec = tuple([TensorSpec([], d.dtype) for d in defaults])
        variant = raw.ExperimentalCSVDataset(
            convert_to_tensor(filenames, dtype=dtypes.string, name="filenames"),
            tensor_or(compression_type, "", dtypes.string, "compression_type"),
            tensor_or(buffer_size, 4 * 1024 * 1024, dtypes.int64, "buffer_size"),
            convert_to_tensor(header, dtype=dtypes.bool_, name="header"),
            tensor_or(field_delim, ",", dtypes.string, "field_delim"),
            tensor_or(use_quote_delim, True, dtypes.bool_, "use_quote_delim"),
            tensor_or(na_value, "", dtypes.string, "na_value"),
            tensor_or(select_cols, np.zeros(0, np.int64), dtypes.int64, "select_cols"),
            defaults,
            output_shapes=[s.shape for s in spec],
        )
        DatasetBase.__init__(self, variant, spec)


def _default_of(value: Any) -> Tensor:
    if isinstance(value, dtypes.DType):
        return convert_to_tensor(np.zeros(0, value.np_dtype), dtype=value)
    return convert_to_tensor(value)


class SqlDataset(Dataset):
    """The rows of a query (tf.data.experimental.SqlDataset).

    Args:
      driver_name: "sqlite".
      data_source_name: the database's file.
      query: in SQL.
      output_types: a tuple of the columns' dtypes.
    """

    def __init__(
        self, driver_name: Any, data_source_name: Any, query: Any, output_types: Any
    ) -> None:
        spec = nest.map_structure(lambda t: TensorSpec([], t), output_types)
        told = [driver_name, data_source_name, query]
        given = [convert_to_tensor(v, dtype=dtypes.string) for v in told]
        variant = raw.ExperimentalSqlDataset(*given, **structure.attrs_of(spec))
        DatasetBase.__init__(self, variant, spec)


# --- files of named columns -----------------------------------------------------------------------
def make_csv_dataset(
    file_pattern: Any,
    batch_size: Any,
    column_names: Any = None,
    column_defaults: Any = None,
    label_name: str | None = None,
    select_columns: Any = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = AUTOTUNE,
    num_parallel_reads: int = 1,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
    compression_type: Any = None,
    ignore_errors: bool = False,
) -> Any:
    """Batches of the rows of files, as dicts by column (tf.data.experimental.make_csv_dataset).

    Args:
      file_pattern: a pattern of names, or a list of them.
      batch_size: rows in a batch.
      column_names: the columns; what the header says when None.
      column_defaults: for each column a dtype, or a value for empty fields; when None, the dtypes
        are inferred.
      label_name: the column that is given apart: (features, label).
      select_columns: names or numbers of the columns that are wanted.
      field_delim: what separates fields.
      use_quote_delim: whether fields may stand in quotes.
      na_value: what else counts as an empty field.
      header: the files begin with names.
      num_epochs: rounds; without end when None.
      shuffle: in random order.
      shuffle_buffer_size: see `Dataset.shuffle`.
      shuffle_seed: of that order.
      prefetch_buffer_size: batches made ahead.
      num_parallel_reads: files that are open at once.
      sloppy: accepted.
      num_rows_for_inference: rows that dtypes are inferred from; all when None.
      compression_type: "", "GZIP" or "ZLIB".
      ignore_errors: leave out rows that cannot be read.

    Raises:
      ValueError: no file matches, or names and columns contradict each other.
    """
    files = matching_names(file_pattern)
    probe = _Probe(files, compression_type, field_delim, use_quote_delim, na_value, header)
    if column_names is None:
        column_names = probe.column_names()
    if len(column_names) != len(set(column_names)):
        raise ValueError("Cannot have duplicate column names.")
    if select_columns is not None:
        select_columns = _numbers(select_columns, column_names)
    if column_defaults is None:
        column_defaults = probe.defaults(len(column_names), select_columns, num_rows_for_inference)
    if select_columns is not None:
        if len(column_defaults) != len(select_columns):
            raise ValueError(
                "If specified, column_defaults and select_columns must have same length."
            )
        column_names = [column_names[i] for i in select_columns]
    if label_name is not None and label_name not in column_names:
        raise ValueError("`label_name` provided must be one of the columns.")

    def rows_of(name: Any) -> Any:
        rows = CsvDataset(
            name, column_defaults, compression_type, None, header, field_delim, use_quote_delim,
            na_value, select_columns,
        )  # fmt: skip
        return rows.apply(without_errors()) if ignore_errors else rows

    def named(*columns: Any) -> Any:
        features = OrderedDict(zip(column_names, columns, strict=True))
        if label_name is None:
            return features
        return features, features.pop(label_name)

    dataset = Dataset.from_tensor_slices(files)
    if shuffle:
        dataset = dataset.shuffle(len(files), shuffle_seed)
    dataset = dataset.apply(parallel_interleave(rows_of, num_parallel_reads, sloppy=sloppy))
    dataset = in_rounds(dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None).map(named)
    return dataset.prefetch(prefetch_buffer_size)


def in_rounds(dataset: Any, epochs: int | None, shuffle: bool, size: Any, seed: Any) -> Any:
    """The dataset shuffled and repeated, as wanted."""
    if epochs != 1 and shuffle:
        return dataset.apply(shuffle_and_repeat(size, epochs, seed))
    if shuffle:
        return dataset.shuffle(size, seed)
    return dataset if epochs == 1 else dataset.repeat(epochs)


def matching_names(pattern: Any) -> list[str]:
    """The files that match a pattern, or one of a list; ValueError when none does."""
    from flowgraph.platform.filesystem import matching

    patterns = pattern if isinstance(pattern, list) else [pattern]
    if not patterns:
        raise ValueError("File pattern is empty.")
    found = sorted(
        name.decode() if isinstance(name, bytes) else str(name)
        for p in patterns
        for name in matching(p if isinstance(p, bytes) else str(p).encode())
    )
    if not found:
        raise ValueError(f"No files match {pattern}.")
    return found


def _numbers(select_columns: Sequence[Any], names: Sequence[str]) -> list[int]:
    numbers = []
    for column in select_columns:
        if isinstance(column, int):
            if not 0 <= column < len(names):
                raise ValueError(
                    f"Column index {column} specified in select_columns out of valid range."
                )
            numbers.append(column)
        elif column in names:
            numbers.append(list(names).index(column))
        else:
            raise ValueError(
                f"Value '{column}' specified in select_columns not a valid column index or name."
            )
    if len(set(numbers)) != len(numbers):
        raise ValueError("select_columns contains duplicate columns")
    return sorted(numbers)


class _Probe:
    """A look into the files, while the graph is built: their header, their columns' dtypes."""

    def __init__(
        self, files: Sequence[str], packing: Any, delim: str, quotes: bool, na: str, header: bool
    ) -> None:
        self._files, self._packing, self._na, self._header = files, packing, na, header
        quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
        self._format: dict[str, Any] = {"delimiter": delim, "quoting": quoting}

    def _open(self) -> Callable[..., Any]:
        packing = self._packing
        if isinstance(packing, Tensor):
            packing = constant_value(packing)
            if packing is None:
                raise ValueError("Received unknown compression_type")
        packing = packing[()] if isinstance(packing, np.ndarray) else packing
        kind = packing.decode() if isinstance(packing, bytes) else packing
        if kind == "GZIP":
            return gzip.open
        if kind == "ZLIB":
            raise ValueError(f"compression_type ({kind}) is not supported for probing columns")
        if kind:
            raise ValueError(f"compression_type ({kind}) is not supported")
        return open

    def _rows(self, name: str) -> Iterator[list[str]]:
        with self._open()(name, "rt", newline="") as file:
            yield from csv.reader(file, **self._format)

    def column_names(self) -> list[str]:
        """What the headers say."""
        if not self._header:
            raise ValueError("Cannot infer column names without a header line.")
        found: list[str] | None = None
        for name in self._files:
            row = next(self._rows(name), None)
            if row is None:
                raise ValueError(
                    f"Received StopIteration when reading the header line of {name}.  Empty file?"
                )
            if found not in (None, row):
                raise ValueError("Files have different column names in the header row.")
            found = row
        assert found is not None
        return found

    def defaults(self, count: int, select: Sequence[int] | None, most: int | None) -> list[Any]:
        """A zero or "" of the dtype of each column."""
        columns = range(count) if select is None else select
        found: list[Any] = [None] * len(columns)
        for i, row in enumerate(self._all_rows(count)):
            if most is not None and i >= most:
                break
            found = [_inferred(row[c], self._na, t) for c, t in zip(columns, found, strict=True)]
        return [
            convert_to_tensor([b""] if t in (None, dtypes.string) else [0], dtype=t) for t in found
        ]

    def _all_rows(self, count: int) -> Iterator[list[str]]:
        for name in self._files:
            rows = self._rows(name)
            if self._header:
                next(rows, None)
            for row in rows:
                if len(row) != count:
                    raise ValueError("Problem inferring types: CSV row has different number of "
                                     "fields than expected.")  # fmt: skip
                yield row


_ORDER = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64, dtypes.string)


def _inferred(text: str, na: str, before: Any) -> Any:
    """The narrowest dtype of what was seen in a column so far."""
    if text in ("", na):
        return before
    kind = next(t for t in _ORDER if _can_be(text, t))
    return kind if before is None or _ORDER.index(before) <= _ORDER.index(kind) else before


def _can_be(text: str, dtype: Any) -> bool:
    if dtype is dtypes.string:
        return True
    try:
        if dtype.is_integer:
            limits = np.iinfo(dtype.np_dtype)
            return bool(limits.min <= int(text) <= limits.max)
        return bool(dtype.np_dtype.type(text) < np.inf)
    except (ValueError, OverflowError):
        return False
