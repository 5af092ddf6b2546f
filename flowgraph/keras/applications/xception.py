"""Xception, of Chollet 2016 (arXiv:1610.02357)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import MODELS, Wanted, channel_axis
from flowgraph.keras.applications.imagenet_utils import decode_predictions
from flowgraph.keras.applications.scaled_inputs import preprocess_input


def _convolved(x: Any, filters: int, name: str, strides: int = 1) -> Any:
    x = layers.Conv2D(filters, 3, strides=strides, use_bias=False, name=name)(x)
    x = layers.BatchNormalization(channel_axis(), name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_act")(x)


def _separable(x: Any, filters: int, name: str) -> Any:
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return layers.BatchNormalization(channel_axis(), name=f"{name}_bn")(x)


def _shrinking_block(x: Any, filters: tuple[int, int], name: str, first_act: bool = True) -> Any:
    """Two separable convolutions and a pooling, beside one convolution."""
    axis = channel_axis()
    beside = layers.Conv2D(filters[1], 1, strides=2, padding="same", use_bias=False)(x)
    beside = layers.BatchNormalization(axis)(beside)
    if first_act:
        x = layers.Activation("relu", name=f"{name}_sepconv1_act")(x)
    x = _separable(x, filters[0], f"{name}_sepconv1")
    x = layers.Activation("relu", name=f"{name}_sepconv2_act")(x)
    x = _separable(x, filters[1], f"{name}_sepconv2")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
    return layers.add([x, beside])


def _middle_block(x: Any, name: str) -> Any:
    """Three separable convolutions, added to their input."""
    y = x
    for i in (1, 2, 3):
        y = layers.Activation("relu", name=f"{name}_sepconv{i}_act")(y)
        y = _separable(y, 728, f"{name}_sepconv{i}")
    return layers.add([y, x])


def Xception(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network; see `Wanted` in assembly.py for the arguments and errors."""
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    start = wanted.start(299, 71)
    x = _convolved(start, 32, "block1_conv1", strides=2)
    x = _convolved(x, 64, "block1_conv2")
    x = _shrinking_block(x, (128, 128), "block2", first_act=False)
    x = _shrinking_block(x, (256, 256), "block3")
    x = _shrinking_block(x, (728, 728), "block4")
    for block in range(5, 13):
        x = _middle_block(x, f"block{block}")
    x = _shrinking_block(x, (728, 1024), "block13")
    for i, filters in enumerate((1536, 2048), 1):
        x = _separable(x, filters, f"block14_sepconv{i}")
        x = layers.Activation("relu", name=f"block14_sepconv{i}_act")(x)
    top = wanted.pooled_and_classified("avg_pool", "predictions")
    return wanted.finished(start, x, "xception", f"{MODELS}v0.4/", top)


__all__ = ["Xception", "decode_predictions", "preprocess_input"]
