"""Random numbers of a generator whose state is a resource variable, and of no generator at all.

The state is a vector of int64: the counter's lower and upper half, then the key. An op takes the
numbers of a stretch of counters and moves the counter behind it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.ops import _philox as philox
from flowgraph.ops.array.known import described_shape
from flowgraph.ops.random import _binomial
from flowgraph.ops.random.distributions import wanted_shape

PHILOX = 1  # TensorFlow's number of the algorithm, the only one that it has on a CPU
STATE_SIZE = 3
_MASK64 = (1 << 64) - 1
_SHAPE = {"shape_dtype": attrs.types(*dtypes.INDEX, default=dtypes.int64)}
_FULL_INTS = (dtypes.int32, dtypes.int64, dtypes.uint32, dtypes.uint64)


def _advanced(cell: Any, algorithm: Any, blocks: int) -> philox.PhiloxState:
    """The generator as it was; the variable goes `blocks` blocks further.

    Where `algorithm` is None, it is the first number of the state.
    """
    if np.ndim(algorithm):
        raise ValueError(f"algorithm must be of shape [], not {list(algorithm.shape)}")
    with cell.lock:
        state = cell.writable()
        if state.dtype != np.int64:
            raise ValueError(f"dtype of RNG state variable must be int64, not {state.dtype.name}")
        if state.ndim != 1:
            raise ValueError(f"RNG state must have one and only one dimension, not {state.ndim}")
        wanted = STATE_SIZE + (algorithm is None)
        if state.size < wanted:
            raise ValueError(
                "For the Philox algorithm, the size of state must be at least "
                f"{wanted}; got {state.size}"
            )
        if algorithm is None:
            algorithm, state = state[0], state[1:]
        if algorithm != PHILOX:
            raise ValueError(f"Unsupported algorithm id: {algorithm}")
        low, high, key = state[:STATE_SIZE].view(np.uint64).tolist()
        after = (low | high << 64) + blocks
        state[:2].view(np.uint64)[:] = after & _MASK64, after >> 64 & _MASK64
    return philox.PhiloxState.exactly(key, high, low)


def _check_scalars(op: Operation, *places: int) -> None:
    for place in places:
        op.inputs[place].shape.with_rank(0)


# --- StatefulUniform, StatefulStandardNormalV2, StatefulTruncatedNormal, StatefulUniformFullInt ---
def _full_int(state: philox.PhiloxState, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Integers of all values of a dtype."""
    count = int(np.prod(shape)) * dtype.itemsize // 4
    return philox.words(state, state.consumed, count).view(dtype).reshape(shape)


def _define_stateful(
    op_type: str, draw: Callable[..., Any], types: tuple[dtypes.DType, ...], default: dtypes.DType
) -> OpDef:
    op_def = define(
        op_type,
        inputs="resource: resource, algorithm: int64, shape: shape_dtype",
        outputs="output: dtype",
        attrs={"dtype": attrs.types(*types, default=default), **_SHAPE},
        writes="resource",
    ).no_gradient()

    @op_def.shape
    def _(op: Operation) -> TensorShape:
        _check_scalars(op, 1)
        return described_shape(op.inputs[2])

    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype = ctx.dtype

        def run(cell: Any, algorithm: Any, shape: Any) -> Any:
            sizes = wanted_shape(shape)
            blocks = int(np.prod(sizes)) * philox.BLOCKS_PER_OUTPUT
            return draw(_advanced(cell, algorithm, blocks), sizes, dtype)

        return run

    return op_def


stateful_uniform_op = _define_stateful(
    "StatefulUniform", philox.uniform, dtypes.FLOATING, dtypes.float32
)
stateful_standard_normal_op = _define_stateful(
    "StatefulStandardNormalV2", philox.normal, dtypes.FLOATING, dtypes.float32
)
stateful_truncated_normal_op = _define_stateful(
    "StatefulTruncatedNormal", philox.truncated_normal, dtypes.FLOATING, dtypes.float32
)
stateful_uniform_full_int_op = _define_stateful(
    "StatefulUniformFullInt", _full_int, _FULL_INTS, dtypes.uint64
)

# --- StatefulStandardNormal, whose state begins with the algorithm's number -----------------------
old_standard_normal_op = define(
    "StatefulStandardNormal",
    inputs="resource: resource, shape: shape_dtype",
    outputs="output: dtype",
    attrs={"dtype": attrs.types(*dtypes.FLOATING, default=dtypes.float32), **_SHAPE},
    shape=lambda op: described_shape(op.inputs[1]),
    writes="resource",
).no_gradient()


@old_standard_normal_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(cell: Any, shape: Any) -> Any:
        sizes = wanted_shape(shape)
        blocks = int(np.prod(sizes)) * philox.BLOCKS_PER_OUTPUT
        return philox.normal(_advanced(cell, None, blocks), sizes, dtype)

    return run


# --- StatefulUniformInt ---------------------------------------------------------------------------
stateful_uniform_int_op = define(
    "StatefulUniformInt",
    inputs=(
        "resource: resource, algorithm: int64, shape: shape_dtype, minval: dtype, maxval: dtype"
    ),
    outputs="output: dtype",
    attrs={"dtype": attrs.types(*dtypes.INDEX, default=dtypes.int64), **_SHAPE},
    writes="resource",
).no_gradient()


@stateful_uniform_int_op.shape
def _(op: Operation) -> TensorShape:
    _check_scalars(op, 1, 3, 4)
    return described_shape(op.inputs[2])


@stateful_uniform_int_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(cell: Any, algorithm: Any, shape: Any, low: Any, high: Any) -> Any:
        if low >= high:
            raise ValueError(f"Need minval < maxval, got {low} >= {high}")
        sizes = wanted_shape(shape)
        blocks = int(np.prod(sizes)) * philox.BLOCKS_PER_OUTPUT
        state = _advanced(cell, algorithm, blocks)
        return philox.uniform_int(state, sizes, int(low), int(high), dtype)

    return run


# --- StatefulRandomBinomial -----------------------------------------------------------------------
_NUMBERS = (dtypes.float16, dtypes.float32, dtypes.float64, *dtypes.INDEX)

stateful_random_binomial_op = define(
    "StatefulRandomBinomial",
    inputs="resource: resource, algorithm: int64, shape: S, counts: T, probs: T",
    outputs="output: dtype",
    attrs={
        "S": attrs.types(*dtypes.INDEX), "T": attrs.types(*_NUMBERS, default=dtypes.float64),
        "dtype": attrs.types(*_NUMBERS, default=dtypes.int64),
    },
    writes="resource",
).no_gradient()  # fmt: skip


@stateful_random_binomial_op.shape
def _(op: Operation) -> TensorShape:
    for parameter in op.inputs[3:]:
        parameter.shape.with_rank_at_most(1)
    return described_shape(op.inputs[2])


@stateful_random_binomial_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(cell: Any, algorithm: Any, shape: Any, counts: Any, probs: Any) -> Any:
        sizes = wanted_shape(shape)
        if not sizes:
            raise ValueError("Input shape must not be empty")
        for name, values in (("counts", counts), ("probs", probs)):
            if values.ndim > 1 or values.size not in (1, sizes[0]):
                raise ValueError(
                    f"Input {name} should have length 1 or shape[0], got shape: "
                    f"{list(values.shape)}"
                )
        total = int(np.prod(sizes))
        rows, each = sizes[0], total // max(sizes[0], 1)
        if counts.size == probs.size == 1:  # TensorFlow then deals out a hundred at a time
            rows, each = -(-total // 100), 100
        skipped = rows * 2 * 100 * (each + 3) // 4 * philox.BLOCKS_PER_OUTPUT
        state = _advanced(cell, algorithm, skipped)
        pairs = (np.broadcast_to(v.reshape(-1), (rows,)) for v in (counts, probs))
        drawn = _binomial.binomial(state, *pairs, each, total)
        return drawn.astype(dtype).reshape(sizes)

    return run


# --- RngSkip --------------------------------------------------------------------------------------
rng_skip_op = define(
    "RngSkip",
    inputs="resource: resource, algorithm: int64, delta: int64",
    shape=lambda op: _check_scalars(op, 1, 2),
    writes="resource",
).no_gradient()


@rng_skip_op.kernel
def _(ctx: Any) -> Any:
    def run(cell: Any, algorithm: Any, delta: Any) -> None:
        _advanced(cell, algorithm, int(delta) * philox.BLOCKS_PER_OUTPUT)

    return run


# --- NonDeterministicInts -------------------------------------------------------------------------
non_deterministic_ints_op = define(
    "NonDeterministicInts",
    inputs="shape: shape_dtype",
    outputs="output: dtype",
    attrs={"dtype": attrs.types(*_FULL_INTS, default=dtypes.int64), **_SHAPE},
    shape=lambda op: described_shape(op.inputs[0]),
    traits=Trait.STATEFUL,
).no_gradient()


@non_deterministic_ints_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(shape: Any) -> Any:
        sizes = wanted_shape(shape)
        count = int(np.prod(sizes))
        drawn = np.frombuffer(os.urandom(count * dtype.itemsize), dtype)
        return drawn.reshape(sizes).copy()

    return run
