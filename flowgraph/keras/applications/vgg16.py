"""VGG16."""

from __future__ import annotations

from typing import Any

from flowgraph.keras.applications import vgg
from flowgraph.keras.applications.imagenet_utils import decode_predictions, preprocess_input


def VGG16(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000, **kwargs: Any,
) -> Any:  # fmt: skip
    """The network VGG16 (tf.keras.applications.VGG16).

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
        "vgg16", (2, 2, 3, 3, 3), include_top, weights, input_tensor, input_shape, pooling, classes
    )


__all__ = ["VGG16", "decode_predictions", "preprocess_input"]
