"""`tf.bitwise`: bits of integers."""

from flowgraph.ops.math.bitwise import (
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    invert,
    left_shift,
    right_shift,
)
