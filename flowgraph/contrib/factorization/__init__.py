"""`tf.contrib.factorization`: k-means clustering."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.factorization.clustering_ops": (
        "COSINE_DISTANCE KMC2_INIT KMEANS_PLUS_PLUS_INIT KMeans RANDOM_INIT "
        "SQUARED_EUCLIDEAN_DISTANCE"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
