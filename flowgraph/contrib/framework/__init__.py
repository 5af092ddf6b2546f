"""`tf.contrib.framework`: scopes of arguments, variables, checks of shapes, checkpoints."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.framework.argument_scopes": (
        "add_arg_scope arg_scope arg_scope_func_key arg_scoped_arguments current_arg_scope "
        "has_arg_scope"
    ),
    "flowgraph.contrib.framework.deprecation": "deprecated deprecated_arg_values deprecated_args",
    "flowgraph.contrib.framework.graph_util": (
        "get_graph_from_inputs get_name_scope get_placeholders prepend_name_scope strip_name_scope"
    ),
    "flowgraph.contrib.framework.nest": (
        "assert_same_structure assert_shallow_structure flatten flatten_dict_items flatten_up_to "
        "flatten_with_joined_string_paths flatten_with_tuple_paths flatten_with_tuple_paths_up_to "
        "get_traverse_shallow_structure is_nested is_sequence is_sequence_or_composite "
        "map_structure map_structure_up_to map_structure_with_paths map_structure_with_tuple_paths "
        "map_structure_with_tuple_paths_up_to pack_sequence_as yield_flat_paths"
    ),
    "flowgraph.contrib.framework.restoring": (
        "assign_from_checkpoint assign_from_checkpoint_fn assign_from_values assign_from_values_fn"
    ),
    "flowgraph.contrib.framework.script_ops": "py_func",
    "flowgraph.contrib.framework.tensor_util": (
        "assert_scalar_int is_tensor reduce_sum_n remove_squeezable_dimensions with_same_shape "
        "with_shape"
    ),
    "flowgraph.contrib.framework.variables": (
        "VariableDeviceChooser add_model_variable assert_or_get_global_step filter_variables "
        "get_local_variables get_model_variables get_trainable_variables get_unique_variable "
        "get_variable_full_name get_variables get_variables_by_name get_variables_by_suffix "
        "get_variables_to_restore global_variable local_variable model_variable variable "
        "zero_initializer"
    ),
    "flowgraph.core.sparse_tensor": "convert_to_tensor_or_sparse_tensor",
    "flowgraph.data.structure": "TensorSpec",
    "flowgraph.layers.utils": "smart_case smart_cond smart_constant_value",
    "flowgraph.ops.array.sorting": "argsort sort",
    "flowgraph.ops.control.checks": (
        "assert_same_float_dtype assert_scalar is_non_decreasing is_numeric_tensor "
        "is_strictly_increasing"
    ),
    "flowgraph.train": (
        "assert_global_step create_global_step get_global_step get_or_create_global_step "
        "init_from_checkpoint list_variables load_checkpoint load_variable"
    ),
}
_MODULES = {
    "audio_ops": "flowgraph.contrib.framework.audio_ops",
    "checkpoint_utils": "flowgraph.contrib.framework",
    "nest": "flowgraph.contrib.framework.nest",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _MODULES)
