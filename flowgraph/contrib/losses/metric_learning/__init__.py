"""`tf.contrib.losses.metric_learning`: losses of distances between embeddings."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.losses.metric_learning.clusters": "cluster_loss",
    "flowgraph.contrib.losses.metric_learning.pairs": (
        "contrastive_loss lifted_struct_loss npairs_loss npairs_loss_multilabel "
        "triplet_semihard_loss"
    ),
}
_MODULES = {"metric_loss_ops": "flowgraph.contrib.losses.metric_learning"}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _MODULES)
