"""NASNet-A, of Zoph and others 2017 (arXiv:1707.07012)."""

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
from flowgraph.keras.applications.scaled_inputs import preprocess_input

_ORIGIN = "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2/"


# --- parts of a cell ------------------------------------------------------------------------------
def _convolved(x: Any, filters: int, name: str) -> Any:
    return layers.Conv2D(
        filters, 1, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)


def _normalized(x: Any, name: str) -> Any:
    return layers.BatchNormalization(
        channel_axis(), momentum=0.9997, epsilon=1e-3, name=name
    )(x)  # fmt: skip


def _separable(x: Any, filters: int, kernel: int, name: str, halves: bool = False) -> Any:
    """Twice relu, a separable convolution and batch normalization."""
    for i in (1, 2):
        x = layers.Activation("relu")(x)
        small = halves and i == 1
        if small:
            x = layers.ZeroPadding2D(half_padding(x, kernel), name=f"separable_conv_1_pad_{name}")(
                x
            )
        x = layers.SeparableConv2D(
            filters,
            kernel,
            strides=2 if small else 1,
            padding="valid" if small else "same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"separable_conv_{i}_{name}",
        )(x)
        x = _normalized(x, f"separable_conv_{i}_bn_{name}")
    return x


def _pooled(x: Any, name: str, strides: int = 1) -> Any:
    padding = "same" if strides == 1 else "valid"
    return layers.AveragePooling2D(3, strides=strides, padding=padding, name=name)(x)


def _largest(x: Any, name: str) -> Any:
    return layers.MaxPooling2D(3, strides=2, name=name)(x)


def _adjusted(earlier: Any, x: Any, filters: int, name: str) -> Any:
    """The output of the cell before the last in the last one's size, with `filters` channels."""
    if earlier is None:
        return x
    if sides(earlier)[1] != sides(x)[1]:
        p = layers.Activation("relu", name=f"adjust_relu_1_{name}")(earlier)
        shifted = layers.Cropping2D(((1, 0), (1, 0)))(layers.ZeroPadding2D(((0, 1), (0, 1)))(p))
        halves = []
        for i, part in enumerate((p, shifted), 1):
            part = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{name}")(part)
            halves.append(_convolved(part, filters // 2, f"adjust_conv_{i}_{name}"))
        joined = layers.concatenate(halves, axis=channel_axis())
        return _normalized(joined, f"adjust_bn_{name}")
    if channels(earlier) != filters:
        p = _convolved(
            layers.Activation("relu")(earlier), filters, f"adjust_conv_projection_{name}"
        )
        return _normalized(p, f"adjust_bn_{name}")
    return earlier


# --- the two cells --------------------------------------------------------------------------------
def _normal_cell(x: Any, earlier: Any, filters: int, name: str) -> tuple[Any, Any]:
    p = _adjusted(earlier, x, filters, name)
    h = _convolved(layers.Activation("relu")(x), filters, f"normal_conv_1_{name}")
    h = _normalized(h, f"normal_bn_1_{name}")
    pairs = [
        (
            _separable(h, filters, 5, f"normal_left1_{name}"),
            _separable(p, filters, 3, f"normal_right1_{name}"),
        ),
        (
            _separable(p, filters, 5, f"normal_left2_{name}"),
            _separable(p, filters, 3, f"normal_right2_{name}"),
        ),
        (_pooled(h, f"normal_left3_{name}"), p),
        (_pooled(p, f"normal_left4_{name}"), _pooled(p, f"normal_right4_{name}")),
        (_separable(h, filters, 3, f"normal_left5_{name}"), h),
    ]
    sums = [
        layers.add(list(pair), name=f"normal_add_{i}_{name}") for i, pair in enumerate(pairs, 1)
    ]
    joined = layers.concatenate([p, *sums], axis=channel_axis(), name=f"normal_concat_{name}")
    return joined, x


def _reduction_cell(x: Any, earlier: Any, filters: int, name: str) -> tuple[Any, Any]:
    p = _adjusted(earlier, x, filters, name)
    h = _convolved(layers.Activation("relu")(x), filters, f"reduction_conv_1_{name}")
    h = _normalized(h, f"reduction_bn_1_{name}")
    padded = layers.ZeroPadding2D(half_padding(h, 3), name=f"reduction_pad_1_{name}")(h)

    def added(left: Any, right: Any, end: str | None) -> Any:
        return layers.add([left, right], name=end and f"reduction_{end}_{name}")

    def separable(of: Any, kernel: int, end: str, halves: bool = True) -> Any:
        return _separable(of, filters, kernel, f"reduction_{end}_{name}", halves)

    first = added(separable(h, 5, "left1"), separable(p, 7, "right1"), "add_1")
    second = _largest(padded, f"reduction_left2_{name}")
    second = added(second, separable(p, 7, "right2"), "add_2")
    third = _pooled(padded, f"reduction_left3_{name}", 2)
    third = added(third, separable(p, 5, "right3"), "add3")
    fourth = added(second, _pooled(first, f"reduction_left4_{name}"), None)
    fifth = separable(first, 3, "left4", halves=False)
    fifth = added(fifth, _largest(padded, f"reduction_right5_{name}"), "add4")
    parts = [second, third, fourth, fifth]
    return layers.concatenate(parts, axis=channel_axis(), name=f"reduction_concat_{name}"), x


# --- the networks ---------------------------------------------------------------------------------
def _body(start: Any, filters: int, blocks: int, stem: int, skips: bool) -> Any:
    x = layers.Conv2D(
        stem, 3, strides=2, use_bias=False, kernel_initializer="he_normal", name="stem_conv1"
    )(start)
    x = _normalized(x, "stem_bn1")
    x, p = _reduction_cell(x, None, filters // 4, "stem_1")
    x, p = _reduction_cell(x, p, filters // 2, "stem_2")
    for stage in range(3):
        if stage:
            x, before = _reduction_cell(x, p, filters * 2**stage, f"reduce_{stage * blocks}")
            p = p if skips else before
        for i in range(blocks):
            number = stage * blocks + i + (stage > 0)
            x, p = _normal_cell(x, p, filters * 2**stage, str(number))
    return layers.Activation("relu")(x)


def NASNetMobile(
    input_shape: Any = None, include_top: bool = True, weights: Any = "imagenet",
    input_tensor: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The smaller network; see `Wanted` in assembly.py for the arguments and errors."""
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    start = wanted.start(224, flat=True)
    return _finished(wanted, start, _body(start, 44, 4, 32, False), "NASNet-mobile")


def NASNetLarge(
    input_shape: Any = None, include_top: bool = True, weights: Any = "imagenet",
    input_tensor: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The larger network; see `Wanted` in assembly.py for the arguments and errors."""
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    start = wanted.start(331, flat=True)
    return _finished(wanted, start, _body(start, 168, 6, 96, True), "NASNet-large")


def _finished(wanted: Wanted, start: Any, x: Any, file: str) -> Any:
    top = wanted.pooled_and_classified(None, "predictions")
    urls = (f"{file}.h5", f"{file}-no-top.h5")
    return wanted.finished(start, x, "NASNet", _ORIGIN, top, urls=urls)


__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]
