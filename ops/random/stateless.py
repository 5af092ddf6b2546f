"""Random numbers that depend on their seed input alone: the same in every run and session.

TensorFlow's very numbers. The two integers of `seed` are scrambled to a key and a counter first,
so that neighbouring seeds give unrelated numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops import _philox as philox
from flowgraph.ops.array.known import described_shape
from flowgraph.ops.random import _samplers
from flowgraph.ops.random.distributions import (
    drawn_shape,
    sample_count,
    shape_tensor,
    wanted_shape,
)

_SCRAMBLE_KEY = 0x02461E293EC8F720  # TensorFlow's
_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)
_SEED_TYPE = attrs.types(*dtypes.INDEX, default=dtypes.int64)


def _scrambled(seed: Any) -> philox.PhiloxState:
    """The generator of a pair of seeds."""
    if seed.shape != (2,):
        raise ValueError(f"seed must have shape [2], not {list(seed.shape)}")
    first, second = (int(s) & (2**64 - 1) for s in seed)
    mixer = philox.PhiloxState(_SCRAMBLE_KEY, second)
    mixed = philox.words(mixer, first, 4).tolist()
    return philox.PhiloxState(mixed[0] | mixed[1] << 32, mixed[2] | mixed[3] << 32)


def _check_seed(op: Operation, index: int) -> None:
    """Raises ValueError unless an input can be a pair of seeds."""
    (length,) = op.inputs[index].shape.with_rank(1).known or (None,)
    if length not in (None, 2):
        raise ValueError(f"Dimension must be 2 but is {length}")


def _shape_of_first(op: Operation) -> TensorShape:
    _check_seed(op, 1)
    return described_shape(op.inputs[0])


# --- StatelessRandomUniform, StatelessRandomNormal, StatelessTruncatedNormal ----------------------
def _standard(op_type: str, draw: Callable[..., Any]) -> OpDef:
    op_def = define(
        op_type,
        inputs="shape: T, seed: Tseed",
        outputs="output: dtype",
        attrs={
            "dtype": attrs.types(*dtypes.FLOATING, default=dtypes.float32),
            "T": _INDEX, "Tseed": _SEED_TYPE,
        },
        shape=_shape_of_first,
    ).no_gradient()  # fmt: skip

    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype = ctx.dtype
        return lambda shape, seed: draw(_scrambled(seed), wanted_shape(shape), dtype)

    return op_def


stateless_random_uniform_op = _standard("StatelessRandomUniform", philox.uniform)
stateless_random_normal_op = _standard("StatelessRandomNormal", philox.normal)
stateless_truncated_normal_op = _standard("StatelessTruncatedNormal", philox.truncated_normal)

# --- StatelessRandomUniformInt --------------------------------------------------------------------
stateless_random_uniform_int_op = define(
    "StatelessRandomUniformInt",
    inputs="shape: T, seed: Tseed, minval: dtype, maxval: dtype",
    outputs="output: dtype",
    attrs={
        "dtype": attrs.types(*dtypes.INDEX), "T": attrs.types(*dtypes.INDEX), "Tseed": _SEED_TYPE,
    },
    shape=_shape_of_first,
).no_gradient()  # fmt: skip


@stateless_random_uniform_int_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def draw(shape: Any, seed: Any, low: Any, high: Any) -> Any:
        for name, bound in (("minval", low), ("maxval", high)):
            if np.ndim(bound):
                raise ValueError(f"{name} must be 0-D, got shape {list(bound.shape)}")
        sizes = wanted_shape(shape)
        return philox.uniform_int(_scrambled(seed), sizes, int(low), int(high), dtype)

    return draw


_UNIFORM_TYPES = (*dtypes.FLOATING, *dtypes.INDEX)


def stateless_random_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Uniform numbers of [minval, maxval) that `seed` determines (tf.random.stateless_uniform).

    Args:
      shape: the shape, as a list or an integer tensor.
      seed: two integers, int32 or int64.
      minval: the lower bound, included.
      maxval: the upper bound, excluded; 1 when None, which integers may not leave out.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      name: the operation's name.

    Raises:
      ValueError: another dtype, or no `maxval` for integers.
    """
    wanted = dtypes.as_dtype(dtype)
    if wanted not in _UNIFORM_TYPES:
        raise ValueError(f"Invalid dtype {wanted!r}")
    if maxval is None:
        if wanted.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {wanted!r}")
        maxval = 1
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        minval = convert_to_tensor(minval, dtype=wanted, name="min")
        maxval = convert_to_tensor(maxval, dtype=wanted, name="max")
        if wanted.is_integer:
            return stateless_random_uniform_int_op(shape, seed, minval, maxval, name=scope)  # type: ignore[no-any-return]
        numbers = stateless_random_uniform_op(shape, seed, dtype=wanted)
        return raw.Add(numbers * (maxval - minval), minval, name=scope)  # type: ignore[no-any-return]


def stateless_random_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Normal numbers that `seed` determines (tf.random.stateless_normal)."""
    op_def, default = stateless_random_normal_op, "stateless_random_normal"
    return _normal(op_def, default, shape, seed, mean, stddev, dtype, name)


def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Normals within two deviations, by `seed` alone (tf.random.stateless_truncated_normal)."""
    op_def, default = stateless_truncated_normal_op, "stateless_truncated_normal"
    return _normal(op_def, default, shape, seed, mean, stddev, dtype, name)


def _normal(
    op_def: OpDef, default: str, shape: Any, seed: Any, mean: Any, stddev: Any, dtype: Any,
    name: str | None,
) -> Tensor:  # fmt: skip
    with name_scope(name, default, [shape, seed, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        numbers = op_def(shape, seed, dtype=dtype)
        return raw.Add(numbers * stddev, mean, name=scope)  # type: ignore[no-any-return]


# --- StatelessMultinomial -------------------------------------------------------------------------
stateless_multinomial_op = define(
    "StatelessMultinomial",
    inputs="logits: T, num_samples: int32, seed: Tseed",
    outputs="output: output_dtype",
    attrs={
        "T": attrs.types(*dtypes.REAL), "Tseed": _SEED_TYPE,
        "output_dtype": attrs.types(*dtypes.INDEX, default=dtypes.int64),
    },
).no_gradient()  # fmt: skip


@stateless_multinomial_op.shape
def _(op: Operation) -> TensorShape:
    _check_seed(op, 2)
    return drawn_shape(op)


@stateless_multinomial_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def draw(logits: Any, count: Any, seed: Any) -> Any:
        number = sample_count(logits, count)
        return _samplers.classes(_scrambled(seed), logits, number).astype(dtype)

    return draw


def stateless_multinomial(
    logits: Any,
    num_samples: Any,
    seed: Any,
    output_dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Classes with probabilities softmax(logits), by `seed` alone (stateless_multinomial).

    Returns [batch, num_samples] of logits [batch, classes]; see `multinomial`.
    """
    with name_scope(name, "stateless_multinomial", [logits, seed]):
        return _drawn_classes(logits, num_samples, seed, output_dtype)


def stateless_categorical(
    logits: Any,
    num_samples: Any,
    seed: Any,
    dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """As `stateless_multinomial`, under its newer name (tf.random.stateless_categorical)."""
    with name_scope(name, "stateless_categorical", [logits, seed]):
        return _drawn_classes(logits, num_samples, seed, dtype)


def _drawn_classes(logits: Any, num_samples: Any, seed: Any, dtype: Any) -> Tensor:
    logits = convert_to_tensor(logits, name="logits")
    return stateless_multinomial_op(  # type: ignore[no-any-return]
        logits, num_samples, seed, output_dtype=dtype or dtypes.int64
    )
