"""Files of events, which TensorBoard reads: records with checksums, each an Event message."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from flowgraph.graph_io import protos
from flowgraph.ops.parsing.tfrecord import TFRecordWriter, tf_record_iterator

_VERSION = "brain.Event:2"


class EventsWriter:
    """Writes events to one file, whose name begins with `prefix` (TF's pywrap EventsWriter).

    The file is made at the first event; after `Close` the next one makes another file.
    """

    def __init__(self, prefix: Any) -> None:
        self._prefix = os.fsdecode(prefix)
        self._suffix = ""
        self._path = ""
        self._file: TFRecordWriter | None = None
        self._lock = threading.Lock()

    def InitWithSuffix(self, suffix: Any) -> None:
        """Makes the file, with `suffix` at the end of its name."""
        self._suffix = os.fsdecode(suffix)
        with self._lock:
            self._open()

    def FileName(self) -> bytes:
        """The path of the file."""
        with self._lock:
            self._open()
        return os.fsencode(self._path)

    def WriteEvent(self, event: Any) -> None:
        """Writes an Event message; TypeError for anything else."""
        descriptor = getattr(event, "DESCRIPTOR", None)
        if getattr(descriptor, "full_name", None) != "tensorflow.Event":
            raise TypeError(f"Expected an event_pb2.Event proto, but got {type(event)}")
        with self._lock:
            self._open().write(event.SerializeToString())

    def Flush(self) -> None:
        """Gives the operating system what was written."""
        with self._lock:
            if self._file is not None:
                self._file.flush()

    def Close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self) -> TFRecordWriter:
        if self._file is None:
            now = time.time()
            self._path = (
                f"{self._prefix}.out.tfevents.{int(now):010d}.{socket.gethostname()}{self._suffix}"
            )
            self._file = TFRecordWriter(self._path)
            version = protos.Event(wall_time=now, file_version=_VERSION)
            self._file.write(version.SerializeToString())
        return self._file


class EventFileWriter:
    """Writes events to files in a directory (TF's EventFileWriter).

    Args:
      logdir: the directory, made when it is missing.
      max_queue: after how many events they are on the disk.
      flush_secs: after how many seconds they are, at the latest at the next event.
      filename_suffix: the end of the files' names.
    """

    def __init__(
        self,
        logdir: Any,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: Any = None,
    ) -> None:
        self._logdir = os.fsdecode(logdir)
        os.makedirs(self._logdir, exist_ok=True)
        self._writer = EventsWriter(os.path.join(self._logdir, "events"))
        self._writer.InitWithSuffix(filename_suffix or "")
        self._most, self._seconds = max(max_queue, 1), flush_secs
        self._pending, self._flushed = 0, time.time()
        self._closed = False

    def get_logdir(self) -> str:
        """The directory."""
        return self._logdir

    def reopen(self) -> None:
        """Takes events again after `close`; they go to a new file."""
        self._closed = False

    def add_event(self, event: Any) -> None:
        """Writes an Event message; nothing after `close`."""
        if self._closed:
            return
        self._writer.WriteEvent(event)
        self._pending += 1
        if self._pending >= self._most or time.time() - self._flushed >= self._seconds:
            self.flush()

    def flush(self) -> None:
        """Puts what was written on the disk."""
        self._writer.Flush()
        self._pending, self._flushed = 0, time.time()

    def close(self) -> None:
        """Closes the file; see `reopen`."""
        self._writer.Close()
        self._closed = True


def summary_iterator(path: Any) -> Iterator[Any]:
    """The Event messages of a file, one after another (tf.train.summary_iterator).

    Args:
      path: the file's path.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file ends inside of an event, or is damaged.
    """
    for record in tf_record_iterator(path):
        yield protos.Event.FromString(record)
