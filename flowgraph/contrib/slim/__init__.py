"""`tf.contrib.slim`: layers with scopes of arguments, training and evaluation loops, networks."""

from flowgraph.contrib import framework as _framework
from flowgraph.contrib import layers as _layers
from flowgraph.core.lazy import face as _face

_OF_FRAMEWORK = (
    "VariableDeviceChooser add_arg_scope add_model_variable arg_scope arg_scope_func_key "
    "arg_scoped_arguments assert_global_step assert_or_get_global_step assign_from_checkpoint "
    "assign_from_checkpoint_fn assign_from_values assign_from_values_fn create_global_step "
    "current_arg_scope filter_variables get_global_step get_local_variables get_model_variables "
    "get_or_create_global_step get_trainable_variables get_unique_variable "
    "get_variable_full_name get_variables get_variables_by_name get_variables_by_suffix "
    "get_variables_to_restore global_variable has_arg_scope local_variable model_variable variable "
    "zero_initializer"
)
_NAMES = {
    _framework.__name__: _OF_FRAMEWORK,
    _layers.__name__: " ".join(name for name in dir(_layers) if not name.startswith("_")),
}
_MODULES = {
    "data_decoder": "flowgraph.contrib.slim.data.data_decoder",
    "data_provider": "flowgraph.contrib.slim.data.data_provider",
    "dataset": "flowgraph.contrib.slim.data.dataset",
    "dataset_data_provider": "flowgraph.contrib.slim.data.dataset_data_provider",
    "evaluation": "flowgraph.contrib.slim.evaluation",
    "initializers": "flowgraph.contrib.layers.initializers",
    "learning": "flowgraph.contrib.slim.learning",
    "losses": "flowgraph.contrib.losses",
    "metrics": "flowgraph.contrib.metrics",
    "model_analyzer": "flowgraph.contrib.slim.model_analyzer",
    "nets": "flowgraph.contrib.slim.nets",
    "parallel_reader": "flowgraph.contrib.slim.data.parallel_reader",
    "prefetch_queue": "flowgraph.contrib.slim.data.prefetch_queue",
    "queues": "flowgraph.contrib.slim.queues",
    "regularizers": "flowgraph.contrib.layers.regularizers",
    "summaries": "flowgraph.contrib.slim.summaries",
    "tfexample_decoder": "flowgraph.contrib.slim.data.tfexample_decoder",
    "utils": "flowgraph.contrib.layers.utils",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _MODULES)
