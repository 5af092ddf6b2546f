"""`tf.debugging`: checks that a graph makes."""

from flowgraph.ops.array.identity import check_numerics
from flowgraph.ops.control.checks import (
    Assert,
    assert_equal,
    assert_greater,
    assert_greater_equal,
    assert_integer,
    assert_less,
    assert_less_equal,
    assert_near,
    assert_negative,
    assert_non_negative,
    assert_non_positive,
    assert_none_equal,
    assert_positive,
    assert_proper_iterable,
    assert_rank,
    assert_rank_at_least,
    assert_rank_in,
    assert_same_float_dtype,
    assert_scalar,
    assert_type,
    verify_tensor_all_finite,
)
from flowgraph.ops.math.unary import is_finite, is_inf, is_nan

assert_all_finite = verify_tensor_all_finite
