"""How often each class was taken for each: the confusion matrix."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import stack
from flowgraph.ops.array.making import ones_like, zeros
from flowgraph.ops.array.reshape import squeeze
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.value_checks import assert_less, assert_non_negative
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.reduction import reduce_max
from flowgraph.ops.sparse.arithmetic import sparse_add


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Both without a last dimension of 1 where one has a rank too high, as far as ranks tell.

    Args:
      labels: a tensor.
      predictions: a tensor whose rank should be greater by `expected_rank_diff`.
      expected_rank_diff: 0 for classes, 1 for scores of classes.
      name: the scope of the operations.
    """
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
        ours, theirs = predictions.shape.rank, labels.shape.rank
        if ours is not None and theirs is not None:
            extra = ours - theirs - expected_rank_diff
            if extra == 1 and predictions.shape[-1].is_compatible_with(1):
                predictions = squeeze(predictions, [-1])
            elif extra == -1 and labels.shape[-1].is_compatible_with(1):
                labels = squeeze(labels, [-1])
            return labels, predictions
        extra = raw.Rank(predictions) - raw.Rank(labels)
        return (
            _squeezed_if(raw.Equal(extra, expected_rank_diff - 1), labels),
            _squeezed_if(raw.Equal(extra, expected_rank_diff + 1), predictions),
        )


def _squeezed_if(condition: Tensor, tensor: Tensor) -> Tensor:
    if tensor.shape.rank is not None and not tensor.shape[-1].is_compatible_with(1):
        return tensor
    return cond(condition, lambda: squeeze(tensor, [-1]), lambda: tensor)  # type: ignore[no-any-return]


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """How often (row) a class was predicted to be (column) a class (tf.math.confusion_matrix).

    Args:
      labels: the true classes, a vector of integers in [0, num_classes).
      predictions: the predicted ones.
      num_classes: the greatest class + 1 when None.
      dtype: of the result.
      name: the scope of the operations.
      weights: what each prediction counts; 1 when None.

    Raises:
      InvalidArgumentError: at run time, for a class outside of the range.
    """
    with name_scope(name, "confusion_matrix", [predictions, labels, num_classes, weights]):
        labels, predictions = remove_squeezable_dimensions(
            convert_to_tensor(labels, name="labels"),
            convert_to_tensor(predictions, name="predictions"),
        )
        predictions, labels = cast(predictions, dtypes.int64), cast(labels, dtypes.int64)
        labels = _checked(assert_non_negative, labels, "`labels` contains negative values")
        predictions = _checked(
            assert_non_negative, predictions, "`predictions` contains negative values"
        )
        if num_classes is None:
            num_classes = raw.Maximum(reduce_max(predictions), reduce_max(labels)) + 1
        else:
            limit = cast(num_classes, dtypes.int64)
            labels = _checked(assert_less, labels, "`labels` out of bound", limit)
            predictions = _checked(assert_less, predictions, "`predictions` out of bound", limit)
        if weights is None:
            values = ones_like(predictions, dtype)
        else:
            weights = convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            values = cast(weights, dtype)
        shape = stack([num_classes, num_classes])
        counts = SparseTensor(
            indices=stack([labels, predictions], axis=1),
            values=values,
            dense_shape=cast(shape, dtypes.int64),
        )
        return sparse_add(zeros(cast(shape, dtypes.int32), dtype), counts)  # type: ignore[no-any-return]


def _checked(check: Any, tensor: Tensor, message: str, *more: Any) -> Tensor:
    return with_dependencies([check(tensor, *more, message=message)], tensor)  # type: ignore[no-any-return]
