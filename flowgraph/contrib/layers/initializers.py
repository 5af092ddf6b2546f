"""Initializers by the number of inputs and outputs (tf.contrib.layers)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flowgraph.core import dtypes
from flowgraph.ops.random.distributions import random_uniform, truncated_normal
from flowgraph.variables.initializers import compute_fans


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = dtypes.float32
) -> Callable[..., Any]:
    """Numbers of variance 2 / (inputs + outputs) (Glorot and Bengio 2010).

    Args:
      uniform: uniform numbers, or truncated normal ones.
      seed: see `tf.set_random_seed`.
      dtype: the dtype where the variable does not tell.
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = dtypes.float32,
) -> Callable[..., Any]:
    """Numbers of variance `factor` over inputs, outputs or their mean (He et al. 2015).

    Args:
      factor: a positive number.
      mode: "FAN_IN", "FAN_OUT" or "FAN_AVG".
      uniform: uniform numbers, or truncated normal ones.
      seed: see `tf.set_random_seed`.
      dtype: the dtype where the variable does not tell.

    Raises:
      TypeError: the dtype is not floating, or there is no such mode.
    """
    _check_floating(dtype)
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")

    def initializer(shape: Any, dtype: Any = dtype, partition_info: Any = None) -> Any:
        del partition_info
        _check_floating(dtype)
        fan_in, fan_out = compute_fans([int(size) for size in shape])
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return random_uniform(shape, -limit, limit, dtype, seed=seed)
        # 1.3 makes up for what is cut off.
        return truncated_normal(shape, 0.0, math.sqrt(1.3 * factor / n), dtype, seed=seed)

    return initializer


def _check_floating(dtype: Any) -> None:
    if not dtypes.as_dtype(dtype).is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")
