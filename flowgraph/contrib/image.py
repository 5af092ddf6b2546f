"""`tf.contrib.image`: pictures turned, moved and projected."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.image.transforms": (
        "angles_to_projective_transforms compose_transforms flat_transforms_to_matrices "
        "matrices_to_flat_transforms rotate transform translate "
        "translations_to_projective_transforms"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
