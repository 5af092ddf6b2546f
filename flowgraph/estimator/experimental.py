"""`tf.estimator.experimental`: hooks that stop early, and parts of ready models."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.estimator.canned.models": "dnn_logit_fn_builder linear_logit_fn_builder",
    "flowgraph.estimator.early_stopping": (
        "InMemoryEvaluatorHook make_early_stopping_hook make_stop_at_checkpoint_step_hook "
        "stop_if_higher_hook stop_if_lower_hook stop_if_no_decrease_hook stop_if_no_increase_hook"
    ),
    "flowgraph.estimator.export.receivers": "build_raw_supervised_input_receiver_fn",
    "flowgraph.estimator.extenders": "call_logit_fn",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
