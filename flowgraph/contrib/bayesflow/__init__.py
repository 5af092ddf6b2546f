"""`tf.contrib.bayesflow`: distributions' draws as tensors, of TensorFlow 1.3 and before."""

from flowgraph.core.lazy import face as _face

_MODULES = {"stochastic_tensor": "flowgraph.contrib.bayesflow.stochastic_tensor"}
__getattr__, __dir__, __all__ = _face(__name__, {}, _MODULES)
