"""The operations that distributions are built of, under tf's names: re-exports from below."""
# ruff: noqa: F401

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import (
    DType,
    as_dtype,
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
)
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.shapes import Dimension, TensorShape, as_shape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant, placeholder, placeholder_with_default
from flowgraph.ops.array.identity import check_numerics, identity, stop_gradient
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.making import (
    broadcast_to,
    eye,
    fill,
    one_hot,
    ones,
    ones_like,
    sequence_mask,
    tile,
    zeros,
    zeros_like,
)
from flowgraph.ops.array.matrix import (
    matrix_band_part,
    matrix_diag,
    matrix_diag_part,
    matrix_set_diag,
)
from flowgraph.ops.array.reshape import (
    expand_dims,
    invert_permutation,
    matrix_transpose,
    reshape,
    squeeze,
    transpose,
)
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.array.selecting import where, where_v2
from flowgraph.ops.array.shape import (
    broadcast_dynamic_shape,
    broadcast_static_shape,
    rank,
    shape,
    size,
)
from flowgraph.ops.array.slicing import pad, slice
from flowgraph.ops.control.basic import no_op, with_dependencies
from flowgraph.ops.control.checks import (
    Assert,
    assert_equal,
    assert_greater_equal,
    assert_integer,
    assert_less,
    assert_less_equal,
    assert_near,
    assert_non_negative,
    assert_none_equal,
    assert_positive,
    assert_rank,
    assert_rank_at_least,
    assert_same_float_dtype,
)
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.functional import map_fn
from flowgraph.ops.control.while_loop import while_loop
from flowgraph.ops.gradients import custom_gradient, gradients
from flowgraph.ops.math.argmax import argmax
from flowgraph.ops.math.beta import lbeta
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater, greater_equal, less, less_equal, not_equal
from flowgraph.ops.math.cumulative import cumsum
from flowgraph.ops.math.decompositions import cholesky
from flowgraph.ops.math.division import mod, truediv
from flowgraph.ops.math.incomplete import betainc, igamma, igammac
from flowgraph.ops.math.linalg import matrix_determinant, matrix_inverse, matrix_triangular_solve
from flowgraph.ops.math.logical import logical_and, logical_not, logical_or
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.norm import norm
from flowgraph.ops.math.powers import maximum, minimum, pow, squared_difference, xlogy
from flowgraph.ops.math.range import range
from flowgraph.ops.math.reduction import (
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_prod,
    reduce_sum,
)
from flowgraph.ops.math.special import digamma, erf, erfc, lgamma
from flowgraph.ops.math.trigonometry import asinh, atan, atanh, cos, cosh, sin, sinh, tan, tanh
from flowgraph.ops.math.unary import (
    abs,
    ceil,
    exp,
    expm1,
    floor,
    is_inf,
    is_nan,
    log,
    log1p,
    reciprocal,
    round,
    rsqrt,
    sigmoid,
    sign,
    sqrt,
    square,
)
from flowgraph.ops.nn.activation import softplus, softsign
from flowgraph.ops.nn.poisson import log_poisson_loss
from flowgraph.ops.nn.softmax import (
    log_softmax,
    sigmoid_cross_entropy_with_logits,
    softmax,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from flowgraph.ops.random.distributions import (
    multinomial,
    random_gamma,
    random_normal,
    random_poisson,
    random_uniform,
)
