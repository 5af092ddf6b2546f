"""Pooling of sequences, images or volumes by one function, and of sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn._volume import sequence
from flowgraph.ops.nn.pooling import avg_pool, avg_pool_op, max_pool, max_pool_op
from flowgraph.ops.nn.pooling3d import avg_pool3d, avg_pool3d_op, max_pool3d, max_pool3d_op
from flowgraph.ops.nn.spaced import with_space_to_batch


def _window(ksize: Any, strides: Any, rank: int, first: bool) -> dict[str, list[int]]:
    return {
        "ksize": sequence(ksize, rank, first, "ksize"),
        "strides": sequence(strides, rank, first, "strides"),
    }


# --- sequences ------------------------------------------------------------------------------------
def _pool1d(
    op: OpDef, scope_name: str, input: Any, ksize: Any, strides: Any, padding: str,
    data_format: str | None, name: str | None,
) -> Tensor:  # fmt: skip
    with name_scope(name, scope_name, [input]) as scope:
        first = (data_format or "NWC").startswith("NC")
        axis = 2 if first else 1
        window = {k: [1, *v] for k, v in _window(ksize, strides, 1, first).items()}
        pooled = op(
            raw.ExpandDims(convert_to_tensor(input), axis), padding=padding,
            data_format="NCHW" if first else "NHWC", name=scope, **window,
        )  # fmt: skip
        return raw.Squeeze(pooled, squeeze_dims=[axis])  # type: ignore[no-any-return]


def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """The greatest element of each window of a sequence (tf.nn.max_pool1d).

    Args:
      input: [batch, width, channels], or by `data_format` "NCW".
      ksize: the window's size: an int, or 1 or 3 of them.
      strides: likewise.
      padding: "SAME" or "VALID".
      data_format: "NWC" or "NCW".
      name: the operation's name.

    Raises:
      ValueError: a size, stride or padding does not fit.
    """
    return _pool1d(
        max_pool_op, "MaxPool1d", input, ksize, strides, padding, data_format, name
    )  # fmt: skip


def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """The mean of each window of a sequence (tf.nn.avg_pool1d); see `max_pool1d`."""
    return _pool1d(
        avg_pool_op, "AvgPool1D", input, ksize, strides, padding, data_format, name
    )  # fmt: skip


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The greatest element of each window of an image (tf.nn.max_pool2d); see `max_pool`."""
    with name_scope(name, "MaxPool2d", [input]) as scope:
        return max_pool(input, ksize, strides, padding, data_format, scope)


# --- of any rank ----------------------------------------------------------------------------------
def _pool_any(
    ops: tuple[Callable[..., Any], OpDef, OpDef], input: Any, ksize: Any, strides: Any,
    padding: str, data_format: str | None, name: str | None,
) -> Tensor:  # fmt: skip
    tensor = convert_to_tensor(input)
    rank = tensor.shape.rank
    if rank is None and data_format is None:
        raise ValueError("The input must have a rank or a data format must be given.")
    rank = (len(data_format or "") if rank is None else rank) - 2
    if not 1 <= rank <= 3:
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {rank + 2}.")
    first = data_format is not None and data_format.startswith("NC")
    window: dict[str, Any] = {**_window(ksize, strides, rank, first), "padding": padding}
    if data_format is not None or rank > 1:
        default = (None, "NWC", "NHWC", "NDHWC")[rank]
        window["data_format"] = data_format or default
    return ops[rank - 1](tensor, name=name, **window)  # type: ignore[no-any-return]


def max_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The greatest element of each window of sequences, images or volumes (tf.nn.max_pool_v2).

    Args:
      input: [batch, spatial..., channels], or with the channels second by `data_format`.
      ksize: the window's size: an int, or 1, n or n + 2 of them for n spatial dimensions.
      strides: likewise.
      padding: "SAME" or "VALID".
      data_format: "NWC", "NCW", "NHWC", "NCHW", "NDHWC" or "NCDHW".
      name: the operation's name.

    Raises:
      ValueError: the rank is not 3, 4 or 5, or another argument does not fit.
    """
    ops = (max_pool1d, max_pool_op, max_pool3d_op)
    return _pool_any(ops, input, ksize, strides, padding, data_format, name)


def avg_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The mean of each window of sequences, images or volumes (avg_pool_v2); see `max_pool_v2`."""
    ops = (avg_pool1d, avg_pool_op, avg_pool3d_op)
    return _pool_any(ops, input, ksize, strides, padding, data_format, name)


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Pools n-dimensional windows, also such with holes (tf.nn.pool).

    Args:
      input: [batch, spatial..., channels], or with the channels second by `data_format`.
      window_shape: n ints, n from 1 to 3.
      pooling_type: "MAX" or "AVG".
      padding: "SAME" or "VALID".
      dilation_rate: n ints, the spacing of the window's elements; `dilations` is its newer name.
      strides: n ints.
      name: the scope of the operations.
      data_format: "NWC", "NCW", "NHWC", "NCHW", "NDHWC" or "NCDHW".

    Raises:
      ValueError: the arguments do not fit each other.
    """
    rates = dilation_rate if dilations is None else dilations
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        rank = len(window_shape)
        if not 1 <= rank <= 3:
            raise ValueError("It is required that 1 <= num_spatial_dims <= 3.")
        tensor.shape.with_rank(rank + 2)
        steps, rates = _steps_and_rates(rank, strides, rates)
        if padding == "SAME" and (rates > 1).any():
            raise ValueError("pooling with SAME padding is not possible for dilation_rate > 1")
        if (steps > np.asarray(window_shape)).any():
            raise ValueError(f"strides {steps.tolist()} exceed window_shape {list(window_shape)}")
        apply = _pooling_op(pooling_type, window_shape, steps, data_format, scope)
        first = 2 if data_format is not None and data_format.startswith("NC") else 1
        return with_space_to_batch(
            tensor, rates, padding, apply, window_shape, range(first, first + rank)
        )


def _steps_and_rates(rank: int, strides: Any, rates: Any) -> Any:
    """Strides and dilation rates as arrays, each of which may be above 1 where the other is 1."""
    result = []
    for value, what in ((strides, "strides"), (rates, "dilation_rate")):
        numbers = np.ones(rank, np.int32) if value is None else np.array(value, np.int32)
        if numbers.shape != (rank,):
            raise ValueError(f"len({what})={numbers.size} but should be {rank}")
        if (numbers < 1).any():
            raise ValueError(f"all values of {what} must be positive")
        result.append(numbers)
    if all((numbers > 1).any() for numbers in result):
        raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
    return result


def _pooling_op(
    pooling_type: str, window_shape: Any, steps: Any, data_format: str | None, scope: Any
) -> Callable[..., Any]:
    """The (input, rank, padding) -> output that pools windows without holes."""
    rank = len(window_shape)
    functions = {
        "MAX": (max_pool1d, max_pool, max_pool3d), "AVG": (avg_pool1d, avg_pool, avg_pool3d),
    }  # fmt: skip
    if pooling_type not in functions:
        raise ValueError(f"{rank}-D {pooling_type} pooling is not supported.")
    if rank == 1 and data_format not in (None, "NWC", "NCW"):
        raise ValueError('data_format must be either "NWC" or "NCW".')
    function, first = functions[pooling_type][rank - 1], str(data_format).startswith("NC")
    sizes = sequence(list(window_shape), rank, first, "window_shape")
    strides = sequence(steps, rank, first, "strides")
    return lambda x, _, padding: function(x, sizes, strides, padding, data_format, name=scope)
