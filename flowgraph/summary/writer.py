"""`FileWriter`: summaries, graphs and what runs recorded, written as events for TensorBoard."""

from __future__ import annotations

import os
import threading
import time
import warnings
from typing import Any

from flowgraph.core.graph import Graph
from flowgraph.graph_io import protos
from flowgraph.graph_io.meta_graph import create_meta_graph_def
from flowgraph.graph_io.run_metadata import run_metadata_message
from flowgraph.platform import logging
from flowgraph.summary.event_file import EventFileWriter
from flowgraph.summary.plugin_asset import all_plugin_assets

__all__ = ["FileWriter", "FileWriterCache", "SummaryToEventTransformer"]
_PLUGINS_DIR = "plugins"  # where TensorBoard looks for the files of its plugins


class SummaryToEventTransformer:
    """Makes Event messages of summaries and the like, for an `event_writer`.

    Args:
      event_writer: what has `add_event`.
      graph: a graph to write at once.
      graph_def: the older form of `graph`, a GraphDef.
    """

    def __init__(self, event_writer: Any, graph: Any = None, graph_def: Any = None) -> None:
        self.event_writer = event_writer
        self._session_run_tags: dict[str, bool] = {}
        self._seen_summary_tags: set[str] = set()
        if graph is not None or graph_def is not None:
            self.add_graph(graph=graph, graph_def=graph_def)
            nodes = graph if graph is not None else graph_def
            if isinstance(nodes, Graph):
                nodes = nodes.as_graph_def(add_shapes=True)
            self.add_meta_graph(create_meta_graph_def(graph_def=nodes))

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Writes a Summary, a message or what a run of a summary op gives.

        Args:
          summary: a Summary message, or one that is serialised.
          global_step: the number of the step.
        """
        message = _as_summary(summary)
        for value in message.value:
            if not value.HasField("metadata"):
                continue
            if value.tag in self._seen_summary_tags:
                value.ClearField("metadata")  # once is enough for TensorBoard
            else:
                self._seen_summary_tags.add(value.tag)
        self._add_event(protos.Event(summary=message), global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Writes a SessionLog message."""
        message = protos.SessionLog.FromString(session_log.SerializeToString())
        self._add_event(protos.Event(session_log=message), global_step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Writes a graph.

        Args:
          graph: a `Graph`, or in older scripts a GraphDef.
          global_step: the number of the step.
          graph_def: the older form, a GraphDef.

        Raises:
          ValueError: both are given, or neither.
          TypeError: a graph is none.
        """
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        if isinstance(graph, Graph):
            self._add_graph_def(graph.as_graph_def(add_shapes=True), global_step)
            if hasattr(self.event_writer, "get_logdir"):
                self._write_plugin_assets(graph)
        elif _is_message(graph, "GraphDef") or _is_message(graph_def, "GraphDef"):
            logging.warning(
                "Passing a `GraphDef` to the SummaryWriter is deprecated. Pass a `Graph` object "
                "instead, such as `sess.graph`."
            )
            self._add_graph_def(graph if graph is not None else graph_def, global_step)
        else:
            raise TypeError(
                "The passed graph must be an instance of `Graph` or the deprecated `GraphDef`"
            )

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Writes a MetaGraphDef; TypeError when it is none."""
        if not _is_message(meta_graph_def, "MetaGraphDef"):
            raise TypeError(
                f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}"
            )
        data = meta_graph_def.SerializeToString()
        self._add_event(protos.Event(meta_graph_def=data), global_step)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Writes what a run recorded.

        Args:
          run_metadata: a `tf.RunMetadata`.
          tag: its name in TensorBoard.
          global_step: the number of the step.

        Raises:
          ValueError: the tag was used before.
        """
        if tag in self._session_run_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._session_run_tags[tag] = True
        data = run_metadata_message(run_metadata).SerializeToString()
        tagged = protos.TaggedRunMetadata(tag=tag, run_metadata=data)
        self._add_event(protos.Event(tagged_run_metadata=tagged), global_step)

    def _add_graph_def(self, graph_def: Any, global_step: Any = None) -> None:
        self._add_event(protos.Event(graph_def=graph_def.SerializeToString()), global_step)

    def _add_event(self, event: Any, step: Any) -> None:
        event.wall_time = time.time()
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def _write_plugin_assets(self, graph: Graph) -> None:
        for asset in all_plugin_assets(graph):
            directory = os.path.join(
                os.fsdecode(self.event_writer.get_logdir()), _PLUGINS_DIR, asset.plugin_name
            )
            os.makedirs(directory, exist_ok=True)
            for name, content in asset.assets().items():
                with open(os.path.join(directory, name), "wb") as file:
                    file.write(content if isinstance(content, bytes) else content.encode())


def _as_summary(summary: Any) -> Any:
    """A Summary message that is ours, and nobody else's."""
    if hasattr(summary, "SerializeToString"):
        summary = summary.SerializeToString()
    if hasattr(summary, "item") and not isinstance(summary, bytes):
        summary = summary.item()  # an array of one string
    if isinstance(summary, str):
        summary = summary.encode("utf-8", "surrogateescape")
    if not isinstance(summary, bytes):
        raise TypeError(
            "add_summary takes a Summary message, or the bytes that a run of a summary op gives; "
            f"got {type(summary).__name__}. Hint: sess.run(tf.summary.merge_all())."
        )
    return protos.Summary.FromString(summary)


def _is_message(value: Any, name: str) -> bool:
    descriptor = getattr(value, "DESCRIPTOR", None)
    return getattr(descriptor, "full_name", None) == f"tensorflow.{name}"


class FileWriter(SummaryToEventTransformer):
    """Writes summaries and graphs to a file of events in a directory (tf.summary.FileWriter).

    Args:
      logdir: the directory, made when it is missing.
      graph: a graph to write at once, such as `sess.graph`.
      max_queue: after how many events they are on the disk.
      flush_secs: after how many seconds they are, at the latest at the next event.
      graph_def: the older form of `graph`.
      filename_suffix: the end of the file's name.
      session: accepted.
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: Any = None,
        session: Any = None,
    ) -> None:
        del session
        self._closed = False
        writer = EventFileWriter(logdir, max_queue, flush_secs, filename_suffix)
        super().__init__(writer, graph, graph_def)

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def get_logdir(self) -> str:
        """The directory."""
        return str(self.event_writer.get_logdir())

    def add_event(self, event: Any) -> None:
        """Writes an Event message."""
        self._warn_if_event_writer_is_closed()
        self.event_writer.add_event(event)

    def _add_event(self, event: Any, step: Any) -> None:
        self._warn_if_event_writer_is_closed()
        super()._add_event(event, step)

    def _warn_if_event_writer_is_closed(self) -> None:
        if self._closed:
            warnings.warn(
                "Attempting to use a closed FileWriter. The operation will be a noop unless the "
                "FileWriter is explicitly reopened.",
                stacklevel=4,
            )

    def flush(self) -> None:
        """Puts what was written on the disk."""
        self._warn_if_event_writer_is_closed()
        self.event_writer.flush()

    def close(self) -> None:
        """Closes the file; see `reopen`."""
        self.event_writer.close()
        self._closed = True

    def reopen(self) -> None:
        """Takes events again after `close`; they go to a new file."""
        self.event_writer.reopen()
        self._closed = False


class FileWriterCache:
    """One `FileWriter` for each directory (tf.summary.FileWriterCache)."""

    _cache: dict[str, FileWriter] = {}
    _lock = threading.RLock()

    @staticmethod
    def clear() -> None:
        """Forgets all writers, which are closed."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._cache.values():
                writer.close()
            FileWriterCache._cache = {}

    @staticmethod
    def get(logdir: str) -> FileWriter:
        """The writer for a directory, made when it is first asked for."""
        from flowgraph.core.graph import get_default_graph

        with FileWriterCache._lock:
            if logdir not in FileWriterCache._cache:
                FileWriterCache._cache[logdir] = FileWriter(logdir, graph=get_default_graph())
            return FileWriterCache._cache[logdir]
