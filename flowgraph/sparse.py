"""`tf.sparse`: tensors of which only the elements that are not zero are kept."""

from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.ops.math.sparse_segment import sparse_segment_mean as segment_mean
from flowgraph.ops.math.sparse_segment import sparse_segment_sqrt_n as segment_sqrt_n
from flowgraph.ops.math.sparse_segment import sparse_segment_sum as segment_sum
from flowgraph.ops.sparse.arithmetic import sparse_add as add
from flowgraph.ops.sparse.arithmetic import sparse_maximum as maximum
from flowgraph.ops.sparse.arithmetic import sparse_minimum as minimum
from flowgraph.ops.sparse.cross import sparse_cross as cross
from flowgraph.ops.sparse.cross import sparse_cross_hashed as cross_hashed
from flowgraph.ops.sparse.dense import from_dense
from flowgraph.ops.sparse.dense import sparse_eye as eye
from flowgraph.ops.sparse.dense import sparse_placeholder as placeholder
from flowgraph.ops.sparse.dense import sparse_tensor_to_dense as to_dense
from flowgraph.ops.sparse.merging import sparse_merge as merge
from flowgraph.ops.sparse.merging import sparse_to_indicator as to_indicator
from flowgraph.ops.sparse.products import sparse_softmax as softmax
from flowgraph.ops.sparse.products import sparse_tensor_dense_matmul as matmul
from flowgraph.ops.sparse.products import sparse_tensor_dense_matmul as sparse_dense_matmul
from flowgraph.ops.sparse.reduction import sparse_reduce_max as reduce_max
from flowgraph.ops.sparse.reduction import sparse_reduce_max_sparse as reduce_max_sparse
from flowgraph.ops.sparse.reduction import sparse_reduce_sum as reduce_sum
from flowgraph.ops.sparse.reduction import sparse_reduce_sum_sparse as reduce_sum_sparse
from flowgraph.ops.sparse.rows import sparse_fill_empty_rows as fill_empty_rows
from flowgraph.ops.sparse.rows import sparse_mask as mask
from flowgraph.ops.sparse.rows import sparse_retain as retain
from flowgraph.ops.sparse.shaping import sparse_expand_dims as expand_dims
from flowgraph.ops.sparse.shaping import sparse_reorder as reorder
from flowgraph.ops.sparse.shaping import sparse_reset_shape as reset_shape
from flowgraph.ops.sparse.shaping import sparse_reshape as reshape
from flowgraph.ops.sparse.shaping import sparse_transpose as transpose
from flowgraph.ops.sparse.slicing import sparse_concat as concat
from flowgraph.ops.sparse.slicing import sparse_slice as slice
from flowgraph.ops.sparse.slicing import sparse_split as split
from flowgraph.ops.state.accumulators import SparseConditionalAccumulator
