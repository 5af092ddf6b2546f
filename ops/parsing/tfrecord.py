"""Files of records (tf.python_io): each its length, the data, and a checksum of either."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from flowgraph.core.errors import DataLossError
from flowgraph.ops.parsing import _crc32c, _files

__all__ = ["TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]

_HEADER = struct.Struct("<QI")  # length, its checksum
_CHECKSUM = struct.Struct("<I")


class TFRecordCompressionType:
    """How a file of records is compressed (tf.io.TFRecordCompressionType)."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


_NAMES: dict[Any, str] = {
    TFRecordCompressionType.NONE: "",
    TFRecordCompressionType.ZLIB: "ZLIB",
    TFRecordCompressionType.GZIP: "GZIP",
}


class TFRecordOptions:
    """How to write a file of records (tf.io.TFRecordOptions).

    Args:
      compression_type: "GZIP", "ZLIB", "" or one of `TFRecordCompressionType`.
      flush_mode: zlib's flush of `TFRecordWriter.flush`; a sync flush when None.
      input_buffer_size: accepted, and without effect.
      output_buffer_size: likewise.
      window_bits: zlib's window; the kind of file when None.
      compression_level: 0 to 9.
      compression_method: zlib's method.
      mem_level: 1 to 9.
      compression_strategy: zlib's strategy.

    Raises:
      ValueError: there is no such `compression_type`.
    """

    compression_type_map = _NAMES

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        self.get_compression_type_string(compression_type)  # checks it
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """ "", "ZLIB" or "GZIP", of options, of a `TFRecordCompressionType` or of that string."""
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if options in _NAMES:
            return _NAMES[options]
        if options in _NAMES.values():
            return str(options)
        raise ValueError(f'Not a valid compression_type: "{options}"')

    def _packer(self) -> Any:
        """zlib's object that compresses, or None."""
        kind = self.get_compression_type_string(self.compression_type)
        if not kind:
            return None
        return zlib.compressobj(
            *[
                default if given is None else given
                for given, default in (
                    (self.compression_level, zlib.Z_DEFAULT_COMPRESSION),
                    (self.compression_method, zlib.DEFLATED),
                    (self.window_bits, _files.WINDOW_BITS[kind]),
                    (self.mem_level, zlib.DEF_MEM_LEVEL),
                    (self.compression_strategy, zlib.Z_DEFAULT_STRATEGY),
                )
            ]
        )


class TFRecordWriter:
    """Writes records to a file (tf.io.TFRecordWriter); closes it at the end of a `with` block.

    Args:
      path: the file's path.
      options: `TFRecordOptions`, a `TFRecordCompressionType`, "ZLIB", "GZIP" or None.
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(compression_type=options)
        self._packer, self._flush_mode = options._packer(), options.flush_mode
        with _files.as_tensorflow(path):
            self._file: BinaryIO = open(path, "wb")  # noqa: SIM115 - `close` closes it

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def write(self, record: bytes) -> None:
        """Writes a record: bytes."""
        record = record.encode() if isinstance(record, str) else bytes(record)
        length = len(record).to_bytes(8, "little")
        framed = b"".join([
            length, _CHECKSUM.pack(_crc32c.masked(length)),
            record, _CHECKSUM.pack(_crc32c.masked(record)),
        ])  # fmt: skip
        self._file.write(framed if self._packer is None else self._packer.compress(framed))

    def flush(self) -> None:
        """Gives the operating system what was written."""
        if self._packer is not None:
            mode = zlib.Z_SYNC_FLUSH if self._flush_mode is None else self._flush_mode
            self._file.write(self._packer.flush(mode))
        self._file.flush()

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        if not self._file.closed:
            if self._packer is not None:
                self._file.write(self._packer.flush())
            self._file.close()


class RecordReader:
    """Reads a file of records one after another."""

    def __init__(self, path: bytes | str, compression: str = "") -> None:
        self._path = path
        self._file = _files.open_to_read(path, compression)
        self.offset = 0  # of the record that is next

    def next(self) -> bytes | None:
        """The next record; None at the end of the file.

        Raises:
          DataLossError: the file ends inside of a record, or a checksum is wrong.
        """
        header = self._file.read(_HEADER.size)
        if not header:
            return None
        if len(header) < _HEADER.size:
            raise self._lost("truncated")
        length, checksum = _HEADER.unpack(header)
        if checksum != _crc32c.masked(header[:8]):
            raise self._lost("corrupted")
        data = self._file.read(length + _CHECKSUM.size)
        if len(data) < length + _CHECKSUM.size:
            raise self._lost("truncated")
        record = data[:length]
        if _CHECKSUM.unpack(data[length:])[0] != _crc32c.masked(record):
            raise self._lost("corrupted")
        self.offset += _HEADER.size + len(data)
        return record

    def _lost(self, what: str) -> DataLossError:
        doubt = "" if self.offset else " (is this a TFRecord file, and not a compressed one?)"
        return DataLossError(f"{what} record at {self.offset} in {os.fsdecode(self._path)}{doubt}")

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file, one after another (tf.io.tf_record_iterator).

    Args:
      path: the file's path.
      options: what it was written with: as for `TFRecordWriter`.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file ends inside of a record, or a checksum is wrong.
    """
    reader = RecordReader(path, TFRecordOptions.get_compression_type_string(options))
    try:
        while (record := reader.next()) is not None:
            yield record
    finally:
        reader.close()
