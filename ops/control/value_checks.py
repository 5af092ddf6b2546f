"""Assertions about values: assert_equal, assert_less, assert_positive and others.

What the graph's constants tell already is checked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.identity import check_numerics
from flowgraph.ops.control.assertion import Assert, check_static, prefix
from flowgraph.ops.control.basic import with_dependencies

__all__ = [
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "is_non_decreasing",
    "is_strictly_increasing",
    "verify_tensor_all_finite",
]


# --- two tensors ----------------------------------------------------------------------------------
def _compare(
    op_type: str, symbol: str, holds: Callable[..., Any], default: str, arguments: tuple[Any, ...]
) -> Operation:
    x, y, data, summarize, message, name = arguments
    with name_scope(name, default):
        x, y = convert_to_tensor(x, name="x"), convert_to_tensor(y, name="y")
        if data is None:
            data = [
                f"Condition x {symbol} y did not hold element-wise:",
                f"x ({x.name}) = ", x, f"y ({y.name}) = ", y,
            ]  # fmt: skip
        data = [message, *data] if message else list(data)
        condition = _all(getattr(raw, op_type)(x, y))
        static_x, static_y = constant_value(x), constant_value(y)
        if static_x is not None and static_y is not None:
            check_static(np.all(holds(static_x, static_y)), data)
        return Assert(condition, data, summarize=summarize)


def _all(tensor: Tensor) -> Tensor:
    rank = tensor.shape.rank
    axes = raw.Range(0, raw.Rank(tensor), 1) if rank is None else np.arange(rank, dtype=np.int32)
    return raw.All(tensor, axes)  # type: ignore[no-any-return]


def assert_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x == y in each (broadcast) element (tf.assert_equal).

    Args:
      x: a tensor.
      y: a tensor of the same dtype.
      data: tensors for the error's message; x and y when None.
      summarize: show only so many elements of each.
      message: the start of the error's message.
      name: the scope of the new operations.

    Raises:
      InvalidArgumentError: now when constants tell it, else at the run.
    """
    arguments = (x, y, data, summarize, message, name)
    return _compare("Equal", "==", np.equal, "assert_equal", arguments)


def assert_none_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x != y in each element; see `assert_equal`."""
    arguments = (x, y, data, summarize, message, name)
    return _compare("NotEqual", "!=", np.not_equal, "assert_none_equal", arguments)


def assert_less(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x < y in each element; see `assert_equal`."""
    arguments = (x, y, data, summarize, message, name)
    return _compare("Less", "<", np.less, "assert_less", arguments)


def assert_less_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x <= y in each element; see `assert_equal`."""
    arguments = (x, y, data, summarize, message, name)
    return _compare("LessEqual", "<=", np.less_equal, "assert_less_equal", arguments)


def assert_greater(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x > y in each element; see `assert_equal`."""
    arguments = (x, y, data, summarize, message, name)
    return _compare("Greater", ">", np.greater, "assert_greater", arguments)


def assert_greater_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x >= y in each element; see `assert_equal`."""
    arguments = (x, y, data, summarize, message, name)
    return _compare("GreaterEqual", ">=", np.greater_equal, "assert_greater_equal", arguments)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless abs(x - y) < atol + rtol * abs(y) in each element.

    The tolerances are ten times the dtype's epsilon when they are None (tf.debugging.assert_near).
    """
    with name_scope(name, "assert_near"):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
        few = 10 * float(np.finfo(np.dtype(x.dtype.as_numpy_dtype)).eps)
        rtol, atol = few if rtol is None else rtol, few if atol is None else atol
        if data is None:
            data = [
                prefix(message),
                f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}",
                f"x ({x.name}) = ", x, f"y ({y.name}) = ", y,
            ]  # fmt: skip
        rtol = convert_to_tensor(rtol, dtype=x.dtype.base_dtype, name="rtol")
        atol = convert_to_tensor(atol, dtype=x.dtype.base_dtype, name="atol")
        allowed = raw.AddV2(atol, raw.Mul(rtol, raw.Abs(y)))
        return Assert(_all(raw.Less(raw.Abs(raw.Sub(x, y)), allowed)), data, summarize=summarize)


# --- signs ----------------------------------------------------------------------------------------
def _sign(
    symbol: str, compare: Callable[..., Operation], swap: bool, default: str, given: Any
) -> Operation:
    x, data, summarize, message, name = given
    with name_scope(name, default):
        x = convert_to_tensor(x, name="x")
        if data is None:
            data = [
                prefix(message),
                f"Condition x {symbol} 0 did not hold element-wise:",
                f"x ({x.name}) = ", x,
            ]  # fmt: skip
        zero = convert_to_tensor(0, dtype=x.dtype.base_dtype)
        pair = (zero, x) if swap else (x, zero)
        return compare(*pair, data=data, summarize=summarize)


def assert_negative(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x < 0 in each element; see `assert_equal`."""
    given = (x, data, summarize, message, name)
    return _sign("<", assert_less, False, "assert_negative", given)


def assert_positive(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x > 0 in each element; see `assert_equal`."""
    given = (x, data, summarize, message, name)
    return _sign(">", assert_less, True, "assert_positive", given)


def assert_non_negative(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x >= 0 in each element; see `assert_equal`."""
    given = (x, data, summarize, message, name)
    return _sign(">=", assert_less_equal, True, "assert_non_negative", given)


def assert_non_positive(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x <= 0 in each element; see `assert_equal`."""
    given = (x, data, summarize, message, name)
    return _sign("<=", assert_less_equal, False, "assert_non_positive", given)


# --- order, finiteness ----------------------------------------------------------------------------
def _steps(x: Any) -> tuple[Tensor, Tensor]:
    """The elements from the second on, and those before each."""
    flat = raw.Reshape(convert_to_tensor(x), [-1])
    one = [1]
    later = raw.StridedSlice(flat, one, [0], one, end_mask=1)
    return later, raw.StridedSlice(flat, [0], [-1], one, begin_mask=1)


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element is at least the one before it, row by row (tf.is_non_decreasing)."""
    with name_scope(name, "is_non_decreasing"):
        return _all(raw.GreaterEqual(*_steps(x)))


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element is above the one before it (tf.is_strictly_increasing)."""
    with name_scope(name, "is_strictly_increasing"):
        return _all(raw.Greater(*_steps(x)))


def verify_tensor_all_finite(
    t: Any = None,
    msg: str | None = None,
    name: str | None = None,
    x: Any = None,
    message: str | None = None,
) -> Tensor:
    """The tensor; InvalidArgumentError when it has NaN or infinity (tf.verify_tensor_all_finite).

    `x` and `message` are the newer names of `t` and `msg`.
    """
    value, text = t if x is None else x, msg if message is None else message
    with name_scope(name, "VerifyFinite"):
        tensor = convert_to_tensor(value, name="t")
        return with_dependencies([check_numerics(tensor, message=text or "")], tensor)  # type: ignore[no-any-return]
