# Made by docs/make_stubs.py: do not edit.
from flowgraph.ops.array.blocks import batch_to_space_nd as batch_to_space_nd
from flowgraph.ops.array.blocks import space_to_batch_nd as space_to_batch_nd
from flowgraph.ops.array.indexing import gather_nd as gather_nd
from flowgraph.ops.array.indexing import scatter_nd as scatter_nd
from flowgraph.ops.array.making import tile as tile
from flowgraph.ops.array.reshape import reshape as reshape
from flowgraph.ops.array.reversing import reverse as reverse
from flowgraph.ops.array.rolling import roll as roll
