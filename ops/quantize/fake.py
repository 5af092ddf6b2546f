"""Real numbers rounded as if they were quantised, so that a model can learn to bear it."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.op_def import OpDef, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.quantize._ranges import round_away

_BITS = {"num_bits": attrs.integer(8), "narrow_range": attrs.boolean(False)}
_BOUNDS = {"min": attrs.real(-6.0), "max": attrs.real(6.0)}
_LOWEST, _HIGHEST = (np.finfo(np.float32).min, np.finfo(np.float32).max)
_PARTS = "backprops_wrt_input: float32, backprop_wrt_min: float32, backprop_wrt_max: float32"


# --- the arithmetic: bounds are scalars, or vectors with one for each channel ---------------------
def _levels(ctx: Any) -> tuple[Any, Any]:
    """The lowest and the highest level that the attributes give; ValueError for odd bits."""
    bits = ctx.attrs["num_bits"]
    if not 2 <= bits <= 16:
        raise ValueError(f"num_bits must be between 2 and 16, inclusive, got {bits}")
    return np.float32(ctx.attrs["narrow_range"]), np.float32((1 << bits) - 1)


def _bounds(ctx: Any) -> tuple[Any, Any]:
    low, high = np.float32(ctx.attrs["min"]), np.float32(ctx.attrs["max"])
    if low >= high:
        raise ValueError(f"min has to be smaller than max, was: {low} >= {high}")
    return low, high


def _nudged(low: Any, high: Any, levels: tuple[Any, Any]) -> tuple[Any, Any, Any]:
    """(low, high, step), moved so that zero is a level."""
    first, last = levels
    step = (high - low) / (last - first)
    zero = round_away(np.clip(first - low / step, first, last))
    return (first - zero) * step, (last - zero) * step, step


def _rounded(x: Any, low: Any, high: Any, levels: tuple[Any, Any], inverts: bool) -> Any:
    """x at the nearest level of its range; zero where the range is [0, 0]."""
    empty = (low == 0) & (high == 0)
    first, last, step = _nudged(low, np.where(empty, np.float32(1), high), levels)
    shifted = np.maximum(np.minimum(x, last), first) - first
    scaled = shifted * (1 / step) if inverts else shifted / step
    return np.where(empty, np.float32(0), np.floor(scaled + np.float32(0.5)) * step + first)


def _inside(x: Any, low: Any, high: Any, levels: tuple[Any, Any]) -> tuple[Any, Any]:
    """(below, above): where x lies outside of its range; nowhere when that is [0, 0]."""
    empty = (low == 0) & (high == 0)
    first, last, _ = _nudged(low, np.where(empty, np.float32(1), high), levels)
    return (x < first) & ~empty, (x > last) & ~empty


def _split_gradients(
    grad: Any, x: Any, low: Any, high: Any, levels: tuple[Any, Any]
) -> tuple[Any, Any, Any]:
    """The gradients of x, and of the bounds at which the numbers beyond them stopped."""
    if grad.shape != x.shape:
        raise ValueError(
            f"gradient and input must be the same size, got {list(grad.shape)} and {list(x.shape)}"
        )
    below, above = _inside(x, low, high, levels)
    axes = tuple(range(x.ndim - low.ndim))
    zero = np.float32(0)
    to_low, to_high = np.where(below, grad, zero), np.where(above, grad, zero)
    return np.where(below | above, zero, grad), to_low.sum(axes), to_high.sum(axes)


# --- FakeQuantWithMinMaxArgs ----------------------------------------------------------------------
args_op = define(
    "FakeQuantWithMinMaxArgs",
    inputs="inputs: float32",
    outputs="outputs: float32",
    attrs={**_BOUNDS, **_BITS},
    shape=like("inputs"),
)
args_gradient_op = define(
    "FakeQuantWithMinMaxArgsGradient",
    inputs="gradients: float32, inputs: float32",
    outputs="backprops: float32",
    attrs={**_BOUNDS, **_BITS},
    shape=like("gradients"),
)


@args_op.kernel
def _(ctx: Any) -> Any:
    (low, high), levels = _bounds(ctx), _levels(ctx)
    return lambda x: _rounded(x, low, high, levels, inverts=True)


@args_gradient_op.kernel
def _(ctx: Any) -> Any:
    (low, high), levels = _bounds(ctx), _levels(ctx)
    return lambda grad, x: _split_gradients(grad, x, low, high, levels)[0]


@args_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return args_gradient_op(grad, op.inputs[0], **_same_attrs(op))


@args_gradient_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [args_gradient_op(grad, op.inputs[1], **_same_attrs(op)), None]


def _same_attrs(op: Operation) -> dict[str, Any]:
    return {name: op.attrs[name] for name in op.op_def.attrs}


# --- FakeQuantWithMinMaxVars, FakeQuantWithMinMaxVarsPerChannel -----------------------------------
def _define_vars(suffix: str, rank: int) -> tuple[OpDef, OpDef]:
    """The op whose bounds are tensors of this rank, and the op of its gradient."""
    op_def = define(
        f"FakeQuantWithMinMaxVars{suffix}",
        inputs="inputs: float32, min: float32, max: float32",
        outputs="outputs: float32",
        attrs=_BITS,
        shape=lambda op: _checked(op.inputs[0].shape, op.inputs[1], op.inputs[2], rank)[0],
    )
    gradient_op = define(
        f"FakeQuantWithMinMaxVars{suffix}Gradient",
        inputs="gradients: float32, inputs: float32, min: float32, max: float32",
        outputs=_PARTS,
        attrs=_BITS,
        shape=lambda op: _gradient_shapes(op, rank),
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        levels = _levels(ctx)

        def rounded(x: Any, low: Any, high: Any) -> Any:
            _check_bounds(x, low, high, rank)
            return _rounded(x, low, high, levels, inverts=False)

        return rounded

    @gradient_op.kernel
    def _(ctx: Any) -> Any:
        levels = _levels(ctx)

        def split(grad: Any, x: Any, low: Any, high: Any) -> Any:
            _check_bounds(x, low, high, rank)
            return _split_gradients(grad, x, np.asarray(low), np.asarray(high), levels)

        return split

    @op_def.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        return gradient_op(grad, *op.inputs, **_same_attrs(op))

    @gradient_op.gradient
    def _(op: Operation, *grads: Tensor) -> Any:
        return [_back_to_gradients(op, op_def, gradient_op, *grads), None, None, None]

    return op_def, gradient_op


def _back_to_gradients(
    op: Operation, rounded: OpDef, gradient_op: OpDef, to_x: Tensor, to_low: Tensor, to_high: Tensor
) -> Tensor:
    """The gradient op is linear in `gradients`: each came to x, to the low or to the high bound."""
    _, x, low, high = op.inputs
    same = _same_attrs(op)
    first = rounded(raw.ZerosLike(low) + _LOWEST, low, high, **same)
    last = rounded(raw.ZerosLike(low) + _HIGHEST, low, high, **same)
    has_levels = raw.NotEqual(low, high)
    below = raw.LogicalAnd(raw.Less(x, first), has_levels)
    above = raw.LogicalAnd(raw.Greater(x, last), has_levels)
    inside = gradient_op(to_x, x, low, high, **same)[0]
    as_number = {"DstT": x.dtype}
    return inside + raw.Cast(below, **as_number) * to_low + raw.Cast(above, **as_number) * to_high  # type: ignore[no-any-return]


def _checked(
    x: TensorShape, low: Tensor, high: Tensor, rank: int
) -> tuple[TensorShape, TensorShape]:
    """The shapes of x and of the bounds; ValueError unless these fit each other and x."""
    bounds = merged(low.shape.with_rank(rank), high.shape.with_rank(rank))
    if not rank:
        return x, bounds
    known = x.with_rank_at_least(1).known
    if known is None:
        return x, bounds
    bounds = merged(TensorShape.of(known[-1:]), bounds)
    return x, bounds


def _gradient_shapes(op: Operation, rank: int) -> list[TensorShape]:
    x = merged(op.inputs[0].shape, op.inputs[1].shape)
    if rank:
        x = x.with_rank_at_least(1).with_rank_at_most(4)
    x, bounds = _checked(x, op.inputs[2], op.inputs[3], rank)
    return [x, bounds, bounds]


def _check_bounds(x: Any, low: Any, high: Any, rank: int) -> None:
    wanted = x.shape[x.ndim - rank :]
    for name, bound in (("min", low), ("max", high)):
        if np.shape(bound) != wanted:
            raise ValueError(
                f"{name} has incorrect size, expected {list(wanted)} was {list(np.shape(bound))}"
            )


vars_op, vars_gradient_op = _define_vars("", 0)
per_channel_op, per_channel_gradient_op = _define_vars("PerChannel", 1)


# --- functions ------------------------------------------------------------------------------------
def fake_quant_with_min_max_args(
    inputs: Any,
    min: float = -6.0,
    max: float = 6.0,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """Rounds to one of 2 ** num_bits levels of [min, max] (tf.fake_quant_with_min_max_args).

    The range is moved a little where needed, so that zero is a level. The gradient is passed on
    inside of the range and stopped outside.

    Args:
      inputs: float32, of any shape.
      min: the lowest number, below `max`.
      max: the highest number.
      num_bits: 2 to 16.
      narrow_range: leave out the lowest level.
      name: the operation's name.

    Raises:
      InvalidArgumentError: when run, if min >= max or num_bits is out of its range.
    """
    return args_op(  # type: ignore[no-any-return]
        inputs, min=min, max=max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_args_gradient(
    gradients: Any,
    inputs: Any,
    min: float = -6.0,
    max: float = 6.0,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """The gradient of `fake_quant_with_min_max_args` (tf's function of the same name)."""
    return args_gradient_op(  # type: ignore[no-any-return]
        gradients, inputs, min=min, max=max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_vars(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """As `fake_quant_with_min_max_args`, with bounds that are scalar tensors and can be learnt.

    The gradient at numbers beyond a bound goes to that bound (tf.fake_quant_with_min_max_vars).
    """
    return vars_op(  # type: ignore[no-any-return]
        inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_vars_gradient(
    gradients: Any, inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False,
    name: str | None = None,
) -> list[Tensor]:  # fmt: skip
    """The gradients of `fake_quant_with_min_max_vars` (tf's function): inputs', min's, max's."""
    return vars_gradient_op(  # type: ignore[no-any-return]
        gradients, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_vars_per_channel(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """As `fake_quant_with_min_max_vars`, each channel of the last axis with bounds of its own.

    tf.fake_quant_with_min_max_vars_per_channel; `min` and `max` are vectors as long as that axis.
    """
    return per_channel_op(  # type: ignore[no-any-return]
        inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients: Any, inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False,
    name: str | None = None,
) -> list[Tensor]:  # fmt: skip
    """The gradients of `fake_quant_with_min_max_vars_per_channel` (tf's function)."""
    return per_channel_gradient_op(  # type: ignore[no-any-return]
        gradients, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )
