"""Random numbers: uniform and normal as TensorFlow's very numbers, gamma, Poisson, categorical.

The generator of an op belongs to the session: it goes on from run to run, and starts anew with a
new session. Its numbers depend on the seeds and the count of runs alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops import _philox as philox
from flowgraph.ops.array.known import described_shape, integer
from flowgraph.ops.random.seeds import seed_attrs

_SEEDS = {"seed": attrs.integer(0), "seed2": attrs.integer(0)}
_SHAPE_TYPE = attrs.types(*dtypes.INDEX, default=dtypes.int32)


def generator(ctx: Any) -> philox.PhiloxState:
    """The generator of an op in the session for which its kernel is bound."""
    seed, seed2 = ctx.attrs["seed"], ctx.attrs["seed2"]
    return ctx.state.state(ctx.op, lambda: philox.PhiloxState(seed, seed2))  # type: ignore[no-any-return]


def shape_tensor(shape: Any) -> Tensor:
    """A shape as an integer tensor; a list of Python numbers is int32."""
    dtype = dtypes.int32 if isinstance(shape, (list, tuple)) else None
    return convert_to_tensor(shape, dtype=dtype, name="shape")


def wanted_shape(shape: Any) -> tuple[int, ...]:
    """The shape that a vector of sizes tells; ValueError unless it is one."""
    if shape.ndim != 1:
        raise ValueError(
            f"shape must be a vector of {{int32,int64}}, got shape {list(shape.shape)}"
        )
    sizes = tuple(shape.tolist())
    if sizes and min(sizes) < 0:
        raise ValueError(f"Dimension {min(sizes)} must be >= 0")
    return sizes


# --- RandomUniform, RandomStandardNormal, TruncatedNormal -----------------------------------------
def _standard(op_type: str, draw: Callable[..., Any]) -> OpDef:
    op_def = define(
        op_type,
        inputs="shape: T",
        outputs="output: dtype",
        attrs={**_SEEDS, "dtype": attrs.types(*dtypes.FLOATING), "T": _SHAPE_TYPE},
        shape=lambda op: described_shape(op.inputs[0]),
        traits=Trait.STATEFUL,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        state, dtype = generator(ctx), ctx.dtype
        return lambda shape: draw(state, wanted_shape(shape), dtype)

    return op_def


random_uniform_op = _standard("RandomUniform", philox.uniform)
random_standard_normal_op = _standard("RandomStandardNormal", philox.normal)
truncated_normal_op = _standard("TruncatedNormal", philox.truncated_normal)

random_uniform_int_op = define(
    "RandomUniformInt",
    inputs="shape: T, minval: Tout, maxval: Tout",
    outputs="output: Tout",
    attrs={**_SEEDS, "Tout": attrs.types(*dtypes.INDEX), "T": _SHAPE_TYPE},
    shape=lambda op: described_shape(op.inputs[0]),
    traits=Trait.STATEFUL,
).no_gradient()


@random_uniform_int_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(shape: Any, low: Any, high: Any) -> Any:
        if np.ndim(low) or np.ndim(high):
            raise ValueError("minval and maxval must be scalars")
        return philox.uniform_int(state, wanted_shape(shape), int(low), int(high), dtype)

    return draw


_UNIFORM_TYPES = (*dtypes.FLOATING, *dtypes.INDEX)


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Uniform numbers of [minval, maxval) (tf.random_uniform).

    Args:
      shape: the shape, as a list or an integer tensor.
      minval: the lower bound, included.
      maxval: the upper bound, excluded; 1 when None, which integers may not leave out.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      seed: see `set_random_seed`.
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
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        from_zero = isinstance(minval, int) and minval == 0
        to_one = isinstance(maxval, int) and maxval == 1
        if not (from_zero and to_one) or wanted.is_integer:
            minval = convert_to_tensor(minval, dtype=wanted, name="min")
            maxval = convert_to_tensor(maxval, dtype=wanted, name="max")
        seeds = seed_attrs(seed)
        if wanted.is_integer:
            return random_uniform_int_op(shape, minval, maxval, name=scope, **seeds)  # type: ignore[no-any-return]
        numbers = random_uniform_op(shape, dtype=wanted, **seeds)
        if not from_zero:
            return raw.Add(numbers * (maxval - minval), minval, name=scope)  # type: ignore[no-any-return]
        return numbers if to_one else numbers * maxval  # type: ignore[no-any-return]


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normal numbers (tf.random_normal); arguments as `random_uniform`'s."""
    return _normal(
        random_standard_normal_op, "random_normal", shape, mean, stddev, dtype, seed, name
    )


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normal numbers within two standard deviations of the mean (tf.truncated_normal)."""
    return _normal(truncated_normal_op, "truncated_normal", shape, mean, stddev, dtype, seed, name)


def _normal(
    op_def: OpDef, default: str, shape: Any, mean: Any, stddev: Any, dtype: Any, seed: int | None,
    name: str | None,
) -> Tensor:  # fmt: skip
    with name_scope(name, default, [shape, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        numbers = op_def(shape, dtype=dtype, **seed_attrs(seed))
        return raw.Add(numbers * stddev, mean, name=scope)  # type: ignore[no-any-return]


# --- Multinomial ----------------------------------------------------------------------------------
multinomial_op = define(
    "Multinomial",
    inputs="logits: T, num_samples: int32",
    outputs="output: output_dtype",
    attrs={
        **_SEEDS, "T": attrs.types(*dtypes.REAL),
        "output_dtype": attrs.types(*dtypes.INDEX, default=dtypes.int64),
    },
    traits=Trait.STATEFUL,
).no_gradient()  # fmt: skip


@multinomial_op.shape
def _(op: Operation) -> Any:
    rows = op.inputs[0].shape.with_rank(2)[0].value
    return TensorShape([rows, integer(op.inputs[1])])


@multinomial_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(logits: Any, count: Any) -> Any:
        if logits.ndim != 2 or not logits.shape[1]:
            raise ValueError(f"logits should be a matrix with classes, got {list(logits.shape)}")
        wide = np.where(np.isfinite(logits), logits, -np.inf).astype(np.float64)
        weights = np.exp(wide - wide.max(axis=1, keepdims=True, initial=-np.inf))
        sums = np.cumsum(weights, axis=1)
        shape = (len(logits), int(count))
        numbers = philox.uniform(state, shape, np.float64) * sums[:, -1:]
        chosen = [
            np.searchsorted(row, u, side="right") for row, u in zip(sums, numbers, strict=True)
        ]
        return np.array(chosen, dtype).reshape(shape)

    return draw


def multinomial(
    logits: Any, num_samples: Any, seed: int | None = None, name: str | None = None,
    output_dtype: Any = None,
) -> Tensor:  # fmt: skip
    """Draws classes, with probabilities softmax(logits) (tf.multinomial).

    Args:
      logits: unnormalised log-probabilities, [batch, classes].
      num_samples: how many to draw of each row, a scalar.
      seed: see `set_random_seed`.
      name: the operation's name.
      output_dtype: int32 or int64 (the default).

    Returns:
      A tensor of shape [batch, num_samples].
    """
    with name_scope(name, "multinomial", [logits]):
        return categorical(logits, num_samples, output_dtype, seed, None)


def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """As `multinomial`, with its arguments in another order (tf.random.categorical)."""
    logits = convert_to_tensor(logits, name="logits")
    return multinomial_op(  # type: ignore[no-any-return]
        logits, num_samples, output_dtype=dtype or dtypes.int64, name=name, **seed_attrs(seed)
    )


# --- RandomGamma, RandomPoissonV2 -----------------------------------------------------------------
def _numpys(state: philox.PhiloxState) -> np.random.Generator:
    """A generator of numpy's for one execution, which continues the op's own stream."""
    key = philox.words(state, state.reserve(1), 4)
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key.tobytes(), "little")))


random_gamma_op = define(
    "RandomGamma",
    inputs="shape: S, alpha: T",
    outputs="output: T",
    attrs={**_SEEDS, "S": attrs.types(*dtypes.INDEX), "T": attrs.types(*dtypes.FLOATING)},
    shape=lambda op: described_shape(op.inputs[0]).concatenate(op.inputs[1].shape),
    traits=Trait.STATEFUL,
)
random_poisson_op = define(
    "RandomPoissonV2",
    inputs="shape: S, rate: R",
    outputs="output: dtype",
    attrs={
        **_SEEDS, "S": attrs.types(*dtypes.INDEX),
        "R": attrs.types(*dtypes.REAL, default=dtypes.float64),
        "dtype": attrs.types(*dtypes.REAL, default=dtypes.int64),
    },
    shape=lambda op: described_shape(op.inputs[0]).concatenate(op.inputs[1].shape),
    traits=Trait.STATEFUL,
).no_gradient()  # fmt: skip


@random_gamma_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(shape: Any, alpha: Any) -> Any:
        size = (*wanted_shape(shape), *alpha.shape)
        return _numpys(state).standard_gamma(alpha.astype(np.float64), size).astype(dtype)

    return draw


@random_poisson_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(shape: Any, rate: Any) -> Any:
        size = (*wanted_shape(shape), *rate.shape)
        return _numpys(state).poisson(rate.astype(np.float64), size).astype(dtype)

    return draw


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Gamma-distributed numbers of shape `alpha` and inverse scale `beta` (tf.random_gamma).

    Returns:
      A tensor of shape shape + (alpha + beta).shape.
    """
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        alpha = convert_to_tensor(alpha, name="alpha", dtype=dtype)
        beta = convert_to_tensor(1 if beta is None else beta, name="beta", dtype=dtype)
        wide = alpha + raw.ZerosLike(beta)
        smallest = np.finfo(alpha.dtype.np_dtype).tiny
        numbers = random_gamma_op(shape, wide, **seed_attrs(seed))
        return raw.Maximum(smallest, raw.RealDiv(numbers, beta))  # type: ignore[no-any-return]


def random_poisson(
    lam: Any, shape: Any, dtype: Any = dtypes.float32, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Poisson-distributed numbers of rate `lam` (tf.random_poisson): shape + lam.shape."""
    return random_poisson_v2(shape, lam, dtype, seed, name)


def random_poisson_v2(
    shape: Any, lam: Any, dtype: Any = dtypes.float32, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Poisson-distributed numbers of rate `lam` (tf.random.poisson)."""
    with name_scope(name, "random_poisson", [lam, shape]):
        shape = convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        return random_poisson_op(shape, lam, dtype=dtype, **seed_attrs(seed))  # type: ignore[no-any-return]
