"""The densely connected networks of Huang and others 2016 (arXiv:1608.06993)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications import imagenet_utils
from flowgraph.keras.applications.assembly import RELEASES, Wanted, channel_axis, channels
from flowgraph.keras.applications.imagenet_utils import decode_predictions

_GROWTH = 32


def _normalized(x: Any, name: str, end: str = "") -> Any:
    """Batch normalization and relu, called `name` + "bn" + `end` and so on."""
    axis = channel_axis()
    x = layers.BatchNormalization(axis, epsilon=1.001e-5, name=f"{name}bn{end}")(x)
    return layers.Activation("relu", name=f"{name}relu{end}")(x)


def _grown(x: Any, name: str) -> Any:
    """Two convolutions, whose channels join those of `x`."""
    new = _normalized(x, f"{name}_0_")
    new = layers.Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(new)
    new = _normalized(new, f"{name}_1_")
    new = layers.Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(new)
    return layers.Concatenate(channel_axis(), name=f"{name}_concat")([x, new])


def _halved(x: Any, name: str) -> Any:
    """Half of the channels, of half the height and width."""
    x = _normalized(x, f"{name}_")
    x = layers.Conv2D(channels(x) // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return layers.AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _build(name: str, counts: tuple[int, ...], *arguments: Any) -> Any:
    """A network whose blocks grow `counts` times."""
    wanted = Wanted(*arguments)
    start = wanted.start()
    x = layers.ZeroPadding2D(3)(start)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1/conv")(x)
    x = _normalized(x, "conv1/")
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for block, count in enumerate(counts, 2):
        if block > 2:
            x = _halved(x, f"pool{block - 1}")
        for i in range(1, count + 1):
            x = _grown(x, f"conv{block}_block{i}")
    x = _normalized(x, "")
    top = wanted.pooled_and_classified("avg_pool", "fc1000")
    origin = f"{RELEASES}densenet/"
    return wanted.finished(start, x, name, origin, top, ("avg_pool", "max_pool"))


def DenseNet121(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 121 layers; see `Wanted` in assembly.py for the arguments and errors."""
    arguments = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _build("densenet121", (6, 12, 24, 16), *arguments)


def DenseNet169(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 169 layers; see `Wanted` in assembly.py for the arguments and errors."""
    arguments = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _build("densenet169", (6, 12, 32, 32), *arguments)


def DenseNet201(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network of 201 layers; see `Wanted` in assembly.py for the arguments and errors."""
    arguments = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _build("densenet201", (6, 12, 48, 32), *arguments)


def preprocess_input(x: Any, data_format: str | None = None, **kwargs: Any) -> Any:
    """Images (0 to 255) as these networks take them: colours normalized by ImageNet's."""
    return imagenet_utils.preprocess_input(x, data_format, mode="torch")


__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]
