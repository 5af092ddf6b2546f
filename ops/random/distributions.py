"""Random numbers, TensorFlow's very ones: uniform, normal, cut normal, classes, gamma, Poisson.

The generator of an op belongs to the session: it goes on from run to run, and starts anew with a
new session. Its numbers depend on the seeds and the count of runs alone.
"""

from __future__ import annotations

import math
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
from flowgraph.ops.math.broadcast import broadcast_shape
from flowgraph.ops.random import _samplers
from flowgraph.ops.random._gamma_slope import gamma_slope
from flowgraph.ops.random.seeds import seed_attrs

_SEEDS = {"seed": attrs.integer(0), "seed2": attrs.integer(0)}
_SHAPE_TYPE = attrs.types(*dtypes.INDEX, default=dtypes.int32)


def generator(ctx: Any) -> philox.PhiloxState:
    """The generator of an op in the session for which its kernel is bound."""
    seed, seed2 = ctx.attrs["seed"], ctx.attrs["seed2"]
    return ctx.state.state(ctx.op.origin, lambda: philox.PhiloxState(seed, seed2))  # type: ignore[no-any-return]


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
    traits=Trait.STATEFUL,
).no_gradient()


@random_uniform_int_op.shape
def _(op: Operation) -> TensorShape:
    for bound in op.inputs[1:]:
        bound.shape.with_rank(0)
    return described_shape(op.inputs[0])


@random_uniform_int_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(shape: Any, low: Any, high: Any) -> Any:
        for name, bound in (("minval", low), ("maxval", high)):
            if np.ndim(bound):
                raise ValueError(f"{name} must be 0-D, got shape {list(bound.shape)}")
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


# --- ParameterizedTruncatedNormal -----------------------------------------------------------------
_PARAMETERS = ("means", "stdevs", "minvals", "maxvals")

parameterized_truncated_normal_op = define(
    "ParameterizedTruncatedNormal",
    inputs="shape: T, means: dtype, stdevs: dtype, minvals: dtype, maxvals: dtype",
    outputs="output: dtype",
    attrs={**_SEEDS, "dtype": attrs.types(*dtypes.FLOATING), "T": _SHAPE_TYPE},
    traits=Trait.STATEFUL,
).no_gradient()


@parameterized_truncated_normal_op.shape
def _(op: Operation) -> TensorShape:
    for parameter in op.inputs[1:]:
        rank = parameter.shape.rank
        if rank is not None and rank > 1:
            raise ValueError(f"Shape must be at most rank 1 but is rank {rank}")
    return described_shape(op.inputs[0])


@parameterized_truncated_normal_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(shape: Any, *parameters: Any) -> Any:
        sizes = wanted_shape(shape)
        if not sizes:
            raise ValueError(f"Shape tensor must not be empty, got shape {list(shape.shape)}")
        for name, values in zip(_PARAMETERS, parameters, strict=True):
            if values.ndim > 1:
                raise ValueError(f"Input {name} should be a scalar or vector")
            if values.size not in (1, sizes[0]):
                raise ValueError(
                    f"Input {name} should have length 1 or shape[0], got shape: "
                    f"{list(values.shape)}"
                )
        return _samplers.cut_normal(state, list(parameters), np.empty(sizes, dtype))

    return draw


def parameterized_truncated_normal(
    shape: Any,
    means: Any = 0.0,
    stddevs: Any = 1.0,
    minvals: Any = -2.0,
    maxvals: Any = 2.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normal numbers within bounds (TensorFlow's random_ops.parameterized_truncated_normal).

    `means`, `stddevs`, `minvals` and `maxvals` are scalars, or vectors with one number for each row
    of `shape`.
    """
    parts = zip(_PARAMETERS, (means, stddevs, minvals, maxvals), strict=True)
    with name_scope(name, "parameterized_truncated_normal", [shape, means, stddevs]):
        shape = shape_tensor(shape)
        parameters = [convert_to_tensor(v, dtype=dtype, name=n) for n, v in parts]
        return parameterized_truncated_normal_op(shape, *parameters, **seed_attrs(seed))  # type: ignore[no-any-return]


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
def drawn_shape(op: Operation) -> TensorShape:
    """[batch, num_samples], of logits [batch, classes] and num_samples."""
    rows = op.inputs[0].shape.with_rank(2)[0].value
    return TensorShape([rows, integer(op.inputs[1])])


def sample_count(logits: Any, count: Any) -> int:
    """How many classes to draw for each row; ValueError unless logits and count are proper."""
    if logits.ndim != 2:
        raise ValueError(f"logits should be a matrix, got shape {list(logits.shape)}")
    if np.ndim(count):
        raise ValueError(f"num_samples should be a scalar, got shape {list(count.shape)}")
    if count < 0:
        raise ValueError(f"num_samples should be non-negative, got {count}")
    if not logits.shape[1]:
        raise ValueError("num_classes should be positive, got 0")
    return int(count)


@multinomial_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(logits: Any, count: Any) -> Any:
        return _samplers.classes(state, logits, sample_count(logits, count)).astype(dtype)

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
        return _drawn_classes(logits, num_samples, output_dtype, seed)


def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """As `multinomial`, with its arguments in another order (tf.random.categorical)."""
    with name_scope(name, "categorical", [logits]):
        return _drawn_classes(logits, num_samples, dtype, seed)


def _drawn_classes(logits: Any, num_samples: Any, dtype: Any, seed: int | None) -> Tensor:
    logits = convert_to_tensor(logits, name="logits")
    return multinomial_op(  # type: ignore[no-any-return]
        logits, num_samples, output_dtype=dtype or dtypes.int64, **seed_attrs(seed)
    )


# --- RandomGamma, RandomGammaGrad -----------------------------------------------------------------
_HALF_TO_DOUBLE = (dtypes.float16, dtypes.float32, dtypes.float64)
_LIMITS = {t: (np.iinfo if t.is_integer else np.finfo) for t in (*_HALF_TO_DOUBLE, *dtypes.INDEX)}

random_gamma_op = define(
    "RandomGamma",
    inputs="shape: S, alpha: T",
    outputs="output: T",
    attrs={**_SEEDS, "S": attrs.types(*dtypes.INDEX), "T": attrs.types(*_HALF_TO_DOUBLE)},
    shape=lambda op: described_shape(op.inputs[0]).concatenate(op.inputs[1].shape),
    traits=Trait.STATEFUL,
)


@random_gamma_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype

    def draw(shape: Any, alpha: Any) -> Any:
        sizes = wanted_shape(shape)
        shapes = alpha.reshape(-1).astype(np.float64)
        values = _samplers.gamma(state, shapes, math.prod(sizes))
        return values.astype(dtype).reshape(sizes + alpha.shape)

    return draw


@random_gamma_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    shape, alpha = op.inputs
    slope = random_gamma_grad_op(alpha, op.outputs[0]) * grad
    length = shape.shape.with_rank(1)[0].value
    axes = raw.Range(0, raw.Size(shape), 1) if length is None else np.arange(length, dtype=np.int32)
    return [None, raw.Sum(slope, axes, keep_dims=False)]


random_gamma_grad_op = define(
    "RandomGammaGrad",
    inputs="alpha: T, sample: T",
    outputs="output: T",
    attrs={"T": attrs.types(dtypes.float32, dtypes.float64)},
    shape=broadcast_shape,
    traits=Trait.ELEMENTWISE,
)


@random_gamma_grad_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def slope(alpha: Any, sample: Any) -> Any:
        a, z = np.broadcast_arrays(alpha.astype(np.float64), sample.astype(np.float64))
        return gamma_slope(a, z).astype(dtype)

    return slope


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


# --- RandomPoissonV2, and its older kin of one dtype ----------------------------------------------
random_poisson_op = define(
    "RandomPoissonV2",
    inputs="shape: S, rate: R",
    outputs="output: dtype",
    attrs={
        **_SEEDS, "S": attrs.types(*dtypes.INDEX),
        "R": attrs.types(*_LIMITS, default=dtypes.float64),
        "dtype": attrs.types(*_LIMITS, default=dtypes.int64),
    },
    shape=lambda op: described_shape(op.inputs[0]).concatenate(op.inputs[1].shape),
    traits=Trait.STATEFUL,
)  # fmt: skip


random_poisson_of_one_dtype_op = define(
    "RandomPoisson",
    inputs="shape: S, rate: dtype",
    outputs="output: dtype",
    attrs={**_SEEDS, "S": attrs.types(*dtypes.INDEX), "dtype": attrs.types(*_HALF_TO_DOUBLE)},
    shape=lambda op: described_shape(op.inputs[0]).concatenate(op.inputs[1].shape),
    traits=Trait.STATEFUL,
)


@random_poisson_of_one_dtype_op.kernel
@random_poisson_op.kernel
def _(ctx: Any) -> Any:
    state, dtype = generator(ctx), ctx.dtype
    highest = float(_LIMITS[ctx.output_dtypes[0]](dtype).max)

    def draw(shape: Any, rate: Any) -> Any:
        sizes = wanted_shape(shape)
        rates = rate.reshape(-1).astype(np.float64)
        values = _samplers.poisson(state, rates, math.prod(sizes), highest)
        if dtype.kind == "i":
            values = np.where(np.isfinite(values), values, 0)
        return values.astype(dtype).reshape(sizes + rate.shape)

    return draw


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
