"""flowgraph: TensorFlow 1.x's dataflow model made again. `import flowgraph as tf`.

Re-exports only: each name is made in the module that it is imported from.
"""

from flowgraph.core.backward import RegisterGradient
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor, register_tensor_conversion_function
from flowgraph.core.display import register as _register_display
from flowgraph.core.dtypes import (
    QUANTIZED_DTYPES,
    DType,
    as_dtype,
    bfloat16,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    qint8,
    qint16,
    qint32,
    quint8,
    quint16,
    resource,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
    variant,
)
from flowgraph.core.dtypes import bool_ as bool
from flowgraph.core.errors import OpError
from flowgraph.core.graph import (
    Graph,
    colocate_with,
    container,
    control_dependencies,
    device,
    get_default_graph,
    name_scope,
    reset_default_graph,
)
from flowgraph.core.graph_functions import (
    add_to_collection,
    add_to_collections,
    get_collection,
    get_collection_ref,
    op_scope,
)
from flowgraph.core.indexed_slices import IndexedSlices, IndexedSlicesValue
from flowgraph.core.op_def import raw as raw_ops
from flowgraph.core.operation import NodeDef, Operation
from flowgraph.core.shapes import Dimension, TensorShape, as_shape
from flowgraph.core.sparse_tensor import (
    SparseTensor,
    SparseTensorValue,
    convert_to_tensor_or_sparse_tensor,
)
from flowgraph.core.stacks import get_default_session
from flowgraph.core.static import constant_value as get_static_value
from flowgraph.core.tensor import Tensor
from flowgraph.kernels import libraries as _libraries
from flowgraph.ops.array import older as _older_ops
from flowgraph.ops.array.blocks import (
    batch_to_space,
    batch_to_space_nd,
    depth_to_space,
    required_space_to_batch_paddings,
    space_to_batch,
    space_to_batch_nd,
    space_to_depth,
)
from flowgraph.ops.array.constant import constant, placeholder, placeholder_with_default
from flowgraph.ops.array.distinct import setdiff1d
from flowgraph.ops.array.identity import (
    check_numerics,
    guarantee_const,
    identity,
    identity_n,
    stop_gradient,
)
from flowgraph.ops.array.indexing import batch_gather, boolean_mask, gather, gather_nd, scatter_nd
from flowgraph.ops.array.joining import concat, parallel_stack, stack
from flowgraph.ops.array.making import (
    broadcast_to,
    eye,
    fill,
    meshgrid,
    one_hot,
    ones,
    ones_like,
    sequence_mask,
    tile,
    zeros,
    zeros_like,
)
from flowgraph.ops.array.matrix import (
    diag,
    diag_part,
    matrix_band_part,
    matrix_diag,
    matrix_diag_part,
    matrix_set_diag,
)
from flowgraph.ops.array.partition import dynamic_partition, dynamic_stitch
from flowgraph.ops.array.reshape import (
    expand_dims,
    invert_permutation,
    matrix_transpose,
    reshape,
    squeeze,
    transpose,
)
from flowgraph.ops.array.reversing import reverse, reverse_sequence
from flowgraph.ops.array.rolling import roll, unravel_index
from flowgraph.ops.array.selecting import searchsorted, unique, unique_with_counts, where, where_v2
from flowgraph.ops.array.shape import (
    broadcast_dynamic_shape,
    broadcast_static_shape,
    ensure_shape,
    rank,
    shape,
    shape_n,
    size,
)
from flowgraph.ops.array.slicing import pad, slice
from flowgraph.ops.array.sorting import argsort, sort
from flowgraph.ops.array.splitting import split, unstack
from flowgraph.ops.array.strided import newaxis, strided_slice
from flowgraph.ops.array.tensor_scatter import (
    tensor_scatter_add,
    tensor_scatter_sub,
    tensor_scatter_update,
)
from flowgraph.ops.control.basic import group, no_op
from flowgraph.ops.control.basic import tuple_ as tuple
from flowgraph.ops.control.case import case, switch_case
from flowgraph.ops.control.checks import (
    Assert,
    Print,
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
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.functional import foldl, foldr, map_fn, scan
from flowgraph.ops.control.numerics import add_check_numerics_ops
from flowgraph.ops.control.printing import print_ as print
from flowgraph.ops.control.python import numpy_function, py_func
from flowgraph.ops.control.tensor_array import TensorArray
from flowgraph.ops.control.triggers import timestamp
from flowgraph.ops.control.while_loop import while_loop
from flowgraph.ops.gradients import (
    AggregationMethod,
    NoGradient,
    NotDifferentiable,
    UnconnectedGradients,
    custom_gradient,
    gradients,
    hessians,
    no_gradient,
)
from flowgraph.ops.image.patches import extract_image_patches, extract_volume_patches
from flowgraph.ops.math import operators as _operators
from flowgraph.ops.math.add_n import accumulate_n, add_n
from flowgraph.ops.math.argmax import arg_max, arg_min, argmax, argmin
from flowgraph.ops.math.arithmetic import add, multiply, subtract
from flowgraph.ops.math.cast import (
    bitcast,
    cast,
    saturate_cast,
    to_bfloat16,
    to_complex64,
    to_complex128,
    to_double,
    to_float,
    to_int32,
    to_int64,
)
from flowgraph.ops.math.clip import (
    clip_by_average_norm,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    global_norm,
)
from flowgraph.ops.math.comparison import (
    approximate_equal,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from flowgraph.ops.math.complex import angle, complex, conj, imag, real
from flowgraph.ops.math.confusion import confusion_matrix
from flowgraph.ops.math.counting import (
    bincount,
    count_nonzero,
    histogram_fixed_width,
    histogram_fixed_width_bins,
)
from flowgraph.ops.math.cumulative import cumprod, cumsum
from flowgraph.ops.math.decompositions import (
    cholesky,
    cholesky_solve,
    qr,
    self_adjoint_eig,
    self_adjoint_eigvals,
    svd,
)
from flowgraph.ops.math.division import (
    div,
    div_no_nan,
    divide,
    floor_div,
    floordiv,
    floormod,
    mod,
    realdiv,
    truediv,
    truncatediv,
    truncatemod,
)
from flowgraph.ops.math.einsum import einsum
from flowgraph.ops.math.incomplete import betainc, igamma, igammac
from flowgraph.ops.math.linalg import (
    cross,
    matrix_determinant,
    matrix_inverse,
    matrix_solve,
    matrix_solve_ls,
    matrix_triangular_solve,
    trace,
)
from flowgraph.ops.math.logical import logical_and, logical_not, logical_or, logical_xor
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.matrix_functions import matrix_square_root
from flowgraph.ops.math.norm import norm
from flowgraph.ops.math.powers import atan2, maximum, minimum, pow, squared_difference
from flowgraph.ops.math.range import lin_space, linspace, range
from flowgraph.ops.math.reduce_join import reduce_join
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
from flowgraph.ops.math.sparse_segment import (
    sparse_segment_mean,
    sparse_segment_sqrt_n,
    sparse_segment_sum,
)
from flowgraph.ops.math.special import digamma, erf, erfc, lgamma, polygamma, zeta
from flowgraph.ops.math.tensordot import tensordot
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
from flowgraph.ops.parsing.decode_csv import decode_csv
from flowgraph.ops.parsing.decoding import (
    decode_compressed,
    decode_json_example,
    fingerprint,
    parse_tensor,
    serialize_tensor,
)
from flowgraph.ops.parsing.features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    SparseFeature,
    VarLenFeature,
)
from flowgraph.ops.parsing.files import matching_files, read_file, write_file
from flowgraph.ops.parsing.parse_features import (
    parse_example,
    parse_single_example,
    parse_single_sequence_example,
)
from flowgraph.ops.parsing.readers import (
    FixedLengthRecordReader,
    IdentityReader,
    ReaderBase,
    TextLineReader,
    TFRecordReader,
    WholeFileReader,
)
from flowgraph.ops.quantize.fake import (
    fake_quant_with_min_max_args,
    fake_quant_with_min_max_args_gradient,
    fake_quant_with_min_max_vars,
    fake_quant_with_min_max_vars_gradient,
    fake_quant_with_min_max_vars_per_channel,
    fake_quant_with_min_max_vars_per_channel_gradient,
)
from flowgraph.ops.quantize.quantize import dequantize, quantize, quantize_v2
from flowgraph.ops.quantize.shaping import quantized_concat
from flowgraph.ops.ragged import splits as _ragged
from flowgraph.ops.random.distributions import (
    multinomial,
    random_gamma,
    random_normal,
    random_poisson,
    random_uniform,
    truncated_normal,
)
from flowgraph.ops.random.seeds import get_seed, set_random_seed
from flowgraph.ops.random.shuffle import random_crop, random_shuffle
from flowgraph.ops.sparse.arithmetic import sparse_add, sparse_maximum, sparse_minimum
from flowgraph.ops.sparse.dense import (
    sparse_placeholder,
    sparse_tensor_to_dense,
    sparse_to_dense,
)
from flowgraph.ops.sparse.dense_matmul import sparse_matmul
from flowgraph.ops.sparse.edit_distance import edit_distance
from flowgraph.ops.sparse.merging import sparse_merge, sparse_to_indicator
from flowgraph.ops.sparse.products import sparse_softmax, sparse_tensor_dense_matmul
from flowgraph.ops.sparse.reduction import (
    sparse_reduce_max,
    sparse_reduce_max_sparse,
    sparse_reduce_sum,
    sparse_reduce_sum_sparse,
)
from flowgraph.ops.sparse.rows import sparse_fill_empty_rows, sparse_mask, sparse_retain
from flowgraph.ops.sparse.serialize import (
    deserialize_many_sparse,
    serialize_many_sparse,
    serialize_sparse,
)
from flowgraph.ops.sparse.shaping import (
    sparse_reorder,
    sparse_reset_shape,
    sparse_reshape,
    sparse_transpose,
)
from flowgraph.ops.sparse.slicing import sparse_concat, sparse_slice, sparse_split
from flowgraph.ops.spectral.fourier import (
    fft,
    fft2d,
    fft3d,
    ifft,
    ifft2d,
    ifft3d,
)
from flowgraph.ops.state.accumulators import (
    ConditionalAccumulator,
    ConditionalAccumulatorBase,
    SparseConditionalAccumulator,
)
from flowgraph.ops.state.queues import (
    FIFOQueue,
    PaddingFIFOQueue,
    PriorityQueue,
    QueueBase,
    RandomShuffleQueue,
)
from flowgraph.ops.state.scatter import (
    batch_scatter_update,
    scatter_add,
    scatter_div,
    scatter_max,
    scatter_min,
    scatter_mul,
    scatter_nd_add,
    scatter_nd_sub,
    scatter_nd_update,
    scatter_sub,
    scatter_update,
)
from flowgraph.ops.state.variable import (
    assign,
    assign_add,
    assign_sub,
    count_up_to,
    is_variable_initialized,
)
from flowgraph.ops.strings.elementwise import (
    decode_base64,
    encode_base64,
    string_strip,
    string_to_hash_bucket,
    string_to_hash_bucket_fast,
    string_to_hash_bucket_strong,
    substr,
)
from flowgraph.ops.strings.numbers import as_string, decode_raw, string_join, string_to_number
from flowgraph.ops.strings.patterns import regex_replace
from flowgraph.ops.strings.splitting import string_split
from flowgraph.runtime.config import (
    ConfigProto,
    GPUOptions,
    GraphOptions,
    OptimizerOptions,
    RunOptions,
)
from flowgraph.runtime.describe import show_config
from flowgraph.runtime.session import InteractiveSession, Session
from flowgraph.runtime.trace import RunMetadata
from flowgraph.variables.initialization import (
    assert_variables_initialized,
    global_variables_initializer,
    initialize_all_variables,
    initialize_local_variables,
    initialize_variables,
    local_variables_initializer,
    report_uninitialized_variables,
    variables_initializer,
)
from flowgraph.variables.initializers import (
    constant_initializer,
    glorot_normal_initializer,
    glorot_uniform_initializer,
    ones_initializer,
    orthogonal_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
    uniform_unit_scaling_initializer,
    variance_scaling_initializer,
    zeros_initializer,
)
from flowgraph.variables.partition import (
    fixed_size_partitioner,
    min_max_variable_partitioner,
    variable_axis_size_partitioner,
)
from flowgraph.variables.resource import (
    disable_resource_variables,
    enable_resource_variables,
    resource_variables_enabled,
)
from flowgraph.variables.scope import (
    AUTO_REUSE,
    VariableScope,
    get_local_variable,
    get_variable,
    get_variable_scope,
    no_regularizer,
    variable_op_scope,
    variable_scope,
)
from flowgraph.variables.table_initializers import initialize_all_tables, tables_initializer
from flowgraph.variables.template import make_template
from flowgraph.variables.variable import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
    all_variables,
    global_variables,
    init_scope,
    local_variables,
    model_variables,
    moving_average_variables,
    trainable_variables,
    variable_creator_scope,
)

from flowgraph import (  # isort: skip
    audio, bitwise, debugging, dtypes, errors, image, initializers, io, linalg, lookup, manip, math,
    nest, nn, python_io, quantization, queue, random, sets, signal, sparse, strings, train,
)  # fmt: skip

# Scripts ask which TensorFlow they run on: the one whose API this is.
__version__ = VERSION = "1.15.0"
GIT_VERSION = COMPILER_VERSION = "flowgraph"

half, double = float16, float64
tensor_scatter_nd_update = tensor_scatter_update
tensor_scatter_nd_add, tensor_scatter_nd_sub = tensor_scatter_add, tensor_scatter_sub
spectral = signal
_LAZY = ("viz", "test", "examples")  # not needed to run a graph, and slow to import


def __getattr__(name: str) -> object:
    if name in _LAZY:
        import importlib

        return importlib.import_module(f"flowgraph.{name}")
    raise AttributeError(f"module 'flowgraph' has no attribute {name!r}")


def _draw(element: object) -> str:
    from flowgraph import viz

    return viz.repr_svg(element)


_register_display(_draw)
