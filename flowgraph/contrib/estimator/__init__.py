"""`tf.contrib.estimator`: heads, hooks that stop early, and Estimators with more."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.estimator.extenders": ("clip_gradients_by_norm forward_features"),
    "flowgraph.contrib.estimator.heads": (
        "binary_classification_head logistic_regression_head multi_class_head multi_label_head "
        "poisson_regression_head regression_head"
    ),
    "flowgraph.estimator.canned.estimators": (
        "BaselineEstimator DNNEstimator DNNLinearCombinedEstimator LinearEstimator"
    ),
    "flowgraph.estimator.canned.models": "dnn_logit_fn_builder linear_logit_fn_builder",
    "flowgraph.estimator.early_stopping": (
        "InMemoryEvaluatorHook make_early_stopping_hook make_stop_at_checkpoint_step_hook "
        "read_eval_metrics stop_if_higher_hook stop_if_lower_hook stop_if_no_decrease_hook "
        "stop_if_no_increase_hook"
    ),
    "flowgraph.estimator.export.receivers": (
        "build_raw_supervised_input_receiver_fn build_supervised_input_receiver_fn_from_input_fn"
    ),
    "flowgraph.estimator.extenders": "add_metrics call_logit_fn",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
