"""The names and orders of arguments that TensorFlow had before 1.0: tf.pack, tf.mul, tf.batch_svd.

Scripts of 2015 and 2016 use them. What has only another name today is renamed in the face.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.splitting import split, unstack
from flowgraph.ops.math.decompositions import svd
from flowgraph.ops.math.matmul import matmul


def pack(values: Any, axis: int = 0, name: str = "pack") -> Tensor:
    """tf.stack by its name before 1.0."""
    return stack(values, axis=axis, name=name)


def unpack(value: Any, num: int | None = None, axis: int = 0, name: str = "unpack") -> list[Tensor]:
    """tf.unstack by its name before 1.0."""
    return unstack(value, num=num, axis=axis, name=name)


def select(condition: Any, t: Any, e: Any, name: str | None = None) -> Tensor:
    """tf.where with three arguments, by its name before 1.0."""
    return where(condition, t, e, name=name)


def concat_v2(values: Any, axis: Any, name: str = "concat_v2") -> Tensor:
    """tf.concat, as 0.12 called the order of arguments that is today's."""
    return concat(values, axis, name=name)


def split_v(
    value: Any, size_splits: Any, split_dim: Any = 0, num: int | None = None, name: str = "split_v"
) -> list[Tensor]:
    """tf.split by sizes, as 0.12 called it."""
    return split(value, size_splits, axis=split_dim, num=num, name=name)


def reverse_v2(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """tf.reverse by the name that it had while tf.reverse took a bool for each dimension."""
    return reverse(tensor, axis, name=name)


def batch_matmul(
    x: Any, y: Any, adj_x: bool | None = None, adj_y: bool | None = None, name: str | None = None
) -> Tensor:
    """tf.matmul of stacks of matrices, by its name before 1.0."""
    return matmul(x, y, adjoint_a=bool(adj_x), adjoint_b=bool(adj_y), name=name)


def batch_svd(
    tensor: Any, compute_uv: bool = True, full_matrices: bool = False, name: str | None = None
) -> Any:
    """tf.svd of stacks of matrices, by its name before 1.0."""
    return svd(tensor, full_matrices=full_matrices, compute_uv=compute_uv, name=name)
