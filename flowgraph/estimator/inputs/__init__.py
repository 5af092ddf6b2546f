"""`tf.estimator.inputs`: input functions over what is in memory."""

from flowgraph.core.lazy import face as _face

_NAMES = {"flowgraph.estimator.inputs.arrays": "numpy_input_fn pandas_input_fn"}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
