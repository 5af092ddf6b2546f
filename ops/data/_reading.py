"""Datasets of the records of files."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from flowgraph.core import errors
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.array.known import boxed
from flowgraph.ops.data._elements import Element
from flowgraph.ops.data._runtime import Context, Dataset, Place
from flowgraph.ops.data._sources import Late
from flowgraph.ops.parsing import _files
from flowgraph.ops.parsing.tfrecord import RecordReader

COMPRESSIONS = ("", "ZLIB", "GZIP")


def check_compression(kind: str) -> str:
    """The kind; InvalidArgumentError when there is none such."""
    if kind not in COMPRESSIONS:
        raise InvalidArgumentError(f"Unsupported compression_type: {kind}.")
    return kind


class Open:
    """A file that is being read; `goes_on`: also after an error."""

    goes_on = False

    def next(self) -> bytes | None:
        """The next record; None at the end."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes the file."""


class Files(Dataset):
    """The records of files, one after another; `open_file` opens one."""

    def __init__(self, names: Any, open_file: Callable[[bytes], Any]) -> None:
        super().__init__()
        names = np.asarray(names, object)
        if names.ndim > 1:
            raise InvalidArgumentError("`filenames` must be a scalar or a vector.")
        self.names = names.reshape(-1).tolist()
        self.open_file = open_file

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The records."""
        return _Reading(self.names, self.open_file)


class _Reading(Iterator[Element]):
    """An error of a file ends that file; what follows is of the next one."""

    def __init__(self, names: Sequence[bytes], open_file: Callable[[bytes], Any]) -> None:
        self._names, self._open_file = iter(names), open_file
        self._file: Any = None

    def __next__(self) -> Element:
        while True:
            if self._file is None:
                self._file = self._open_file(next(self._names))
            try:
                record = self._file.next()
            except Exception:
                if not getattr(self._file, "goes_on", False):
                    self._close()
                raise
            if record is not None:
                return (boxed(record),)
            self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        file.close()

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None:
            self._close()


class Lines(Open):
    """The lines of a file without their ends."""

    def __init__(self, name: bytes, compression: str) -> None:
        self._file = _files.open_to_read(name, compression)

    def next(self) -> bytes | None:
        """The next line."""
        line = self._file.readline()
        if not line:
            return None
        return line.removesuffix(b"\n").replace(b"\r", b"")

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def open_records(compression: str) -> Callable[[bytes], RecordReader]:
    """What opens a file of records."""
    return lambda name: RecordReader(name, compression)


class FixedLength(Open):
    """Records of one length between a header and a footer."""

    def __init__(
        self, name: bytes, header: int, record: int, footer: int, compression: str
    ) -> None:
        self._name, self._record, self._footer = name, record, footer
        self._file: BinaryIO = _files.open_to_read(name, compression)
        self._left = -1
        if not compression:
            self._check_size(header)
        if len(self._file.read(header)) < header:
            self._file.close()
            raise errors.OutOfRangeError(None, None, f"{name!r} has fewer bytes than its header")
        self._ahead = b""

    def _check_size(self, header: int) -> None:
        size = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        body = size - header - self._footer
        if body < 0 or body % self._record:
            self._file.close()
            raise InvalidArgumentError(
                f"Excluding the header ({header} bytes) and footer ({self._footer} bytes), input "
                f'file "{self._name.decode(errors="replace")}" has body length {body} bytes, which '
                f"is not an exact multiple of the record length ({self._record} bytes)."
            )

    def next(self) -> bytes | None:
        """The next record; None where only the footer is left."""
        wanted = self._record + self._footer
        self._ahead += self._file.read(wanted - len(self._ahead))
        if len(self._ahead) < wanted:
            if len(self._ahead) > self._footer:
                raise InvalidArgumentError(
                    f"Excess bytes in {self._name.decode(errors='replace')}: it ends inside of a "
                    "record"
                )
            return None
        record, self._ahead = self._ahead[: self._record], self._ahead[self._record :]
        return record

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


# --- comma-separated values -----------------------------------------------------------------------
class CsvRows(Open):
    """The rows of a file of separated values as lists of fields; a wrong one is left behind."""

    goes_on = True

    def __init__(
        self, name: bytes, compression: str, header: bool, delim: str, quote: bool
    ) -> None:
        file = _files.open_to_read(name, compression)
        self._file = io.TextIOWrapper(file, "latin-1", newline="")
        self._delim, self._quote = delim, quote
        if header and not self._file.readline():
            self.close()
            raise InvalidArgumentError(f"Can't read header of file {name.decode(errors='replace')}")

    def next(self) -> list[str] | None:  # type: ignore[override]
        """The next row."""
        line = self._file.readline()
        if not line:
            return None
        text = line.rstrip("\r\n")
        if self._quote and '"' in text:
            return list(self._quoted_fields(line))
        return text.split(self._delim)

    def _quoted_fields(self, line: str) -> Iterator[str]:
        """The fields of a line, and of those after it where a quoted field goes over its end."""
        at = 0
        while True:
            if line[at : at + 1] == '"':
                line, end = self._closing_quote(line, at + 1)
                yield line[at + 1 : end].replace('""', '"')
                at = end + 1
            else:
                end = line.find(self._delim, at)
                field = line[at:end] if end >= 0 else line[at:].rstrip("\r\n")
                if '"' in field:
                    raise InvalidArgumentError("Unquoted fields cannot have quotes inside")
                yield field
                at += len(field)
            if not line[at:].rstrip("\r\n"):
                return
            if line[at] != self._delim:
                raise InvalidArgumentError(
                    "Quote inside a string has to be escaped by another quote"
                )
            at += 1

    def _closing_quote(self, line: str, at: int) -> tuple[str, int]:
        """(the line with what belongs to it of the next ones, where a quoted field ends)"""
        while True:
            end = line.find('"', at)
            if end < 0:
                more = self._file.readline()
                if not more:
                    raise InvalidArgumentError(
                        "Reached end of file without closing quoted field in record"
                    )
                at, line = len(line), line + more
            elif line[end + 1 : end + 2] == '"':
                at = end + 2
            else:
                return line, end

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Csv(Files):
    """The rows of files of separated values as scalars, one for each chosen column."""

    def __init__(
        self,
        names: Any,
        open_file: Callable[[bytes], Any],
        defaults: Sequence[Any],
        dtypes: Sequence[Any],
        columns: Sequence[int],
        missing: str,
    ) -> None:
        super().__init__(names, open_file)
        self.defaults, self.dtypes, self.columns = defaults, dtypes, list(columns)
        self.missing = missing

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The rows."""
        return _CsvReading(self)


class _CsvReading(_Reading):
    def __init__(self, about: Csv) -> None:
        super().__init__(about.names, about.open_file)
        self._about = about

    def __next__(self) -> Element:
        return tuple(self._fields(super().__next__()[0][()]))

    def _fields(self, row: list[str]) -> Iterator[Any]:
        about, count = self._about, len(self._about.defaults)
        columns = about.columns or range(count)
        if not about.columns and len(row) != count:
            raise InvalidArgumentError(
                f"Expect {count} fields but have {'more' if len(row) > count else len(row)} in "
                "record"
            )
        for place, column in enumerate(columns):
            if column >= len(row):
                raise InvalidArgumentError(
                    f"Expect {len(columns)} fields but have {place} in record"
                )
            yield _field(row[column], about, place)


def _field(text: str, about: Csv, place: int) -> Any:
    dtype, default = about.dtypes[place], about.defaults[place]
    if not text or text == about.missing:
        if not np.size(default):
            raise InvalidArgumentError(f"Field {place} is required but missing in record!")
        return np.asarray(default).reshape(())
    if dtype.name == "string":
        return boxed(text.encode("latin-1"))
    try:
        number = int(text) if dtype.is_integer else float(text)
        return np.array(number, dtype.np_dtype)
    except (ValueError, OverflowError):
        raise InvalidArgumentError(
            f"Field {place} in record is not a valid {dtype.name}: {text}"
        ) from None


# --- databases ------------------------------------------------------------------------------------
class Sql(Dataset):
    """The rows that a query of an SQLite database gives."""

    def __init__(self, driver: str, path: str, query: str, dtypes: Sequence[Any]) -> None:
        super().__init__()
        if driver != "sqlite":
            raise InvalidArgumentError(
                f"The database type, {driver}, is not supported by SqlDataset. The set of "
                "supported databases is: {'sqlite'}."
            )
        self.path, self.query, self.dtypes = path, query, dtypes

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The rows; the query runs when the first one is asked for."""
        return map(self._element, Late(lambda: self._rows(context)))

    def _rows(self, context: Context) -> Iterator[Any]:
        connection = sqlite3.connect(self.path, check_same_thread=False)
        context.at_end(connection.close)
        try:
            rows = connection.execute(self.query)
        except sqlite3.Error as error:
            said = f"Failed to run the query {self.query!r}: {error}"
            raise errors.UnknownError(said) from None
        if rows.description is None:
            raise InvalidArgumentError(f"The query {self.query!r} gives no rows")
        return rows

    def _element(self, row: Sequence[Any]) -> Element:
        if len(row) != len(self.dtypes):
            raise InvalidArgumentError(
                f"The number of columns in query ({len(row)}) must match the number of elements "
                f"in output_types ({len(self.dtypes)})."
            )
        return tuple([_cell(v, dtype) for v, dtype in zip(row, self.dtypes, strict=True)])


def _cell(value: Any, dtype: Any) -> Any:
    if dtype.name == "string":
        if value is None:
            return boxed(b"")
        return boxed(value if isinstance(value, bytes) else str(value).encode())
    if isinstance(value, (str, bytes)) or value is None:
        try:
            value = float(value or 0)
        except ValueError:
            value = 0
    return np.array(value).astype(dtype.np_dtype)
