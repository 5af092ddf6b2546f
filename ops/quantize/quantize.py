"""From real numbers to quantised ones and back: QuantizeV2, Dequantize, QuantizeAndDequantize."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.quantize import _ranges as ranges

Quantized = namedtuple("Quantized", ["output", "output_min", "output_max"])
_MODE = attrs.choice("MIN_COMBINED", "MIN_FIRST", "SCALED", default="MIN_COMBINED")
_f32 = np.float32
_MOST = np.finfo(np.float32).max


def _first_shape(op: Operation) -> TensorShape:
    """The first input's shape; ValueError unless the others are scalars."""
    for bound in op.inputs[1:]:
        bound.shape.with_rank(0)
    return op.inputs[0].shape


# --- QuantizeV2 -----------------------------------------------------------------------------------
quantize_op = define(
    "QuantizeV2",
    inputs="input: float32, min_range: float32, max_range: float32",
    outputs="output: T, output_min: float32, output_max: float32",
    attrs={
        "T": dtypes.QUANTIZED,
        "mode": _MODE,
        "round_mode": attrs.choice(
            "HALF_AWAY_FROM_ZERO", "HALF_TO_EVEN", default="HALF_AWAY_FROM_ZERO"
        ),
    },
    shape=lambda op: [_first_shape(op), SCALAR, SCALAR],
)


@quantize_op.kernel
def _(ctx: Any) -> Any:
    dtype, mode = ctx.dtype, ctx.attrs["mode"]
    even = ctx.attrs["round_mode"] == "HALF_TO_EVEN"
    if even and mode != "SCALED":
        raise ValueError(
            f"Round mode 'HALF_TO_EVEN' only supported for mode 'SCALED', but mode is '{mode}'."
        )

    def quantize(x: Any, low: Any, high: Any) -> Any:
        low, high = _wide_enough(ranges.lone(low, "min_range"), ranges.lone(high, "max_range"))
        if mode == "MIN_COMBINED":
            return _combined(x, low, high, dtype), low, high
        if mode == "MIN_FIRST":
            return ranges.quantized_in_float32(x, low, high, dtype), low, high
        return _scaled(x, low, high, dtype, np.rint if even else ranges.round_away)

    return quantize


def _wide_enough(low: Any, high: Any) -> ranges.Range:
    """The range with zero in it, and at least a hundredth of its ends wide."""
    if high < low:
        raise ValueError(
            f"input_max_range must be larger than input_min_range, got {high} and {low}"
        )
    start = min(_f32(0), low)
    least = max(_f32(1), abs(low), abs(high)) / _f32(100)
    return start, max(_f32(0), high, start + least)


def _combined(x: Any, low: Any, high: Any, dtype: np.dtype[Any]) -> Any:
    """The range is cut into as many steps as the dtype has, less one."""
    lowest, highest = ranges.limits(dtype)
    scale = _f32(float(highest - lowest) / float(high - low))
    shifted = (np.maximum(np.minimum(x, high), low) - low) * scale
    if dtype.kind == "u":
        return _cut(shifted + _f32(0.5), dtype)
    return _cut(ranges.round_away(shifted - _f32(ranges.steps(dtype) / 2)), dtype)


def _scaled(x: Any, low: Any, high: Any, dtype: np.dtype[Any], nearest: Any) -> Any:
    """Zero stays zero; (numbers, low, high) with the range as wide as its farther end asks."""
    lowest, highest = (_f32(n) for n in ranges.limits(dtype))
    from_low = lowest / low if lowest * low > 0 else _MOST
    from_high = highest / high if highest * high > 0 else _MOST
    scale = min(from_low, from_high)
    low, high = lowest / scale, highest / scale
    return _cut(nearest(np.maximum(np.minimum(x, high), low) * scale), dtype), low, high


def _cut(x: Any, dtype: np.dtype[Any]) -> Any:
    """float32 as integers; what int32 does not hold becomes its lowest, as the processor has it."""
    if dtype != np.int32:
        return x.astype(dtype)
    return np.where(np.abs(x) < 2.0**31, x, _f32(-(2.0**31))).astype(dtype)


def quantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    name: str | None = None,
) -> Quantized:
    """Numbers as integers of few bits that stand for a range (tf.quantize).

    Args:
      input: float32, of any shape.
      min_range: what the lowest integer stands for, a scalar.
      max_range: what the highest stands for; both are moved where zero lies outside, or where they
        are too close together.
      T: qint8, quint8, qint16, quint16 or qint32.
      mode: "MIN_COMBINED", "MIN_FIRST" (zero is a level) or "SCALED" (zero stays zero).
      round_mode: "HALF_AWAY_FROM_ZERO", or for "SCALED" also "HALF_TO_EVEN".
      name: the operation's name.

    Returns:
      (output, output_min, output_max): the integers, and the range that they stand for.

    Raises:
      InvalidArgumentError: when run, if max_range < min_range.
    """
    return Quantized(
        *quantize_op(input, min_range, max_range, T=T, mode=mode, round_mode=round_mode, name=name)
    )


def quantize_v2(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
    round_mode: str = "HALF_AWAY_FROM_ZERO",
) -> Quantized:
    """As `quantize`, with its last two arguments in another order (tf.quantize_v2)."""
    return quantize(input, min_range, max_range, T, mode, round_mode, name)


# --- Dequantize -----------------------------------------------------------------------------------
dequantize_op = define(
    "Dequantize",
    inputs="input: T, min_range: float32, max_range: float32",
    outputs="output: float32",
    attrs={"T": dtypes.QUANTIZED, "mode": _MODE},
    shape=_first_shape,
)


@dequantize_op.kernel
def _(ctx: Any) -> Any:
    function = {
        "MIN_COMBINED": _back_from_combined,
        "MIN_FIRST": ranges.dequantized_in_float32,
        "SCALED": _back_from_scaled,
    }[ctx.attrs["mode"]]
    return lambda x, low, high: function(
        x, ranges.lone(low, "min_range"), ranges.lone(high, "max_range")
    )


def _back_from_combined(x: Any, low: Any, high: Any) -> Any:
    lowest, highest = ranges.limits(x.dtype)
    half = 0 if x.dtype.kind == "u" else ranges.steps(x.dtype) / 2
    return (x.astype(_f32) + _f32(half)) * ((high - low) / _f32(highest - lowest)) + low


def _back_from_scaled(x: Any, low: Any, high: Any) -> Any:
    lowest, highest = ranges.limits(x.dtype)
    scale = high / _f32(highest)
    return x.astype(_f32) * (max(low / _f32(lowest), scale) if lowest else scale)


def dequantize(
    input: Any, min_range: Any, max_range: Any, mode: str = "MIN_COMBINED", name: str | None = None
) -> Tensor:
    """What integers that `quantize` made stand for, as float32 (tf.dequantize).

    Args:
      input: qint8, quint8, qint16, quint16 or qint32, of any shape.
      min_range: what the lowest integer stands for, a scalar.
      max_range: what the highest stands for.
      mode: that of `quantize`.
      name: the operation's name.
    """
    return dequantize_op(input, min_range, max_range, mode=mode, name=name)  # type: ignore[no-any-return]


# --- QuantizeAndDequantize, V2, V3 ----------------------------------------------------------------
_T = {"T": attrs.types(*dtypes.FLOATING)}
_SIGNED = {"signed_input": attrs.boolean(True)}
_NARROW = {"narrow_range": attrs.boolean(False)}

there_and_back_op = define(
    "QuantizeAndDequantize",
    inputs="input: T",
    outputs="output: T",
    attrs={
        **_SIGNED, "num_bits": attrs.integer(8), "range_given": attrs.boolean(False),
        "input_min": attrs.real(0.0), "input_max": attrs.real(0.0), **_T,
    },
    shape=_first_shape,
)  # fmt: skip
there_and_back_v2_op = define(
    "QuantizeAndDequantizeV2",
    inputs="input: T, input_min: T, input_max: T",
    outputs="output: T",
    attrs={
        **_SIGNED, "num_bits": attrs.integer(8), "range_given": attrs.boolean(False), **_T,
        "round_mode": attrs.choice("HALF_TO_EVEN", "HALF_UP", default="HALF_TO_EVEN"), **_NARROW,
    },
    shape=_first_shape,
)  # fmt: skip
there_and_back_v3_op = define(
    "QuantizeAndDequantizeV3",
    inputs="input: T, input_min: T, input_max: T, num_bits: int32",
    outputs="output: T",
    attrs={**_SIGNED, "range_given": attrs.boolean(True), **_T, **_NARROW},
    shape=_first_shape,
)


def _bind(op_def: OpDef) -> None:
    @op_def.kernel
    def _(ctx: Any) -> Any:
        told, dtype = ctx.attrs, ctx.dtype
        wide = np.dtype(np.float64 if dtype == np.float64 else np.float32)
        nearest = _half_up if told.get("round_mode") == "HALF_UP" else np.rint

        def there_and_back(x: Any, low: Any = None, high: Any = None, bits: Any = None) -> Any:
            bits_given = bits is not None
            if np.ndim(bits):
                raise ValueError(f"num_bits must be a scalar, got shape {list(bits.shape)}")
            bits = _checked_bits(bits if bits_given else told["num_bits"], told["signed_input"])
            levels = _levels(bits, told["signed_input"], told.get("narrow_range", False))
            given = None
            if told["range_given"]:
                ends = (told["input_min"], told["input_max"]) if low is None else (low, high)
                if bits_given:  # TensorFlow's V3 does not look at their rank
                    ends = (ends[0].reshape(-1)[0], ends[1].reshape(-1)[0])
                given = _checked_range(*ends, wide.type)
            if not x.size:
                return x.copy()
            return _at_levels(x.astype(wide), given, levels, nearest).astype(dtype)

        return there_and_back

    @op_def.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        return [grad, *[None] * (len(op.inputs) - 1)]


def _half_up(x: Any) -> Any:
    return np.floor(x + x.dtype.type(0.5))


def _checked_bits(bits: Any, is_signed: bool) -> int:
    if not 0 < bits < (62 if is_signed else 63):
        raise ValueError(f"num_bits is out of range: {bits} with signed_input_ {is_signed}")
    return int(bits)


def _checked_range(low: Any, high: Any, number: Any) -> tuple[Any, Any]:
    for name, bound in (("input_min", low), ("input_max", high)):
        if np.ndim(bound):
            raise ValueError(f"{name} must be a scalar, got shape {list(bound.shape)}")
    low, high = number(low), number(high)
    if low > high:
        raise ValueError(f"Invalid range: input_min {low} > input_max {high}")
    return low, high


def _levels(bits: int, is_signed: bool, narrow: bool) -> tuple[int, int]:
    """The lowest and the highest integer."""
    if not is_signed:
        return 0, (1 << bits) - 1
    return -(1 << (bits - 1)) + narrow, (1 << (bits - 1)) - 1


def _at_levels(x: Any, given: Any, levels: tuple[int, int], nearest: Any) -> Any:
    """x at the nearest levels; their step is that of the end of the range which asks for more."""
    number, most = x.dtype.type, np.finfo(x.dtype).max
    low, high = (x.min(), x.max()) if given is None else given
    first, last = (number(n) for n in levels)
    from_low = first / low if first * low > 0 else most
    from_high = last / high if last * high > 0 else most
    if from_low < from_high:
        scale, step = from_low, low / first
        high = last * step
    else:
        scale, step = from_high, high / last
        low = first * step
    if given is not None:
        x = np.maximum(np.minimum(x, high), low)
    return nearest(x * scale) * step


for _op in (there_and_back_op, there_and_back_v2_op, there_and_back_v3_op):
    _bind(_op)


def quantize_and_dequantize(
    input: Any,
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
) -> Tensor:
    """Numbers at the nearest of 2 ** num_bits levels (tf.quantization.quantize_and_dequantize).

    Gradients pass as if nothing had been done.

    Args:
      input: floating, of any shape.
      input_min: the lowest number to be told apart, when `range_given`; else it is `input`'s own.
      input_max: likewise the highest.
      signed_input: whether there are levels below zero.
      num_bits: how many bits a level has.
      range_given: see `input_min`; numbers outside go to its ends.
      round_mode: "HALF_TO_EVEN" or "HALF_UP".
      name: the operation's name.
      narrow_range: leave out the lowest level, so that as many are below zero as above.

    Raises:
      InvalidArgumentError: when run, if num_bits is out of range or input_min > input_max.
    """
    return there_and_back_v2_op(  # type: ignore[no-any-return]
        input, input_min, input_max, signed_input=signed_input, num_bits=num_bits,
        range_given=range_given, round_mode=round_mode, narrow_range=narrow_range, name=name,
    )  # fmt: skip
