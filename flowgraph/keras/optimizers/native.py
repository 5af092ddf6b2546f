"""Optimizers of tf.train inside Keras."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K


class TFOptimizer:
    """An optimizer of tf.train, with the methods that training calls."""

    def __init__(self, optimizer: Any, iterations: Any = None) -> None:
        self.optimizer, self._iterations = optimizer, iterations

    @property
    def iterations(self) -> Any:
        """The variable that counts the steps."""
        if self._iterations is None:
            self._iterations = K.variable(0, dtype="int64", name="iterations")
        return self._iterations

    def get_grads(self, loss: Any, params: Any) -> Any:
        """(gradient, variable) pairs."""
        return self.optimizer.compute_gradients(loss, params)

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """The operations of one step."""
        if not params:
            return [self.iterations.assign_add(1).op]
        before = set(tf.global_variables())
        pairs = self.optimizer.compute_gradients(loss, params)
        step = self.optimizer.apply_gradients(pairs, global_step=self.iterations)
        for variable in tf.global_variables():
            if variable not in before:
                K.track_variable(variable)
        return [step]

    @property
    def weights(self) -> list[Any]:
        """The optimizer's variables."""
        return self.optimizer.variables()  # type: ignore[no-any-return]

    def get_weights(self) -> list[Any]:
        """The values of `weights`."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Sets the values of `weights`."""
        K.batch_set_value(list(zip(self.weights, weights, strict=True)))

    def get_config(self) -> dict[str, Any]:
        """Not possible.

        Raises:
          NotImplementedError: always; an optimizer of tf.train does not tell its arguments.
        """
        raise NotImplementedError("TFOptimizer: an optimizer of tf.train has no configuration.")
