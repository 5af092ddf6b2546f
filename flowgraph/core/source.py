"""The user's own line behind an operation: one cheap walk up the stack, past flowgraph's frames."""

from __future__ import annotations

import linecache
import os
import sys
from types import CodeType
from typing import NamedTuple

_OURS = tuple(
    os.path.join(root, "")
    for root in {
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        os.path.join(
            os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "ops"
        ),
    }
)
_EXAMPLES = os.path.join(_OURS[0], "examples", "")
_is_ours: dict[CodeType, bool] = {}


class Line(NamedTuple):
    """A place in a source file."""

    file: str
    number: int
    function: str

    @property
    def text(self) -> str:
        """The line's own text, stripped; empty when the file cannot be read."""
        return linecache.getline(self.file, self.number).strip()

    def __str__(self) -> str:
        text = self.text
        return f"{self.file}:{self.number}" + (f": {text}" if text else "")


def add_own_directory(directory: str) -> None:
    """Treats the files below `directory` as flowgraph's own, so that no user's line is in them."""
    global _OURS
    _OURS = (*_OURS, os.path.join(os.path.abspath(directory), ""))
    _is_ours.clear()


def caller_line() -> Line | None:
    """The innermost frame that is not flowgraph's own, or None."""
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        ours = _is_ours.get(code)
        if ours is None:
            ours = _is_ours[code] = _belongs_to_us(code)
        if not ours:
            return Line(code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def is_own_file(path: str) -> bool:
    """Whether a source file is flowgraph's; its examples, written as users would, are not."""
    return path.startswith(_OURS) and not path.startswith(_EXAMPLES)


def _belongs_to_us(code: CodeType) -> bool:
    return is_own_file(code.co_filename) or os.path.basename(code.co_filename) == "contextlib.py"
