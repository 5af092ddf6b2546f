"""`tf.queue`: queues between steps and runs."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.state.queues": (
        "FIFOQueue PaddingFIFOQueue PriorityQueue QueueBase RandomShuffleQueue"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
