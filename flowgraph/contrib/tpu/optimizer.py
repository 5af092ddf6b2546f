"""An optimizer that would add up gradients across the shards of TPUs."""

from __future__ import annotations

from typing import Any

from flowgraph.losses.weighted import Reduction
from flowgraph.train.optimizer import Optimizer


class CrossShardOptimizer(Optimizer):
    """Another optimizer, whose gradients are those of the one shard there is.

    (tf.contrib.tpu.CrossShardOptimizer.)

    Args:
      opt: the optimizer.
      reduction: `Reduction.SUM` or `Reduction.MEAN`: the same for one shard.
      name: its name.
      group_assignment: accepted.

    Raises:
      ValueError: there is no such reduction.
    """

    def __init__(
        self, opt: Optimizer, reduction: str = Reduction.MEAN, name: str = "CrossShardOptimizer",
        group_assignment: Any = None,
    ) -> None:  # fmt: skip
        if reduction not in (Reduction.SUM, Reduction.MEAN):
            raise ValueError(f"Unsupported reduction: {reduction}.")
        super().__init__(False, name)
        self._opt = opt

    def compute_gradients(self, loss: Any, *args: Any, **kwargs: Any) -> Any:
        """The other's."""
        return self._opt.compute_gradients(loss, *args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """The other's."""
        return self._opt.apply_gradients(grads_and_vars, global_step, name)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """The other's."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """The other's."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> Any:
        """The other's."""
        return self._opt.variables()
