"""Dropout (Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from ...")."""

from __future__ import annotations

import logging
import numbers
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.random.distributions import random_uniform

_log = logging.getLogger("flowgraph")


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """x, each element zero with probability `rate`, the others scaled up by 1 / (1 - rate).

    Args:
      x: a floating tensor.
      keep_prob: 1 - rate, TensorFlow's older argument; a number or a scalar tensor.
      noise_shape: the shape in which is drawn, which broadcasts to that of x; that of x when None.
      seed: see `set_random_seed`.
      name: the operation's name.
      rate: the probability that an element is dropped.

    Raises:
      ValueError: both or none of `keep_prob` and `rate` are given; or a rate is out of [0, 1); or
        x is not floating. (tf.nn.dropout)
    """
    if rate is not None and keep_prob is not None:
        raise ValueError("Only one of `keep_prob` and `rate` can be set.")
    if keep_prob is not None:
        try:
            rate = 1 - keep_prob
        except TypeError:
            raise ValueError(
                "keep_prob must be a floating point number or Tensor (got %r)" % keep_prob  # noqa: UP031
            ) from None
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    return dropout_v2(x, rate, noise_shape, seed, name)


def dropout_v2(
    x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """As `dropout`, which has the arguments in another order (tf.compat.v2.nn.dropout)."""
    with name_scope(name, "dropout", [x]) as scope:
        is_number = isinstance(rate, numbers.Real)
        if is_number and not 0 <= rate < 1:
            raise ValueError(
                f"rate must be a scalar tensor or a float in the range [0, 1), got {rate}"
            )
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(
                "x has to be a floating point tensor since it's going to be scaled. Got a "
                f"{x.dtype.name} tensor instead."
            )
        if is_number and rate == 0:
            return x
        if is_number and rate > 0.5:
            _log.warning(
                "Large dropout rate: %g (>0.5). Please ensure that this is intended.", rate
            )
        scaled = _scaled(x, rate, is_number)
        drawn = random_uniform(_noise_shape(x, noise_shape), dtype=x.dtype, seed=seed)
        kept = raw.GreaterEqual(drawn, rate)
        zero = convert_to_tensor(x.dtype.base_dtype.as_numpy_dtype(0))
        result = raw.SelectV2(kept, scaled, zero, name=scope)
        result.set_shape(x.shape)
        return result  # type: ignore[no-any-return]


def _scaled(x: Tensor, rate: Any, is_number: bool) -> Tensor:
    if is_number:
        scale = convert_to_tensor(1 / (1 - rate), dtype=x.dtype.base_dtype)
        return raw.Mul(x, scale)  # type: ignore[no-any-return]
    rate = convert_to_tensor(rate, dtype=x.dtype.base_dtype, name="rate")
    rate.shape.assert_has_rank(0)
    one = convert_to_tensor(x.dtype.base_dtype.as_numpy_dtype(1))
    return raw.RealDiv(x, raw.Sub(one, rate))  # type: ignore[no-any-return]


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    """The shape to draw in: what the user leaves open is taken from x."""
    if noise_shape is None:
        return shape_of(x)
    try:
        static = as_shape(noise_shape)
    except (TypeError, ValueError):
        return noise_shape
    if static.rank is not None and static.rank == x.shape.rank:
        filled = [
            theirs if own is None else own
            for own, theirs in zip(static.as_list(), x.shape.as_list(), strict=True)
        ]
        if None not in filled:
            return np.array(filled, np.int32)
    return noise_shape
