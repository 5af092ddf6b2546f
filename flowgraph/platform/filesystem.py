"""The operating system's files under TensorFlow's error classes, and TensorFlow's patterns."""

from __future__ import annotations

import errno
import fnmatch
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.core import errors

_ERRORS: dict[int | None, Any] = {
    errno.ENOENT: errors.NotFoundError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.EBUSY: errors.UnavailableError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EROFS: errors.PermissionDeniedError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.ENOSPC: errors.ResourceExhaustedError,
    errno.EMFILE: errors.ResourceExhaustedError,
    errno.ENAMETOOLONG: errors.InvalidArgumentError,
    errno.EINVAL: errors.InvalidArgumentError,
}


@contextmanager
def as_tensorflow(path: bytes | str) -> Iterator[None]:
    """Turns the operating system's errors into TensorFlow's, which name the file."""
    try:
        yield
    except OSError as error:
        name = os.fsdecode(path)
        cls = _ERRORS.get(error.errno, errors.UnknownError)
        raise cls(None, None, f"{name}; {error.strerror or error}") from None


def local_path(path: Any) -> str:
    """A path as text, without `file://`.

    Raises:
        UnimplementedError: the path is of another file system, such as gs:// or hdfs://.
        TypeError: it is neither text nor bytes nor a path object.
    """
    name = os.fsdecode(path)
    scheme, found, rest = name.partition("://")
    if not found or "/" in scheme:
        return name
    if scheme == "file":
        return rest
    raise errors.UnimplementedError(
        None, None, f"File system scheme '{scheme}' not implemented (file: '{name}')"
    )


def matching(pattern: bytes) -> list[bytes]:
    """The paths that match a pattern of *, ? and [...], none of which matches a slash, sorted."""
    found = [b"/" if pattern.startswith(b"/") else b""]
    for part in pattern.split(b"/"):
        if not part:
            continue
        if not any(c in part for c in b"*?["):
            found = [p for p in (os.path.join(f, part) for f in found) if os.path.lexists(p)]
            continue
        found = [
            os.path.join(folder, name)
            for folder in found
            for name in _names(folder or b".")
            if fnmatch.fnmatchcase(name, part)
        ]
    return sorted(path for path in found if path)


def _names(folder: bytes) -> list[bytes]:
    """What is in a directory; nothing where there is none, or none that may be read."""
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
