"""`tf.debugging`: checks that a graph makes."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.array.identity": "check_numerics",
    "flowgraph.ops.control.checks": (
        "Assert assert_equal assert_greater assert_greater_equal assert_integer assert_less "
        "assert_less_equal assert_near assert_negative assert_non_negative assert_non_positive "
        "assert_none_equal assert_positive assert_proper_iterable assert_rank assert_rank_at_least "
        "assert_rank_in assert_same_float_dtype assert_scalar assert_shapes assert_type "
        "verify_tensor_all_finite assert_all_finite=verify_tensor_all_finite is_non_decreasing "
        "is_numeric_tensor is_strictly_increasing"
    ),
    "flowgraph.ops.math.unary": "is_finite is_inf is_nan",
    "flowgraph.platform.placement": "get_log_device_placement set_log_device_placement",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
