"""Weights in several variables, put together: the cells' own partitions of TensorFlow 0.x."""

from __future__ import annotations

from typing import Any

import flowgraph as tf

_CONCATENATED = "concatenated_variables"


def concat_variable(name: str, shape: list[int], dtype: Any, num_shards: int) -> Any:
    """The variables name_0, name_1, ... one on top of the other.

    Args:
      name: what the names begin with.
      shape: the shape of all together.
      dtype: their dtype.
      num_shards: how many there are.

    Raises:
      ValueError: there are fewer rows than shards.
    """
    if num_shards > shape[0]:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={num_shards}")
    rows, more = divmod(shape[0], num_shards)
    shards = [
        tf.get_variable(f"{name}_{i}", [rows + (i < more), *shape[1:]], dtype=dtype)
        for i in range(num_shards)
    ]
    if num_shards == 1:
        return shards[0]
    full = f"{tf.get_variable_scope().name}/{name}/concat:0"
    for value in tf.get_collection(_CONCATENATED):
        if value.name == full:
            return value
    joined = tf.concat(shards, 0, name=f"{name}/concat")
    tf.add_to_collection(_CONCATENATED, joined)
    return joined
