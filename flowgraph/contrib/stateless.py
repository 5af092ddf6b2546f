"""`tf.contrib.stateless`: random numbers that are functions of a seed tensor."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.random.stateless": (
        "stateless_multinomial stateless_random_normal stateless_random_uniform "
        "stateless_truncated_normal"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
