"""The residual networks of He et al. 2015 (arXiv:1512.03385)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications import imagenet_utils
from flowgraph.keras.applications.imagenet_utils import decode_predictions, preprocess_input
from flowgraph.keras.engine.training import Model
from flowgraph.keras.utils import get_source_inputs

_ORIGIN = "https://github.com/keras-team/keras-applications/releases/download/resnet/"
_FILTERS = (64, 128, 256, 512)


def _block(x: Any, filters: int, name: str, stride: int, widen: bool) -> Any:
    """Three convolutions beside a shortcut."""
    shortcut = x
    if widen:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=name + "_0_conv")(x)
        shortcut = layers.BatchNormalization(epsilon=1.001e-5, name=name + "_0_bn")(shortcut)
    for i, (wide, kernel, step) in enumerate(
        ((filters, 1, stride), (filters, 3, 1), (4 * filters, 1, 1)), 1
    ):
        x = layers.Conv2D(wide, kernel, strides=step, padding="same", name=f"{name}_{i}_conv")(x)
        x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_{i}_bn")(x)
        if i < 3:
            x = layers.Activation("relu", name=f"{name}_{i}_relu")(x)
    x = layers.Add(name=name + "_add")([shortcut, x])
    return layers.Activation("relu", name=name + "_out")(x)


def _build(
    name: str, counts: tuple[int, ...], include_top: bool, weights: Any, input_tensor: Any,
    input_shape: Any, pooling: Any, classes: int,
) -> Any:  # fmt: skip
    """A residual network whose stages have `counts` blocks."""
    imagenet_utils.check(weights, include_top, classes)
    start = imagenet_utils.input_of(input_tensor, input_shape, include_top)
    x = layers.ZeroPadding2D(3, name="conv1_pad")(start)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = layers.BatchNormalization(epsilon=1.001e-5, name="conv1_bn")(x)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (filters, count) in enumerate(zip(_FILTERS, counts, strict=True), 2):
        for i in range(1, count + 1):
            stride = 2 if i == 1 and stage > 2 else 1
            x = _block(x, filters, f"conv{stage}_block{i}", stride, i == 1)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        x = layers.Dense(classes, activation="softmax", name="probs")(x)
    elif pooling == "avg":
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    elif pooling == "max":
        x = layers.GlobalMaxPooling2D(name="max_pool")(x)
    inputs = get_source_inputs(start) if input_tensor is not None else start
    model = Model(inputs, x, name=name)
    end = "" if include_top else "_notop"
    file = f"{name}_weights_tf_dim_ordering_tf_kernels{end}.h5"
    imagenet_utils.load_weights(model, weights, file, _ORIGIN)
    return model


def ResNet50(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 50 layers; see `VGG16` for the arguments and errors."""
    counts = (3, 4, 6, 3)
    return _build(
        "resnet50", counts, include_top, weights, input_tensor, input_shape, pooling, classes
    )


def ResNet101(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 101 layers; see `VGG16` for the arguments and errors."""
    return _build(
        "resnet101",
        (3, 4, 23, 3),
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
    )


def ResNet152(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 152 layers; see `VGG16` for the arguments and errors."""
    return _build(
        "resnet152",
        (3, 8, 36, 3),
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
    )


__all__ = ["ResNet50", "ResNet101", "ResNet152", "decode_predictions", "preprocess_input"]
