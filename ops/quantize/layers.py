"""Layers of quantised numbers: convolution, pooling, normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.nn import _conv_reference as reference
from flowgraph.ops.quantize import _ranges as ranges
from flowgraph.ops.quantize._shapes import as_if, first, with_range
from flowgraph.ops.quantize.arithmetic import centred, exact

_PADDING = attrs.choice("SAME", "VALID")
_f32 = np.float32


# --- QuantizedConv2D ------------------------------------------------------------------------------
def _conv_shape(op: Operation) -> TensorShape:
    return as_if("Conv2D", op, 2, data_format="NHWC", explicit_paddings=[])


conv2d_op = define(
    "QuantizedConv2D",
    inputs=(
        "input: Tinput, filter: Tfilter, min_input: float32, max_input: float32, "
        "min_filter: float32, max_filter: float32"
    ),
    outputs="output: out_type, min_output: float32, max_output: float32",
    attrs={
        "Tinput": dtypes.QUANTIZED, "Tfilter": dtypes.QUANTIZED,
        "out_type": attrs.types(*dtypes.QUANTIZED, default=dtypes.qint32),
        "strides": attrs.ints(), "padding": _PADDING, "dilations": attrs.ints([1, 1, 1, 1]),
    },
    shape=with_range(_conv_shape, 2),
    traits=Trait.HEAVY,
)  # fmt: skip


@conv2d_op.kernel
def _(ctx: Any) -> Any:
    dtype, strides, padding = ctx.dtype, ctx.attrs["strides"], ctx.attrs["padding"]
    if strides[1] != strides[2]:
        raise InvalidArgumentError(
            f"Only equal strides in the row and column dimensions are supported, got {strides}"
        )
    if ctx.attrs["dilations"] != [1, 1, 1, 1]:
        raise InvalidArgumentError(f"Dilations must be 1, got {ctx.attrs['dilations']}")
    conv = reference.bind_conv2d(np, strides, padding)
    step = strides[1] if padding == "VALID" else 0

    def conv2d(x: Any, filters: Any, *bounds: Any) -> Any:
        if not (x.size and filters.size):
            raise ValueError(
                "input and filter must not be empty, got shapes "
                f"{list(x.shape)} and {list(filters.shape)}"
            )
        ends = [ranges.scalar(b, a.name) for b, a in zip(bounds, conv2d_op.inputs[2:], strict=True)]
        mine, theirs = (ends[0], ends[1]), (ends[2], ends[3])
        terms = int(np.prod(filters.shape[:3]))
        images = centred(x, *mine)
        if step:
            rows, columns = (_from_middle(*s, step) for s in zip(x.shape[1:3], filters.shape[:2]))
            images = images[:, rows, columns]
        product = exact(conv, images, centred(filters, *theirs), terms)
        both = ranges.product_range(mine, x.dtype, theirs, filters.dtype, dtype)
        return product.astype(dtype), *both

    return conv2d


def _from_middle(size: int, reach: int, step: int) -> slice:
    """Where TensorFlow's kernel starts without padding: half of the pixels left over are before."""
    return slice(max(0, (size - reach) % step - 1) // 2, None)


def quantized_conv2d(
    input: Any,
    filter: Any,
    min_input: Any,
    max_input: Any,
    min_filter: Any,
    max_filter: Any,
    strides: Any,
    padding: str,
    out_type: Any = dtypes.qint32,
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> list[Tensor]:
    """A convolution of quantised images, exact in integers (tf.nn.quantized_conv2d).

    Args:
      input: images of a quantised dtype, [batch, height, width, channels].
      filter: a quantised filter, [height, width, channels, outputs].
      min_input: what the lowest integer of `input` stands for, a scalar.
      max_input: what its highest one stands for.
      min_filter: likewise for `filter`.
      max_filter: likewise.
      strides: four ints, those of height and width equal, the others 1.
      padding: "SAME" or "VALID".
      out_type: the dtype of the sums, qint32.
      dilations: four ones.
      name: the operation's name.

    Returns:
      [output, min_output, max_output]: integers, and the range they stand for.
    """
    return conv2d_op(  # type: ignore[no-any-return]
        input, filter, min_input, max_input, min_filter, max_filter, out_type=out_type,
        strides=strides, padding=padding, dilations=list(dilations), name=name,
    )  # fmt: skip


# --- QuantizedAvgPool, QuantizedMaxPool -----------------------------------------------------------
def _define_pool(kind: str) -> OpDef:
    return define(
        f"Quantized{kind}Pool",
        inputs="input: T, min_input: float32, max_input: float32",
        outputs="output: T, min_output: float32, max_output: float32",
        attrs={
            "T": dtypes.QUANTIZED, "ksize": attrs.ints(), "strides": attrs.ints(),
            "padding": _PADDING,
        },
        shape=with_range(lambda op: as_if(f"{kind}Pool", op, 1, data_format="NHWC"), 1),
    )  # fmt: skip


avg_pool_op, max_pool_op = _define_pool("Avg"), _define_pool("Max")


@avg_pool_op.kernel
def _(ctx: Any) -> Any:
    pool, dtype = reference.bind_avg_pool(np, **_window(ctx)), ctx.dtype
    # The mean of the integers, without what is behind the point.
    return lambda x, low, high: (
        np.trunc(pool(x.astype(np.float64))).astype(dtype),
        *_kept(low, high),
    )


@max_pool_op.kernel
def _(ctx: Any) -> Any:
    pool, dtype = reference.bind_max_pool(np, **_window(ctx)), ctx.dtype
    return lambda x, low, high: (pool(x.astype(np.float64)).astype(dtype), *_kept(low, high))


def _window(ctx: Any) -> dict[str, Any]:
    return {name: ctx.attrs[name] for name in ("ksize", "strides", "padding")}


def _kept(low: Any, high: Any) -> ranges.Range:
    return ranges.scalar(low, "min_input"), ranges.scalar(high, "max_input")


def quantized_avg_pool(
    input: Any, min_input: Any, max_input: Any, ksize: Any, strides: Any, padding: str,
    name: str | None = None,
) -> list[Tensor]:  # fmt: skip
    """Means of windows of quantised images, rounded towards zero (tf.nn.quantized_avg_pool).

    Args:
      input: images of a quantised dtype, [batch, height, width, channels].
      min_input: what the lowest integer stands for, a scalar.
      max_input: what the highest one stands for.
      ksize: the window, four ints.
      strides: from one window to the next, four ints.
      padding: "SAME" or "VALID".
      name: the operation's name.

    Returns:
      [output, min_output, max_output]: integers in the range of `input`.
    """
    return avg_pool_op(  # type: ignore[no-any-return]
        input, min_input, max_input, ksize=ksize, strides=strides, padding=padding, name=name
    )


def quantized_max_pool(
    input: Any, min_input: Any, max_input: Any, ksize: Any, strides: Any, padding: str,
    name: str | None = None,
) -> list[Tensor]:  # fmt: skip
    """Maxima of windows of quantised images; as `quantized_avg_pool` (tf.nn.quantized_max_pool)."""
    return max_pool_op(  # type: ignore[no-any-return]
        input, min_input, max_input, ksize=ksize, strides=strides, padding=padding, name=name
    )


# --- QuantizedInstanceNorm ------------------------------------------------------------------------
instance_norm_op = define(
    "QuantizedInstanceNorm",
    inputs="x: T, x_min: float32, x_max: float32",
    outputs="y: T, y_min: float32, y_max: float32",
    attrs={
        "T": dtypes.QUANTIZED, "output_range_given": attrs.boolean(False),
        "given_y_min": attrs.real(0.0), "given_y_max": attrs.real(0.0),
        "variance_epsilon": attrs.real(1e-5), "min_separation": attrs.real(1e-3),
    },
)  # fmt: skip


@instance_norm_op.shape
def _(op: Operation) -> Any:
    op.inputs[0].shape.with_rank(4)
    return with_range(first, 1)(op)


@instance_norm_op.kernel
def _(ctx: Any) -> Any:
    a, dtype = ctx.attrs, ctx.dtype
    epsilon, separation = _f32(a["variance_epsilon"]), _f32(a["min_separation"])
    given = (_f32(a["given_y_min"]), _f32(a["given_y_max"])) if a["output_range_given"] else None
    if given is not None and not given[0] < given[1]:
        raise ValueError(f"given_y_min must be less than given_y_max : {given[0]} >= {given[1]}")

    def normalize(x: Any, low: Any, high: Any) -> Any:
        low, high = ranges.scalar(low, "x_min"), ranges.scalar(high, "x_max")
        if not low < high:
            raise ValueError(f"input_min must be less than input_max : {low} >= {high}")
        wide = x.astype(_f32)
        moved = ranges.one_level(low, high, dtype) * (wide - wide.mean((1, 2), keepdims=True))
        variance = np.square(moved).mean((1, 2), keepdims=True)
        y = moved * (1 / np.sqrt(variance + epsilon))
        bottom, top = given or (y.min(initial=np.inf), y.max(initial=-np.inf))
        if top - bottom < separation:
            top = bottom + separation
        return ranges.quantized_in_float32(y, bottom, top, dtype), bottom, top

    return normalize


# --- QuantizedBatchNormWithGlobalNormalization ----------------------------------------------------
_PARTS = ("t", "m", "v", "beta", "gamma")
_REACH = (_f32(-(1 << 20)), _f32(1 << 20))  # the range that TensorFlow gives the result

batch_norm_op = define(
    "QuantizedBatchNormWithGlobalNormalization",
    inputs=", ".join(f"{p}: Tinput, {p}_min: float32, {p}_max: float32" for p in _PARTS),
    outputs="result: out_type, result_min: float32, result_max: float32",
    attrs={
        "Tinput": dtypes.QUANTIZED, "out_type": dtypes.QUANTIZED,
        "variance_epsilon": attrs.real(), "scale_after_normalization": attrs.boolean(),
    },
)  # fmt: skip


@batch_norm_op.shape
def _(op: Operation) -> Any:
    dims = op.inputs[0].shape.with_rank(4).known
    channels = TensorShape.of(dims[3:])  # type: ignore[index]
    for vector in op.inputs[3::3]:
        channels = merged(channels, vector.shape.with_rank(1))
    return [TensorShape.of((*dims[:3], *channels.known)), SCALAR, SCALAR]  # type: ignore[index, misc]


@batch_norm_op.kernel
def _(ctx: Any) -> Any:
    epsilon, scaled = _f32(ctx.attrs["variance_epsilon"]), ctx.attrs["scale_after_normalization"]
    dtype = ctx.dtype

    def normalize(*inputs: Any) -> Any:
        x, vectors = inputs[0], inputs[3::3]
        if x.ndim != 4 or any(v.shape != x.shape[3:] for v in vectors):
            raise ValueError(
                "t must be 4-dimensional, and the others as long as it has channels, got shapes "
                f"{[list(v.shape) for v in inputs[::3]]}"
            )
        bounds = [
            (ranges.lone(low, "min"), ranges.lone(high, "max"))
            for low, high in zip(inputs[1::3], inputs[2::3], strict=True)
        ]
        mean, variance, beta, gamma = (
            ranges.dequantized(v, *ends) for v, ends in zip(vectors, bounds[1:], strict=True)
        )
        scale = (1 / np.sqrt(variance + epsilon)) * (gamma if scaled else _f32(1))
        offset = -mean * scale + beta
        moved = ranges.quantized(ranges.dequantized(x, *bounds[0]), *_REACH, dtype)
        factor, shift, one = (
            ranges.quantized(v, *_REACH, dtype).astype(np.int64) for v in (scale, offset, _f32(1))
        )
        # TensorFlow multiplies in int32, where products of large numbers wrap around.
        product = (moved.astype(np.int64) * factor).astype(np.int32)
        return (np.trunc(product / one).astype(np.int64) + shift).astype(dtype), *_REACH

    return normalize
