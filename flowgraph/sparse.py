"""`tf.sparse`: tensors of which only the elements that are not zero are kept."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.core.sparse_tensor": "SparseTensor",
    "flowgraph.ops.math.sparse_segment": (
        "segment_mean=sparse_segment_mean segment_sqrt_n=sparse_segment_sqrt_n "
        "segment_sum=sparse_segment_sum"
    ),
    "flowgraph.ops.sparse.arithmetic": (
        "add=sparse_add maximum=sparse_maximum minimum=sparse_minimum"
    ),
    "flowgraph.ops.sparse.cross": "cross=sparse_cross cross_hashed=sparse_cross_hashed",
    "flowgraph.ops.sparse.dense": (
        "from_dense eye=sparse_eye placeholder=sparse_placeholder to_dense=sparse_tensor_to_dense"
    ),
    "flowgraph.ops.sparse.merging": "merge=sparse_merge to_indicator=sparse_to_indicator",
    "flowgraph.ops.sparse.products": (
        "softmax=sparse_softmax matmul=sparse_tensor_dense_matmul "
        "sparse_dense_matmul=sparse_tensor_dense_matmul"
    ),
    "flowgraph.ops.sparse.reduction": (
        "reduce_max=sparse_reduce_max reduce_max_sparse=sparse_reduce_max_sparse "
        "reduce_sum=sparse_reduce_sum reduce_sum_sparse=sparse_reduce_sum_sparse"
    ),
    "flowgraph.ops.sparse.rows": (
        "fill_empty_rows=sparse_fill_empty_rows mask=sparse_mask retain=sparse_retain"
    ),
    "flowgraph.ops.sparse.shaping": (
        "expand_dims=sparse_expand_dims reorder=sparse_reorder reset_shape=sparse_reset_shape "
        "reshape=sparse_reshape transpose=sparse_transpose"
    ),
    "flowgraph.ops.sparse.slicing": "concat=sparse_concat slice=sparse_slice split=sparse_split",
    "flowgraph.ops.state.accumulators": "SparseConditionalAccumulator",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
