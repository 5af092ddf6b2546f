"""Learning rates that change with the global step (tf.train.*_decay)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor


def _inputs(function: str, rate: Any, step: Any, *others: Any) -> list[Any]:
    """The rate as a tensor, the step and other numbers cast to its dtype."""
    if step is None:
        raise ValueError(f"global_step is required for {function}.")
    rate = convert_to_tensor(rate, name="learning_rate")
    return [rate, *(_cast(v, rate.dtype) for v in (step, *others))]


def _cast(value: Any, dtype: dtypes.DType) -> Tensor:
    dtype = dtype.base_dtype
    if isinstance(value, (int, float)):
        return convert_to_tensor(dtype.as_numpy_dtype(value))
    tensor = convert_to_tensor(value)
    return tensor if tensor.dtype.base_dtype is dtype else raw.Cast(tensor, DstT=dtype)


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate * decay_rate ^ (global_step / decay_steps) (tf.train.exponential_decay).

    With `staircase` the quotient is an integer.
    """
    with name_scope(name, "ExponentialDecay") as scope:
        rate, step, steps, base = _inputs(
            "exponential_decay", learning_rate, global_step, decay_steps, decay_rate
        )
        p = step / steps
        p = raw.Floor(p) if staircase else p
        return raw.Mul(rate, raw.Pow(base, p), name=scope)  # type: ignore[no-any-return]


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate * exp(-decay_rate * global_step / decay_steps) (tf.train.natural_exp_decay)."""
    factor = raw.Exp(raw.Neg(convert_to_tensor(decay_rate)))
    return exponential_decay(learning_rate, global_step, decay_steps, factor, staircase, name)


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate / (1 + decay_rate * global_step / decay_steps) (inverse_time_decay)."""
    with name_scope(name, "InverseTimeDecay") as scope:
        rate, step, steps, factor = _inputs(
            "inverse_time_decay", learning_rate, global_step, decay_steps, decay_rate
        )
        p = step / steps
        p = raw.Floor(p) if staircase else p
        return raw.RealDiv(rate, 1 + factor * p, name=scope)  # type: ignore[no-any-return]


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From learning_rate to end_learning_rate along a power (tf.train.polynomial_decay).

    (rate - end) * (1 - step / decay_steps) ^ power + end; with `cycle`, decay_steps grows to the
    next multiple at or beyond the step, else the step stops at decay_steps.
    """
    with name_scope(name, "PolynomialDecay") as scope:
        rate, step, steps, end, exponent = _inputs(
            "polynomial_decay", learning_rate, global_step, decay_steps, end_learning_rate, power
        )
        if cycle:
            one = rate.dtype.base_dtype.as_numpy_dtype(1)
            steps = steps * raw.Maximum(raw.Ceil(step / steps), one)
        else:
            step = raw.Minimum(step, steps)
        remaining = raw.Pow(1 - step / steps, exponent)
        return raw.Add((rate - end) * remaining, end, name=scope)  # type: ignore[no-any-return]


def piecewise_constant(x: Any, boundaries: Any, values: Any, name: str | None = None) -> Tensor:
    """values[0] for x <= boundaries[0], values[1] up to boundaries[1], and so on.

    Args:
      x: a scalar tensor, the global step as a rule.
      boundaries: increasing numbers of the dtype of x.
      values: one more than boundaries, of one dtype (tf.train.piecewise_constant).
      name: a name scope.
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    with name_scope(name, "PiecewiseConstant"):
        tensor = convert_to_tensor(x)
        bounds = [_bound(convert_to_tensor(b), tensor) for b in boundaries]
        options = [convert_to_tensor(v) for v in values]
        for option in options[1:]:
            if option.dtype.base_dtype is not options[0].dtype.base_dtype:
                raise ValueError(
                    "Values must have elements all with the same dtype "
                    f"({options[0].dtype.base_dtype!r} vs {option.dtype.base_dtype!r})."
                )
        result = options[-1]
        for bound, option in zip(reversed(bounds), reversed(options[:-1]), strict=True):
            result = raw.Select(raw.LessEqual(tensor, bound), option, result)
        return result


def _bound(bound: Tensor, x: Tensor) -> Tensor:
    """A boundary in the dtype of x: Python's integers are int32, a global step is int64."""
    ours, theirs = bound.dtype.base_dtype, x.dtype.base_dtype
    if ours is theirs:
        return bound
    if ours is dtypes.int32 and theirs is dtypes.int64:
        return raw.Cast(bound, DstT=dtypes.int64)  # type: ignore[no-any-return]
    raise ValueError(f"Boundaries ({ours}) must have the same dtype as x ({theirs}).")


piecewise_constant_decay = piecewise_constant


def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Half a cosine from learning_rate to alpha * learning_rate (tf.train.cosine_decay).

    arXiv:1608.03983.
    """
    with name_scope(name, "CosineDecay"):
        rate, step, steps = _inputs("cosine_decay", learning_rate, global_step, decay_steps)
        cosine = 0.5 * (1.0 + raw.Cos(math.pi * (raw.Minimum(step, steps) / steps)))
        return raw.Mul(rate, (1 - alpha) * cosine + alpha)  # type: ignore[no-any-return]


def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """Cosine decays one after another, each `t_mul` as long and `m_mul` as high as the last.

    tf.train.cosine_decay_restarts; arXiv:1608.03983.
    """
    with name_scope(name, "SGDRDecay") as scope:
        rate, step, steps = _inputs(
            "cosine_decay_restarts", learning_rate, global_step, first_decay_steps
        )
        done = step / steps
        if t_mul == 1.0:
            index = raw.Floor(done)
            done = done - index
        else:
            index = raw.Floor(raw.Log(1.0 - done * (1.0 - t_mul)) / math.log(t_mul))
            power = raw.Pow(_cast(t_mul, rate.dtype), index)
            done = (done - (1.0 - power) / (1.0 - t_mul)) / power
        height = raw.Pow(_cast(m_mul, rate.dtype), index)
        cosine = 0.5 * height * (1.0 + raw.Cos(math.pi * done))
        factor = (1 - alpha) * cosine + alpha
        return raw.Mul(rate, factor, name=scope)  # type: ignore[no-any-return]


def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Tensor:
    """A line times a cosine (tf.train.linear_cosine_decay; arXiv:1709.07417)."""
    with name_scope(name, "LinearCosineDecay") as scope:
        rate, step, steps = _inputs("linear_cosine_decay", learning_rate, global_step, decay_steps)
        done = raw.Minimum(step, steps) / steps
        cosine = 0.5 * (1.0 + raw.Cos(math.pi * 2.0 * num_periods * done))
        factor = (alpha + (1.0 - done)) * cosine + beta
        return raw.Mul(rate, factor, name=scope)  # type: ignore[no-any-return]


def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: float = 1.0,
    variance_decay: float = 0.55,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Tensor:
    """`linear_cosine_decay` with decaying noise on the line (noisy_linear_cosine_decay)."""
    with name_scope(name, "NoisyLinearCosineDecay") as scope:
        rate, step, steps = _inputs(
            "noisy_linear_cosine_decay", learning_rate, global_step, decay_steps
        )
        step = raw.Minimum(step, steps)
        deviation = raw.Sqrt(
            initial_variance / raw.Pow(1.0 + step, _cast(variance_decay, rate.dtype))
        )
        shape = np.array([], np.int32)
        noise = raw.RandomStandardNormal(shape, dtype=rate.dtype.base_dtype) * deviation
        done = step / steps
        cosine = 0.5 * (1.0 + raw.Cos(math.pi * 2.0 * num_periods * done))
        factor = (alpha + (1.0 - done) + noise) * cosine + beta
        return raw.Mul(rate, factor, name=scope)  # type: ignore[no-any-return]
