"""The functions of tensorflow.python.ops.resources: tables and the like that need a first run.

Tables of flowgraph are initialised by `tf.tables_initializer()`, which these stand for.
"""

from __future__ import annotations

from typing import Any

import flowgraph as tf


def shared_resources() -> list[Any]:
    """The initializers of all tables of the default graph."""
    return tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS)


def local_resources() -> list[Any]:
    """The empty list: resources are shared here."""
    return []


def initialize_resources(resource_list: list[Any], name: str = "init") -> tf.Operation:
    """An operation that runs the initializers; a variable's for a variable."""
    return tf.group(*[getattr(one, "initializer", one) for one in resource_list], name=name)
