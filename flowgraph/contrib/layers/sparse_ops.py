"""Dense tensors as sparse ones (tensorflow.contrib.layers.python.ops.sparse_ops)."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.ops.array.indexing import gather_nd
from flowgraph.ops.array.making import zeros_like
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import not_equal


def dense_to_sparse_tensor(dense_tensor: Any, ignore_value: Any = None) -> SparseTensor:
    """The elements that are not `ignore_value`: by default 0, or ""."""
    with name_scope("DenseToSparseTensor"):
        dense = convert_to_tensor(dense_tensor)
        if ignore_value is not None:
            ignored = cast(ignore_value, dense.dtype)
        elif dense.dtype == dtypes.string:
            ignored = convert_to_tensor("")
        else:
            ignored = zeros_like(dense)
        indices = where(not_equal(dense, ignored), name="indices")
        sizes = shape_op(dense, name="dense_shape", out_type=dtypes.int64)
        return SparseTensor(indices, gather_nd(dense, indices, name="values"), sizes)
