"""`tf.contrib.tensorboard.plugins`."""

from flowgraph.core.lazy import face as _face

_LAZY = {"projector": "flowgraph.contrib.tensorboard.plugins.projector"}
__getattr__, __dir__, __all__ = _face(__name__, {}, _LAZY)
