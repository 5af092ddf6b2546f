"""`tf.test`: a unittest case that compares arrays, and the check of gradients."""

import unittest
from collections.abc import Sequence

from flowgraph.test.case import TestCase
from flowgraph.test.gradient_checker import compute_gradient, compute_gradient_error

__all__ = [
    "TestCase", "compute_gradient", "compute_gradient_error", "get_temp_dir", "gpu_device_name",
    "is_built_with_cuda", "is_gpu_available", "main",
]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the tests of the file that is run as a program (tf.test.main)."""
    unittest.main(argv=None if argv is None else list(argv))


def get_temp_dir() -> str:
    """A directory for the files of tests (tf.test.get_temp_dir)."""
    import tempfile

    return tempfile.gettempdir()


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: object = None) -> bool:
    """False: there is one CPU (tf.test.is_gpu_available)."""
    del cuda_only, min_cuda_compute_capability
    return False


def is_built_with_cuda() -> bool:
    """False (tf.test.is_built_with_cuda)."""
    return False


def gpu_device_name() -> str:
    """The empty string: there is no GPU (tf.test.gpu_device_name)."""
    return ""
