"""Threads and streams within a test: what goes wrong or is written there comes to the test."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class CheckedThread:
    """A thread whose exception becomes the test's failure when it is joined.

    (tf.test.TestCase.checkedThread)

    Args:
        testcase: the test.
        target: what the thread calls.
        args, kwargs: its arguments.
    """

    def __init__(
        self, testcase: Any, target: Callable[..., Any], args: Any = None, kwargs: Any = None
    ) -> None:
        self._testcase = testcase
        self._call = lambda: target(*(args or ()), **(kwargs or {}))
        self._exception: Exception | None = None
        self._joined = False
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._call()
        except Exception as error:  # whatever it is, it is the test's
            self._exception = error

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def join(self) -> None:
        """Waits for the thread's end, and fails the test if it ended in an exception."""
        self._joined = True
        self._thread.join()
        if self._exception is not None:
            self._testcase.fail(f"Error in checkedThread: {self._exception}")

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    def check_termination(self) -> None:
        """Fails the test unless the thread has been joined.

        Raises:
            RuntimeError: it still runs.
        """
        if not self._joined:
            self._testcase.fail("A checked thread was not joined.")
        elif self.is_alive():
            raise RuntimeError("Thread was not joined with main thread, and is still running.")


class CapturedWrites:
    """What was written to a stream within a `with` block, as text."""

    def __init__(self, path: str) -> None:
        self._path = path

    def contents(self) -> str:
        """What has been written so far."""
        with open(self._path, encoding="utf-8") as file:
            return file.read()


@contextmanager
def captured_writes(stream: Any, path: str) -> Iterator[CapturedWrites]:
    """Sends what is written to a stream's file descriptor to a file, within a `with` block."""
    stream.flush()
    descriptor = stream.fileno()
    kept = os.dup(descriptor)
    try:
        with open(path, "w", encoding="utf-8") as file:
            os.dup2(file.fileno(), descriptor)
            yield CapturedWrites(path)
    finally:
        stream.flush()
        os.dup2(kept, descriptor)
        os.close(kept)
