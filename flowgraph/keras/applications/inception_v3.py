"""Inception v3, of Szegedy and others 2015 (arXiv:1512.00567)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import MODELS, Wanted, channel_axis
from flowgraph.keras.applications.imagenet_utils import decode_predictions
from flowgraph.keras.applications.scaled_inputs import preprocess_input

# One convolution of a branch: filters, kernel's height and width, and whether it halves the image.
_Convolution = tuple[int, int, int] | tuple[int, int, int, bool]


def _convolved(
    x: Any, filters: int, height: int, width: int, halves: bool = False, valid: bool = False
) -> Any:
    x = layers.Conv2D(
        filters,
        (height, width),
        strides=2 if halves else 1,
        padding="valid" if halves or valid else "same",
        use_bias=False,
    )(x)
    x = layers.BatchNormalization(channel_axis(), scale=False)(x)
    return layers.Activation("relu")(x)


def _branch(x: Any, *convolutions: _Convolution) -> Any:
    for convolution in convolutions:
        x = _convolved(x, *convolution)
    return x


def _joined(branches: list[Any], name: str | None = None) -> Any:
    return layers.concatenate(branches, axis=channel_axis(), name=name)


def _pooled_branch(x: Any, filters: int) -> Any:
    return _branch(
        layers.AveragePooling2D(3, strides=1, padding="same")(x), (filters, 1, 1)
    )  # fmt: skip


def _stem(x: Any) -> Any:
    x = _convolved(x, 32, 3, 3, halves=True)
    x = _convolved(x, 32, 3, 3, valid=True)
    x = _convolved(x, 64, 3, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = _convolved(x, 80, 1, 1, valid=True)
    x = _convolved(x, 192, 3, 3, valid=True)
    return layers.MaxPooling2D(3, strides=2)(x)


def _of_five(x: Any, pooled: int, name: str) -> Any:
    branches = [
        _branch(x, (64, 1, 1)),
        _branch(x, (48, 1, 1), (64, 5, 5)),
        _branch(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)),
        _pooled_branch(x, pooled),
    ]
    return _joined(branches, name)


def _of_seven(x: Any, n: int, name: str) -> Any:
    branches = [
        _branch(x, (192, 1, 1)),
        _branch(x, (n, 1, 1), (n, 1, 7), (192, 7, 1)),
        _branch(x, (n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7)),
        _pooled_branch(x, 192),
    ]
    return _joined(branches, name)


def _split(x: Any, name: str | None) -> Any:
    return _joined([_branch(x, (384, 1, 3)), _branch(x, (384, 3, 1))], name)


def _widest(x: Any, i: int) -> Any:
    branches = [
        _branch(x, (320, 1, 1)),
        _split(_branch(x, (384, 1, 1)), f"mixed9_{i}"),
        _split(_branch(x, (448, 1, 1), (384, 3, 3)), None),
        _pooled_branch(x, 192),
    ]
    return _joined(branches, f"mixed{9 + i}")


def _body(x: Any) -> Any:
    for i, pooled in enumerate((32, 64, 64)):
        x = _of_five(x, pooled, f"mixed{i}")
    branches = [
        _branch(x, (384, 3, 3, True)),
        _branch(x, (64, 1, 1), (96, 3, 3), (96, 3, 3, True)),
        layers.MaxPooling2D(3, strides=2)(x),
    ]
    x = _joined(branches, "mixed3")
    for i, filters in enumerate((128, 160, 160, 192), 4):
        x = _of_seven(x, filters, f"mixed{i}")
    branches = [
        _branch(x, (192, 1, 1), (320, 3, 3, True)),
        _branch(x, (192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3, True)),
        layers.MaxPooling2D(3, strides=2)(x),
    ]
    x = _joined(branches, "mixed8")
    for i in range(2):
        x = _widest(x, i)
    return x


def InceptionV3(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network; see `Wanted` in assembly.py for the arguments and errors."""
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    start = wanted.start(299, 75)
    top = wanted.pooled_and_classified("avg_pool", "predictions")
    return wanted.finished(start, _body(_stem(start)), "inception_v3", f"{MODELS}v0.5/", top)


__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]
