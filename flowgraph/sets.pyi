# Made by docs/make_stubs.py: do not edit.
from flowgraph.ops.sparse.sets import set_difference as difference
from flowgraph.ops.sparse.sets import set_difference as set_difference
from flowgraph.ops.sparse.sets import set_intersection as intersection
from flowgraph.ops.sparse.sets import set_intersection as set_intersection
from flowgraph.ops.sparse.sets import set_size as set_size
from flowgraph.ops.sparse.sets import set_size as size
from flowgraph.ops.sparse.sets import set_union as set_union
from flowgraph.ops.sparse.sets import set_union as union
