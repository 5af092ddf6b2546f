"""Operations that prepare a graph after it was loaded (tf.saved_model.main_op)."""

from __future__ import annotations

from typing import Any

from flowgraph.core.graph import control_dependencies
from flowgraph.ops.control.basic import group
from flowgraph.variables.initialization import (
    global_variables_initializer,
    local_variables_initializer,
)
from flowgraph.variables.table_initializers import tables_initializer

__all__ = ["main_op", "main_op_with_restore"]


def main_op() -> Any:
    """Initialises all variables and tables (tf.saved_model.main_op.main_op)."""
    return group(
        global_variables_initializer(), local_variables_initializer(), tables_initializer()
    )


def main_op_with_restore(restore_op_name: Any) -> Any:
    """As `main_op`, and then restores (tf.saved_model.main_op_with_restore)."""
    with control_dependencies([main_op()]):
        return group(restore_op_name)
