"""Losses of examples as one, the way replicas share it: here there is one replica."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.reduction import reduce_sum

__all__ = ["compute_average_loss", "scale_regularization_loss"]


def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Tensor:
    """The sum of the losses over the batch size (tf.nn.compute_average_loss).

    Args:
      per_example_loss: [batch, ...].
      sample_weight: what each loss is multiplied by; it broadcasts, also from [batch] or from a
        last dimension of 1.
      global_batch_size: what the sum is divided by; by default the first dimension.

    Raises:
      ValueError: the loss is a scalar.
    """
    loss = convert_to_tensor(per_example_loss)
    if loss.shape.rank == 0:
        raise ValueError("Invalid value passed for `per_example_loss`. Expected a tensor with at "
                         f"least rank 1, got {loss}")  # fmt: skip
    if global_batch_size is None:
        global_batch_size = raw.Cast(raw.Shape(loss)[0], DstT=loss.dtype)
    if sample_weight is not None:
        loss = _weighted(loss, convert_to_tensor(sample_weight))
    return reduce_sum(loss) / global_batch_size  # type: ignore[operator, no-any-return]


def _weighted(loss: Tensor, weight: Tensor) -> Tensor:
    dtype, rank, other = loss.dtype.base_dtype, loss.shape.rank, weight.shape.rank
    if weight.dtype.base_dtype is not dtype:
        weight = raw.Cast(weight, DstT=dtype)
    if rank is not None and other is not None and other > 0:
        if other == rank + 1:
            weight = raw.Squeeze(weight, squeeze_dims=[-1])
        elif other == rank - 1:
            weight = raw.ExpandDims(weight, -1)
    return raw.Mul(loss, weight)  # type: ignore[no-any-return]


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of the losses, one replica's share of it (tf.nn.scale_regularization_loss)."""
    return reduce_sum(regularization_loss)
