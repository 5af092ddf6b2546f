"""Regularizers: functions of a variable that give a loss (tf.contrib.layers)."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.graph_functions import add_to_collection, get_collection
from flowgraph.ops.array.constant import constant
from flowgraph.ops.math.add_n import add_n
from flowgraph.ops.math.arithmetic import multiply
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.ops.nn.normalization import l2_loss

_Regularizer = Callable[[Any], Any]


def _scaled(name: str, scale: Any, scope: str | None, norm: _Regularizer) -> _Regularizer:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"scale cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real):
        if scale < 0.0:
            raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}")
        if scale == 0.0:
            return lambda _: None

    def regularizer(weights: Any) -> Any:
        with name_scope(scope, name, [weights]) as inner:
            factor = convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return multiply(factor, norm(weights), name=inner)

    return regularizer


def l1_regularizer(scale: Any, scope: str | None = None) -> _Regularizer:
    """The sum of the magnitudes, times `scale`; nothing for 0.

    Raises:
      ValueError: the scale is negative or an integer.
    """
    return _scaled("l1_regularizer", scale, scope, lambda weights: reduce_sum(abs_(weights)))


def l2_regularizer(scale: Any, scope: str | None = None) -> _Regularizer:
    """Half the sum of the squares, times `scale`; nothing for 0.

    Raises:
      ValueError: the scale is negative or an integer.
    """
    return _scaled("l2_regularizer", scale, scope, l2_loss)


def l1_l2_regularizer(
    scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None
) -> _Regularizer | None:
    """The sum of `l1_regularizer` and `l2_regularizer`."""
    for name, scale in (("scale_l1", scale_l1), ("scale_l2", scale_l2)):
        if isinstance(scale, numbers.Integral):
            raise ValueError(f"{name} cannot be an integer: {scale}")
    scope = scope or "l1_l2_regularizer"
    if scale_l1 == 0.0:
        return l2_regularizer(scale_l2, scope)
    if scale_l2 == 0.0:
        return l1_regularizer(scale_l1, scope)
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope=scope)


def sum_regularizer(regularizer_list: Any, scope: str | None = None) -> _Regularizer | None:
    """The sum of several regularizers; None when there are none."""
    regularizers = [regularizer for regularizer in regularizer_list if regularizer is not None]
    if not regularizers:
        return None

    def total(weights: Any) -> Any:
        with name_scope(scope, "sum_regularizer", [weights]) as name:
            losses = [regularizer(weights) for regularizer in regularizers]
            losses = [loss for loss in losses if loss is not None]
            return add_n(losses, name=name) if losses else None

    return total


def apply_regularization(regularizer: _Regularizer, weights_list: Any = None) -> Any:
    """The sum of a regularizer's losses of some variables, added to REGULARIZATION_LOSSES.

    Args:
      regularizer: gives a scalar or None.
      weights_list: the variables; those of the collection WEIGHTS when None.

    Raises:
      ValueError: there are no variables, or a loss is no scalar.
    """
    weights = weights_list or get_collection(GraphKeys.WEIGHTS)
    if not weights:
        raise ValueError("No weights to regularize.")
    with name_scope("get_regularization_penalty", values=weights) as scope:
        penalties = [regularizer(w) for w in weights]
        penalties = [constant(0.0) if p is None else p for p in penalties]
        for penalty in penalties:
            if penalty.shape.rank != 0:
                raise ValueError(
                    "regularizer must return a scalar Tensor instead of a Tensor with rank "
                    f"{penalty.shape.rank}."
                )
        total = add_n(penalties, name=scope)
        add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
        return total
