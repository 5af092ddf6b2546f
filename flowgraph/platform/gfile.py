"""`tf.gfile`: files under the names of TensorFlow 1."""

from typing import Any

from flowgraph.platform.file_io import copy as Copy
from flowgraph.platform.file_io import create_dir as MkDir
from flowgraph.platform.file_io import delete_file as Remove
from flowgraph.platform.file_io import delete_recursively as DeleteRecursively
from flowgraph.platform.file_io import file_exists as Exists
from flowgraph.platform.file_io import get_matching_files as Glob
from flowgraph.platform.file_io import is_directory as IsDirectory
from flowgraph.platform.file_io import list_directory as ListDirectory
from flowgraph.platform.file_io import recursive_create_dir as MakeDirs
from flowgraph.platform.file_io import rename as Rename
from flowgraph.platform.file_io import stat as Stat
from flowgraph.platform.file_io import walk as Walk
from flowgraph.platform.open_file import FileIO

__all__ = [
    "Copy", "DeleteRecursively", "Exists", "FastGFile", "GFile", "Glob", "IsDirectory",
    "ListDirectory", "MakeDirs", "MkDir", "Open", "Remove", "Rename", "Stat", "Walk",
]  # fmt: skip


class GFile(FileIO):
    """A file that is opened at its first read or write (tf.gfile.GFile, tf.gfile.Open).

    See `FileIO`; the mode is "r" unless given.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        super().__init__(name, mode)


class FastGFile(GFile):
    """The same as `GFile` (tf.gfile.FastGFile)."""


Open = GFile
