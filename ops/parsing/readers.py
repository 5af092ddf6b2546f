"""Readers as Python objects (tf.ReaderBase and its kinds), which read files named in a queue."""

from __future__ import annotations

from typing import Any

from flowgraph.core.op_def import OpDef
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.parsing import reader_ops as ops
from flowgraph.ops.parsing.tfrecord import TFRecordOptions

__all__ = [
    "FixedLengthRecordReader", "IdentityReader", "ReaderBase", "TFRecordReader", "TextLineReader",
    "WholeFileReader",
]  # fmt: skip


class ReaderBase:
    """Makes records, pairs of a key and a value, of works in a queue of strings (tf.ReaderBase).

    Args:
      reader_ref: the handle of the reader.
      supports_serialize: whether its state can be saved.
    """

    def __init__(self, reader_ref: Any, supports_serialize: bool = False) -> None:
        self._reader_ref, self._supports_serialize = reader_ref, supports_serialize

    @property
    def reader_ref(self) -> Any:
        """The handle of the reader."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether the reader's state can be saved."""
        return self._supports_serialize

    def read(self, queue: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
        """The next record: (key, value), scalar strings; takes the next work when one is done.

        OutOfRangeError at run time when the queue is closed and empty.

        Args:
          queue: a queue of strings, or its handle.
          name: the operation's name.
        """
        key, value = ops.read_op(self._reader_ref, _handle(queue), name=name)
        return key, value

    def read_up_to(
        self, queue: Any, num_records: Any, name: str | None = None
    ) -> tuple[Tensor, Tensor]:
        """Up to `num_records` records: (keys, values), vectors; fewer at the end of a work."""
        keys, values = ops.read_up_to_op(self._reader_ref, _handle(queue), num_records, name=name)
        return keys, values

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """How many records were read, a scalar int64."""
        return ops.num_records_produced_op(self._reader_ref, name=name)  # type: ignore[no-any-return]

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """How many works were read to their end, a scalar int64."""
        return ops.num_work_units_completed_op(self._reader_ref, name=name)  # type: ignore[no-any-return]

    def serialize_state(self, name: str | None = None) -> Tensor:
        """The reader's state as a scalar string; UnimplementedError where it cannot be saved."""
        return ops.serialize_state_op(self._reader_ref, name=name)  # type: ignore[no-any-return]

    def restore_state(self, state: Any, name: str | None = None) -> Operation:
        """An operation that goes back to a saved state."""
        return ops.restore_state_op(self._reader_ref, state, name=name)  # type: ignore[no-any-return]

    def reset(self, name: str | None = None) -> Operation:
        """An operation that forgets the work and the counts."""
        return ops.reset_op(self._reader_ref, name=name)  # type: ignore[no-any-return]


def _handle(queue: Any) -> Any:
    return queue if isinstance(queue, Tensor) else queue.queue_ref


def _made(op_def: OpDef, name: str | None, **more: Any) -> Tensor:
    return op_def(name=name, **more)  # type: ignore[no-any-return]


class WholeFileReader(ReaderBase):
    """Gives each file as one record: its name, and all its bytes (tf.WholeFileReader)."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(_made(ops.whole_file_reader_op, name), supports_serialize=True)


class IdentityReader(ReaderBase):
    """Gives each work as key and value (tf.IdentityReader)."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(_made(ops.identity_reader_op, name), supports_serialize=True)


class TextLineReader(ReaderBase):
    """Gives the lines of files, with keys "name:number" (tf.TextLineReader).

    Args:
      skip_header_lines: how many lines to pass over at the start of each file.
      name: the operation's name.
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        super().__init__(_made(ops.text_line_reader_op, name, skip_header_lines=skip_header_lines))


class FixedLengthRecordReader(ReaderBase):
    """Gives records of one length (tf.FixedLengthRecordReader).

    Args:
      record_bytes: the length of a record.
      header_bytes: how many bytes to pass over at the start of each file.
      footer_bytes: how many bytes at the end of a file are in no record.
      hop_bytes: how far apart records begin; `record_bytes` when 0.
      name: the operation's name.
      encoding: "ZLIB", "GZIP" or "".
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        super().__init__(
            _made(
                ops.fixed_length_record_reader_op, name, record_bytes=record_bytes,
                header_bytes=header_bytes, footer_bytes=footer_bytes, hop_bytes=hop_bytes,
                encoding=encoding,
            )
        )  # fmt: skip


class TFRecordReader(ReaderBase):
    """Gives the records of files of records, with keys "name:offset" (tf.TFRecordReader).

    Args:
      name: the operation's name.
      options: `TFRecordOptions`, or what they can be made of.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        kind = TFRecordOptions.get_compression_type_string(options)
        super().__init__(_made(ops.tf_record_reader_op, name, compression_type=kind))
