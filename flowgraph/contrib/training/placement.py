"""Which parameter server gets a variable: strategies for `tf.train.replica_device_setter`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core.shapes import as_shape


class RandomStrategy:
    """A server that follows from the variable's name and a seed alone."""

    def __init__(self, num_ps_tasks: int, seed: int = 0) -> None:
        self._num_tasks, self._seed = num_ps_tasks, seed

    def __call__(self, op: Any) -> int:
        """The number of the server for an operation."""
        key = f"{op.name}_{self._seed}".encode()
        return int(hashlib.md5(key, usedforsecurity=False).hexdigest(), 16) % self._num_tasks


class GreedyLoadBalancingStrategy:
    """The server with the least load, which a function tells of each operation."""

    def __init__(self, num_tasks: int, load_fn: Callable[[Any], float]) -> None:
        self._load_fn, self._ps_loads = load_fn, np.zeros(num_tasks)

    def __call__(self, op: Any) -> int:
        """The number of the server for an operation."""
        task = int(np.argmin(self._ps_loads))
        self._ps_loads[task] += self._load_fn(op)
        return task


def byte_size_load_fn(op: Any) -> float:
    """The bytes of a variable; ValueError when it has several outputs or an unknown shape."""
    if len(op.outputs) != 1:
        raise ValueError(f"Op {op} must have a single output")
    shape = op.outputs[0].get_shape()
    if not shape.is_fully_defined():
        shape = as_shape(op.get_attr("shape"))
    shape.assert_is_fully_defined()
    return float(shape.num_elements() * op.outputs[0].dtype.size)
