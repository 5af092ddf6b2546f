"""`tf.contrib.tensorboard`: what TensorBoard's plugins read."""

from flowgraph.core.lazy import face as _face

_LAZY = {"plugins": "flowgraph.contrib.tensorboard.plugins"}
__getattr__, __dir__, __all__ = _face(__name__, {}, _LAZY)
