"""`tf.manip`: tensors with their elements elsewhere."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.array.blocks": "batch_to_space_nd space_to_batch_nd",
    "flowgraph.ops.array.indexing": "gather_nd scatter_nd",
    "flowgraph.ops.array.making": "tile",
    "flowgraph.ops.array.reshape": "reshape",
    "flowgraph.ops.array.reversing": "reverse",
    "flowgraph.ops.array.rolling": "roll",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
