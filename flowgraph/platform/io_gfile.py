"""`tf.io.gfile`: files under the names of TensorFlow 2."""

from flowgraph.platform.file_io import copy_v2 as copy
from flowgraph.platform.file_io import create_dir_v2 as mkdir
from flowgraph.platform.file_io import delete_file_v2 as remove
from flowgraph.platform.file_io import delete_recursively_v2 as rmtree
from flowgraph.platform.file_io import file_exists_v2 as exists
from flowgraph.platform.file_io import get_matching_files_v2 as glob
from flowgraph.platform.file_io import is_directory_v2 as isdir
from flowgraph.platform.file_io import list_directory_v2 as listdir
from flowgraph.platform.file_io import recursive_create_dir_v2 as makedirs
from flowgraph.platform.file_io import rename_v2 as rename
from flowgraph.platform.file_io import stat_v2 as stat
from flowgraph.platform.file_io import walk_v2 as walk
from flowgraph.platform.gfile import GFile

__all__ = [
    "GFile", "copy", "exists", "glob", "isdir", "listdir", "makedirs", "mkdir", "remove",
    "rename", "rmtree", "stat", "walk",
]  # fmt: skip
