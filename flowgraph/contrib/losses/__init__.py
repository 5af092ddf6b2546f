"""`tf.contrib.losses`: the older losses, with predictions before labels."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.losses.functions": (
        "absolute_difference compute_weighted_loss cosine_distance hinge_loss log_loss "
        "mean_pairwise_squared_error mean_squared_error sigmoid_cross_entropy "
        "softmax_cross_entropy sparse_softmax_cross_entropy"
    ),
    "flowgraph.contrib.losses.collection": (
        "add_loss get_losses get_regularization_losses get_total_loss"
    ),
}
_MODULES = {"metric_learning": "flowgraph.contrib.losses.metric_learning"}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _MODULES)
