"""Builds and runs a case with either module, and tells what came of it as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from layer_cases.cases import Case

RUNS = 2


def outcome(tf: Any, case: Case) -> dict[str, Any]:
    """The values of two runs, with the updates after each, and the variables in the end."""
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(7)
        built = case(tf)
        tensors = list(built) if isinstance(built, (list, tuple)) else [built]
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        variables = tf.global_variables() + tf.local_variables()
        with tf.Session(graph=graph) as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            values = []
            for _ in range(RUNS):
                # One after the other: a metric's value is of the updates before it.
                values.append([session.run(tensor) for tensor in tensors])
                session.run(updates)
            kept = {v.name: session.run(v) for v in variables}
    return {
        "values": [[_plain(value) for value in run] for run in values],
        "shapes": [str(tensor.shape) for tensor in tensors],
        "dtypes": [tensor.dtype.name for tensor in tensors],
        "variables": {name: _plain(value) for name, value in kept.items()},
        "collections": {
            key: len(graph.get_collection(getattr(tf.GraphKeys, key)))
            for key in ("UPDATE_OPS", "REGULARIZATION_LOSSES", "LOSSES", "TRAINABLE_VARIABLES",
                        "METRIC_VARIABLES")
        },
    }  # fmt: skip


def _plain(value: Any) -> Any:
    array = np.asarray(value)
    return array.astype(float).round(5).tolist()
