"""`tf.sets`: sets in the last dimension of tensors."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.sparse.sets": (
        "set_difference set_intersection set_size set_union difference=set_difference "
        "intersection=set_intersection size=set_size union=set_union"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
