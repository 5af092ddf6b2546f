"""`tf.math`: functions of numbers."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.array.reshape": "invert_permutation",
    "flowgraph.ops.array.selecting": "in_top_k top_k",
    "flowgraph.ops.control.checks": "is_non_decreasing is_strictly_increasing",
    "flowgraph.ops.math.add_n": "accumulate_n add_n",
    "flowgraph.ops.math.argmax": "argmax argmin",
    "flowgraph.ops.math.arithmetic": "add multiply subtract",
    "flowgraph.ops.math.beta": "lbeta",
    "flowgraph.ops.math.comparison": (
        "approximate_equal equal greater greater_equal less less_equal not_equal"
    ),
    "flowgraph.ops.math.complex": "angle conj imag real",
    "flowgraph.ops.math.confusion": "confusion_matrix",
    "flowgraph.ops.math.counting": "bincount count_nonzero",
    "flowgraph.ops.math.cumulative": "cumprod cumsum cumulative_logsumexp",
    "flowgraph.ops.math.division": (
        "div_no_nan divide floordiv floormod mod multiply_no_nan truediv xdivy "
        "divide_no_nan=div_no_nan"
    ),
    "flowgraph.ops.math.incomplete": "betainc igamma igammac",
    "flowgraph.ops.math.logical": "logical_and logical_not logical_or logical_xor",
    "flowgraph.ops.math.nearby": "nextafter reciprocal_no_nan",
    "flowgraph.ops.math.polynomial": "polyval",
    "flowgraph.ops.math.powers": "atan2 maximum minimum pow squared_difference xlogy",
    "flowgraph.ops.math.reduction": (
        "reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean "
        "reduce_min reduce_prod reduce_std reduce_sum reduce_variance"
    ),
    "flowgraph.ops.math.segment": (
        "segment_max segment_mean segment_min segment_prod segment_sum unsorted_segment_max "
        "unsorted_segment_mean unsorted_segment_min unsorted_segment_prod unsorted_segment_sqrt_n "
        "unsorted_segment_sum"
    ),
    "flowgraph.ops.math.special": (
        "bessel_i0 bessel_i0e bessel_i1 bessel_i1e digamma erf erfc lgamma polygamma zeta"
    ),
    "flowgraph.ops.math.trigonometry": (
        "acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh"
    ),
    "flowgraph.ops.math.unary": (
        "abs ceil exp expm1 floor is_finite is_inf is_nan log log1p log_sigmoid negative "
        "reciprocal rint round rsqrt scalar_mul sigmoid sign sqrt square ceiling=ceil"
    ),
    "flowgraph.ops.nn.activation": "softplus softsign",
    "flowgraph.ops.nn.normalization": "l2_normalize zero_fraction",
    "flowgraph.ops.nn.softmax": "log_softmax softmax",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
