"""Checks, at once, that no number of a graph is NaN or infinite."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.function import subgraphs
from flowgraph.core.graph import control_dependencies, get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.ops.control.basic import group

_CHECKED = (dtypes.float16, dtypes.float32, dtypes.float64)


def add_check_numerics_ops() -> Any:
    """Adds a check for each floating tensor of the default graph (tf.add_check_numerics_ops).

    Each check waits for the ones of the tensors made before, so that the first tensor with a NaN or
    infinity is named.

    Returns:
      An operation; running it raises InvalidArgumentError where a tensor has such a number.

    Raises:
      ValueError: the graph has conditions or loops, whose inner tensors cannot be checked so.
    """
    last: list[Any] = []
    for op in get_default_graph().get_operations():
        if subgraphs(op):
            raise ValueError(
                "`tf.add_check_numerics_ops()` is not compatible with TensorFlow control flow "
                f"operations such as `tf.cond()` or `tf.while_loop()`: {op.name} is one."
            )
        for output in op.outputs:
            if output.dtype in _CHECKED:
                with control_dependencies(last):
                    message = f"{op.name}:{output.value_index}"
                    last = [raw.CheckNumerics(output, message=message)]
    return group(*last)
