"""The networks of Simonyan and Zisserman 2014 (arXiv:1409.1556)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications import imagenet_utils
from flowgraph.keras.engine.training import Model
from flowgraph.keras.utils import get_source_inputs

_ORIGIN = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"


def build(
    name: str, counts: tuple[int, ...], include_top: bool, weights: Any, input_tensor: Any,
    input_shape: Any, pooling: Any, classes: int,
) -> Any:  # fmt: skip
    """A VGG network whose blocks have `counts` convolutions."""
    imagenet_utils.check(weights, include_top, classes)
    start = imagenet_utils.input_of(input_tensor, input_shape, include_top)
    x = start
    for block, count in enumerate(counts, 1):
        for i in range(1, count + 1):
            x = layers.Conv2D(
                min(64 * 2 ** (block - 1), 512), (3, 3), activation="relu", padding="same",
                name=f"block{block}_conv{i}",
            )(x)  # fmt: skip
        x = layers.MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)
    if include_top:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(4096, activation="relu", name="fc1")(x)
        x = layers.Dense(4096, activation="relu", name="fc2")(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    elif pooling == "avg":
        x = layers.GlobalAveragePooling2D()(x)
    elif pooling == "max":
        x = layers.GlobalMaxPooling2D()(x)
    inputs = get_source_inputs(start) if input_tensor is not None else start
    model = Model(inputs, x, name=name)
    end = "" if include_top else "_notop"
    file = f"{name}_weights_tf_dim_ordering_tf_kernels{end}.h5"
    imagenet_utils.load_weights(model, weights, file, _ORIGIN)
    return model
