"""Docstrings for Sphinx: in ours, backticks hold code and all else is words, not markup."""

from __future__ import annotations

import re
from typing import Any

_CODE = re.compile(r"`+([^`]+)`+")
_MARKUP = re.compile(r"[*|\\]|(?<=\w)_(?![\w:])")
_BEFORE_NAPOLEON = 400  # which turns "Args:" and the like into fields


def as_rst(words: str) -> str:
    """Words with code in backticks as reStructuredText; the lines stay the same."""
    pieces = _CODE.split(words)
    for i, piece in enumerate(pieces):
        if i % 2:
            follower = pieces[i + 1][:1]
            pieces[i] = f"``{piece}``" + ("\\ " if follower.isalnum() else "")
            if pieces[i - 1][-1:].isalnum():
                pieces[i] = "\\ " + pieces[i]
        else:
            pieces[i] = _MARKUP.sub(r"\\\g<0>", piece)
    return "".join(pieces)


def _process(app: Any, what: str, name: str, held: Any, options: Any, lines: list[str]) -> None:
    """Rewrites the lines of a docstring in place, paragraph by paragraph; examples stay."""
    paragraphs = re.split(r"(\n\s*\n)", "\n".join(lines))
    paragraphs[::2] = [p if p.lstrip().startswith(">>>") else as_rst(p) for p in paragraphs[::2]]
    lines[:] = "".join(paragraphs).split("\n")


def setup(app: Any) -> dict[str, Any]:
    """Connects it before napoleon."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _process, priority=_BEFORE_NAPOLEON)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
