"""The residual networks of He and others 2016 that normalize first (arXiv:1603.05027)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import RELEASES, Wanted, channel_axis
from flowgraph.keras.applications.imagenet_utils import decode_predictions
from flowgraph.keras.applications.scaled_inputs import preprocess_input


def _activated(x: Any, name: str) -> Any:
    x = layers.BatchNormalization(channel_axis(), epsilon=1.001e-5, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _block(x: Any, filters: int, name: str, stride: int, widen: bool) -> Any:
    """Three convolutions beside a shortcut."""
    active = _activated(x, f"{name}_preact")
    shortcut = x
    if widen:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(active)
    elif stride > 1:
        shortcut = layers.MaxPooling2D(1, strides=stride)(x)
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(active)
    y = _activated(y, f"{name}_1")
    y = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(y)
    y = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(y)
    y = _activated(y, f"{name}_2")
    y = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(y)
    return layers.Add(name=f"{name}_out")([shortcut, y])


def _build(name: str, counts: tuple[int, ...], *arguments: Any) -> Any:
    """A residual network whose stages have `counts` blocks."""
    wanted = Wanted(*arguments)
    start = wanted.start()
    x = layers.ZeroPadding2D(3, name="conv1_pad")(start)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, count in enumerate(counts, 2):
        for i in range(1, count + 1):
            stride = 2 if i == count and stage < 5 else 1
            x = _block(x, 64 * 2 ** (stage - 2), f"conv{stage}_block{i}", stride, i == 1)
    x = _activated(x, "post")
    top = wanted.pooled_and_classified("avg_pool", "probs")
    origin = f"{RELEASES}resnet/"
    return wanted.finished(start, x, name, origin, top, ("avg_pool", "max_pool"))


def ResNet50V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 50 layers; see `Wanted` in assembly.py for the arguments and errors."""
    arguments = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _build("resnet50v2", (3, 4, 6, 3), *arguments)


def ResNet101V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 101 layers; see `Wanted` in assembly.py for the arguments and errors."""
    arguments = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _build("resnet101v2", (3, 4, 23, 3), *arguments)


def ResNet152V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 152 layers; see `Wanted` in assembly.py for the arguments and errors."""
    arguments = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _build("resnet152v2", (3, 8, 36, 3), *arguments)


__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]
