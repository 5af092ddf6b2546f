"""`tf.test`: a unittest case that compares arrays, and the check of gradients."""

import functools
import unittest
from collections.abc import Sequence
from typing import Any
from unittest import mock

from flowgraph.test.benchmark import Benchmark, benchmark_config
from flowgraph.test.case import TestCase
from flowgraph.test.gradient_checker import compute_gradient, compute_gradient_error
from flowgraph.test.stubs import StubOutForTesting

__all__ = [
    "Benchmark", "StubOutForTesting", "assert_equal_graph_def", "benchmark_config",
    "create_local_cluster", "is_built_with_gpu_support", "is_built_with_rocm", "mock",
    "test_src_dir_path",
    "TestCase", "compute_gradient", "compute_gradient_error", "get_temp_dir", "gpu_device_name",
    "is_built_with_cuda", "is_gpu_available", "main",
]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the tests of the file that is run as a program (tf.test.main)."""
    unittest.main(argv=None if argv is None else list(argv))


@functools.cache
def get_temp_dir() -> str:
    """A new directory for the files of this process's tests (tf.test.get_temp_dir).

    Never the system's own: tests delete what they are given, with all that is below it. What is
    left of it goes when the process ends.
    """
    import atexit
    import shutil
    import tempfile

    made = tempfile.mkdtemp(prefix="flowgraph_test_")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


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


def is_built_with_rocm() -> bool:
    """False (tf.test.is_built_with_rocm)."""
    return False


def is_built_with_gpu_support() -> bool:
    """False (tf.test.is_built_with_gpu_support)."""
    return False


def test_src_dir_path(relative_path: str) -> str:
    """The path of a file below the folder that flowgraph is in (tf.test.test_src_dir_path)."""
    import os

    import flowgraph

    return os.path.join(os.path.dirname(os.path.dirname(flowgraph.__file__)), relative_path)


test_src_dir_path.__test__ = False  # type: ignore[attr-defined]  # pytest would run it


def assert_equal_graph_def(
    actual: Any, expected: Any, checkpoint_v2: bool = False, hash_table_shared_name: bool = False
) -> None:
    """Raises an AssertionError unless two GraphDefs have the same nodes, in any order."""
    del checkpoint_v2, hash_table_shared_name
    ours, theirs = ({node.name: node for node in graph.node} for graph in (actual, expected))
    if ours.keys() != theirs.keys():
        only = sorted(ours.keys() ^ theirs.keys())
        raise AssertionError(f"The graphs differ in nodes: {', '.join(only)}")
    for name, node in ours.items():
        if node != theirs[name]:
            raise AssertionError(f"Node {name!r} differs:\n{node}\nagainst\n{theirs[name]}")


def create_local_cluster(
    num_workers: int, num_ps: int, protocol: str = "grpc", worker_config: Any = None,
    ps_config: Any = None,
) -> tuple[list[Any], list[Any]]:  # fmt: skip
    """(workers, parameter servers), all of this process (tf.test.create_local_cluster)."""
    import socket

    from flowgraph.train import ClusterSpec, Server

    def address() -> str:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            return f"localhost:{free.getsockname()[1]}"

    jobs = {"worker": [address() for _ in range(num_workers)],
            "ps": [address() for _ in range(num_ps)]}  # fmt: skip
    cluster = ClusterSpec(jobs)
    configs = {"worker": worker_config, "ps": ps_config}
    made = {
        job: [
            Server(cluster, job_name=job, task_index=i, protocol=protocol, config=configs[job])
            for i in range(len(addresses))
        ]
        for job, addresses in jobs.items()
    }
    return made["worker"], made["ps"]
