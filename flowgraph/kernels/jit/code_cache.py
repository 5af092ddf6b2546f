"""Machine code kept on disk between processes, so that a loop is compiled once on a computer.

The code lies in the user's own cache directory, `FLOWGRAPH_CACHE` names another; set to nothing,
nothing is kept. What is read there is run, so that a directory which others may write to is not
used, and a file has to agree with the digest in front of it. Whatever fails, the loop is compiled.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

_MOST_FILES = 4096  # then the older half goes


def directory() -> Path | None:
    """Where code is kept; None: nowhere."""
    named = os.environ.get("FLOWGRAPH_CACHE")
    if named is not None:
        return Path(named) / "jit" if named else None
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # no home
        return None
    return Path(base) / "flowgraph" / "jit"


def name_of(*parts: str) -> str:
    """The name of the file for what code depends on: its text, processor, compiler."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def load(name: str) -> bytes | None:
    """The code of that name, or None."""
    place = directory()
    try:
        if place is None or not _is_own(place):
            return None
        content = (place / name).read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if hashlib.sha256(code).digest() == digest else None


def save(name: str, code: bytes) -> None:
    """Keeps code for later processes, if that is possible."""
    place = directory()
    if place is None:
        return
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_own(place):
            return
        handle, temporary = tempfile.mkstemp(dir=place)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(temporary, place / name)
        _make_room(place)


def _is_own(place: Path) -> bool:
    """Whether nobody else can have put code there."""
    found = place.stat()
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not others and (not hasattr(os, "getuid") or found.st_uid == os.getuid())


def _make_room(place: Path) -> None:
    files = list(place.iterdir())
    if len(files) > _MOST_FILES:
        files.sort(key=lambda file: file.stat().st_mtime)
        for file in files[: len(files) // 2]:
            file.unlink(missing_ok=True)
