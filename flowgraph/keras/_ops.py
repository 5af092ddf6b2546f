"""The operations that Keras is built of, under tf's names: re-exports from the floors below.

Modules here say `"""
# ruff: noqa: F401

from flowgraph import math, nn, random
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import DType, as_dtype, float32, int32, int64
from flowgraph.core.dtypes import bool_ as bool
from flowgraph.core.graph import (
    Graph,
    colocate_with,
    control_dependencies,
    get_default_graph,
    name_scope,
    reset_default_graph,
)
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw as raw_ops
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, SparseTensorValue
from flowgraph.core.stacks import get_default_session
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant, placeholder, placeholder_with_default
from flowgraph.ops.array.identity import identity, stop_gradient
from flowgraph.ops.array.indexing import gather, gather_nd
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.making import (
    eye,
    one_hot,
    ones,
    ones_like,
    sequence_mask,
    tile,
    zeros,
    zeros_like,
)
from flowgraph.ops.array.matrix import diag_part, matrix_band_part
from flowgraph.ops.array.reshape import expand_dims, reshape, squeeze, transpose
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.array.selecting import unique, where
from flowgraph.ops.array.shape import shape, size
from flowgraph.ops.array.slicing import pad
from flowgraph.ops.array.splitting import split, unstack
from flowgraph.ops.control.basic import group
from flowgraph.ops.control.checks import Print, assert_greater_equal, assert_less_equal
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.functional import foldl, foldr, map_fn
from flowgraph.ops.control.tensor_array import TensorArray
from flowgraph.ops.control.while_loop import while_loop
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.add_n import add_n
from flowgraph.ops.math.argmax import argmax, argmin
from flowgraph.ops.math.cast import cast, to_int32
from flowgraph.ops.math.clip import clip_by_norm, clip_by_value
from flowgraph.ops.math.comparison import equal, greater, greater_equal, less, less_equal, not_equal
from flowgraph.ops.math.confusion import confusion_matrix
from flowgraph.ops.math.cumulative import cumprod, cumsum
from flowgraph.ops.math.division import div_no_nan
from flowgraph.ops.math.logical import logical_and, logical_not, logical_or
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.powers import maximum, minimum, pow, squared_difference
from flowgraph.ops.math.range import range
from flowgraph.ops.math.reduction import (
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
)
from flowgraph.ops.math.segment import unsorted_segment_sum
from flowgraph.ops.math.tensordot import tensordot
from flowgraph.ops.math.trigonometry import cos, sin, tanh
from flowgraph.ops.math.unary import abs, ceil, exp, floor, log, round, sigmoid, sign, sqrt, square
from flowgraph.ops.random.distributions import random_normal, random_uniform, truncated_normal
from flowgraph.ops.sparse.dense import sparse_placeholder, sparse_tensor_to_dense
from flowgraph.ops.sparse.products import sparse_tensor_dense_matmul
from flowgraph.ops.sparse.slicing import sparse_concat
from flowgraph.ops.state.variable import is_variable_initialized
from flowgraph.runtime.session import Session
from flowgraph.variables.initializers import random_normal_initializer, random_uniform_initializer
from flowgraph.variables.variable import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
    global_variables,
    init_scope,
)
