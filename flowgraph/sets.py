"""`tf.sets`: sets in the last dimension of tensors."""

from flowgraph.ops.sparse.sets import (
    set_difference,
    set_intersection,
    set_size,
    set_union,
)
from flowgraph.ops.sparse.sets import set_difference as difference
from flowgraph.ops.sparse.sets import set_intersection as intersection
from flowgraph.ops.sparse.sets import set_size as size
from flowgraph.ops.sparse.sets import set_union as union
