"""What the networks share: their arguments, their input, their top and their weights."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowgraph.keras import backend as K
from flowgraph.keras import layers
from flowgraph.keras.engine.training import Model
from flowgraph.keras.utils import get_source_inputs
from flowgraph.keras.utils.data_utils import get_file

RELEASES = "https://github.com/keras-team/keras-applications/releases/download/"
MODELS = "https://github.com/fchollet/deep-learning-models/releases/download/"


@dataclass(frozen=True)
class Wanted:
    """The arguments of a network.

    Args:
      include_top: whether the layers that classify are there.
      weights: "imagenet" (the file in ~/.keras/models), a path, or None for random ones.
      input_tensor: a tensor to build it on.
      input_shape: (height, width, channels), or as the data format says.
      pooling: "avg", "max" or None, without the top.
      classes: how many, with the top.

    Raises:
      ValueError: the weights are none of these, or do not fit the classes.
    """

    include_top: bool
    weights: Any
    input_tensor: Any
    input_shape: Any
    pooling: str | None
    classes: int

    def __post_init__(self) -> None:
        if not (self.weights in (None, "imagenet") or os.path.exists(self.weights)):
            raise ValueError(
                "The `weights` argument should be either `None` (random initialization), "
                "`imagenet` (pre-training on ImageNet), or the path to the weights file to be "
                f"loaded. There is no file {self.weights!r}."
            )
        if self.weights == "imagenet" and self.include_top and self.classes != 1000:
            raise ValueError(
                'If using `weights` as `"imagenet"` with `include_top` as true, `classes` should '
                "be 1000"
            )

    def start(self, size: int = 224, least: int = 32, flat: bool | None = None) -> Any:
        """The network's input.

        Args:
          size: the height and width where no shape is given.
          least: the smallest height and width.
          flat: whether the shape must be known; with the top it must.

        Raises:
          ValueError: the shape that was asked for does not fit.
        """
        shape = self._shape(size, least, self.include_top if flat is None else flat)
        tensor = self.input_tensor
        if tensor is None:
            return layers.Input(shape=shape)
        return tensor if hasattr(tensor, "_keras_history") else layers.Input(tensor=tensor)

    def _shape(self, size: int, least: int, flat: bool) -> tuple[int | None, ...]:
        trained, shape = self.weights == "imagenet", self.input_shape
        usual = ordered(size, size, 3)
        if not shape:
            return usual if flat else ordered(None, None, 3)
        if trained and flat:
            if tuple(shape) != usual:
                raise ValueError(
                    "When setting `include_top=True` and loading `imagenet` weights, "
                    f"`input_shape` should be {usual}. Got `input_shape={shape}`."
                )
            return usual
        if len(shape) != 3:
            raise ValueError(
                f"`input_shape` must be a tuple of three integers. Got `input_shape={shape}`."
            )
        first = K.image_data_format() == "channels_first"
        *sides, channels = [*shape[1:], shape[0]] if first else shape
        if trained and channels != 3:
            raise ValueError(f"The input must have 3 channels; got `input_shape={shape}`")
        if channels not in (1, 3):
            warnings.warn(
                "This model usually expects 1 or 3 input channels. However, it was passed an "
                f"input_shape with {channels} input channels.",
                stacklevel=5,
            )
        if any(side is not None and side < least for side in sides):
            raise ValueError(
                f"Input size must be at least {least}x{least}; got `input_shape={shape}`"
            )
        if flat and None in shape:
            raise ValueError(
                "If `include_top` is True, you should specify a static `input_shape`. Got "
                f"`input_shape={shape}`"
            )
        return tuple(shape)

    def finished(
        self,
        start: Any,
        x: Any,
        name: str,
        origin: str,
        top: Callable[[Any], Any],
        names: tuple[str | None, str | None] = (None, None),
        urls: tuple[str, str] | None = None,
    ) -> Any:
        """The model from `start` to `x`, with its top or its pooling, and its weights.

        Args:
          start: the input.
          x: what the last block gives.
          name: the model's.
          origin: where the files of weights for ImageNet lie.
          top: the layers that classify.
          names: those of the poolings over the mean and over the maximum.
          urls: those files, with the top and without it, where they are not called as usual.
        """
        if self.include_top:
            x = top(x)
        elif self.pooling == "avg":
            x = layers.GlobalAveragePooling2D(name=names[0])(x)
        elif self.pooling == "max":
            x = layers.GlobalMaxPooling2D(name=names[1])(x)
        inputs = start if self.input_tensor is None else get_source_inputs(start)
        model = Model(inputs, x, name=name)
        if self.weights == "imagenet":
            usual = f"{name}_weights_tf_dim_ordering_tf_kernels"
            url = (urls or (f"{usual}.h5", f"{usual}_notop.h5"))[not self.include_top]
            file = url.lower().replace("-", "_")
            model.load_weights(_fetched(file, origin + url))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model

    def pooled_and_classified(self, name: str | None, dense: str) -> Callable[[Any], Any]:
        """The top of most networks: the mean over the image, a dense layer and a softmax."""

        def top(x: Any) -> Any:
            x = layers.GlobalAveragePooling2D(name=name)(x)
            return layers.Dense(self.classes, activation="softmax", name=dense)(x)

        return top


def _fetched(file: str, url: str) -> str:
    try:
        return get_file(file, url, cache_subdir="models")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error} Or give the network the path of a file: weights='{file}'; weights=None for "
            "random ones."
        ) from None


# --- the image's axes -----------------------------------------------------------------------------
def ordered(height: Any, width: Any, channels: Any) -> tuple[Any, ...]:
    """The three in the order of the data format."""
    first = K.image_data_format() == "channels_first"
    return (channels, height, width) if first else (height, width, channels)


def channel_axis() -> int:
    """Which axis of a batch holds the channels."""
    return 1 if K.image_data_format() == "channels_first" else 3


def sides(x: Any) -> tuple[Any, Any]:
    """Height and width of a batch of images."""
    shape = K.int_shape(x)
    return (shape[2], shape[3]) if channel_axis() == 1 else (shape[1], shape[2])


def channels(x: Any) -> int:
    """How many channels a batch of images has."""
    return int(K.int_shape(x)[channel_axis()])


def half_padding(x: Any, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The padding before a convolution of stride 2, for even and for odd sides."""
    height, width = sides(x)
    most = kernel // 2
    less = [1 if side is None else 1 - side % 2 for side in (height, width)]
    return ((most - less[0], most), (most - less[1], most))
