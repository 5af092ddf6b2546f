"""`tf.contrib.training`: hyperparameters, loops of training and evaluation, buckets, placement."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.training.buckets": "bucket bucket_by_sequence_length",
    "flowgraph.contrib.training.hparam": "HParams parse_values",
    "flowgraph.contrib.training.loops": (
        "add_gradients_summaries clip_gradient_norms clip_gradient_norms_fn create_train_op "
        "multiply_gradients train"
    ),
    "flowgraph.contrib.training.placement": (
        "GreedyLoadBalancingStrategy RandomStrategy byte_size_load_fn"
    ),
    "flowgraph.contrib.training.sampling": "rejection_sample",
    "flowgraph.train.checkpoint_management": "checkpoints_iterator wait_for_new_checkpoint",
    "flowgraph.train.evaluation": (
        "StopAfterNEvalsHook SummaryAtEndHook evaluate_once evaluate_repeatedly "
        "get_or_create_eval_step"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
