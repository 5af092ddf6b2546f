"""`tf.estimator`: models that are trained, evaluated, asked and exported by one object."""

from flowgraph.core.lazy import face as _face

_MODULES = {
    "experimental": "flowgraph.estimator.experimental",
    "export": "flowgraph.estimator.export",
    "inputs": "flowgraph.estimator.inputs",
}
_NAMES = {
    "flowgraph.estimator.canned.estimators": (
        "BaselineClassifier BaselineEstimator BaselineRegressor DNNClassifier DNNEstimator "
        "DNNLinearCombinedClassifier DNNLinearCombinedEstimator DNNLinearCombinedRegressor "
        "DNNRegressor LinearClassifier LinearEstimator LinearRegressor"
    ),
    "flowgraph.estimator.canned.class_heads": "BinaryClassHead MultiClassHead MultiLabelHead",
    "flowgraph.estimator.canned.heads": "Head",
    "flowgraph.estimator.canned.parsing": (
        "classifier_parse_example_spec regressor_parse_example_spec"
    ),
    "flowgraph.estimator.canned.regression_heads": (
        "LogisticRegressionHead PoissonRegressionHead RegressionHead"
    ),
    "flowgraph.estimator.estimator": "Estimator",
    "flowgraph.estimator.exporter": "BestExporter Exporter FinalExporter LatestExporter",
    "flowgraph.estimator.extenders": "add_metrics",
    "flowgraph.estimator.modes": "ModeKeys",
    "flowgraph.estimator.run_config": "RunConfig",
    "flowgraph.estimator.spec": "EstimatorSpec",
    "flowgraph.estimator.training": "EvalSpec TrainSpec train_and_evaluate",
    "flowgraph.estimator.warm_start": "WarmStartSettings",
    "flowgraph.train": (
        "CheckpointSaverHook CheckpointSaverListener FeedFnHook FinalOpsHook GlobalStepWaiterHook "
        "LoggingTensorHook NanLossDuringTrainingError NanTensorHook ProfilerHook "
        "SecondOrStepTimer SessionRunArgs SessionRunContext SessionRunHook SessionRunValues "
        "StepCounterHook StopAtStepHook SummarySaverHook VocabInfo"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _MODULES)
