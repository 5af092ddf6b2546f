"""`tf.bitwise`: bits of integers."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.math.bitwise": (
        "bitwise_and bitwise_or bitwise_xor invert left_shift right_shift"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
