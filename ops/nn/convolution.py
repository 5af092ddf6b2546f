"""Convolutions made of others: one-dimensional, dilated ("atrous"), and of any rank up to three."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.nn._volume import sequence
from flowgraph.ops.nn.conv import conv2d, conv2d_transpose
from flowgraph.ops.nn.conv3d import conv3d, conv3d_transpose


def _channels_first(data_format: str | None) -> bool:
    if data_format in (None, "NWC", "NCW", "NHWC", "NCHW"):
        return (data_format or "NWC").startswith("NC")
    raise ValueError(f'data_format must be "NWC" or "NCW", got {data_format!r}')


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
    first = _channels_first(data_format)
    with name_scope(name, "conv1d", [value, filters]) as scope:
        value, filters = convert_to_tensor(value), convert_to_tensor(filters)
        axis = 2 if first else 1
        images = raw.ExpandDims(value, axis)
        kernel = raw.ExpandDims(filters, 0)
        strides = [1, *sequence(stride, 1, first, "stride")]
        spread = [1, *sequence(dilations, 1, first, "dilations")]
        result = conv2d(
            images, kernel, strides, padding, data_format="NCHW" if first else "NHWC",
            dilations=spread, name=scope,
        )  # fmt: skip
        return raw.Squeeze(result, squeeze_dims=[axis])  # type: ignore[no-any-return]


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
    """Convolves inputs of one to three spatial dimensions (tf.nn.convolution).

    Args:
      input: [batch, spatial..., channels], or channels before the spatial dimensions for a
        data_format that starts with "NC".
      filter: [spatial..., channels, outputs]; `filters` is its newer name.
      padding: "SAME" or "VALID".
      strides: one number for all or for each spatial dimension.
      dilation_rate: likewise; `dilations` is its newer name.
      name: the scope of the operations.
      data_format: "NWC", "NCW", "NHWC", "NCHW", "NDHWC" or "NCDHW".

    Raises:
      ValueError: another number of spatial dimensions, or an argument that does not fit.
    """
    kernel = convert_to_tensor(filter if filters is None else filters)
    gaps = dilation_rate if dilations is None else dilations
    input = convert_to_tensor(input)
    rank = (input.shape.rank or kernel.shape.rank or 0) - 2
    if rank not in (1, 2, 3):
        raise ValueError(f"input must have 1, 2 or 3 spatial dimensions, got shape {input.shape}")
    first = data_format is not None and data_format.startswith("NC")
    form = data_format or (None, "NWC", "NHWC", "NDHWC")[rank]
    steps = sequence(strides, rank, first, "strides")
    gaps = sequence(gaps, rank, first, "dilation_rate")
    if min(*steps, *gaps) < 1:
        raise ValueError(f"strides {steps} and dilation rates {gaps} must be positive")
    if max(steps) > 1 and max(gaps) > 1:
        raise ValueError(
            f"strides > 1 not supported in conjunction with dilation_rate > 1: {steps} and {gaps}"
        )
    with name_scope(name, "convolution", [input, kernel]) as scope:
        if rank == 1:
            return conv1d(input, kernel, steps, padding, None, form, scope, dilations=gaps)
        if rank == 2:
            return conv2d(input, kernel, steps, padding, True, str(form), gaps, scope)
        return conv3d(input, kernel, steps, padding, str(form), gaps, scope)


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv1d`, "deconvolution" (tf.nn.conv1d_transpose).

    Args:
      input: [batch, width, in_channels], or by `data_format` "NCW".
      filters: [width, output_channels, in_channels].
      output_shape: the output's shape, a list or a tensor of three.
      strides: an int, or 1 or 3 of them.
      padding: "SAME" or "VALID".
      data_format: "NWC" or "NCW".
      dilations: like strides.
      name: the operation's name.

    Raises:
      ValueError: a data format, stride, padding or number of channels does not fit.
    """
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        if data_format not in (None, "NWC", "NCW"):
            raise ValueError('data_format must be "NWC" or "NCW".')
        first = data_format == "NCW"
        axis = 2 if first else 1
        sizes = convert_to_tensor(output_shape, dtype=dtypes.int32)
        wide = concat([sizes[:axis], [1], sizes[axis:]], 0)
        result = raw.Conv2DBackpropInput(
            wide, raw.ExpandDims(convert_to_tensor(filters), 0),
            raw.ExpandDims(convert_to_tensor(input), axis),
            strides=[1, *sequence(strides, 1, first, "strides")], padding=padding,
            data_format="NCHW" if first else "NHWC",
            dilations=[1, *sequence(dilations, 1, first, "dilations")], name=scope,
        )  # fmt: skip
        return raw.Squeeze(result, squeeze_dims=[axis])  # type: ignore[no-any-return]


def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `convolution` of one to three spatial dimensions (tf.nn.conv_transpose).

    Args:
      input: [batch, spatial..., in_channels], or with the channels second by `data_format`.
      filters: [spatial..., output_channels, in_channels].
      output_shape: the output's shape, a list or a tensor of known length.
      strides: an int, or 1, n or n + 2 of them for n spatial dimensions.
      padding: "SAME" or "VALID".
      data_format: "NWC", "NCW", "NHWC", "NCHW", "NDHWC" or "NCDHW".
      dilations: like strides.
      name: the operation's name.

    Raises:
      ValueError: the length of output_shape is not 3, 4 or 5, or an argument does not fit.
    """
    with name_scope(name, "conv_transpose", [input, filters, output_shape]) as scope:
        known = output_shape.shape.num_elements() if isinstance(output_shape, Tensor) else None
        rank = (len(output_shape) if not isinstance(output_shape, Tensor) else known or 0) - 2
        if rank not in (1, 2, 3):
            raise ValueError(f"output_shape must be of length 3, 4 or 5 but was {rank + 2}.")
        if rank == 1:
            return conv1d_transpose(
                input, filters, output_shape, strides, padding, data_format, dilations, scope
            )
        transpose = conv2d_transpose if rank == 2 else conv3d_transpose
        return transpose(
            input, filters, output_shape, strides, padding,
            data_format or ("NHWC" if rank == 2 else "NDHWC"), scope, dilations=dilations,
        )  # fmt: skip
