"""`tf.math`: functions of numbers."""

from flowgraph.ops.array.selecting import in_top_k, top_k
from flowgraph.ops.math import sparse_segment_grad as _sparse_segment_grad
from flowgraph.ops.math.add_n import accumulate_n, add_n
from flowgraph.ops.math.argmax import argmax, argmin
from flowgraph.ops.math.arithmetic import add, multiply, subtract
from flowgraph.ops.math.comparison import (
    approximate_equal,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from flowgraph.ops.math.complex import angle, conj, imag, real
from flowgraph.ops.math.confusion import confusion_matrix
from flowgraph.ops.math.counting import bincount, count_nonzero
from flowgraph.ops.math.cumulative import cumprod, cumsum, cumulative_logsumexp
from flowgraph.ops.math.division import (
    div_no_nan,
    divide,
    floordiv,
    floormod,
    mod,
    multiply_no_nan,
    truediv,
    xdivy,
)
from flowgraph.ops.math.incomplete import betainc, igamma, igammac
from flowgraph.ops.math.logical import logical_and, logical_not, logical_or, logical_xor
from flowgraph.ops.math.nearby import nextafter, reciprocal_no_nan
from flowgraph.ops.math.polynomial import polyval
from flowgraph.ops.math.powers import atan2, maximum, minimum, pow, squared_difference, xlogy
from flowgraph.ops.math.reduction import (
    reduce_all,
    reduce_any,
    reduce_euclidean_norm,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_std,
    reduce_sum,
    reduce_variance,
)
from flowgraph.ops.math.segment import (
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    unsorted_segment_max,
    unsorted_segment_mean,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sqrt_n,
    unsorted_segment_sum,
)
from flowgraph.ops.math.special import (
    bessel_i0,
    bessel_i0e,
    bessel_i1,
    bessel_i1e,
    digamma,
    erf,
    erfc,
    lgamma,
    polygamma,
    zeta,
)
from flowgraph.ops.math.trigonometry import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    sin,
    sinh,
    tan,
    tanh,
)
from flowgraph.ops.math.unary import (
    abs,
    ceil,
    exp,
    expm1,
    floor,
    is_finite,
    is_inf,
    is_nan,
    log,
    log1p,
    log_sigmoid,
    negative,
    reciprocal,
    rint,
    round,
    rsqrt,
    scalar_mul,
    sigmoid,
    sign,
    sqrt,
    square,
)
from flowgraph.ops.nn.activation import softplus, softsign
from flowgraph.ops.nn.normalization import l2_normalize, zero_fraction
from flowgraph.ops.nn.softmax import log_softmax, softmax

ceiling, divide_no_nan = ceil, div_no_nan
