"""Tracebacks of scripts: the script's own frames, where the mistake is the script's.

An error that flowgraph raises on purpose tells the user of an argument, a shape, a feed: its own
frames say nothing to him. An error that comes about in flowgraph by accident is shown whole.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from types import TracebackType

from flowgraph.core.source import is_own_file

_LIBRARIES = tuple(os.path.join(sysconfig.get_path(p), "") for p in ("stdlib", "purelib"))


def install() -> None:
    """Shows errors that nobody catches as `text` has them."""

    def hook(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        sys.stderr.write(text(error))

    sys.excepthook = hook


def text(error: BaseException) -> str:
    """The traceback of an error, as Python prints it."""
    told = traceback.TracebackException.from_exception(error)
    if os.environ.get("FLOWGRAPH_TRACEBACK") != "full":
        _filter(told, set(), isinstance(error, KeyboardInterrupt))
    return "".join(told.format())


def _filter(
    told: traceback.TracebackException | None, seen: set[int], interrupted: bool = False
) -> None:
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    for before in (told.__cause__, told.__context__):
        _filter(before, seen)
    frames = list(told.stack)
    while frames and _belongs_to_the_start(frames[0]):
        del frames[0]
    if interrupted or _is_the_users(frames):  # where an interrupt came is by chance
        if interrupted:
            frames = [frame for frame in frames if not _is_library(frame.filename)]
        frames = [frame for frame in frames if not _is_ours(frame.filename)]
        if told.__cause__ is not None and not told.__cause__.stack:
            told.__cause__ = None  # raised in a kernel: the error that came of it says the same
            told.__suppress_context__ = True
    told.stack = traceback.StackSummary.from_list(frames)
    if not frames:
        told.stack = None  # type: ignore[assignment]  # a SyntaxError has none, and no heading


def _is_the_users(frames: list[traceback.FrameSummary]) -> bool:
    """Whether an error is of the script: from its own code, or raised by flowgraph on purpose."""
    last = frames[-1] if frames else None
    if last is None or (is_own_file(last.filename) and (last.line or "").startswith("raise")):
        return True
    known = [frame for frame in frames if not _is_library(frame.filename)]
    return bool(known) and not is_own_file(known[-1].filename)


def _is_ours(file: str) -> bool:
    """Whether a frame says nothing to the user: ours, or of a `with` on its way to us."""
    return is_own_file(file) or os.path.basename(file) == "contextlib.py"


def _is_library(file: str) -> bool:
    """Whether a file is of Python or of a package that is installed."""
    return file.startswith(("<frozen", *_LIBRARIES)) and not is_own_file(file)


def _belongs_to_the_start(frame: traceback.FrameSummary) -> bool:
    """Whether the frame is of the command, or of what runs the script."""
    name = os.path.basename(frame.filename)
    is_runner = frame.filename.startswith("<frozen runpy") or name == "runpy.py"
    return is_runner or is_own_file(frame.filename) or name in ("flowgraph", "flowgraph.exe")
