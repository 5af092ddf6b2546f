"""`tf.keras.applications`: known networks, without their trained weights."""

from flowgraph.keras.applications import imagenet_utils, resnet, resnet50, vgg16, vgg19
from flowgraph.keras.applications.resnet50 import ResNet50, ResNet101, ResNet152
from flowgraph.keras.applications.vgg16 import VGG16
from flowgraph.keras.applications.vgg19 import VGG19

_OTHERS = (
    "DenseNet121", "DenseNet169", "DenseNet201", "InceptionResNetV2", "InceptionV3", "MobileNet",
    "MobileNetV2", "NASNetLarge", "NASNetMobile", "Xception",
    "ResNet50V2", "ResNet101V2", "ResNet152V2",
)  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _OTHERS:
        raise AttributeError(
            f"tf.keras.applications.{name}: flowgraph has ResNet50, 101, 152, VGG16 and VGG19."
        )
    raise AttributeError(f"module 'tf.keras.applications' has no attribute {name!r}")


__all__ = [
    "VGG16", "VGG19", "ResNet101", "ResNet152", "ResNet50", "imagenet_utils", "resnet", "resnet50",
    "vgg16", "vgg19",
]  # fmt: skip
