"""tf.saved_model: graphs with their variables and signatures, saved for serving."""

from flowgraph.core import lazy as _lazy

_NAMES = {
    "flowgraph.saved_model.builder": "Builder=SavedModelBuilder simple_save",
    "flowgraph.saved_model.loader": (
        "contains_saved_model=maybe_saved_model_directory load maybe_saved_model_directory"
    ),
    "flowgraph.saved_model.main_op": "main_op_with_restore",
    "flowgraph.saved_model.signature_def_utils": (
        "build_signature_def classification_signature_def is_valid_signature "
        "predict_signature_def regression_signature_def"
    ),
    "flowgraph.saved_model.utils": "build_tensor_info get_tensor_from_tensor_info",
    "flowgraph.saved_model.constants": (
        "ASSETS_DIRECTORY ASSETS_KEY LEGACY_INIT_OP_KEY MAIN_OP_KEY SAVED_MODEL_FILENAME_PB "
        "SAVED_MODEL_FILENAME_PBTXT SAVED_MODEL_SCHEMA_VERSION VARIABLES_DIRECTORY "
        "VARIABLES_FILENAME"
    ),
    "flowgraph.saved_model.signature_constants": (
        "CLASSIFY_INPUTS CLASSIFY_METHOD_NAME CLASSIFY_OUTPUT_CLASSES CLASSIFY_OUTPUT_SCORES "
        "DEFAULT_SERVING_SIGNATURE_DEF_KEY PREDICT_INPUTS PREDICT_METHOD_NAME PREDICT_OUTPUTS "
        "REGRESS_INPUTS REGRESS_METHOD_NAME REGRESS_OUTPUTS"
    ),
    "flowgraph.saved_model.tag_constants": "GPU SERVING TPU TRAINING",
}
_LAZY = {
    name: f"flowgraph.saved_model.{name}"
    for name in (
        "builder", "constants", "loader", "main_op", "signature_constants", "signature_def_utils",
        "tag_constants", "utils",
    )
}  # fmt: skip
__getattr__, __dir__, __all__ = _lazy.face(__name__, _NAMES, _LAZY)
