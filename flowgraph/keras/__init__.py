"""`tf.keras`: Keras, as TF 1.15 holds it, on the graph."""

import importlib
from typing import Any

from flowgraph.keras import (
    activations,
    backend,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)  # fmt: skip
from flowgraph.keras.engine.input_layer import Input
from flowgraph.keras.engine.sequential import Sequential
from flowgraph.keras.engine.training import Model

__version__ = "2.2.4-tf"
# Modules that load when they are first asked for.
_LAZY = ("applications", "datasets", "estimator", "experimental", "preprocessing", "wrappers")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"flowgraph.keras.{name}")
    raise AttributeError(f"module 'tf.keras' has no attribute {name!r}")


__all__ = [
    "Input", "Model", "Sequential", "activations", "backend", "callbacks", "constraints",
    "initializers", "layers", "losses", "metrics", "models", "optimizers", "regularizers", "utils",
]  # fmt: skip
