"""The readers themselves: a reader makes records of works, which it takes from a queue.

A work is a string, a file's name as a rule. A reader lives in its session's store; one call at a
time is in it, and the others wait in line, so that they can be cancelled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.errors import (
    InvalidArgumentError,
    OutOfRangeError,
    UnimplementedError,
)
from flowgraph.ops.array.known import boxed
from flowgraph.ops.parsing import _files, _wire
from flowgraph.ops.parsing.tfrecord import RecordReader
from flowgraph.runtime.waiting import WaitingState

Record = tuple[bytes, bytes]  # key, value


# --- works ----------------------------------------------------------------------------------------
class Work:
    """A work that is being read."""

    def next(self) -> Record | None:
        """The next record; None at the end."""
        raise OutOfRangeError("there are no records")

    def close(self) -> None:
        """Lets go of the file."""


class Identity(Work):
    """One record: the work itself."""

    def __init__(self, work: bytes) -> None:
        self._work = work

    def next(self) -> Record | None:
        """The work as key and value."""
        return self._work, self._work


class WholeFile(Identity):
    """One record: the file."""

    def next(self) -> Record | None:
        """The file's name, and its bytes."""
        return self._work, _files.read(self._work)


class Lines(Work):
    """The lines of a file, without their ends. A key is "name:number", counted from 1."""

    def __init__(self, work: bytes, skip_header_lines: int) -> None:
        self._work, self._number = work, 0
        self._file = _files.open_to_read(work)
        while self._number < skip_header_lines and self._line():
            pass

    def _line(self) -> bytes:
        line = self._file.readline()
        self._number += bool(line)
        return line

    def next(self) -> Record | None:
        """The next line, without the carriage return at its end, if there is one."""
        line = self._line()
        text = line.removesuffix(b"\n").removesuffix(b"\r")
        if not text and not line.endswith(b"\n"):
            return None
        return b"%s:%d" % (self._work, self._number), text

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class FixedLength(Work):
    """Records of one length, `hop_bytes` apart. A key is "name:number", counted from 0."""

    def __init__(
        self, work: bytes, header: int, record: int, footer: int, hop: int, encoding: str
    ) -> None:
        self._work, self._number = work, 0
        self._record, self._footer, self._hop = record, footer, hop or record
        self._file = _files.open_to_read(work, encoding)
        self._ahead = b""  # bytes that are read and belong to the next record, too
        if len(self._file.read(header)) < header:
            self._file.close()
            raise OutOfRangeError("reached end of file")

    def next(self) -> Record | None:
        """The next record; None when the file has not enough bytes for it and the footer."""
        if self._number:
            rest = self._hop - len(self._ahead)
            self._ahead = self._ahead[self._hop :]
            if rest > 0 and len(self._file.read(rest)) < rest:
                return None
        size = self._record + self._footer
        self._ahead += self._file.read(max(0, size - len(self._ahead)))
        if len(self._ahead) < size:
            return None
        self._number += 1
        return b"%s:%d" % (self._work, self._number - 1), self._ahead[: self._record]

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Records(Work):
    """The records of a file of records. A key is "name:offset"."""

    def __init__(self, work: bytes, compression: str) -> None:
        self._work, self._reader = work, RecordReader(work, compression)

    def next(self) -> Record | None:
        """The next record."""
        offset = self._reader.offset
        record = self._reader.next()
        return None if record is None else (b"%s:%d" % (self._work, offset), record)

    def close(self) -> None:
        """Closes the file."""
        self._reader.close()


# --- readers --------------------------------------------------------------------------------------
class Reader(WaitingState):
    """Reads works, one after another. `one_record`: each has one, and it is done at once."""

    def __init__(
        self, name: str, open_work: Callable[[bytes], Work], one_record: bool, can_save: bool
    ) -> None:
        super().__init__()
        self.name, self.handle = name, boxed(self)
        self._open, self._one_record, self._can_save = open_work, one_record, can_save
        self._line, self._busy = self.new_line(), False
        self._clear()

    def _clear(self) -> None:
        self._work: Work | None = None
        self._current = b""
        self._started = self._finished = self._produced = 0

    # --- one call at a time --------------------------------------------------------------------
    def _alone(self, call: Callable[[], Any]) -> Any:
        def attempt() -> bool:
            if self._busy:
                return False
            self._busy = True
            return True

        self.in_turn(self._line, attempt, what="Read operation")
        try:
            return call()
        finally:
            with self.lock:
                self._busy = False
                self._wake()

    # --- reading -------------------------------------------------------------------------------
    def read(self, queue: Any) -> Record:
        """The next record; takes works from the queue until one has a record."""

        def call() -> Record:
            while True:
                record = self._next(queue)
                if record is not None:
                    return record

        return self._alone(call)  # type: ignore[no-any-return]

    def read_up_to(self, count: int, queue: Any) -> list[Record]:
        """Up to `count` records: fewer at the end of a work that had some."""

        def call() -> list[Record]:
            found: list[Record] = []
            while len(found) < count:
                record = self._next(queue)
                if record is not None:
                    found.append(record)
                if found and self._finished == self._started:
                    break
            return found

        return self._alone(call)  # type: ignore[no-any-return]

    def _next(self, queue: Any) -> Record | None:
        """The next record of the work, or None at its end."""
        if self._finished == self._started:
            self._current = _one_string(queue.dequeue())
            self._work = self._open(self._current)
            self._started += 1
        if self._work is None:  # which it was in when its state was saved
            self._work = self._open(self._current)
        record = self._work.next()
        if record is not None:
            self._produced += 1
        if record is None or self._one_record:
            self._work.close()
            self._work, self._finished = None, self._started
        return record

    # --- counts and state ----------------------------------------------------------------------
    def records_produced(self) -> int:
        """How many records were read."""
        return self._produced

    def works_completed(self) -> int:
        """How many works were read to their end."""
        return self._finished

    def reset(self) -> None:
        """Forgets everything."""
        self._alone(self._let_go)

    def _let_go(self) -> None:
        if self._work is not None:
            self._work.close()
        self._clear()

    def save(self) -> bytes:
        """The state as TensorFlow's ReaderBaseState message."""
        self._check_can_save("SerializeState")
        counts = (self._started, self._finished, self._produced)
        fields = [_wire.integer_field(i, n) for i, n in enumerate(counts, 1) if n]
        work = [_wire.bytes_field(4, self._current)] if self._current else []
        return b"".join([*fields, *work])

    def restore(self, state: bytes) -> None:
        """Goes back to a state; after one that is none, to the first."""
        self._check_can_save("RestoreState")
        self._alone(lambda: self._restore(state))

    def _restore(self, state: bytes) -> None:
        self._let_go()
        counts, work = [0, 0, 0], b""
        try:
            for field, kind, first, last in _wire.fields(state):
                if field <= 3 and kind == _wire.VARINT:
                    counts[field - 1] = _wire.signed(first)
                elif field == 4 and kind == _wire.BYTES:
                    work = state[first:last]
        except _wire.Malformed:
            raise InvalidArgumentError(
                f"Could not parse state for {self.name}: {state!r}"
            ) from None
        if min(counts) < 0:
            raise InvalidArgumentError(
                f"Unexpected negative value when restoring in {self.name}: {counts}"
            )
        if counts[0] > counts[1]:
            raise InvalidArgumentError(
                f"Inconsistent work started vs. finished when restoring in {self.name}: {counts}"
            )
        self._started, self._finished, self._produced = counts
        self._current = work

    def _check_can_save(self, what: str) -> None:
        if not self._can_save:
            raise UnimplementedError(f"Reader {what}")


def _one_string(element: tuple[Any, ...]) -> bytes:
    """The work that an element of a queue is; InvalidArgumentError when it is none."""
    if len(element) != 1:
        raise InvalidArgumentError(
            f"Expected single component queue, got {len(element)} components"
        )
    value = np.asarray(element[0])
    if value.dtype != dtypes.string.np_dtype:
        raise InvalidArgumentError("Expected queue with single string component")
    if value.size != 1:
        raise InvalidArgumentError("Expected to dequeue a one-element string tensor")
    return value.reshape(-1)[0]  # type: ignore[no-any-return]
