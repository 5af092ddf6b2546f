# Made by docs/make_stubs.py: do not edit.
from flowgraph.ops.math.bitwise import bitwise_and as bitwise_and
from flowgraph.ops.math.bitwise import bitwise_or as bitwise_or
from flowgraph.ops.math.bitwise import bitwise_xor as bitwise_xor
from flowgraph.ops.math.bitwise import invert as invert
from flowgraph.ops.math.bitwise import left_shift as left_shift
from flowgraph.ops.math.bitwise import right_shift as right_shift
