"""`tensorflow.examples.tutorials`: the modules that scripts import."""

from flowgraph.core import lazy as _lazy

__getattr__, __dir__, __all__ = _lazy.face(__name__, {}, {"mnist": f"{__name__}.mnist"})
