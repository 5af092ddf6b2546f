"""MobileNet v2, of Sandler and others 2018 (arXiv:1801.04381)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import (
    Wanted,
    channel_axis,
    channels,
    half_padding,
    sides,
)
from flowgraph.keras.applications.imagenet_utils import decode_predictions
from flowgraph.keras.applications.mobilenet import size_of, size_pair
from flowgraph.keras.applications.scaled_inputs import preprocess_input

_ORIGIN = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/"
_SIZES = (96, 128, 160, 192, 224)
_WIDTHS = (0.35, 0.50, 0.75, 1.0, 1.3, 1.4)
# Of each stage: filters, blocks, the stride of the first one, how much wider a block is inside.
_STAGES = (
    (16, 1, 1, 1), (24, 2, 2, 6), (32, 3, 2, 6), (64, 4, 2, 6), (96, 3, 1, 6), (160, 3, 2, 6),
    (320, 1, 1, 6),
)  # fmt: skip


def _rounded(filters: float) -> int:
    """The nearest multiple of 8, no more than a tenth below."""
    near = max(8, int(filters + 4) // 8 * 8)
    return near + 8 if near < 0.9 * filters else near


def _normalized(x: Any, name: str, activated: str | None = None) -> Any:
    x = layers.BatchNormalization(channel_axis(), epsilon=1e-3, momentum=0.999, name=name)(x)
    return x if activated is None else layers.ReLU(6.0, name=activated)(x)


def _block(inputs: Any, filters: int, stride: int, wider: int, number: int) -> Any:
    """Widens the channels, convolves each, narrows them; adds the inputs where shapes are one."""
    x, name = inputs, f"block_{number}_" if number else "expanded_conv_"
    before = channels(inputs)
    if number:
        x = layers.Conv2D(
            wider * before, 1, padding="same", use_bias=False, name=f"{name}expand"
        )(x)  # fmt: skip
        x = _normalized(x, f"{name}expand_BN", f"{name}expand_relu")
    if stride == 2:
        x = layers.ZeroPadding2D(half_padding(x, 3), name=f"{name}pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = layers.DepthwiseConv2D(
        3, strides=stride, use_bias=False, padding=padding, name=f"{name}depthwise"
    )(x)
    x = _normalized(x, f"{name}depthwise_BN", f"{name}depthwise_relu")
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}project")(x)
    x = _normalized(x, f"{name}project_BN")
    if before == filters and stride == 1:
        return layers.Add(name=f"{name}add")([inputs, x])
    return x


def _body(x: Any, alpha: float) -> Any:
    x = layers.ZeroPadding2D(half_padding(x, 3), name="Conv1_pad")(x)
    x = layers.Conv2D(_rounded(32 * alpha), 3, strides=2, use_bias=False, name="Conv1")(x)
    x = _normalized(x, "bn_Conv1", "Conv1_relu")
    number = 0
    for filters, count, stride, wider in _STAGES:
        for i in range(count):
            wide = _rounded(int(filters * alpha))
            x = _block(x, wide, stride if i == 0 else 1, wider, number)
            number += 1
    last = _rounded(1280 * alpha) if alpha > 1.0 else 1280
    x = layers.Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    return _normalized(x, "Conv_1_bn", "out_relu")


def MobileNetV2(
    input_shape: Any = None, alpha: float = 1.0, include_top: bool = True,
    weights: Any = "imagenet", input_tensor: Any = None, pooling: Any = None,
    classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network; see `Wanted` in assembly.py for the arguments and errors.

    Args:
      alpha: the factor of each layer's number of filters.
    """
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    if weights == "imagenet" and alpha not in _WIDTHS:
        raise ValueError(
            "If imagenet weights are being loaded, alpha can be one of `0.35`, `0.50`, `0.75`, "
            f"`1.0`, `1.3` or `1.4` only. Got {alpha}."
        )
    start = wanted.start(size_of(input_shape, _SIZES))
    rows, columns = sides(start) if input_shape is None else size_pair(input_shape)
    if weights == "imagenet" and (rows != columns or rows not in _SIZES):
        rows = 224  # the weights are those for this size
    file = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{rows}"
    urls = (f"{file}.h5", f"{file}_no_top.h5")
    top = wanted.pooled_and_classified(None, "Logits")
    name = f"mobilenetv2_{alpha:0.2f}_{rows}"
    return wanted.finished(start, _body(start, alpha), name, _ORIGIN, top, urls=urls)


__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]
