"""VGG19."""

from __future__ import annotations

from typing import Any

from flowgraph.keras.applications import vgg
from flowgraph.keras.applications.imagenet_utils import decode_predictions, preprocess_input


def VGG19(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network VGG19 (tf.keras.applications.VGG19).

    Args:
      include_top: whether the three dense layers are there.
      weights: "imagenet" (the file in ~/.keras/models), a path, or None for random ones.
      input_tensor: a tensor to build it on.
      input_shape: (height, width, channels).
      pooling: "avg", "max" or None, without the top.
      classes: how many, with the top.

    Raises:
      FileNotFoundError: the weights are not there and cannot be fetched.
    """
    return vgg.build(
        "vgg19", (2, 2, 4, 4, 4), include_top, weights, input_tensor, input_shape, pooling, classes
    )


__all__ = ["VGG19", "decode_predictions", "preprocess_input"]
