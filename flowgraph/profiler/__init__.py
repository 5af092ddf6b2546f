"""`tf.profiler`: how many parameters, float operations and microseconds a graph's parts take."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.profiler.options": "ProfileOptionBuilder",
    "flowgraph.profiler.profiling": "Profiler profile",
    "flowgraph.profiler.protos": "GraphNodeProto MultiGraphNodeProto",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
