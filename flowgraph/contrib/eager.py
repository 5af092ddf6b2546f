"""`tf.contrib.eager`: what of it means something where everything is in a graph."""

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.ops.control.eager import py_function as py_func
from flowgraph.ops.gradients import custom_gradient
from flowgraph.platform.modes import enable_eager_execution
from flowgraph.variables.resource import ResourceVariable as Variable
from flowgraph.variables.template import make_template

__all__ = [
    "Variable", "convert_to_tensor", "custom_gradient", "enable_eager_execution",
    "executing_eagerly", "in_eager_mode", "in_graph_mode", "make_template", "num_gpus", "py_func",
]  # fmt: skip


def executing_eagerly() -> bool:
    """False: flowgraph runs graphs."""
    return False


in_eager_mode = executing_eagerly


def num_gpus() -> int:
    """0: flowgraph runs on the CPU."""
    return 0


def in_graph_mode() -> bool:
    """True: flowgraph runs graphs."""
    return True


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"module 'tf.contrib.eager' has no attribute {name!r}: flowgraph runs graphs, and has no "
        "eager execution."
    )
