"""`tf.contrib.eager`: what of it means something where everything is in a graph."""

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.variables.resource import ResourceVariable as Variable

__all__ = ["Variable", "convert_to_tensor", "executing_eagerly", "in_eager_mode", "in_graph_mode"]


def executing_eagerly() -> bool:
    """False: flowgraph runs graphs."""
    return False


in_eager_mode = executing_eagerly


def in_graph_mode() -> bool:
    """True: flowgraph runs graphs."""
    return True


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"module 'tf.contrib.eager' has no attribute {name!r}: flowgraph runs graphs, and has no "
        "eager execution."
    )
