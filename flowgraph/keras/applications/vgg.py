"""The networks of Simonyan and Zisserman 2014 (arXiv:1409.1556)."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import layers
from flowgraph.keras.applications.assembly import MODELS, Wanted


def build(
    name: str, counts: tuple[int, ...], include_top: bool, weights: Any, input_tensor: Any,
    input_shape: Any, pooling: Any, classes: int,
) -> Any:  # fmt: skip
    """A VGG network whose blocks have `counts` convolutions."""
    wanted = Wanted(include_top, weights, input_tensor, input_shape, pooling, classes)
    start = wanted.start()
    x = start
    for block, count in enumerate(counts, 1):
        for i in range(1, count + 1):
            x = layers.Conv2D(
                min(64 * 2 ** (block - 1), 512), (3, 3), activation="relu", padding="same",
                name=f"block{block}_conv{i}",
            )(x)  # fmt: skip
        x = layers.MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)

    def top(x: Any) -> Any:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(4096, activation="relu", name="fc1")(x)
        x = layers.Dense(4096, activation="relu", name="fc2")(x)
        return layers.Dense(classes, activation="softmax", name="predictions")(x)

    return wanted.finished(start, x, name, f"{MODELS}v0.1/", top)
