"""`tf.contrib.cluster_resolver`: who is in a cluster."""

from flowgraph.train.cloud_resolvers import (
    GCEClusterResolver,
    KubernetesClusterResolver,
    TPUClusterResolver,
)
from flowgraph.train.cluster_resolvers import (
    ClusterResolver,
    SimpleClusterResolver,
    SlurmClusterResolver,
    TFConfigClusterResolver,
    UnionClusterResolver,
)

__all__ = [
    "ClusterResolver", "GCEClusterResolver", "KubernetesClusterResolver", "SimpleClusterResolver",
    "SlurmClusterResolver", "TFConfigClusterResolver", "TPUClusterResolver",
    "UnionClusterResolver",
]  # fmt: skip
