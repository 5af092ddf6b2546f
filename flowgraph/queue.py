"""`tf.queue`: queues between steps and runs."""

# The ops of what has no place in a face of its own.
from flowgraph.ops.state import barrier as _barrier
from flowgraph.ops.state import stack as _stack
from flowgraph.ops.state import staging_areas as _staging_areas
from flowgraph.ops.state.queues import (
    FIFOQueue,
    PaddingFIFOQueue,
    PriorityQueue,
    QueueBase,
    RandomShuffleQueue,
)
