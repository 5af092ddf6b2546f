"""The residual networks of He et al. 2015 (arXiv:1512.03385)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import RELEASES, Wanted, channel_axis
from flowgraph.keras.applications.imagenet_utils import decode_predictions, preprocess_input

_FILTERS = (64, 128, 256, 512)


def _block(x: Any, filters: int, name: str, stride: int, widen: bool) -> Any:
    """Three convolutions beside a shortcut."""
    shortcut = x
    if widen:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=name + "_0_conv")(x)
        shortcut = layers.BatchNormalization(channel_axis(), epsilon=1.001e-5, name=name + "_0_bn")(
            shortcut
        )
    for i, (wide, kernel, step) in enumerate(
        ((filters, 1, stride), (filters, 3, 1), (4 * filters, 1, 1)), 1
    ):
        padding = "same" if kernel > 1 else "valid"
        x = layers.Conv2D(wide, kernel, strides=step, padding=padding, name=f"{name}_{i}_conv")(x)
        x = layers.BatchNormalization(channel_axis(), epsilon=1.001e-5, name=f"{name}_{i}_bn")(x)
        if i < 3:
            x = layers.Activation("relu", name=f"{name}_{i}_relu")(x)
    x = layers.Add(name=name + "_add")([shortcut, x])
    return layers.Activation("relu", name=name + "_out")(x)


def _build(
    name: str, counts: tuple[int, ...], include_top: bool, weights: Any, input_tensor: Any,
    input_shape: Any, pooling: Any, classes: int,
) -> Any:  # fmt: skip
    """A residual network whose stages have `counts` blocks."""
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    start = wanted.start()
    x = layers.ZeroPadding2D(3, name="conv1_pad")(start)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = layers.BatchNormalization(channel_axis(), epsilon=1.001e-5, name="conv1_bn")(x)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (filters, count) in enumerate(zip(_FILTERS, counts, strict=True), 2):
        for i in range(1, count + 1):
            stride = 2 if i == 1 and stage > 2 else 1
            x = _block(x, filters, f"conv{stage}_block{i}", stride, i == 1)
    top = wanted.pooled_and_classified("avg_pool", "probs")
    origin = f"{RELEASES}resnet/"
    return wanted.finished(start, x, name, origin, top, ("avg_pool", "max_pool"))


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
