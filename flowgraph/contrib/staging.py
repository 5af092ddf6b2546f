"""`tf.contrib.staging`: buffers between steps."""

from flowgraph.core.lazy import face as _face

_NAMES = {"flowgraph.ops.state.staging_areas": "MapStagingArea StagingArea"}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
