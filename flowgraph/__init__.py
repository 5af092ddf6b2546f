"""flowgraph: TensorFlow 1.x's dataflow model made again. `import flowgraph as tf`.

Where each name comes from, and nothing else: what every script needs is imported here, the rest
loads when it is first asked for (`_LAZY`: families, `_NAMES`: single names).
"""

from flowgraph.core import kernel_registry as _kernel_registry
from flowgraph.core import lazy as _lazy
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
from flowgraph.core.interchange import register as _register_writer
from flowgraph.core.op_def import raw as raw_ops
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape, as_shape
from flowgraph.core.sparse_tensor import (
    SparseTensor,
    SparseTensorValue,
    convert_to_tensor_or_sparse_tensor,
)
from flowgraph.core.stacks import get_default_session
from flowgraph.core.static import constant_value as get_static_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops import registrations as _registrations
from flowgraph.ops.math import operators as _operators
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

# Scripts ask which TensorFlow they run on: the one whose API this is.
__version__ = VERSION = "1.15.0"
GIT_VERSION = COMPILER_VERSION = "flowgraph"
CXX11_ABI_FLAG = MONOLITHIC_BUILD = 0
half, double = float16, float64

# Families: the name here -> the module.
_LAZY = {
    "app": "flowgraph.platform.app",
    "audio": "flowgraph.audio",
    "autograph": "flowgraph.autograph",
    "bitwise": "flowgraph.bitwise",
    "compat": "flowgraph.compat",
    "config": "flowgraph.platform.config",
    "contrib": "flowgraph.contrib",
    "data": "flowgraph.data",
    "debugging": "flowgraph.debugging",
    "distributions": "flowgraph.distributions",
    "dtypes": "flowgraph.dtypes",
    "errors": "flowgraph.errors",
    "estimator": "flowgraph.estimator",
    "examples": "flowgraph.examples",
    "feature_column": "flowgraph.feature_column",
    "flags": "flowgraph.platform.flags",
    "gfile": "flowgraph.platform.gfile",
    "graph_util": "flowgraph.graph_io.graph_util",
    "image": "flowgraph.image",
    "initializers": "flowgraph.initializers",
    "io": "flowgraph.io",
    "keras": "flowgraph.keras",
    "layers": "flowgraph.layers",
    "linalg": "flowgraph.linalg",
    "logging": "flowgraph.platform.logging",
    "lookup": "flowgraph.lookup",
    "losses": "flowgraph.losses",
    "manip": "flowgraph.manip",
    "math": "flowgraph.math",
    "metrics": "flowgraph.metrics",
    "nest": "flowgraph.nest",
    "nn": "flowgraph.nn",
    "profiler": "flowgraph.profiler",
    "python_io": "flowgraph.python_io",
    "quantization": "flowgraph.quantization",
    "queue": "flowgraph.queue",
    "random": "flowgraph.random",
    "resource_loader": "flowgraph.platform.resource_loader",
    "saved_model": "flowgraph.saved_model",
    "sets": "flowgraph.sets",
    "signal": "flowgraph.signal",
    "sparse": "flowgraph.sparse",
    "spectral": "flowgraph.signal",
    "strings": "flowgraph.strings",
    "summary": "flowgraph.summary",
    "sysconfig": "flowgraph.platform.sysconfig",
    "test": "flowgraph.test",
    "train": "flowgraph.train",
    "user_ops": "flowgraph.user_ops",
    "version": "flowgraph.version",
    "viz": "flowgraph.viz",
}
# The module in which a name is made -> the names; `here=there` where it is called `there`.
_NAMES = {
    "flowgraph.contrib.framework.tensor_util": "is_tensor",
    "flowgraph.core.device_spec": "DeviceSpec",
    "flowgraph.core.shapes": "dimension_at_index dimension_value",
    "flowgraph.data.structure": "SparseTensorSpec TensorSpec",
    "flowgraph.graph_io.importer": "import_graph_def",
    "flowgraph.graph_io.protos": (
        "AttrValue Event GraphDef HistogramProto LogMessage MetaGraphDef NameAttrList NodeDef "
        "SessionLog Summary SummaryMetadata TensorInfo"
    ),
    "flowgraph.graph_io.tensors": "make_ndarray make_tensor_proto",
    "flowgraph.ops.array.before_v1": (
        "batch_matmul batch_svd concat_v2 pack reverse_v2 select split_v unpack"
    ),
    "flowgraph.ops.array.blocks": (
        "batch_to_space batch_to_space_nd depth_to_space required_space_to_batch_paddings "
        "space_to_batch space_to_batch_nd space_to_depth"
    ),
    "flowgraph.ops.array.constant": "constant placeholder placeholder_with_default",
    "flowgraph.ops.array.distinct": "setdiff1d listdiff=setdiff1d",
    "flowgraph.ops.array.identity": (
        "check_numerics guarantee_const identity identity_n stop_gradient"
    ),
    "flowgraph.ops.array.indexing": "batch_gather boolean_mask gather gather_nd scatter_nd",
    "flowgraph.ops.array.joining": "concat parallel_stack stack",
    "flowgraph.ops.array.making": (
        "broadcast_to eye fill meshgrid one_hot ones ones_like sequence_mask tile zeros zeros_like"
    ),
    "flowgraph.ops.array.matrix": (
        "diag diag_part matrix_band_part matrix_diag matrix_diag_part matrix_set_diag "
        "batch_matrix_band_part=matrix_band_part batch_matrix_diag=matrix_diag "
        "batch_matrix_diag_part=matrix_diag_part batch_matrix_set_diag=matrix_set_diag"
    ),
    "flowgraph.ops.array.partition": "dynamic_partition dynamic_stitch",
    "flowgraph.ops.array.reshape": (
        "expand_dims invert_permutation matrix_transpose reshape squeeze transpose "
        "batch_matrix_transpose=matrix_transpose"
    ),
    "flowgraph.ops.array.reversing": "reverse reverse_sequence",
    "flowgraph.ops.array.rolling": "roll unravel_index",
    "flowgraph.ops.array.selecting": "searchsorted unique unique_with_counts where where_v2",
    "flowgraph.ops.array.shape": (
        "broadcast_dynamic_shape broadcast_static_shape ensure_shape rank shape shape_n size"
    ),
    "flowgraph.ops.array.slicing": "pad slice",
    "flowgraph.ops.array.sorting": "argsort sort",
    "flowgraph.ops.array.splitting": "split unstack",
    "flowgraph.ops.array.strided": "newaxis strided_slice",
    "flowgraph.ops.array.tensor_scatter": (
        "tensor_scatter_add tensor_scatter_sub tensor_scatter_update "
        "tensor_scatter_nd_update=tensor_scatter_update tensor_scatter_nd_add=tensor_scatter_add "
        "tensor_scatter_nd_sub=tensor_scatter_sub"
    ),
    "flowgraph.ops.control.basic": "group no_op tuple=tuple_",
    "flowgraph.ops.control.case": "case switch_case",
    "flowgraph.ops.control.checks": (
        "Assert Print assert_equal assert_greater assert_greater_equal assert_integer assert_less "
        "assert_less_equal assert_near assert_negative assert_non_negative assert_non_positive "
        "assert_none_equal assert_positive assert_proper_iterable assert_rank assert_rank_at_least "
        "assert_rank_in assert_same_float_dtype assert_scalar assert_type verify_tensor_all_finite "
        "is_non_decreasing is_numeric_tensor is_strictly_increasing"
    ),
    "flowgraph.ops.control.cond": "cond",
    "flowgraph.ops.control.eager": (
        "convert_to_tensor_or_indexed_slices grad_pass_through py_function recompute_grad"
    ),
    "flowgraph.ops.control.functional": "foldl foldr map_fn scan",
    "flowgraph.ops.control.numerics": "add_check_numerics_ops",
    "flowgraph.ops.control.printing": "print=print_",
    "flowgraph.ops.control.python": "numpy_function py_func",
    "flowgraph.ops.control.tensor_array": "TensorArray",
    "flowgraph.ops.control.triggers": "timestamp",
    "flowgraph.ops.control.while_loop": "while_loop",
    "flowgraph.ops.gradients": (
        "AggregationMethod NoGradient NotDifferentiable UnconnectedGradients custom_gradient "
        "gradients hessians no_gradient"
    ),
    "flowgraph.ops.image.patches": "extract_image_patches extract_volume_patches",
    "flowgraph.ops.math.add_n": "accumulate_n add_n",
    "flowgraph.ops.math.argmax": "arg_max arg_min argmax argmin",
    "flowgraph.ops.math.arithmetic": "add multiply subtract mul=multiply sub=subtract",
    "flowgraph.ops.math.beta": "lbeta",
    "flowgraph.ops.math.cast": (
        "bitcast cast saturate_cast to_bfloat16 to_complex64 to_complex128 to_double to_float "
        "to_int32 to_int64"
    ),
    "flowgraph.ops.math.clip": (
        "clip_by_average_norm clip_by_global_norm clip_by_norm clip_by_value global_norm"
    ),
    "flowgraph.ops.math.comparison": (
        "approximate_equal equal greater greater_equal less less_equal not_equal"
    ),
    "flowgraph.ops.math.complex": "angle complex conj imag real",
    "flowgraph.ops.math.confusion": "confusion_matrix",
    "flowgraph.ops.math.counting": (
        "bincount count_nonzero histogram_fixed_width histogram_fixed_width_bins"
    ),
    "flowgraph.ops.math.cumulative": "cumprod cumsum",
    "flowgraph.ops.math.decompositions": (
        "cholesky cholesky_solve qr self_adjoint_eig self_adjoint_eigvals svd "
        "batch_cholesky=cholesky batch_cholesky_solve=cholesky_solve "
        "batch_self_adjoint_eig=self_adjoint_eig batch_self_adjoint_eigvals=self_adjoint_eigvals"
    ),
    "flowgraph.ops.math.division": (
        "div div_no_nan divide floor_div floordiv floormod mod realdiv truediv truncatediv "
        "truncatemod"
    ),
    "flowgraph.ops.math.einsum": "einsum",
    "flowgraph.ops.math.incomplete": "betainc igamma igammac",
    "flowgraph.ops.math.linalg": (
        "cross matrix_determinant matrix_inverse matrix_solve matrix_solve_ls "
        "matrix_triangular_solve trace batch_matrix_determinant=matrix_determinant "
        "batch_matrix_inverse=matrix_inverse batch_matrix_solve=matrix_solve "
        "batch_matrix_solve_ls=matrix_solve_ls "
        "batch_matrix_triangular_solve=matrix_triangular_solve"
    ),
    "flowgraph.ops.math.logical": "logical_and logical_not logical_or logical_xor",
    "flowgraph.ops.math.matmul": "matmul",
    "flowgraph.ops.math.matrix_functions": "matrix_square_root",
    "flowgraph.ops.math.norm": "norm",
    "flowgraph.ops.math.powers": "atan2 maximum minimum pow squared_difference",
    "flowgraph.ops.math.range": "lin_space linspace range",
    "flowgraph.ops.math.reduce_join": "reduce_join",
    "flowgraph.ops.math.reduction": (
        "reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod "
        "reduce_sum"
    ),
    "flowgraph.ops.math.segment": (
        "segment_max segment_mean segment_min segment_prod segment_sum unsorted_segment_max "
        "unsorted_segment_mean unsorted_segment_min unsorted_segment_prod unsorted_segment_sqrt_n "
        "unsorted_segment_sum"
    ),
    "flowgraph.ops.math.sparse_segment": (
        "sparse_segment_mean sparse_segment_sqrt_n sparse_segment_sum"
    ),
    "flowgraph.ops.math.special": "digamma erf erfc lgamma polygamma zeta",
    "flowgraph.ops.math.tensordot": "tensordot",
    "flowgraph.ops.math.trigonometry": (
        "acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh"
    ),
    "flowgraph.ops.math.unary": (
        "abs ceil exp expm1 floor is_finite is_inf is_nan log log1p log_sigmoid negative "
        "reciprocal rint round rsqrt scalar_mul sigmoid sign sqrt square neg=negative "
        "inv=reciprocal complex_abs=abs"
    ),
    "flowgraph.ops.parsing.decode_csv": "decode_csv",
    "flowgraph.ops.parsing.decoding": (
        "decode_compressed decode_json_example fingerprint parse_tensor serialize_tensor"
    ),
    "flowgraph.ops.parsing.features": (
        "FixedLenFeature FixedLenSequenceFeature SparseFeature VarLenFeature"
    ),
    "flowgraph.ops.parsing.files": "matching_files read_file write_file",
    "flowgraph.ops.parsing.parse_features": (
        "parse_example parse_single_example parse_single_sequence_example"
    ),
    "flowgraph.ops.parsing.readers": (
        "FixedLengthRecordReader IdentityReader ReaderBase TextLineReader TFRecordReader "
        "WholeFileReader"
    ),
    "flowgraph.ops.quantize.fake": (
        "fake_quant_with_min_max_args fake_quant_with_min_max_args_gradient "
        "fake_quant_with_min_max_vars fake_quant_with_min_max_vars_gradient "
        "fake_quant_with_min_max_vars_per_channel "
        "fake_quant_with_min_max_vars_per_channel_gradient"
    ),
    "flowgraph.ops.quantize.quantize": "dequantize quantize quantize_v2",
    "flowgraph.ops.quantize.shaping": "quantized_concat",
    "flowgraph.ops.random.distributions": (
        "multinomial random_gamma random_normal random_poisson random_uniform truncated_normal"
    ),
    "flowgraph.ops.random.seeds": "get_seed set_random_seed",
    "flowgraph.ops.random.shuffle": "random_crop random_shuffle",
    "flowgraph.ops.sparse.arithmetic": "sparse_add sparse_maximum sparse_minimum",
    "flowgraph.ops.sparse.dense": "sparse_placeholder sparse_tensor_to_dense sparse_to_dense",
    "flowgraph.ops.sparse.dense_matmul": "sparse_matmul",
    "flowgraph.ops.sparse.edit_distance": "edit_distance",
    "flowgraph.ops.sparse.merging": "sparse_merge sparse_to_indicator",
    "flowgraph.ops.sparse.products": "sparse_softmax sparse_tensor_dense_matmul",
    "flowgraph.ops.sparse.reduction": (
        "sparse_reduce_max sparse_reduce_max_sparse sparse_reduce_sum sparse_reduce_sum_sparse"
    ),
    "flowgraph.ops.sparse.rows": "sparse_fill_empty_rows sparse_mask sparse_retain",
    "flowgraph.ops.sparse.serialize": (
        "deserialize_many_sparse serialize_many_sparse serialize_sparse"
    ),
    "flowgraph.ops.sparse.shaping": (
        "sparse_reorder sparse_reset_shape sparse_reshape sparse_transpose"
    ),
    "flowgraph.ops.sparse.slicing": "sparse_concat sparse_slice sparse_split",
    "flowgraph.ops.spectral.fourier": (
        "fft fft2d fft3d ifft ifft2d ifft3d batch_fft=fft batch_fft2d=fft2d batch_fft3d=fft3d "
        "batch_ifft=ifft batch_ifft2d=ifft2d batch_ifft3d=ifft3d"
    ),
    "flowgraph.ops.state.accumulators": (
        "ConditionalAccumulator ConditionalAccumulatorBase SparseConditionalAccumulator"
    ),
    "flowgraph.ops.state.queues": (
        "FIFOQueue PaddingFIFOQueue PriorityQueue QueueBase RandomShuffleQueue"
    ),
    "flowgraph.ops.state.scatter": (
        "batch_scatter_update scatter_add scatter_div scatter_max scatter_min scatter_mul "
        "scatter_nd_add scatter_nd_sub scatter_nd_update scatter_sub scatter_update"
    ),
    "flowgraph.ops.state.variable": (
        "assign assign_add assign_sub count_up_to is_variable_initialized"
    ),
    "flowgraph.ops.strings.elementwise": (
        "decode_base64 encode_base64 string_strip string_to_hash_bucket string_to_hash_bucket_fast "
        "string_to_hash_bucket_strong substr"
    ),
    "flowgraph.ops.strings.numbers": "as_string decode_raw string_join string_to_number",
    "flowgraph.ops.strings.patterns": "regex_replace",
    "flowgraph.ops.strings.splitting": "string_split",
    "flowgraph.platform.libraries": "load_file_system_library load_library load_op_library",
    "flowgraph.platform.logging": "get_logger",
    "flowgraph.platform.modes": (
        "control_flow_v2_enabled disable_control_flow_v2 disable_eager_execution "
        "disable_tensor_equality disable_v2_behavior disable_v2_tensorshape enable_control_flow_v2 "
        "enable_eager_execution enable_tensor_equality enable_v2_behavior enable_v2_tensorshape "
        "executing_eagerly"
    ),
    "flowgraph.scripts": "install_as_tensorflow",
    "flowgraph.scripts.views": "python",
    "flowgraph.summary.older": (
        "audio_summary histogram_summary image_summary merge_all_summaries merge_summary "
        "scalar_summary"
    ),
    "flowgraph.variables.initialization": (
        "assert_variables_initialized global_variables_initializer initialize_all_variables "
        "initialize_local_variables initialize_variables local_variables_initializer "
        "report_uninitialized_variables variables_initializer"
    ),
    "flowgraph.variables.initializers": (
        "constant_initializer glorot_normal_initializer glorot_uniform_initializer "
        "ones_initializer orthogonal_initializer random_normal_initializer "
        "random_uniform_initializer truncated_normal_initializer uniform_unit_scaling_initializer "
        "variance_scaling_initializer zeros_initializer"
    ),
    "flowgraph.variables.partition": (
        "fixed_size_partitioner min_max_variable_partitioner variable_axis_size_partitioner"
    ),
    "flowgraph.variables.resource": (
        "disable_resource_variables enable_resource_variables resource_variables_enabled"
    ),
    "flowgraph.variables.scope": (
        "AUTO_REUSE VariableScope get_local_variable get_variable get_variable_scope "
        "no_regularizer variable_op_scope variable_scope"
    ),
    "flowgraph.variables.table_initializers": "initialize_all_tables tables_initializer",
    "flowgraph.variables.template": "make_template",
    "flowgraph.variables.variable": (
        "Variable VariableAggregation VariableSynchronization all_variables global_variables "
        "init_scope local_variables model_variables moving_average_variables trainable_variables "
        "variable_creator_scope"
    ),
    "flowgraph.version": (
        "GRAPH_DEF_VERSION GRAPH_DEF_VERSION_MIN_CONSUMER GRAPH_DEF_VERSION_MIN_PRODUCER"
    ),
}
__getattr__, __dir__, __all__ = _lazy.face(__name__, _NAMES, _LAZY)

_kernel_registry.load_when_asked(_lazy.later("flowgraph.kernels", "load_libraries"))
_register_display(
    _lazy.later("flowgraph.viz", "repr_svg"), _lazy.later("flowgraph.viz", "mimebundle")
)
_register_writer(_lazy.later("flowgraph.graph_io.export", "module"))
