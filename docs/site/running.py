"""Runs the code of a page: its files are written, its Python executed, its commands compared.

A block of Python that begins with `# name.py` is a file; the others are one program. In a block
`console`, lines from "$ " on are commands, the lines below them what they print ("..." stands for
anything).
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w+\.py)\n")
_COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


class PageError(AssertionError):
    """A page says what is not so."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The kind and text of each block: "python" or "console"."""
    yield from _BLOCK.findall(page.read_text(encoding="utf-8"))


def run(page: Path, folder: Path) -> dict[str, Any]:
    """Runs a page's code in a folder; gives the names that its Python made.

    Raises:
        PageError: a command failed, or printed something else.
    """
    names: dict[str, Any] = {"__name__": "page"}
    before = Path.cwd()
    os.chdir(folder)
    try:
        for kind, text in blocks(page):
            if kind == "console":
                for command, expected in _COMMAND.findall(text):
                    _command(page, command, expected)
            elif file := _FILE.match(text):
                Path(file[1]).write_text(text, encoding="utf-8")
            else:
                exec(compile(text, str(page), "exec"), names)
    finally:
        os.chdir(before)
    return names


def _command(page: Path, command: str, expected: str) -> None:
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise PageError(f"{page.name}: {command!r} ended with {done.returncode}: {done.stderr}")
    checker = doctest.OutputChecker()
    if not checker.check_output(expected, done.stdout, doctest.ELLIPSIS):
        raise PageError(f"{page.name}: {command!r} printed {done.stdout!r}, not {expected!r}")
