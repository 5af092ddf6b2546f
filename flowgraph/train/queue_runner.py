"""Threads that fill a queue: tf.train.QueueRunner and its companions."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core import errors, stacks
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.core.operation import Operation
from flowgraph.graph_io.proto_functions import register_proto_function
from flowgraph.graph_io.scopes import prepend_name_scope, strip_name_scope
from flowgraph.ops.state.queues import QueueBase
from flowgraph.runtime.session import BaseSession
from flowgraph.train.coordinator import Coordinator

_log = logging.getLogger("flowgraph")


class QueueRunner:
    """Enqueue operations of a queue, each to be run again and again in a thread of its own.

    When one of them finds its input at an end, its thread ends; the last one closes the queue. With
    a coordinator, a stop cancels the queue, and an error stops all threads of the coordinator
    (tf.train.QueueRunner).

    Args:
      queue: the queue.
      enqueue_ops: the operations, one for each thread; one may come more than once.
      close_op: closes the queue; `queue.close()` when None.
      cancel_op: closes it and cancels what is being put; `queue.close(True)` when None.
      queue_closed_exception_types: a tuple of the errors of `tf.errors` that mean the input's end;
        (tf.errors.OutOfRangeError,) when None.
      queue_runner_def: a QueueRunnerDef that tells all this, of operations in the default graph.
      import_scope: the name scope of those operations.

    Raises:
      ValueError: the queue or the operations are missing, or given twice.
      TypeError: queue_closed_exception_types is no tuple of errors.
    """

    def __init__(
        self,
        queue: QueueBase | None = None,
        enqueue_ops: Sequence[Operation] | None = None,
        close_op: Operation | None = None,
        cancel_op: Operation | None = None,
        queue_closed_exception_types: tuple[type[errors.OpError], ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types = _told(
                queue_runner_def, import_scope
            )
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        self._queue, self._enqueue_ops = queue, enqueue_ops
        self._ends = _checked_types(queue_closed_exception_types)
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = queue.close(True) if cancel_op is None else cancel_op
        self._lock = threading.Lock()
        self._running: Any = weakref.WeakKeyDictionary()  # session -> threads that put
        self._exceptions: list[Exception] = []

    @property
    def queue(self) -> QueueBase:
        """The queue that is filled."""
        return self._queue

    @property
    def enqueue_ops(self) -> Sequence[Operation]:
        """The operations that fill it."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Operation:
        """The operation that closes it."""
        return self._close_op

    @property
    def cancel_op(self) -> Operation:
        """The operation that closes it and cancels those who put."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[type[errors.OpError], ...]:
        """The errors that mean the input's end."""
        return self._ends

    @property
    def exceptions_raised(self) -> list[Exception]:
        """What the threads raised; with a coordinator it is told instead."""
        return self._exceptions

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._queue.name

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The QueueRunnerDef, without a name scope; None when the queue is not in it."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        from flowgraph.graph_io import protos

        def named(op: Any) -> str:
            return strip_name_scope(op.name, export_scope)

        return protos.QueueRunnerDef(
            queue_name=named(self._queue),
            enqueue_op_name=[named(op) for op in self._enqueue_ops],
            close_op_name=named(self._close_op),
            cancel_op_name=named(self._cancel_op),
            queue_closed_exception_types=[kind.code for kind in self._ends],
        )

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> QueueRunner:
        """A runner of operations that are in the default graph, below a name scope."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)

    def create_threads(
        self,
        sess: BaseSession,
        coord: Coordinator | None = None,
        daemon: bool = False,
        start: bool = False,
    ) -> list[threading.Thread]:
        """Makes a thread for each operation, and with a coordinator one that obeys a stop.

        While threads that were made for the session before still run, none are made.

        Args:
          sess: the session that runs the operations.
          coord: the coordinator that tells when to stop and is told errors.
          daemon: whether the threads let the program end.
          start: whether to start them.
        """
        with self._lock:
            if self._running.get(sess, 0) > 0:
                return []
            self._running[sess] = len(self._enqueue_ops)
            self._exceptions = []
        prefix = f"QueueRunnerThread-{self.name}"
        threads = [
            threading.Thread(target=self._run, args=(sess, op, coord), name=f"{prefix}-{op.name}")
            for op in self._enqueue_ops
        ]
        if coord is not None:
            name = f"{prefix}-close_on_stop"
            threads.append(
                threading.Thread(target=self._close_on_stop, args=(sess, coord), name=name)
            )
        for thread in threads:
            if coord is not None:
                self._register(thread, coord)
            thread.daemon = thread.daemon or daemon
            if start:
                thread.start()
        return threads

    def _register(self, thread: threading.Thread, coord: Coordinator) -> None:
        """Adds a thread to those that the coordinator waits for."""
        coord.register_thread(thread)

    def _run(self, session: BaseSession, enqueue_op: Operation, coord: Coordinator | None) -> None:
        at_end = False
        try:
            enqueue = self._feeder(session, enqueue_op)
            while coord is None or not coord.should_stop():
                enqueue()
        except self._ends:
            at_end = True
        except Exception as error:
            if coord is not None:
                coord.request_stop(error)
            else:
                _log.error("Exception in QueueRunner: %s", error)
                with self._lock:
                    self._exceptions.append(error)
                raise
        finally:
            with self._lock:
                self._running[session] -= 1
                last = self._running[session] == 0
        if at_end and last:
            _run_quietly(session, self._close_op)

    def _feeder(self, session: BaseSession, enqueue_op: Operation) -> Callable[[], Any]:
        """A function that runs an operation once."""
        return session.make_callable(enqueue_op)

    def _close_on_stop(self, session: BaseSession, coord: Coordinator) -> None:
        coord.wait_for_stop()
        _run_quietly(session, self._cancel_op)


def _told(message: Any, scope: str | None) -> tuple[Any, Any, Any, Any, Any]:
    """(queue, enqueueing, closing, cancelling operations, the errors that mean the end)."""
    graph = get_default_graph()

    def op(name: str) -> Any:
        return graph.as_graph_element(prepend_name_scope(name, scope)) if name else None

    kinds = [errors.exception_type_from_error_code(c) for c in message.queue_closed_exception_types]
    return (
        op(message.queue_name), [op(name) for name in message.enqueue_op_name],
        op(message.close_op_name), op(message.cancel_op_name), tuple(kinds) or None,
    )  # fmt: skip


def _checked_types(types: Any) -> tuple[type[errors.OpError], ...]:
    if types is None:
        return (errors.OutOfRangeError,)
    if (
        not isinstance(types, tuple)
        or not types
        or not all(issubclass(kind, errors.OpError) for kind in types)
    ):
        raise TypeError(
            "queue_closed_exception_types, when provided, must be a tuple of tf.error types, but "
            f"saw: {types}"
        )
    return types


def _run_quietly(session: BaseSession, op: Operation) -> None:
    """Runs an operation whose failure means that the session or the queue is at its end already."""
    try:
        session.run(op)
    except (errors.OpError, RuntimeError) as error:
        _log.debug("Ignored exception: %s", error)


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Adds a runner to those that `start_queue_runners` starts (tf.train.add_queue_runner)."""
    get_default_graph().add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Starts the threads of all queue runners of the default graph (tf.train.start_queue_runners).

    Args:
      sess: the session that runs them; the default session when None.
      coord: the coordinator that tells them when to stop.
      daemon: whether the threads let the program end.
      start: whether to start the threads, or only to make them.
      collection: the graph's collection of runners.

    Returns:
      The threads.

    Raises:
      ValueError: there is no session.
      TypeError: `sess` is no session.
    """
    if sess is None:
        sess = stacks.sessions.top()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with "
                "sess.as_default()` or pass an explicit session to "
                "tf.start_queue_runners(sess=sess)"
            )
    if type(sess).__name__ in ("MonitoredSession", "SingularMonitoredSession"):
        return []  # they have started them already
    if not isinstance(sess, BaseSession):
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    runners = get_default_graph().get_collection(collection)
    if not runners:
        _log.warning("`tf.train.start_queue_runners()` was called without any queue runners.")
    threads = []
    with sess.graph.as_default():
        for runner in runners:
            threads += runner.create_threads(sess, coord, daemon=daemon, start=start)
    return threads


register_proto_function(
    GraphKeys.QUEUE_RUNNERS, "QueueRunnerDef", QueueRunner.to_proto, QueueRunner.from_proto
)
