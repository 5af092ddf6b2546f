"""Fractional max and average pooling: windows of random sizes that differ by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError, UnimplementedError
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops import _philox as philox
from flowgraph.ops.array.known import sizes
from flowgraph.ops.math.reduction import lowest

__all__ = ["fractional_avg_pool", "fractional_max_pool"]

Array = np.ndarray[Any, Any]

_TYPES = (dtypes.float32, dtypes.float64, *dtypes.INDEX)
_OVERLAPPING = {"overlapping": attrs.boolean(False)}
_POOLING = {
    "pooling_ratio": attrs.reals(),
    "pseudo_random": attrs.boolean(False),
    **_OVERLAPPING,
    "deterministic": attrs.boolean(False),
    "seed": attrs.integer(0),
    "seed2": attrs.integer(0),
    "T": _TYPES,
}


# --- where the windows lie ------------------------------------------------------------------------
def _pooled(size: int, ratio: float) -> int:
    return int(np.floor(np.float32(size) / np.float32(ratio)))


def _boundaries(state: philox.PhiloxState, size: int, count: int, pseudo_random: bool) -> Array:
    """The starts of `count` windows and the end of the last, with TensorFlow's random numbers."""
    draw = _pseudo_random if pseudo_random else _shuffled
    lengths = draw(state, size, count)
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _shuffled(state: philox.PhiloxState, size: int, count: int) -> Array:
    """Windows of the two lengths that fit, in random order."""
    length, longer = divmod(size, count)
    lengths = [length + 1] * longer + [length] * (count - longer)
    words = philox.words(state, state.reserve(-(-count // 4)), count).tolist()
    for i in range(count - 1):
        j = i + words[i] % (count - i)
        lengths[i], lengths[j] = lengths[j], lengths[i]
    return np.array(lengths)


def _pseudo_random(state: philox.PhiloxState, size: int, count: int) -> Array:
    """Windows that end at ceil(alpha * (i + u)), for one random u."""
    alpha, length = size / count, size // count
    most = min((length + 2) / alpha - 1, (size + 1 - length) / alpha - (count - 1))
    high, low = philox.words(state, state.reserve(1), 2).tolist()
    u = ((high & 0xFFFFF) << 32 | low) / 2.0**52 * most
    inner = np.ceil(alpha * (np.arange(1, count) + u))
    return np.diff(np.concatenate([[1], inner, [size + 1]]))


class _Windows(NamedTuple):
    """The windows along one axis, from `start` up to `end`, which the next one may share."""

    start: Array
    end: Array
    size: int

    @property
    def lengths(self) -> Array:
        return self.end - self.start

    def taps(self) -> Iterator[tuple[Array, Array]]:
        """(an index for each window, whether it is no repetition), as often as the longest asks."""
        for step in range(int(self.lengths.max(initial=0))):
            at = self.start + step
            yield np.minimum(at, self.end - 1), at < self.end


def _windows(boundaries: Array, size: int, overlapping: bool) -> _Windows:
    inside = boundaries.size > 0 and boundaries.min() >= 0 and boundaries.max() <= size
    if boundaries.ndim != 1 or not inside or (np.diff(boundaries) < 1).any():
        raise InvalidArgumentError(
            f"A pooling sequence must grow from 0 or more to at most {size}, got "
            f"{boundaries.tolist()}"
        )
    end = np.minimum(boundaries[1:] + int(overlapping), size)
    return _Windows(boundaries[:-1], end, size)


def _pooled_shape(op: Operation) -> Any:
    ratios = op.attrs["pooling_ratio"]
    if len(ratios) != 4:
        raise ValueError("pooling_ratio field must specify 4 dimensions")
    dims = op.inputs[0].shape.with_rank(4).known
    assert dims is not None
    result = [None if d is None else _pooled(d, r) for d, r in zip(dims, ratios, strict=True)]
    if any(d is not None and d < 0 for d in result):
        raise ValueError(f"A size computed with pooling_ratio {ratios} is negative: {result}")
    # TensorFlow's rule forgets the last window's end, by which the sequences are longer.
    ends = [TensorShape([None if d is None else d + 1]) for d in result[1:3]]
    return [TensorShape(result), *ends]


def _check_attributes(op_attrs: Any) -> None:
    ratios, seeds = op_attrs["pooling_ratio"], (op_attrs["seed"], op_attrs["seed2"])
    if ratios[0] != 1 or ratios[3] != 1:
        raise UnimplementedError(
            f"Fractional pooling is not supported on batch and channels: pooling_ratio={ratios}"
        )
    if min(ratios) < 1:
        raise InvalidArgumentError(f"pooling_ratio cannot be smaller than 1, got {ratios}")
    if not op_attrs["deterministic"] and seeds != (0, 0):
        raise InvalidArgumentError(
            f"Both seed and seed2 should be 0 if deterministic is false, got {seeds}"
        )


def _pooling(op_type: str, pool: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="value: T",
        outputs="output: T, row_pooling_sequence: int64, col_pooling_sequence: int64",
        attrs=_POOLING,
        shape=_pooled_shape,
        traits=Trait.STATEFUL,  # random unless it is deterministic
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        a = ctx.attrs
        _check_attributes(a)
        drawn = philox.PhiloxState(a["seed"], a["seed2"])  # seeds of its own where none is given
        seeds = (drawn.seed, drawn.seed2) if a["deterministic"] else (0, 0)

        def run(value: Array) -> tuple[Array, Array, Array]:
            if value.ndim != 4:
                raise InvalidArgumentError(f"value must be 4-dimensional, got shape {value.shape}")
            counts = [_pooled(value.shape[i], a["pooling_ratio"][i]) for i in (1, 2)]
            if min(counts) < 1:
                raise InvalidArgumentError(f"No window fits value of shape {value.shape}")
            state = philox.PhiloxState(*seeds)  # each run starts anew
            rows, columns = (
                _boundaries(state, value.shape[i + 1], counts[i], a["pseudo_random"])
                for i in range(2)
            )
            return pool(value, *_both(rows, columns, value.shape, ctx)), rows, columns

        return run

    return op_def


def _both(rows: Array, columns: Array, shape: Any, ctx: Any) -> tuple[_Windows, _Windows]:
    overlapping = ctx.attrs["overlapping"]
    return _windows(rows, shape[1], overlapping), _windows(columns, shape[2], overlapping)


# --- FractionalMaxPool ----------------------------------------------------------------------------
def _maximum(value: Array, rows: _Windows, columns: _Windows) -> Array:
    for axis, windows in ((1, rows), (2, columns)):
        taps = [value.take(at, axis) for at, _ in windows.taps()]
        value = np.maximum.reduce(taps)
    return value


def _chosen(value: Array, rows: _Windows, columns: _Windows) -> tuple[Array, Array]:
    """The row and column of each window's first maximum."""
    shape = (len(value), len(rows.start), len(columns.start), value.shape[3])
    best = np.full(shape, lowest(value.dtype), value.dtype)
    row = np.broadcast_to(rows.start[:, None, None], shape).copy()
    column = np.broadcast_to(columns.start[:, None], shape).copy()
    for y, _ in rows.taps():
        for x, _ in columns.taps():
            tap = value[:, y][:, :, x]
            better = tap > best
            best = np.where(better, tap, best)
            row = np.where(better, y[:, None, None], row)
            column = np.where(better, x[:, None], column)
    return row, column


fractional_max_pool_op = _pooling("FractionalMaxPool", _maximum)


@fractional_max_pool_op.gradient
def _(op: Operation, grad: Tensor, *_: Any) -> Any:
    output, rows, columns = op.outputs
    return fractional_max_pool_grad_op(
        op.inputs[0], output, grad, rows, columns, overlapping=op.attrs["overlapping"]
    )


fractional_max_pool_grad_op = define(
    "FractionalMaxPoolGrad",
    inputs="orig_input: T, orig_output: T, out_backprop: T, row_pooling_sequence: int64, "
    "col_pooling_sequence: int64",
    outputs="output: T",
    attrs={**_OVERLAPPING, "T": _TYPES},
)


@fractional_max_pool_grad_op.shape
def _(op: Operation) -> TensorShape:
    return op.inputs[0].shape.with_rank(4)


@fractional_max_pool_grad_op.kernel
def _(ctx: Any) -> Any:
    def run(value: Array, output: Array, grads: Array, rows: Array, columns: Array) -> Array:
        windows = _both(rows, columns, value.shape, ctx)
        _check_gradients(grads, (len(value), len(rows) - 1, len(columns) - 1, value.shape[3]))
        row, column = _chosen(value, *windows)
        batch, channel = np.ogrid[: len(value), : value.shape[3]]
        result = np.zeros(value.shape, ctx.dtype)
        places = (batch[:, :, None, None].reshape(-1, 1, 1, 1), row, column, channel.reshape(-1))
        np.add.at(result, places, grads)
        return result

    return run


def _check_gradients(grads: Array, expected: tuple[int, ...]) -> None:
    if grads.shape != expected:
        raise InvalidArgumentError(
            f"out_backprop must have the pooled shape {expected}, got {grads.shape}"
        )


# --- FractionalAvgPool ----------------------------------------------------------------------------
def _sums(value: Array, windows: _Windows, axis: int) -> Array:
    shape = [1] * value.ndim
    shape[axis] = -1
    parts = [np.where(new.reshape(shape), value.take(at, axis), 0) for at, new in windows.taps()]
    return np.add.reduce(parts, dtype=value.dtype)


def _counts(rows: _Windows, columns: _Windows) -> Array:
    return (rows.lengths[:, None] * columns.lengths)[:, :, None]


def _mean(value: Array, rows: _Windows, columns: _Windows) -> Array:
    sums, counts = _sums(_sums(value, rows, 1), columns, 2), _counts(rows, columns)
    if value.dtype.kind == "f":
        return sums / counts.astype(value.dtype)
    return (sums / counts).astype(value.dtype)  # towards zero, as integers are divided in C


fractional_avg_pool_op = _pooling("FractionalAvgPool", _mean)


@fractional_avg_pool_op.gradient
def _(op: Operation, grad: Tensor, *_: Any) -> Any:
    _, rows, columns = op.outputs
    shape = raw.Shape(op.inputs[0], out_type=dtypes.int64)
    return fractional_avg_pool_grad_op(
        shape, grad, rows, columns, overlapping=op.attrs["overlapping"]
    )


fractional_avg_pool_grad_op = define(
    "FractionalAvgPoolGrad",
    inputs="orig_input_tensor_shape: int64, out_backprop: T, row_pooling_sequence: int64, "
    "col_pooling_sequence: int64",
    outputs="output: T",
    attrs={**_OVERLAPPING, "T": _TYPES},
    shape=lambda op: TensorShape(sizes(op.inputs[0])).with_rank(4),
)


@fractional_avg_pool_grad_op.kernel
def _(ctx: Any) -> Any:
    def run(shape: Array, grads: Array, rows: Array, columns: Array) -> Array:
        if shape.shape != (4,):
            raise InvalidArgumentError(
                f"original input tensor shape must have 4 sizes, got {shape}"
            )
        wanted = tuple(shape.tolist())
        down, across = _both(rows, columns, wanted, ctx)
        _check_gradients(grads, (wanted[0], len(rows) - 1, len(columns) - 1, wanted[3]))
        shares = grads.astype(np.float64) / _counts(down, across)
        return _spread(_spread(shares, down, 1), across, 2).astype(ctx.dtype)

    return run


def _spread(shares: Array, windows: _Windows, axis: int) -> Array:
    """To each place the sum of the shares of the windows that it is in."""
    shares = np.moveaxis(shares, axis, 0)
    result = np.zeros((windows.size, *shares.shape[1:]))
    for at, new in windows.taps():
        result[at[new]] += shares[new]  # one tap of different windows is at different places
    return np.moveaxis(result, 0, axis)


# --- public functions -----------------------------------------------------------------------------
class FractionalPool(NamedTuple):
    """What the two functions return."""

    output: Tensor
    row_pooling_sequence: Tensor
    col_pooling_sequence: Tensor


def fractional_max_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> FractionalPool:
    """The greatest elements of windows of random sizes (tf.nn.fractional_max_pool).

    Args:
      value: images [batch, height, width, channels] of float32, float64, int32 or int64.
      pooling_ratio: by how much each axis shrinks: four numbers, the first and last 1.0.
      pseudo_random: draw one number for all of an axis's windows, instead of their order.
      overlapping: whether a window takes in the first element of the next.
      deterministic: draw the same windows in each run, by the seeds.
      seed: with `deterministic`.
      seed2: with `deterministic`.
      name: the operation's name.

    Returns:
      (output, row_pooling_sequence, col_pooling_sequence), the latter two where windows begin and
      the last ends.

    Raises:
      ValueError: the rank or the length of `pooling_ratio` is not 4.
    """
    return _pool(
        fractional_max_pool_op, value, pooling_ratio, pseudo_random, overlapping, deterministic,
        seed, seed2, name,
    )  # fmt: skip


def fractional_avg_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> FractionalPool:
    """The means of windows of random sizes (tf.nn.fractional_avg_pool).

    For the arguments and errors see `fractional_max_pool`.
    """
    return _pool(
        fractional_avg_pool_op, value, pooling_ratio, pseudo_random, overlapping, deterministic,
        seed, seed2, name,
    )  # fmt: skip


def _pool(op_def: OpDef, value: Any, *rest: Any) -> FractionalPool:
    *values, name = rest
    names = ("pooling_ratio", "pseudo_random", "overlapping", "deterministic", "seed", "seed2")
    return FractionalPool(*op_def(value, name=name, **dict(zip(names, values, strict=True))))
