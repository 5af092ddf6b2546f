"""Arithmetic on quantised numbers: sums, products, matrices, biases, and what follows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.shapes import broadcast
from flowgraph.core.tensor import Tensor
from flowgraph.ops.quantize import _ranges as ranges
from flowgraph.ops.quantize._shapes import as_if, first, with_range

_TYPES = {"T1": dtypes.QUANTIZED, "T2": dtypes.QUANTIZED}
_TO_INT32 = attrs.types(*dtypes.QUANTIZED, default=dtypes.qint32)
_EXACT = 2.0**53  # whole numbers below it are exact in float64
_f32 = np.float32


def range_of(low: Any, high: Any, name: str, one: Any = ranges.scalar) -> ranges.Range:
    """The range as two numbers, as `one` reads them; ValueError unless it has a width."""
    first, last = one(low, f"min_{name}"), one(high, f"max_{name}")
    if not last > first:
        raise ValueError(f"max_{name} must be larger than min_{name}, got {last} and {first}")
    return first, last


def centred(x: Any, low: Any, high: Any) -> Any:
    """Integers less the one that stands for zero, as int64."""
    return x.astype(np.int64) - int(ranges.quantized_unclamped(0.0, low, high, x.dtype))


def exact(function: Any, a: Any, b: Any, terms: int) -> Any:
    """A sum of `terms` products of whole numbers, by float64's fast functions where they do."""
    most = [float(np.abs(x).max(initial=0)) for x in (a, b)]
    if most[0] * most[1] * max(terms, 1) < _EXACT:
        return np.rint(function(a.astype(np.float64), b.astype(np.float64))).astype(np.int64)
    return function(a, b)


# --- QuantizedAdd, QuantizedMul -------------------------------------------------------------------
def _define_binary(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="x: T1, y: T2, min_x: float32, max_x: float32, min_y: float32, max_y: float32",
        outputs="z: Toutput, min_z: float32, max_z: float32",
        attrs={**_TYPES, "Toutput": _TO_INT32},
        shape=with_range(lambda op: broadcast(op.inputs[0].shape, op.inputs[1].shape), 2),
    )


def _check_elements(x: Any, y: Any) -> None:
    """Raises ValueError for an empty vector that is to be repeated along a tensor, or the like."""
    if bool(x.size) != bool(y.size) and 1 not in (x.size, y.size):
        raise ValueError(
            "What is broadcast must have at least 1 element, got shapes "
            f"{list(x.shape)} and {list(y.shape)}"
        )


add_op, mul_op = _define_binary("QuantizedAdd"), _define_binary("QuantizedMul")


@add_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def add(x: Any, y: Any, min_x: Any, max_x: Any, min_y: Any, max_y: Any) -> Any:
        _check_elements(x, y)
        mine, theirs = range_of(min_x, max_x, "x"), range_of(min_y, max_y, "y")
        reach = max(abs(min(mine[0], theirs[0])), abs(max(mine[1], theirs[1]))) * _f32(1 << 14)
        both = -reach, reach
        scalar_x = x.size == 1
        scalar_y = y.size == 1 and not scalar_x
        a, b = _brought(x, mine, both, dtype, scalar_x), _brought(y, theirs, both, dtype, scalar_y)
        return a + b, *both

    return add


def _brought(x: Any, old: ranges.Range, new: ranges.Range, dtype: Any, is_one: bool) -> Any:
    """Integers in another range: one by one, or many by the levels that 0 and 1 have there."""
    if is_one or x.dtype.itemsize > 1:
        return ranges.quantized(ranges.dequantized(x, *old), *new, dtype)
    zero_and_one = ranges.dequantized(np.array([0, 1], x.dtype), *old)
    zero, one = ranges.quantized_unclamped(zero_and_one, *new, dtype).astype(np.int64)
    return ranges.clamped(zero + x.astype(np.int64) * (one - zero), dtype)


@mul_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def mul(x: Any, y: Any, min_x: Any, max_x: Any, min_y: Any, max_y: Any) -> Any:
        _check_elements(x, y)
        mine, theirs = range_of(min_x, max_x, "x"), range_of(min_y, max_y, "y")
        product = centred(x, *mine) * centred(y, *theirs)
        both = ranges.product_range(mine, x.dtype, theirs, y.dtype, dtype)
        return product.astype(dtype), *both

    return mul


# --- QuantizedMatMul ------------------------------------------------------------------------------
matmul_op = define(
    "QuantizedMatMul",
    inputs="a: T1, b: T2, min_a: float32, max_a: float32, min_b: float32, max_b: float32",
    outputs="out: Toutput, min_out: float32, max_out: float32",
    attrs={
        **_TYPES, "Toutput": _TO_INT32,
        "transpose_a": attrs.boolean(False), "transpose_b": attrs.boolean(False),
        "Tactivation": attrs.types(*dtypes.QUANTIZED, default=dtypes.quint8),
    },
    shape=with_range(lambda op: as_if("MatMul", op, 2), 2),
    traits=Trait.HEAVY,
)  # fmt: skip


@matmul_op.kernel
def _(ctx: Any) -> Any:
    dtype, turns = ctx.dtype, (ctx.attrs["transpose_a"], ctx.attrs["transpose_b"])

    def matmul(a: Any, b: Any, min_a: Any, max_a: Any, min_b: Any, max_b: Any) -> Any:
        ranges.scalar(min_a, "min_a")  # TensorFlow looks at the rank of the first bound alone
        mine, theirs = (
            range_of(min_a, max_a, "a", ranges.lone), range_of(min_b, max_b, "b", ranges.lone)
        )  # fmt: skip
        for i, x in enumerate((a, b)):
            if x.ndim != 2:
                raise ValueError(f"In[{i}] is not a matrix, its shape is {list(x.shape)}")
        x, y = (v.T if turned else v for v, turned in zip((a, b), turns, strict=True))
        if x.shape[1] != y.shape[0]:
            raise ValueError(
                f"Matrix size-incompatible: In[0]: {list(a.shape)}, In[1]: {list(b.shape)}"
            )
        product = exact(np.matmul, centred(x, *mine), centred(y, *theirs), x.shape[1])
        both = ranges.product_range(mine, a.dtype, theirs, b.dtype, dtype)
        return product.astype(dtype), *both

    return matmul


# --- QuantizedBiasAdd -----------------------------------------------------------------------------
bias_add_op = define(
    "QuantizedBiasAdd",
    inputs=(
        "input: T1, bias: T2, min_input: float32, max_input: float32, "
        "min_bias: float32, max_bias: float32"
    ),
    outputs="output: out_type, min_out: float32, max_out: float32",
    attrs={**_TYPES, "out_type": dtypes.QUANTIZED},
    shape=with_range(lambda op: as_if("BiasAdd", op, 2, data_format="NHWC"), 2),
)


@bias_add_op.kernel
def _(ctx: Any) -> Any:
    names, dtype = [arg.name for arg in bias_add_op.inputs[2:]], ctx.dtype

    def add(x: Any, bias: Any, *bounds: Any) -> Any:
        if x.ndim < 2:
            raise ValueError(f"Input tensor must be at least 2D: {list(x.shape)}")
        if bias.shape != x.shape[-1:]:
            raise ValueError(
                "Must provide as many biases as the last dimension of the input tensor: "
                f"{list(bias.shape)} vs. {list(x.shape)}"
            )
        ends = [ranges.scalar(b, name) for b, name in zip(bounds, names, strict=True)]
        reach = max(ends[1], -ends[0], ends[3], -ends[2]) * _f32(1 << 17)
        both = -reach, reach
        total = sum(
            ranges.requantized(part, (low, high), both, dtype).astype(np.int64)
            for part, low, high in ((x, *ends[:2]), (bias, *ends[2:]))
        )
        zero = ranges.quantized(_f32(0), *both, dtype)
        return (total + int(zero)).astype(dtype), *both  # type: ignore[union-attr]

    return add


# --- QuantizedRelu, QuantizedRelu6, QuantizedReluX ------------------------------------------------
def _define_relu(suffix: str, top: float | None) -> OpDef:
    """A relu whose highest number is `top`, for "X" the second input, else unbounded."""
    given = suffix == "X"
    op_def = define(
        f"QuantizedRelu{suffix}",
        inputs=(
            f"features: Tinput, {'max_value: float32, ' if given else ''}"
            "min_features: float32, max_features: float32"
        ),
        outputs="activations: out_type, min_activations: float32, max_activations: float32",
        attrs={
            "Tinput": dtypes.QUANTIZED,
            "out_type": attrs.types(*dtypes.QUANTIZED, default=dtypes.quint8),
        },
        shape=with_range(first, 1),
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype, came = ctx.dtype, ctx.input_dtypes[0]
        if came is not ctx.output_dtypes[0]:
            raise ValueError(f"out_type must be the dtype of features, {came.name}")

        def relu(x: Any, *bounds: Any) -> Any:
            low, high = ranges.scalar(bounds[-2], "min"), ranges.scalar(bounds[-1], "max")
            y = np.maximum(x, ranges.quantized(_f32(0), low, high, dtype))
            most = ranges.scalar(bounds[0], "max_value") if given else top
            if most is not None:
                y = np.minimum(y, ranges.quantized(_f32(most), low, high, dtype))
            return y, low, high

        return relu

    return op_def


relu_op = _define_relu("", None)
relu6_op = _define_relu("6", 6.0)
relu_x_op = _define_relu("X", None)


def quantized_relu_x(
    features: Any,
    max_value: Any,
    min_features: Any,
    max_features: Any,
    out_type: Any = dtypes.quint8,
    name: str | None = None,
) -> list[Tensor]:
    """min(max(features, 0), max_value) of quantised numbers (tf.nn.quantized_relu_x).

    Args:
      features: integers of a quantised dtype.
      max_value: a float, what is cut off.
      min_features: what the lowest integer stands for, a scalar.
      max_features: what the highest one stands for.
      out_type: the dtype of `features`.
      name: the operation's name.

    Returns:
      [activations, min_activations, max_activations]: integers, and the range they stand for.
    """
    return relu_x_op(  # type: ignore[no-any-return]
        features, max_value, min_features, max_features, out_type=out_type, name=name
    )
