"""`tf.user_ops`: the example op that TensorFlow ships."""

from typing import Any

from flowgraph.core.op_def import raw


def my_fact() -> Any:
    """A string tensor with a fact about factorials (tf.user_ops.my_fact)."""
    return raw.Fact()
