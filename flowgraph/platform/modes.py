"""The switches between TensorFlow's two ways: graphs, which are the only one here, and eager runs.

Scripts for 1.14 and 1.15 call `tf.disable_eager_execution()` and `tf.disable_v2_behavior()`, which
ask for what is so already. What asks for the other way is refused at once, lest a script goes on
with values that it takes for numbers and that are nodes.
"""

from __future__ import annotations

from typing import Any


def executing_eagerly() -> bool:
    """False: functions add nodes to a graph (tf.executing_eagerly)."""
    return False


def _nothing(name: str) -> Any:
    def disable() -> None:
        pass

    disable.__doc__ = f"Does nothing: it is off (tf.{name})."
    disable.__name__ = disable.__qualname__ = name
    return disable


def _refused(name: str, what: str) -> Any:
    def enable(*args: Any, **kwargs: Any) -> None:
        raise ValueError(
            f"tf.{name}: flowgraph has {what} of TensorFlow 1's graphs alone. Build a graph and "
            "run it in a tf.Session."
        )

    enable.__doc__ = f"Raises a ValueError: graphs are the only way here (tf.{name})."
    enable.__name__ = enable.__qualname__ = name
    return enable


disable_eager_execution = _nothing("disable_eager_execution")
disable_v2_behavior = _nothing("disable_v2_behavior")
disable_v2_tensorshape = _nothing("disable_v2_tensorshape")
disable_tensor_equality = _nothing("disable_tensor_equality")
disable_control_flow_v2 = _nothing("disable_control_flow_v2")
enable_control_flow_v2 = _nothing("enable_control_flow_v2")  # it is on
enable_eager_execution = _refused("enable_eager_execution", "the functions")
enable_v2_behavior = _refused("enable_v2_behavior", "the behaviour")
enable_v2_tensorshape = _refused("enable_v2_tensorshape", "the shapes")
enable_tensor_equality = _refused("enable_tensor_equality", "the comparisons")


def control_flow_v2_enabled() -> bool:
    """True: conditionals and loops are functional ops here (tf.control_flow_v2_enabled)."""
    return True
