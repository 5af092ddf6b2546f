"""MobileNet, of Howard and others 2017 (arXiv:1704.04861)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import (
    MODELS,
    Wanted,
    channel_axis,
    ordered,
    sides,
)
from flowgraph.keras.applications.imagenet_utils import decode_predictions
from flowgraph.keras.applications.scaled_inputs import preprocess_input

_SIZES = (128, 160, 192, 224)
_WIDTHS = {0.25: "2_5", 0.50: "5_0", 0.75: "7_5", 1.0: "1_0"}  # as files of weights say it
_FILTERS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
_HALVING = (2, 4, 6, 12)  # the blocks that halve the image


def _activated(x: Any, name: str) -> Any:
    x = layers.BatchNormalization(channel_axis(), name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def _block(x: Any, filters: int, depth: int, number: int) -> Any:
    """A convolution of each channel, and one across channels."""
    halves = number in _HALVING
    if halves:
        x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
    name = f"conv_dw_{number}"
    x = layers.DepthwiseConv2D(
        3,
        padding="valid" if halves else "same",
        depth_multiplier=depth,
        strides=2 if halves else 1,
        use_bias=False,
        name=name,
    )(x)
    x = _activated(x, name)
    name = f"conv_pw_{number}"
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=name)(x)
    return _activated(x, name)


def MobileNet(
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 1e-3,
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network; see `Wanted` in assembly.py for the arguments and errors.

    Args:
      alpha: the factor of each layer's number of filters.
      depth_multiplier: how many filters each channel has.
      dropout: the rate before the last layer.
    """
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    if weights == "imagenet" and depth_multiplier != 1:
        raise ValueError("If imagenet weights are being loaded, depth multiplier must be 1")
    if weights == "imagenet" and alpha not in _WIDTHS:
        raise ValueError(
            "If imagenet weights are being loaded, alpha can be one of `0.25`, `0.50`, `0.75` or "
            f"`1.0` only. Got {alpha}."
        )
    start = wanted.start(size_of(input_shape, _SIZES))
    rows, columns = sides(start) if input_shape is None else size_pair(input_shape)
    if weights == "imagenet" and (rows != columns or rows not in _SIZES):
        rows = 224  # the weights are those for this size

    def top(x: Any) -> Any:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Reshape(ordered(1, 1, int(1024 * alpha)), name="reshape_1")(x)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = layers.Reshape((classes,), name="reshape_2")(x)
        return layers.Activation("softmax", name="act_softmax")(x)

    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name="conv1_pad")(start)
    x = layers.Conv2D(int(32 * alpha), 3, strides=2, use_bias=False, name="conv1")(x)
    x = _activated(x, "conv1")
    for number, filters in enumerate(_FILTERS, 1):
        x = _block(x, int(filters * alpha), depth_multiplier, number)
    file = f"mobilenet_{_WIDTHS.get(alpha)}_{rows}_tf"
    urls = (f"{file}.h5", f"{file}_no_top.h5")
    name = f"mobilenet_{alpha:0.2f}_{rows}"
    return wanted.finished(start, x, name, f"{MODELS}v0.6/", top, urls=urls)


def size_pair(input_shape: Any) -> tuple[Any, Any]:
    """Height and width of an image's shape."""
    first = channel_axis() == 1
    return (input_shape[1], input_shape[2]) if first else (input_shape[0], input_shape[1])


def size_of(input_shape: Any, sizes: tuple[int, ...]) -> int:
    """The side of an image for which there are weights, 224 where it has none of these `sizes`."""
    if input_shape is None or len(input_shape) != 3:
        return 224
    rows, columns = size_pair(input_shape)
    return rows if rows == columns and rows in sizes else 224


__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]
