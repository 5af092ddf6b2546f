"""Convolutions made of others: one-dimensional, dilated ("atrous"), and of any rank up to two."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn.conv import conv2d, conv2d_transpose


def _axis(data_format: str, rank: int) -> bool:
    """Whether channels come first."""
    names = ("NHWC", "NCHW") if rank == 2 else ("NWC", "NCW")
    if data_format in (*names, "NHWC", "NCHW"):
        return data_format.startswith("NC")
    raise ValueError(f"data_format must be one of {names}, got {data_format!r}")


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves sequences with filters (tf.nn.conv1d).

    Args:
      value: [batch, width, channels], or [batch, channels, width] for data_format "NCW"; `input`
        is its newer name.
      filters: [width, channels, outputs].
      stride: an int, or a list of 1 or 3.
      padding: "SAME" or "VALID".
      use_cudnn_on_gpu: accepted.
      data_format: "NWC" (the default) or "NCW".
      name: the scope of the operations.
      dilations: likewise as `stride`.
    """
    del use_cudnn_on_gpu
    value = input if value is None else value
    first = _axis(data_format or "NWC", 1)
    with name_scope(name, "conv1d", [value, filters]):
        value, filters = convert_to_tensor(value), convert_to_tensor(filters)
        axis = 2 if first else 1
        images = raw.ExpandDims(value, axis)
        kernel = raw.ExpandDims(filters, 0)
        strides, spread = _four(stride, first), _four(1 if dilations is None else dilations, first)
        result = conv2d(
            images, kernel, strides, padding, data_format="NCHW" if first else "NHWC",
            dilations=spread,
        )  # fmt: skip
        return raw.Squeeze(result, squeeze_dims=[axis])  # type: ignore[no-any-return]


def _four(value: Any, channels_first: bool) -> list[int]:
    """A number of sequences as four of images whose height is 1."""
    numbers = [value] if isinstance(value, int) else list(value)
    if len(numbers) == 3:
        numbers = [numbers[2 if channels_first else 1]]
    if len(numbers) != 1:
        raise ValueError(f"expected one number or three, got {value}")
    return [1, 1, 1, numbers[0]] if channels_first else [1, 1, numbers[0], 1]


def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """A convolution whose filter elements lie `rate` apart (tf.nn.atrous_conv2d).

    (Yu and Koltun 2015, arXiv:1511.07122.) Images are [batch, height, width, channels].
    """
    return convolution(value, filters, padding, dilation_rate=[rate, rate], name=name)


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """The transpose (gradient) of `atrous_conv2d` (tf.nn.atrous_conv2d_transpose)."""
    if rate < 1:
        raise ValueError(f"rate {rate} cannot be less than one")
    with name_scope(name, "atrous_conv2d_transpose", [value, filters]):
        return conv2d_transpose(
            value, filters, output_shape, strides=[1, 1, 1, 1], padding=padding,
            dilations=[1, rate, rate, 1],
        )  # fmt: skip


def convolution(
    input: Any,
    filter: Any = None,
    padding: str | None = None,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves inputs of one or two spatial dimensions (tf.nn.convolution).

    Args:
      input: [batch, spatial..., channels], or channels before the spatial dimensions for a
        data_format that starts with "NC".
      filter: [spatial..., channels, outputs]; `filters` is its newer name.
      padding: "SAME" or "VALID".
      strides: one number for each spatial dimension.
      dilation_rate: likewise; `dilations` is its newer name.
      name: the scope of the operations.
      data_format: "NWC", "NCW", "NHWC" or "NCHW".

    Raises:
      ValueError: another number of spatial dimensions.
    """
    kernel = convert_to_tensor(filter if filters is None else filters)
    spread = dilation_rate if dilations is None else dilations
    with name_scope(name, "convolution", [input, kernel]):
        input = convert_to_tensor(input)
        rank = (kernel.shape.rank or input.shape.rank or 0) - 2
        if rank not in (1, 2):
            raise ValueError(f"input must have 1 or 2 spatial dimensions, got shape {input.shape}")
        form = data_format or ("NWC" if rank == 1 else "NHWC")
        steps = _per_dimension(strides, rank, "strides")
        gaps = _per_dimension(spread, rank, "dilation_rate")
        if rank == 1:
            return conv1d(input, kernel, steps[0], padding, data_format=form, dilations=gaps[0])
        if _axis(form, 2):
            return conv2d(input, kernel, [1, 1, *steps], padding, True, "NCHW", [1, 1, *gaps])
        return conv2d(input, kernel, [1, *steps, 1], padding, True, "NHWC", [1, *gaps, 1])


def _per_dimension(value: Any, rank: int, what: str) -> list[int]:
    numbers = [1] * rank if value is None else [value] * rank if isinstance(value, int) else value
    if len(numbers) != rank or min(numbers) < 1:
        raise ValueError(f"{what} must be {rank} positive numbers, got {value}")
    return list(numbers)
