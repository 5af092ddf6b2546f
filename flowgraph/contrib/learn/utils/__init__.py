"""`tf.contrib.learn.utils`: inputs of served models, and their export."""

from flowgraph.core import lazy as _lazy

_NAMES = {
    "flowgraph.contrib.learn.utils.input_fn_utils": (
        "InputFnOps build_default_serving_input_fn build_parsing_serving_input_fn"
    ),
    "flowgraph.contrib.learn.utils.saved_model_export_utils": (
        "ExportStrategy make_export_strategy"
    ),
}
_MODULES = {
    "input_fn_utils": "flowgraph.contrib.learn.utils.input_fn_utils",
    "saved_model_export_utils": "flowgraph.contrib.learn.utils.saved_model_export_utils",
}
__getattr__, __dir__, __all__ = _lazy.face(__name__, _NAMES, _MODULES)
