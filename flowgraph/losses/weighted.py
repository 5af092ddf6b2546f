"""What all losses end in: weights, and how the elements are put together."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, get_default_graph, name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.losses.util import add_loss
from flowgraph.ops.array.making import ones_like, zeros_like
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import rank, size
from flowgraph.ops.math.arithmetic import multiply
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal
from flowgraph.ops.math.division import div_no_nan
from flowgraph.ops.math.range import range as range_op
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.weights import assert_broadcastable, broadcast_weights


class Reduction:
    """How the elements of a loss are put together (tf.losses.Reduction)."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them."""
        return (
            cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )  # fmt: skip

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError unless `key` is one of them."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


def number_of_present(losses: Any, weights: Any, per_batch: bool = False) -> Tensor:
    """How many elements have a weight that is not zero; of each example with `per_batch`."""
    if isinstance(weights, float) and weights != 0.0:
        return _number_of_elements(losses)
    with name_scope(None, "num_present", [losses, weights]) as scope:
        weights = cast(weights, dtypes.float32)
        present = where(equal(weights, 0.0), zeros_like(weights), ones_like(weights))
        present = broadcast_weights(present, losses)
        if per_batch:
            axes = range_op(1, rank(present))
            return reduce_sum(present, axes, keepdims=True, name=scope)
        return reduce_sum(present, name=scope)


def _number_of_elements(losses: Tensor) -> Tensor:
    with name_scope(None, "num_elements", [losses]) as scope:
        return cast(size(losses, name=scope), losses.dtype)


def _divided(total: Tensor, count: Any) -> Tensor:
    return div_no_nan(reduce_sum(total), count, name="value")


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The losses times their weights, put together (tf.losses.compute_weighted_loss).

    Args:
      losses: a tensor.
      weights: a scalar, or of the losses' rank with sizes that are 1 or theirs.
      scope: the scope of the operations.
      loss_collection: the collection that the loss goes to, or None.
      reduction: one of `Reduction`.

    Returns:
      A scalar, or for NONE a tensor of the losses' shape; of the losses' dtype.

    Raises:
      ValueError: the weights do not fit, or there is no such reduction.
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", [losses, weights]):
        get_default_graph()._last_loss_reduction = reduction  # type: ignore[attr-defined]
        with control_dependencies([assert_broadcastable(weights, losses)]):
            losses = convert_to_tensor(losses)
            dtype = losses.dtype
            losses, weights = cast(losses, dtypes.float32), cast(weights, dtypes.float32)
            loss = multiply(losses, weights)
            if reduction != Reduction.NONE:
                loss = reduce_sum(loss)
            if reduction == Reduction.MEAN:
                loss = _divided(loss, reduce_sum(ones_like(losses) * weights))
            elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
                loss = _divided(loss, number_of_present(losses, weights))
            elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
                loss = _divided(loss, _number_of_elements(losses))
            loss = cast(loss, dtype)
            add_loss(loss, loss_collection)
            return loss
