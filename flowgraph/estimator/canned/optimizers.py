"""The optimizer that a name, a class or a function means."""

from __future__ import annotations

from typing import Any

import flowgraph as tf

_CLASSES = {
    "Adagrad": tf.train.AdagradOptimizer,
    "Adam": tf.train.AdamOptimizer,
    "Ftrl": tf.train.FtrlOptimizer,
    "RMSProp": tf.train.RMSPropOptimizer,
    "SGD": tf.train.GradientDescentOptimizer,
}


def optimizer_of(given: Any, learning_rate: float | None = None) -> Any:
    """An optimizer.

    Args:
      given: the name of one, with this learning rate; an optimizer, or a function that gives one.
      learning_rate: the learning rate.

    Raises:
      ValueError: there is no optimizer of that name, or the result is none.
    """
    if isinstance(given, str):
        if given not in _CLASSES:
            raise ValueError(
                f"Unsupported optimizer name: {given}. Supported names are: "
                f"{tuple(sorted(_CLASSES))}"
            )
        return _CLASSES[given](learning_rate=learning_rate)
    if callable(given):
        given = given()
    if not isinstance(given, tf.train.Optimizer):
        raise ValueError(f"The given object is not an Optimizer instance. Given: {given}")
    return given
