"""`tf.contrib.keras`: `tf.keras` under its older name and its older paths."""

import importlib as _importlib
from typing import Any


def __getattr__(name: str) -> Any:
    keras = _importlib.import_module("flowgraph.keras")
    if name in ("api", "keras"):  # tf.contrib.keras.api.keras, tf.contrib.keras.python.keras
        return _importlib.import_module(__name__) if name == "api" else keras
    return getattr(keras, name)


def __dir__() -> list[str]:
    return dir(_importlib.import_module("flowgraph.keras"))
