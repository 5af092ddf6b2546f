"""Inception-ResNet v2, of Szegedy and others 2016 (arXiv:1602.07261)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import backend as K
from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import MODELS, Wanted, channel_axis, channels
from flowgraph.keras.applications.imagenet_utils import decode_predictions
from flowgraph.keras.applications.scaled_inputs import preprocess_input

# The branches of a block by its name: each a row of convolutions, (filters, kernel).
_BRANCHES: dict[str, list[list[tuple[int, Any]]]] = {
    "block35": [[(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)]],
    "block17": [[(192, 1)], [(128, 1), (160, [1, 7]), (192, [7, 1])]],
    "block8": [[(192, 1)], [(192, 1), (224, [1, 3]), (256, [3, 1])]],
}


def _convolved(
    x: Any, filters: int, kernel: Any, halves: bool = False, valid: bool = False,
    name: str | None = None,
) -> Any:  # fmt: skip
    x = layers.Conv2D(
        filters,
        kernel,
        strides=2 if halves else 1,
        padding="valid" if halves or valid else "same",
        use_bias=False,
        name=name,
    )(x)
    x = layers.BatchNormalization(channel_axis(), scale=False, name=name and f"{name}_bn")(x)
    return layers.Activation("relu", name=name and f"{name}_ac")(x)


def _branch(x: Any, convolutions: list[Any]) -> Any:
    for convolution in convolutions:
        x = _convolved(x, *convolution)
    return x


def _joined(branches: list[Any], name: str) -> Any:
    return layers.Concatenate(axis=channel_axis(), name=name)(branches)


def _residual_block(x: Any, scale: float, kind: str, number: int, activated: bool = True) -> Any:
    """What a kind of branches makes of `x`, scaled and added to it."""
    name = f"{kind}_{number}"
    mixed = _joined([_branch(x, branch) for branch in _BRANCHES[kind]], f"{name}_mixed")
    update = layers.Conv2D(channels(x), 1, padding="same", name=f"{name}_conv")(mixed)
    x = layers.Lambda(
        lambda inputs, scale: inputs[0] + inputs[1] * scale,
        output_shape=K.int_shape(x)[1:],
        arguments={"scale": scale},
        name=name,
    )([x, update])
    return layers.Activation("relu", name=f"{name}_ac")(x) if activated else x


def _stem(x: Any) -> Any:
    x = _convolved(x, 32, 3, halves=True)
    x = _convolved(x, 32, 3, valid=True)
    x = _convolved(x, 64, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = _convolved(x, 80, 1, valid=True)
    x = _convolved(x, 192, 3, valid=True)
    x = layers.MaxPooling2D(3, strides=2)(x)
    branches = [
        _branch(x, [(96, 1)]),
        _branch(x, [(48, 1), (64, 5)]),
        _branch(x, [(64, 1), (96, 3), (96, 3)]),
        _branch(layers.AveragePooling2D(3, strides=1, padding="same")(x), [(64, 1)]),
    ]
    return _joined(branches, "mixed_5b")


def _body(x: Any) -> Any:
    for i in range(1, 11):
        x = _residual_block(x, 0.17, "block35", i)
    branches = [
        _branch(x, [(384, 3, True)]),
        _branch(x, [(256, 1), (256, 3), (384, 3, True)]),
        layers.MaxPooling2D(3, strides=2)(x),
    ]
    x = _joined(branches, "mixed_6a")
    for i in range(1, 21):
        x = _residual_block(x, 0.1, "block17", i)
    branches = [
        _branch(x, [(256, 1), (384, 3, True)]),
        _branch(x, [(256, 1), (288, 3, True)]),
        _branch(x, [(256, 1), (288, 3), (320, 3, True)]),
        layers.MaxPooling2D(3, strides=2)(x),
    ]
    x = _joined(branches, "mixed_7a")
    for i in range(1, 10):
        x = _residual_block(x, 0.2, "block8", i)
    x = _residual_block(x, 1.0, "block8", 10, activated=False)
    return _convolved(x, 1536, 1, name="conv_7b")


def InceptionResNetV2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network; see `Wanted` in assembly.py for the arguments and errors."""
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    start = wanted.start(299, 75)
    top = wanted.pooled_and_classified("avg_pool", "predictions")
    x = _body(_stem(start))
    return wanted.finished(start, x, "inception_resnet_v2", f"{MODELS}v0.7/", top)


__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]
