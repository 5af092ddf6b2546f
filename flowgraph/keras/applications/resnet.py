"""The residual networks, under the name of their family."""

from flowgraph.keras.applications.resnet50 import (
    ResNet50,
    ResNet101,
    ResNet152,
    decode_predictions,
    preprocess_input,
)  # fmt: skip

__all__ = ["ResNet101", "ResNet152", "ResNet50", "decode_predictions", "preprocess_input"]
