"""`tf.estimator.export`: what a model is given and gives when it is served."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.estimator.export.outputs": (
        "ClassificationOutput EvalOutput ExportOutput PredictOutput RegressionOutput TrainOutput "
        "build_all_signature_defs"
    ),
    "flowgraph.estimator.export.receivers": (
        "ServingInputReceiver SupervisedInputReceiver TensorServingInputReceiver "
        "UnsupervisedInputReceiver build_parsing_serving_input_receiver_fn "
        "build_raw_serving_input_receiver_fn build_raw_supervised_input_receiver_fn "
        "build_supervised_input_receiver_fn_from_input_fn"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
