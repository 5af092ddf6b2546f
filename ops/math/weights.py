"""Weights of values, as tf.losses and tf.metrics take them: scalars, or of the values' rank."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import ones_like
from flowgraph.ops.control.assertion import Assert
from flowgraph.ops.control.basic import no_op
from flowgraph.ops.control.cond import cond
from flowgraph.ops.math.reduction import reduce_all

_WRONG = "weights can not be broadcast to values."


def assert_broadcastable(weights: Any, values: Any) -> Operation:
    """Checks that weights are a scalar, or have the values' rank and sizes that are 1 or equal.

    Returns:
      An operation that raises InvalidArgumentError when it runs; one that does nothing where the
      static shapes tell enough.

    Raises:
      ValueError: the static shapes tell that they do not fit.
    """
    with name_scope(None, "assert_broadcastable", [weights, values]) as scope:
        weights = convert_to_tensor(weights, name="weights")
        values = convert_to_tensor(values, name="values")
        ours, theirs = weights.shape, values.shape
        if ours.rank == 0:
            return no_op(name="static_scalar_check_success")
        if ours.rank is not None and theirs.rank is not None:
            if ours.rank != theirs.rank:
                raise ValueError(
                    f"{_WRONG} values.rank={theirs.rank}. weights.rank={ours.rank}. "
                    f"values.shape={theirs}. weights.shape={ours}."
                )
            _check_sizes(ours.as_list(), theirs.as_list())
            if ours.is_fully_defined() and theirs.is_fully_defined():
                return no_op(name="static_dims_check_success")
        sizes, wanted = raw.Shape(weights), raw.Shape(values)
        fits = cond(
            raw.Equal(raw.Rank(weights), 0),
            lambda: convert_to_tensor(True),
            lambda: cond(
                raw.Equal(raw.Rank(weights), raw.Rank(values)),
                lambda: reduce_all(raw.LogicalOr(raw.Equal(sizes, 1), raw.Equal(sizes, wanted))),
                lambda: convert_to_tensor(False),
            ),
            name="is_valid_shape",
        )
        data = [_WRONG, "weights.shape=", weights.name, sizes, "values.shape=", values.name, wanted]
        return Assert(fits, data, name=scope)  # type: ignore[no-any-return]


def _check_sizes(sizes: list[int | None], wanted: list[int | None]) -> None:
    for i, (size, other) in enumerate(zip(sizes, wanted, strict=True)):
        if size not in (None, 1) and None is not other != size:
            raise ValueError(
                f"{_WRONG} Mismatch at dim {i}. values.shape={wanted} weights.shape={sizes}."
            )


def broadcast_weights(weights: Any, values: Any) -> Tensor:
    """The weights in the values' shape, as far as `assert_broadcastable` allows."""
    with name_scope(None, "broadcast_weights", [weights, values]) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        if weights.shape.is_fully_defined() and weights.shape == values.shape:
            return weights
        with values.graph.control_dependencies([assert_broadcastable(weights, values)]):
            return raw.Mul(weights, ones_like(values), name=scope)  # type: ignore[no-any-return]
