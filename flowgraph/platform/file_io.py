"""Files under TensorFlow's names and errors (tensorflow.python.lib.io.file_io)."""

from __future__ import annotations

import binascii
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flowgraph.core import errors
from flowgraph.platform.compat import as_bytes
from flowgraph.platform.filesystem import as_tensorflow, local_path, matching
from flowgraph.platform.open_file import FileIO

__all__ = [
    "FileIO", "FileStatistics", "atomic_write_string_to_file", "copy", "copy_v2", "create_dir",
    "create_dir_v2", "delete_file", "delete_file_v2", "delete_recursively",
    "delete_recursively_v2", "file_crc32", "file_exists", "file_exists_v2", "filecmp",
    "get_matching_files", "get_matching_files_v2", "is_directory", "is_directory_v2",
    "list_directory", "list_directory_v2", "read_file_to_string", "recursive_create_dir",
    "recursive_create_dir_v2", "rename", "rename_v2", "stat", "stat_v2", "walk", "walk_v2",
    "write_string_to_file",
]  # fmt: skip

_BLOCK = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileStatistics:
    """What `stat` tells: length in bytes, time of change in nanoseconds, whether a directory."""

    length: int
    mtime_nsec: int
    is_directory: bool


def file_exists_v2(path: Any) -> bool:
    """Whether there is a file or a directory of this name (tf.io.gfile.exists)."""
    return os.path.exists(local_path(path))


def delete_file_v2(path: Any) -> None:
    """Deletes a file (tf.io.gfile.remove). NotFoundError when there is none."""
    path = local_path(path)
    with as_tensorflow(path):
        os.remove(path)


def get_matching_files_v2(pattern: Any) -> list[str]:
    """The paths that match a pattern, or any of several, sorted (tf.io.gfile.glob).

    A pattern may have *, ? and [...], none of which matches a slash.
    """
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike)) else pattern
    return [os.fsdecode(f) for p in patterns for f in matching(os.fsencode(local_path(p)))]


def create_dir_v2(path: Any) -> None:
    """Makes a directory in one that exists (tf.io.gfile.mkdir).

    Raises:
        AlreadyExistsError: there is something of this name.
        NotFoundError: the directory above is missing.
    """
    path = local_path(path)
    with as_tensorflow(path):
        os.mkdir(path)


def recursive_create_dir_v2(path: Any) -> None:
    """Makes a directory and those above it, where they are missing (tf.io.gfile.makedirs)."""
    path = local_path(path)
    if not path:
        raise errors.NotFoundError(None, None, "; No such file or directory")
    with as_tensorflow(path):
        os.makedirs(path, exist_ok=True)


def _check_target(source: str, target: str, overwrite: bool) -> None:
    with as_tensorflow(source):
        os.stat(source)
    if not overwrite and os.path.exists(target):
        raise errors.AlreadyExistsError(None, None, f"{target}; file already exists")


def copy_v2(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copies a file (tf.io.gfile.copy). AlreadyExistsError unless it may `overwrite`."""
    src, dst = local_path(src), local_path(dst)
    _check_target(src, dst, overwrite)
    with as_tensorflow(src if os.path.isdir(src) else dst):
        shutil.copyfile(src, dst)


def rename_v2(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Renames or moves a file or a directory (tf.io.gfile.rename).

    AlreadyExistsError unless it may `overwrite`.
    """
    src, dst = local_path(src), local_path(dst)
    _check_target(src, dst, overwrite)
    with as_tensorflow(dst):
        os.replace(src, dst)


def delete_recursively_v2(path: Any) -> None:
    """Deletes a directory with all that is in it, or a file (tf.io.gfile.rmtree)."""
    path = local_path(path)
    with as_tensorflow(path):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)


def is_directory_v2(path: Any) -> bool:
    """Whether there is a directory of this name (tf.io.gfile.isdir)."""
    return os.path.isdir(local_path(path))


def list_directory_v2(path: Any) -> list[str]:
    """The names in a directory, without "." and ".." (tf.io.gfile.listdir).

    Raises:
        NotFoundError: there is no such directory.
    """
    path = local_path(path)
    if not os.path.isdir(path):
        raise errors.NotFoundError(None, None, f"Could not find directory {path}")
    with as_tensorflow(path):
        return sorted(os.listdir(path))


def walk_v2(
    top: Any, topdown: bool = True, onerror: Callable[[Exception], Any] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each directory below `top` as (path, names of directories, names of files).

    A directory comes before those in it when `topdown`, else after them; errors go to `onerror`,
    or else are passed over (tf.io.gfile.walk).
    """
    top = local_path(top)
    try:
        names = list_directory_v2(top)
    except errors.OpError as error:
        if onerror:
            onerror(error)
        return
    folders = [name for name in names if os.path.isdir(os.path.join(top, name))]
    here = (top, folders, [name for name in names if name not in set(folders)])
    if topdown:
        yield here
    for folder in list(folders):
        yield from walk_v2(os.path.join(top, folder), topdown, onerror)
    if not topdown:
        yield here


def stat_v2(path: Any) -> FileStatistics:
    """A file's or directory's `FileStatistics` (tf.io.gfile.stat)."""
    path = local_path(path)
    with as_tensorflow(path):
        found = os.stat(path)
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(path))


# --- the same under the argument names of TensorFlow 1 --------------------------------------------
def file_exists(filename: Any) -> bool:
    """Whether there is a file or a directory of this name (tf.gfile.Exists)."""
    return file_exists_v2(filename)


def delete_file(filename: Any) -> None:
    """Deletes a file (tf.gfile.Remove). NotFoundError when there is none."""
    delete_file_v2(filename)


def get_matching_files(filename: Any) -> list[str]:
    """The paths that match a pattern, or any of several, sorted (tf.gfile.Glob)."""
    return get_matching_files_v2(filename)


def create_dir(dirname: Any) -> None:
    """Makes a directory in one that exists, unless it is there (tf.gfile.MkDir)."""
    if not is_directory(dirname):
        create_dir_v2(dirname)


def recursive_create_dir(dirname: Any) -> None:
    """Makes a directory and those above it, where they are missing (tf.gfile.MakeDirs)."""
    recursive_create_dir_v2(dirname)


def copy(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    """Copies a file (tf.gfile.Copy). AlreadyExistsError unless it may `overwrite`."""
    copy_v2(oldpath, newpath, overwrite)


def rename(oldname: Any, newname: Any, overwrite: bool = False) -> None:
    """Renames or moves a file or a directory (tf.gfile.Rename)."""
    rename_v2(oldname, newname, overwrite)


def delete_recursively(dirname: Any) -> None:
    """Deletes a directory with all that is in it, or a file (tf.gfile.DeleteRecursively)."""
    delete_recursively_v2(dirname)


def is_directory(dirname: Any) -> bool:
    """Whether there is a directory of this name (tf.gfile.IsDirectory)."""
    return is_directory_v2(dirname)


def list_directory(dirname: Any) -> list[str]:
    """The names in a directory (tf.gfile.ListDirectory). NotFoundError when there is none."""
    return list_directory_v2(dirname)


def walk(top: Any, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each directory below `top`: path, names of directories, names of files (tf.gfile.Walk)."""
    return walk_v2(top, in_order)


def stat(filename: Any) -> FileStatistics:
    """A file's or directory's `FileStatistics` (tf.gfile.Stat)."""
    return stat_v2(filename)


# --- whole files ----------------------------------------------------------------------------------
def read_file_to_string(filename: Any, binary_mode: bool = False) -> Any:
    """A file's text, or its bytes in `binary_mode`. NotFoundError when there is none."""
    with FileIO(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: Any, file_content: Any) -> None:
    """Writes a file from text or bytes."""
    with FileIO(filename, "w") as file:
        file.write(file_content)


def atomic_write_string_to_file(filename: Any, contents: Any, overwrite: bool = True) -> None:
    """Writes a file so that nobody sees a part of it: under another name, which is then changed."""
    unfinished = f"{local_path(filename)}.tmp{os.urandom(16).hex()}"
    write_string_to_file(unfinished, contents)
    try:
        rename(unfinished, filename, overwrite)
    except errors.OpError:
        delete_file(unfinished)
        raise


def filecmp(filename_a: Any, filename_b: Any) -> bool:
    """Whether two files have the same size and the same checksum."""
    if stat(filename_a).length != stat(filename_b).length:
        return False
    return file_crc32(filename_a) == file_crc32(filename_b)


def file_crc32(filename: Any, block_size: int = _BLOCK) -> str:
    """A file's CRC-32 in hexadecimal, read in blocks of so many bytes (-1: at once)."""
    crc = 0
    with FileIO(filename, "rb") as file:
        for block in _blocks(file, block_size):
            crc = binascii.crc32(as_bytes(block), crc)
    return hex(crc & 0xFFFFFFFF)


def _blocks(file: FileIO, size: int) -> Iterable[Any]:
    return iter(lambda: file.read(size), b"")
