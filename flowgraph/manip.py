"""`tf.manip`: tensors with their elements elsewhere."""

from flowgraph.ops.array.blocks import batch_to_space_nd, space_to_batch_nd
from flowgraph.ops.array.indexing import gather_nd, scatter_nd
from flowgraph.ops.array.making import tile
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.array.rolling import roll

__all__ = [
    "batch_to_space_nd", "gather_nd", "reshape", "reverse", "roll", "scatter_nd",
    "space_to_batch_nd", "tile",
]  # fmt: skip
