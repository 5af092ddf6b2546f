"""`tf.keras.applications`: known networks, without their trained weights."""

from flowgraph.core.lazy import face as _face

_HERE = "flowgraph.keras.applications."
_NAMES = {
    _HERE + "densenet": "DenseNet121 DenseNet169 DenseNet201",
    _HERE + "inception_resnet_v2": "InceptionResNetV2",
    _HERE + "inception_v3": "InceptionV3",
    _HERE + "mobilenet": "MobileNet",
    _HERE + "mobilenet_v2": "MobileNetV2",
    _HERE + "nasnet": "NASNetLarge NASNetMobile",
    _HERE + "resnet50": "ResNet101 ResNet152 ResNet50",
    _HERE + "resnet_v2": "ResNet101V2 ResNet152V2 ResNet50V2",
    _HERE + "vgg16": "VGG16",
    _HERE + "vgg19": "VGG19",
    _HERE + "xception": "Xception",
}
_MODULES = (
    "densenet imagenet_utils inception_resnet_v2 inception_v3 mobilenet mobilenet_v2 nasnet resnet "
    "resnet50 resnet_v2 vgg16 vgg19 xception"
)
__getattr__, __dir__, __all__ = _face(
    __name__, _NAMES, {name: _HERE + name for name in _MODULES.split()}
)
