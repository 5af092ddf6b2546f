"""The two stacks that are the only global state: default graphs and sessions, per thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class DefaultStack(threading.local):
    """A per-thread stack whose top is the default."""

    def __init__(self) -> None:
        self.stack: list[Any] = []

    def top(self) -> Any:
        """The default, or None."""
        return self.stack[-1] if self.stack else None

    @contextmanager
    def pushed(self, value: Any) -> Iterator[Any]:
        """Makes `value` the default within a `with`; leaving in another order is an error."""
        self.stack.append(value)
        try:
            yield value
        finally:
            if self.stack[-1:] != [value]:
                raise AssertionError("Nesting violated for default stack of " + repr(type(value)))
            self.stack.pop()


class _Graphs(DefaultStack):
    """The graphs' stack; at its bottom lies a graph of the whole process."""


graphs = _Graphs()
sessions = DefaultStack()


def get_default_session() -> Any:
    """The innermost session of this thread's `with` blocks, or None (tf.get_default_session)."""
    return sessions.top()


def session_for(graph: Any, session: Any, verb: str) -> Any:
    """The session given, else the default one; ValueError when none is, or of another graph."""
    given = session
    session = sessions.top() if session is None else session
    if session is None:
        raise ValueError(
            f"Cannot {verb} using `eval()` or `run()`: No default session is registered. Use "
            "`with sess.as_default()` or pass an explicit session to `eval(session=sess)`"
        )
    if session.graph is not graph:
        kind = "default session" if given is None else "passed session"
        raise ValueError(
            f"Cannot use the {kind} to {verb}: the {verb.split()[-1]}'s graph is different from "
            "the session's graph. Pass an explicit session to `eval(session=sess)`."
        )
    return session
