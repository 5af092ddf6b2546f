"""Two-dimensional convolution, its two gradients, and the transposed convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn import _conv_reference as reference
from flowgraph.ops.nn._window import Padding, window_span

WINDOW = {
    "strides": attrs.ints(),
    "use_cudnn_on_gpu": attrs.boolean(True),
    "padding": attrs.choice("SAME", "VALID", "EXPLICIT"),
    "explicit_paddings": attrs.ints(default=[]),
    "data_format": attrs.choice("NHWC", "NCHW", default="NHWC"),
    "dilations": attrs.ints(default=[1, 1, 1, 1]),
}
_CONV = {"T": dtypes.FLOATING, **WINDOW}


def window(op_attrs: Any) -> dict[str, Any]:
    """The attributes that place a window, as the kernels take them."""
    names = ("strides", "padding", "dilations", "data_format", "explicit_paddings")
    return {name: op_attrs[name] for name in names}


def conv_cost(inputs: Sequence[Any]) -> float:
    """Seconds that a convolution takes on one core, about."""
    sizes = sorted(getattr(x, "size", 1) for x in inputs)
    return sizes[-1] * sizes[-2] / 5e10


def spatial_axes(data_format: str) -> tuple[int, int]:
    """Where height and width stand in a shape."""
    return (2, 3) if data_format == "NCHW" else (1, 2)


def window_shape(
    op: Operation, x: TensorShape, kernel: Any, channels: int | None, strides: Any = None
) -> TensorShape:
    """The shape of what a window of size `kernel` gives of images of shape `x`."""
    a = op.attrs
    dims = x.with_rank(4).known
    assert dims is not None
    data_format = a.get("data_format", "NHWC")  # an op that knows one format alone has no such attr
    strides = a["strides"] if strides is None else strides
    dilations = a.get("dilations", [1, 1, 1, 1])
    explicit = a.get("explicit_paddings") or [0] * 8
    result: list[int | None] = list(dims)
    for axis, size in zip(spatial_axes(data_format), kernel, strict=True):
        result[axis] = None
        if dims[axis] is not None and size is not None:
            pads = (explicit[2 * axis], explicit[2 * axis + 1])
            padding = Padding[a["padding"]]
            reach, room = (size - 1) * dilations[axis] + 1, dims[axis] + sum(pads)
            if padding is not Padding.SAME and reach > room:
                raise ValueError(
                    f"Negative dimension size caused by subtracting {reach} from {room}"
                )
            span = window_span(
                dims[axis], size, strides[axis], dilations[axis], padding, pads  # type: ignore[arg-type]
            )  # fmt: skip
            result[axis] = span.output
    result[1 if data_format == "NCHW" else 3] = channels
    return TensorShape.of(tuple(result))


def _filter_dims(tensor: Tensor) -> tuple[int | None, ...]:
    dims = tensor.shape.with_rank(4).known
    assert dims is not None
    return dims


# --- Conv2D ---------------------------------------------------------------------------------------
conv2d_op = define(
    "Conv2D", inputs="input: T, filter: T", outputs="output: T", attrs=_CONV,
    traits=Trait.HEAVY, cost=conv_cost,
)  # fmt: skip


@conv2d_op.shape
def _(op: Operation) -> TensorShape:
    _check_window(op)
    x = op.inputs[0].shape.with_rank(4)
    kernel = _filter_dims(op.inputs[1])
    channels = x.known[1 if op.attrs["data_format"] == "NCHW" else 3]  # type: ignore[index]
    if channels is not None and kernel[2] and channels % kernel[2]:
        raise ValueError(f"Dimensions must be equal, but are {channels} and {kernel[2]}")
    if channels and kernel[2] and kernel[3] is not None and kernel[3] % (channels // kernel[2]):
        raise ValueError(
            f"output channels ({kernel[3]}) must be a multiple of the number of groups "
            f"({channels} / {kernel[2]})"
        )
    return window_shape(op, x, kernel[:2], kernel[3])


def _check_window(op: Operation) -> None:
    a = op.attrs
    batch_and_channels = (0, 1) if a["data_format"] == "NCHW" else (0, 3)
    for name in ("strides", "dilations"):
        values = a[name]
        if len(values) != 4:
            raise ValueError(
                f"{op.type} requires the {name} attribute to contain 4 values, but got: "
                f"{len(values)}"
            )
        if any(values[i] != 1 for i in batch_and_channels):
            raise ValueError(
                f"{op.type} does not support {name} in the batch and depth dimensions: {values}"
            )
        if min(values) < 1:
            raise ValueError(f"{op.type} requires positive {name}, got {values}")
    if a["padding"] == "EXPLICIT" and len(a["explicit_paddings"]) != 8:
        raise ValueError(
            "EXPLICIT padding needs 8 numbers, before and after for each dimension, got "
            f"{a['explicit_paddings']}"
        )
    if any(p < 0 for p in a["explicit_paddings"]):
        raise ValueError(
            f"All elements of explicit_paddings must be nonnegative, got {a['explicit_paddings']}"
        )


@conv2d_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_conv2d(ctx.xp, **window(ctx.attrs))


@conv2d_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, kernel = op.inputs
    rest = {**window(op.attrs), "use_cudnn_on_gpu": op.attrs["use_cudnn_on_gpu"]}
    return [
        conv2d_backprop_input_op(raw.Shape(x), kernel, grad, **rest),
        conv2d_backprop_filter_op(x, raw.Shape(kernel), grad, **rest),
    ]


# --- Conv2DBackpropInput --------------------------------------------------------------------------
conv2d_backprop_input_op = define(
    "Conv2DBackpropInput",
    inputs="input_sizes: int32, filter: T, out_backprop: T",
    outputs="output: T",
    attrs=_CONV,
    traits=Trait.HEAVY,
    cost=conv_cost,
)


@conv2d_backprop_input_op.shape
def _(op: Operation) -> TensorShape:
    _check_window(op)
    op.inputs[0].shape.with_rank(1)
    sizes = constant_value_as_shape(op.inputs[0]).with_rank(4).known
    kernel, images = _filter_dims(op.inputs[1]), op.inputs[2].shape.with_rank(4).known
    assert sizes is not None and images is not None
    axis = 1 if op.attrs["data_format"] == "NCHW" else 3
    if None not in (images[axis], kernel[3]) and images[axis] != kernel[3]:
        raise ValueError(f"Dimensions must be equal, but are {images[axis]} and {kernel[3]}")
    if sizes[axis] and kernel[2] and sizes[axis] % kernel[2]:
        raise ValueError(f"Dimensions must be equal, but are {sizes[axis]} and {kernel[2]}")
    return TensorShape.of(sizes).merge_with(TensorShape.of((images[0], None, None, None)))


@conv2d_backprop_input_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_conv2d_backprop_input(ctx.xp, **window(ctx.attrs))
    return lambda sizes, w, dy: backprop(tuple(sizes.tolist()), w, dy)


@conv2d_backprop_input_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    _, kernel, dy = op.inputs
    rest = window(op.attrs)
    return [
        None,
        conv2d_backprop_filter_op(grad, raw.Shape(kernel), dy, **rest),
        conv2d_op(grad, kernel, **rest),
    ]


# --- Conv2DBackpropFilter -------------------------------------------------------------------------
conv2d_backprop_filter_op = define(
    "Conv2DBackpropFilter",
    inputs="input: T, filter_sizes: int32, out_backprop: T",
    outputs="output: T",
    attrs=_CONV,
    traits=Trait.HEAVY,
    cost=conv_cost,
)


@conv2d_backprop_filter_op.shape
def _(op: Operation) -> TensorShape:
    _check_window(op)
    return constant_value_as_shape(op.inputs[1]).with_rank(4)


@conv2d_backprop_filter_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_conv2d_backprop_filter(ctx.xp, **window(ctx.attrs))
    return lambda x, sizes, dy: backprop(x, tuple(sizes.tolist()), dy)


@conv2d_backprop_filter_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, _, dy = op.inputs
    rest = window(op.attrs)
    return [
        conv2d_backprop_input_op(raw.Shape(x), grad, dy, **rest),
        None,
        conv2d_op(x, grad, **rest),
    ]


# --- public functions -----------------------------------------------------------------------------
def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolves images with filters; a cross-correlation, in fact (tf.nn.conv2d).

    Args:
      input: images [batch, height, width, channels], or by `data_format` "NCHW".
      filter: [height, width, channels, outputs]; `filters` is its newer name.
      strides: an int, or 1, 2 or 4 of them.
      padding: "SAME", "VALID", or pairs (before, after) for each dimension.
      use_cudnn_on_gpu: accepted.
      data_format: "NHWC" or "NCHW".
      dilations: like strides, the spacing of the filter's elements.
      name: the operation's name.

    Raises:
      ValueError: a stride, dilation, padding or number of channels does not fit.

    >>> from flowgraph.ops.array.constant import constant
    >>> conv2d(constant([[[[1.0]]]]), constant([[[[2.0]]]]), 1, "SAME").shape.as_list()
    [1, 1, 1, 1]
    """
    kernel = filter if filters is None else filters
    padding, explicit = paddings(padding, data_format)
    return conv2d_op(  # type: ignore[no-any-return]
        input, kernel,
        strides=four(1 if strides is None else strides, data_format, "strides"),
        padding=padding, explicit_paddings=explicit, use_cudnn_on_gpu=use_cudnn_on_gpu,
        data_format=data_format, dilations=four(dilations, data_format, "dilations"), name=name,
    )  # fmt: skip


def four(value: Any, data_format: str, what: str) -> list[int]:
    """Strides, dilations or window sizes as TensorFlow's list of four."""
    values = [value] if isinstance(value, int) else list(np.asarray(value).tolist())
    if len(values) == 1:
        values *= 2
    if len(values) == 2:
        values = [1, 1, *values] if data_format == "NCHW" else [1, *values, 1]
    if len(values) != 4:
        raise ValueError(f"{what} should be of length 1, 2 or 4 but was {len(values)}")
    return values


def paddings(padding: Any, data_format: str) -> tuple[str, list[int]]:
    """(the padding's name, explicit paddings as a flat list)."""
    if isinstance(padding, (list, tuple)):
        pairs = [list(pair) for pair in padding]
        if len(pairs) != 4 or any(len(pair) != 2 for pair in pairs):
            raise ValueError(
                "Explicit padding must be four pairs (before, after), one for each dimension, got "
                f"{padding}"
            )
        batch, channels = pairs[0], pairs[1 if data_format == "NCHW" else 3]
        if batch != [0, 0] or channels != [0, 0]:
            raise ValueError(
                "Nonzero explicit padding in the batch or depth dimensions is not supported: "
                f"{padding}"
            )
        return "EXPLICIT", [n for pair in pairs for n in pair]
    if padding not in ("SAME", "VALID"):
        raise ValueError(f'padding must be "SAME", "VALID" or four pairs, got {padding!r}')
    return padding, []


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The gradient of `conv2d` with respect to its images (tf.nn.conv2d_backprop_input)."""
    padding, explicit = paddings(padding, data_format)
    return conv2d_backprop_input_op(  # type: ignore[no-any-return]
        input_sizes, filter if filters is None else filters, out_backprop,
        strides=four(strides, data_format, "strides"), padding=padding, explicit_paddings=explicit,
        use_cudnn_on_gpu=use_cudnn_on_gpu, data_format=data_format,
        dilations=four(dilations, data_format, "dilations"), name=name,
    )  # fmt: skip


def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv2d` with respect to its filters (tf.nn.conv2d_backprop_filter)."""
    padding, explicit = paddings(padding, data_format)
    return conv2d_backprop_filter_op(  # type: ignore[no-any-return]
        input, filter_sizes, out_backprop, strides=four(strides, data_format, "strides"),
        padding=padding, explicit_paddings=explicit, use_cudnn_on_gpu=use_cudnn_on_gpu,
        data_format=data_format, dilations=four(dilations, data_format, "dilations"), name=name,
    )  # fmt: skip


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv2d`, "deconvolution" (tf.nn.conv2d_transpose).

    Args:
      value: [batch, height, width, in_channels]; `input` is its newer name.
      filter: [height, width, output_channels, in_channels].
      output_shape: the output's shape, a list or a tensor.
      strides: an int, or 1, 2 or 4 of them.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      name: the operation's name.
      input: see `value`.
      filters: see `filter`.
      dilations: like strides.
    """
    value = value if input is None else input
    kernel = filter if filters is None else filters
    with name_scope(name, "conv2d_transpose", [value, kernel]) as scope:
        data_format = data_format or "NHWC"
        if data_format not in ("NHWC", "NCHW"):
            raise ValueError("data_format has to be either NCHW or NHWC.")
        return conv2d_backprop_input(
            output_shape, kernel, value, strides, padding, True, data_format,
            1 if dilations is None else dilations, scope,
        )  # fmt: skip


__all__ = ["conv2d", "conv2d_backprop_filter", "conv2d_backprop_input", "conv2d_transpose"]
