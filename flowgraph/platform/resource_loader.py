"""Files that stand beside a script (tf.resource_loader)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent.parent


def load_resource(path: str) -> bytes:
    """The bytes of a file that is installed with the package, by its path in it.

    Raises:
        OSError: there is no such file.
    """
    return (_PACKAGE / path).read_bytes()


def _folder_of(frame: Any) -> str:
    return os.path.dirname(frame.f_code.co_filename)


def get_data_files_path() -> str:
    """The directory of the file that calls this."""
    return _folder_of(sys._getframe(1))


def get_path_to_datafile(path: str) -> str:
    """`path` in the directory of the file that calls this."""
    return os.path.join(_folder_of(sys._getframe(1)), path)


def get_root_dir_with_all_resources() -> str:
    """The directory of the file that calls this, or the bazel runfiles directory above it."""
    here = _folder_of(sys._getframe(1))
    below = here
    for folder in [here, *map(str, Path(here).parents)]:
        if ".runfiles" in os.path.basename(folder):
            return below
        below = folder
    return here


def readahead_file_path(path: str, readahead: str = "128M") -> str:
    """`path` itself: reading ahead is the operating system's business."""
    del readahead
    return path
