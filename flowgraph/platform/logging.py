"""`tf.logging`: the logger "tensorflow" under TensorFlow 1's names.

A line reads `INFO:tensorflow:text` and goes to stderr, unless the program has set up Python's own
logging before. Nothing below WARN is shown until `set_verbosity` says so.
"""

from __future__ import annotations

import logging as _logging
import os
import sys
import threading
import time
from logging import DEBUG, ERROR, FATAL, INFO, WARN
from typing import Any

__all__ = [
    "DEBUG", "ERROR", "FATAL", "INFO", "TaskLevelStatusMessage", "WARN", "debug", "error", "fatal",
    "flush", "get_logger", "get_verbosity", "google2_log_prefix", "info", "log", "log_every_n",
    "log_first_n", "log_if", "set_verbosity", "vlog", "warn", "warning",
]  # fmt: skip

NAME = "tensorflow"
_NAMES = {FATAL: "FATAL", ERROR: "ERROR", WARN: "WARN", INFO: "INFO", DEBUG: "DEBUG"}
_lock = threading.Lock()
_loggers: list[_logging.Logger] = []
_counts: dict[tuple[str, int], int] = {}


class _Stream(_logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to the stream that is sys.stderr (or sys.stdout) at the time."""

    def __init__(self, name: str) -> None:
        _logging.Handler.__init__(self)
        self._stream_name = name

    @property
    def stream(self) -> Any:  # type: ignore[override]
        return getattr(sys, self._stream_name)


def get_logger() -> _logging.Logger:
    """The logger that `tf.logging` writes to (tf.get_logger)."""
    with _lock:
        if not _loggers:
            _loggers.append(_make_logger())
    return _loggers[0]


def _make_logger() -> _logging.Logger:
    logger = _logging.getLogger(NAME)
    if _logging.getLogger().handlers:
        return logger
    interactive = hasattr(sys, "ps1") or bool(sys.flags.interactive)
    if interactive:
        logger.setLevel(INFO)
    handler = _Stream("stdout" if interactive else "stderr")
    handler.setFormatter(_logging.Formatter(_logging.BASIC_FORMAT, None))
    logger.addHandler(handler)
    return logger


def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs `msg % args` at a level."""
    get_logger().log(level, msg, *args, **_at_caller(kwargs))


def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs `msg % args` at level DEBUG."""
    get_logger().debug(msg, *args, **_at_caller(kwargs))


def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs `msg % args` at level INFO."""
    get_logger().info(msg, *args, **_at_caller(kwargs))


def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs `msg % args` at level WARN."""
    get_logger().warning(msg, *args, **_at_caller(kwargs))


warn = warning


def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs `msg % args` at level ERROR."""
    get_logger().error(msg, *args, **_at_caller(kwargs))


def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs `msg % args` at level FATAL; the program goes on."""
    get_logger().critical(msg, *args, **_at_caller(kwargs))


def vlog(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs `msg % args` at a level; the same as `log`."""
    get_logger().log(level, msg, *args, **_at_caller(kwargs))


def TaskLevelStatusMessage(msg: Any) -> None:
    """Logs `msg` at level ERROR."""
    error(msg)


def _at_caller(kwargs: dict[str, Any]) -> dict[str, Any]:
    """So that a record tells of the line that called a function of this file."""
    kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
    return kwargs


def flush() -> None:
    """Hands what was logged to the operating system."""
    for handler in get_logger().handlers:
        handler.flush()


def _caller() -> tuple[str, int]:
    """The file and the line that called a function of this file."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _calls() -> int:
    """How often the caller's line has come here before."""
    where = _caller()
    with _lock:
        _counts[where] = _counts.get(where, -1) + 1
        return _counts[where]


def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Logs the first call of the caller's line and each `n`-th after it."""
    log_if(level, msg, _calls() % n == 0, *args)


def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Logs the first `n` calls of the caller's line."""
    log_if(level, msg, _calls() < n, *args)


def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """Logs `msg % args` if `condition` holds."""
    if condition:
        vlog(level, msg, *args)


def get_verbosity() -> int:
    """The lowest level that is shown."""
    return get_logger().getEffectiveLevel()


def set_verbosity(v: Any) -> None:
    """Shows what is logged at level `v` (tf.logging.INFO, ...) or above."""
    get_logger().setLevel(v)


def google2_log_prefix(
    level: int, timestamp: float | None = None, file_and_line: tuple[str, int] | None = None
) -> str:
    """A line's start in Google's form: `I1125 13:09:26.123456 140 file.py:12]` and a blank."""
    now = timestamp or time.time()
    file, line = file_and_line or _caller()
    day = time.strftime("%m%d %H:%M:%S", time.localtime(now))
    micros = int(1e6 * (now % 1.0))
    thread = threading.get_ident() & (2 * sys.maxsize + 1)
    letter = _NAMES.get(level, "INFO")[0]
    return f"{letter}{day}.{micros:06d} {thread:5d} {os.path.basename(file)}:{line}] "
