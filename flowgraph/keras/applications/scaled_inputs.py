"""The inputs of networks that take images from -1 to 1."""

from __future__ import annotations

from typing import Any

from flowgraph.keras.applications import imagenet_utils


def preprocess_input(x: Any, data_format: str | None = None, **kwargs: Any) -> Any:
    """Images (0 to 255) as the network takes them, from -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")
