"""Libraries of ops in C++ (tf.load_op_library), which cannot be loaded here."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core import errors


def load_op_library(library_filename: str) -> Any:
    """Tells that a library's ops cannot run here (tf.load_op_library).

    Raises:
      NotFoundError: there is no such file.
      UnimplementedError: there is: its kernels speak to TensorFlow's C++ runtime.
    """
    if not os.path.exists(library_filename):
        raise errors.NotFoundError(
            None,
            None,
            f"{library_filename}: cannot open shared object file: No such file or directory",
        )
    raise errors.UnimplementedError(
        f"{library_filename} holds ops for TensorFlow's C++ runtime, which flowgraph has not. "
        "Declare the op in Python: see flowgraph/examples/adding_an_op.py."
    )


def load_library(library_location: str) -> Any:
    """As `load_op_library` (tf.load_library)."""
    return load_op_library(library_location)


def load_file_system_library(library_filename: str) -> Any:
    """As `load_op_library` (tf.load_file_system_library)."""
    return load_op_library(library_filename)
