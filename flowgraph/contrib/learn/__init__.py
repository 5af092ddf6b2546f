"""`tf.contrib.learn`: Estimators as they first were, data sets, and text as numbers."""

from flowgraph.core import lazy as _lazy

_MODULES = {
    "datasets": "flowgraph.contrib.learn.datasets",
    "learn_runner": "flowgraph.contrib.learn.learn_runner",
    "monitors": "flowgraph.contrib.learn.monitors",
    "preprocessing": "flowgraph.contrib.learn.preprocessing",
    "utils": "flowgraph.contrib.learn.utils",
}
_NAMES = {
    "flowgraph.contrib.learn.canned": (
        "DNNClassifier DNNLinearCombinedClassifier DNNLinearCombinedRegressor DNNRegressor "
        "LinearClassifier LinearRegressor"
    ),
    "flowgraph.contrib.learn.estimator": (
        "BaseEstimator Estimator SKCompat infer_real_valued_columns_from_input "
        "infer_real_valued_columns_from_input_fn"
    ),
    "flowgraph.contrib.learn.experiment": "Experiment",
    "flowgraph.contrib.learn.metric_spec": "MetricSpec",
    "flowgraph.contrib.learn.model_fn": "ModeKeys ModelFnOps PredictionKey ProblemType",
    "flowgraph.contrib.learn.run_config": "RunConfig TaskType",
    "flowgraph.train": "NanLossDuringTrainingError",
    "flowgraph.contrib.learn.utils.input_fn_utils": ("InputFnOps build_parsing_serving_input_fn"),
    "flowgraph.contrib.learn.utils.saved_model_export_utils": (
        "ExportStrategy make_export_strategy"
    ),
}
__getattr__, __dir__, __all__ = _lazy.face(__name__, _NAMES, _MODULES)
