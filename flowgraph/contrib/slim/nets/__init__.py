"""Networks of images, as functions of them (tf.contrib.slim.nets)."""

from flowgraph.core.lazy import face as _face

_MODULES = {
    name: f"flowgraph.contrib.slim.nets.{name}"
    for name in (
        "alexnet", "inception", "inception_v1", "inception_v2", "inception_v3", "overfeat",
        "resnet_utils", "resnet_v1", "resnet_v2", "vgg",
    )
}  # fmt: skip
__getattr__, __dir__, __all__ = _face(__name__, {}, _MODULES)
