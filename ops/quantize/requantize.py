"""From many bits to few: the ranges that numbers use, and integers brought to another range."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR
from flowgraph.ops.quantize import _ranges as ranges
from flowgraph.ops.quantize._shapes import first, with_range

_OUTPUTS = "output: out_type, output_min: float32, output_max: float32"
_TYPES = {"Tinput": dtypes.QUANTIZED, "out_type": dtypes.QUANTIZED}
_f32 = np.float32
_HALF = _f32(2.0**31)  # as many integers as qint32 has on either side of zero

# --- QuantizeDownAndShrinkRange, RequantizationRange, Requantize ----------------------------------
shrink_op = define(
    "QuantizeDownAndShrinkRange",
    inputs="input: Tinput, input_min: float32, input_max: float32",
    outputs=_OUTPUTS,
    attrs=_TYPES,
    shape=with_range(first, 1),
)


@shrink_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def shrink(x: Any, low: Any, high: Any) -> Any:
        old = ranges.scalar(low, "input_min"), ranges.scalar(high, "input_max")
        new = ranges.used_range(x, *old)
        return ranges.requantized(x, old, new, dtype), *new

    return shrink


used_range_op = define(
    "RequantizationRange",
    inputs="input: Tinput, input_min: float32, input_max: float32",
    outputs="output_min: float32, output_max: float32",
    attrs={"Tinput": dtypes.QUANTIZED},
    shape=lambda op: with_range(first, 1)(op)[1:],
)


@used_range_op.kernel
def _(ctx: Any) -> Any:
    return lambda x, low, high: ranges.used_range(
        x, ranges.lone(low, "input_min"), ranges.lone(high, "input_max")
    )


requantize_op = define(
    "Requantize",
    inputs=(
        "input: Tinput, input_min: float32, input_max: float32, "
        "requested_output_min: float32, requested_output_max: float32"
    ),
    outputs=_OUTPUTS,
    attrs=_TYPES,
    shape=with_range(first, 1),
)


@requantize_op.kernel
def _(ctx: Any) -> Any:
    names, dtype = [arg.name for arg in requantize_op.inputs[1:]], ctx.dtype

    def requantize(x: Any, *bounds: Any) -> Any:
        ends = [ranges.scalar(b, name) for b, name in zip(bounds, names, strict=True)]
        old, new = (ends[0], ends[1]), (ends[2], ends[3])
        if new[0] > 0:
            raise ValueError(f"requested_output_min must be <= 0, but got {new[0]}")
        if new[1] < new[0]:
            raise ValueError(
                "requested_output_max must be >= requested_output_min, but got "
                f"{new[1]} and {new[0]}"
            )
        return ranges.requantized(x, old, new, dtype), *new

    return requantize


# --- RequantizationRangePerChannel, RequantizePerChannel ------------------------------------------
channel_range_op = define(
    "RequantizationRangePerChannel",
    inputs="input: T, input_min: float32, input_max: float32",
    outputs="output_min: float32, output_max: float32",
    attrs={
        "T": attrs.types(*dtypes.QUANTIZED, default=dtypes.qint32), "clip_value_max": attrs.real(),
    },
)  # fmt: skip


@channel_range_op.shape
def _(op: Operation) -> Any:
    for bound in op.inputs[1:]:
        bound.shape.with_rank(1)
    return [SCALAR, SCALAR]


@channel_range_op.kernel
def _(ctx: Any) -> Any:
    most = _f32(ctx.attrs["clip_value_max"])

    def used(x: Any, low: Any, high: Any) -> Any:
        depth = _channels(x, low, high)
        if not x.size or low.ndim != 1 or high.ndim != 1:
            raise ValueError(
                "input must not be empty, and its bounds vectors, got shapes "
                f"{[list(v.shape) for v in (x, low, high)]}"
            )
        rows = x.reshape(-1, depth).astype(_f32)
        reached = np.abs(rows).max(0, initial=0) * _reach(low, high) / _HALF
        highest = min(reached.max(initial=np.finfo(_f32).tiny), most)
        return _f32(-highest if (rows < 0).any() else 0), highest

    return used


def _channels(x: Any, low: Any, high: Any) -> int:
    """How many channels there are; ValueError unless each has its range."""
    if x.ndim != 4:
        raise ValueError(f"input must be 4-dimensional, got shape {list(x.shape)}")
    depth = x.shape[-1]
    for name, bound in (("input_min", low), ("input_max", high)):
        if bound.size != depth:
            raise ValueError(
                f"{name} has incorrect size, expected {depth} was {list(np.shape(bound))}"
            )
    return int(depth)


def _reach(low: Any, high: Any) -> Any:
    """How far each channel's range goes from zero."""
    return np.maximum(np.abs(low), np.abs(high)).reshape(-1)


channel_requantize_op = define(
    "RequantizePerChannel",
    inputs=(
        "input: T, input_min: float32, input_max: float32, "
        "requested_output_min: float32, requested_output_max: float32"
    ),
    outputs=_OUTPUTS,
    attrs={
        "T": attrs.types(*dtypes.QUANTIZED, default=dtypes.qint32),
        "out_type": attrs.types(*dtypes.QUANTIZED, default=dtypes.quint8),
    },
)


@channel_requantize_op.shape
def _(op: Operation) -> Any:
    for bound in op.inputs[1:3]:
        bound.shape.with_rank(1)
    return with_range(first, 3)(op)


@channel_requantize_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype
    most = ranges.limits(dtype)[1]

    def requantize(x: Any, low: Any, high: Any, new_low: Any, new_high: Any) -> Any:
        _channels(x, low, high)
        new_low = ranges.lone(new_low, "requested_output_min")
        new_high = ranges.lone(new_high, "requested_output_max")
        reach = max(abs(new_low), abs(new_high))
        levels = np.rint(x.astype(_f32) * (_f32(most) * (_reach(low, high) / reach / _HALF)))
        return ranges.clamped(levels.astype(np.float64), dtype), new_low, new_high

    return requantize
