"""`tf.contrib.learn`: data sets, and text as numbers."""

from flowgraph.core import lazy as _lazy

_MODULES = {
    "datasets": "flowgraph.contrib.learn.datasets",
    "preprocessing": "flowgraph.contrib.learn.preprocessing",
}
__getattr__, __dir__, __all__ = _lazy.face(__name__, {}, _MODULES)
