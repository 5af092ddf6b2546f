"""`tf.contrib.util`: tensors as protos."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.core.static": "constant_value",
    "flowgraph.graph_io.tensors": "make_ndarray make_tensor_proto",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
