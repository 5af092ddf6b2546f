"""The counter-based random numbers behind the random ops, equal to TensorFlow's CPU kernels'.

One job: turn (seed, seed2, samples already consumed) into arrays of uniforms, normals, integers
and permutations. It imports only numpy; the ops that call it are in `ops/random`.

The generator is Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
SC'11): ten rounds of a keyed bijection turn a 128-bit counter into four 32-bit words, a *block*.
`seed` is the key, `seed2` the upper half of the counter, and the lower half counts blocks. An
execution takes a fixed stretch of the counter, so its values do not depend on how it is chunked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = int | tuple[int, ...] | list[int] | Array
DTypeLike = Any  # numpy.typing's takes longer to import than all of this package's ops
Bits = Array  # uint32 [4, blocks]: row j holds the j-th word of every block
Counters = Array  # uint64 [blocks]: the counter's lower 64 bits
Transform = Callable[[Bits], Array]  # -> [values per block, blocks]
ValuesAt = Callable[[Counters], Array]  # -> [values per group, groups]

_MASK64, _MASK32 = (1 << 64) - 1, (1 << 32) - 1
_LOW32, _SHIFT32 = np.uint64(_MASK32), np.uint64(32)
# Salmon et al., table 2: a round multiplies words (2, 0) and keys words (1, 3).
_MULTIPLIERS = np.array([[0xCD9E8D57], [0xD2511F53]], dtype=np.uint64)
_WEYL = np.array([0x9E3779B9, 0xBB67AE85], dtype=np.uint64)
_ROUNDS = 10
_FEW = 4  # blocks for which numpy's calls cost more than Python's arithmetic
_AHEAD = 64  # runs whose few blocks are made at once, where runs follow each other regularly
_CHUNK = 8192  # blocks worked on at a time: their arrays stay in the second-level cache
# TensorFlow's kernels set this many aside for each output, so that rejection always has enough.
BLOCKS_PER_OUTPUT = 256


@dataclass(slots=True, eq=False)
class PhiloxState:
    """The generator of one stateful random op: its seeds and how far it has advanced.

    Args:
      seed: int, the key (taken modulo 2**64).
      seed2: int, the counter's upper half (taken modulo 2**64).
      consumed: int, how many 128-bit blocks earlier executions have taken.

    Seeds (0, 0) mean "not reproducible": both are then drawn from the operating system, and the
    attributes show what was drawn. Taking blocks is thread-safe.

    >>> PhiloxState(87654321, 42)
    PhiloxState(seed=87654321, seed2=42, consumed=0)
    """

    seed: int = 0
    seed2: int = 0
    consumed: int = 0
    round_keys: Array = field(init=False, repr=False)
    _lock: Lock = field(init=False, repr=False, default_factory=Lock)
    # Where few blocks are asked for run after run: the last run's first block, how far it was from
    # the one before, and the blocks of the runs to come by (first block, last block).
    _last: int = field(init=False, repr=False, default=-1)
    _stride: int = field(init=False, repr=False, default=0)
    _ahead: dict[tuple[int, int], Bits] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.seed == 0 and self.seed2 == 0:
            self.seed, self.seed2 = (int.from_bytes(os.urandom(8), "little") for _ in range(2))
        self._set_round_keys()

    @classmethod
    def exactly(cls, key: int, high: int, low: int) -> PhiloxState:
        """The generator of a key and a counter's halves, taken as they are even when zero."""
        state = cls(1, 0, low)
        state.seed, state.seed2 = key, high
        state._set_round_keys()
        return state

    def _set_round_keys(self) -> None:
        key = np.array([self.seed & _MASK32, self.seed >> 32 & _MASK32], np.uint64)
        steps = np.arange(_ROUNDS, dtype=np.uint64)[:, None] * _WEYL
        self.round_keys = ((key + steps) & _LOW32)[:, :, None]

    def reserve(self, blocks: int) -> int:
        """Takes the next `blocks` 128-bit blocks and returns the first one's number."""
        with self._lock:
            first = self.consumed
            self.consumed = first + blocks
        return first


def counters_from(first: int, blocks: int, step: int = 1) -> Counters:
    """The numbers of `blocks` blocks from `first` on, `step` apart."""
    # The carry past 2**64 blocks is left out: no run gets that far.
    return np.arange(0, blocks * step, step, dtype=np.uint64) + np.uint64(first & _MASK64)


def blocks_at(state: PhiloxState, counters: Counters) -> Bits:
    """The blocks at `counters`."""
    if counters.size <= _FEW:
        return _few_blocks_at(state, counters)
    # One word to an element: words 0 and 2, words 1 and 3, and room for the products.
    even, odd, product = (np.empty((2, counters.size), np.uint64) for _ in range(3))
    even[0], even[1] = counters & _LOW32, state.seed2 & _MASK32
    odd[0], odd[1] = counters >> _SHIFT32, state.seed2 >> 32 & _MASK32
    for key in state.round_keys:
        np.multiply(even[::-1], _MULTIPLIERS, out=product)
        np.right_shift(product, _SHIFT32, out=even)
        even ^= odd
        even ^= key
        np.bitwise_and(product, _LOW32, out=odd)
    bits = np.empty((4, counters.size), np.uint32)
    bits[0::2], bits[1::2] = even, odd
    return bits


def _few_blocks_at(state: PhiloxState, counters: Counters) -> Bits:
    """The same for a run that needs few blocks: of many such runs at once, as soon as they repeat.

    A function of a data set draws a number or two for each element, the same way each time.
    """
    if not counters.size:
        return np.empty((4, 0), np.uint32)
    first, last = int(counters[0]), int(counters[-1])
    known = state._ahead.pop((first, last), None)
    if known is not None:
        return known
    stride = first - state._last
    if stride <= 0 or stride != state._stride:
        state._stride, state._last = stride, first
        return _in_python(state, counters)
    starts = counters_from(first, _AHEAD, stride)
    offsets = counters - counters[0]
    bits = blocks_at(state, (starts[:, None] + offsets).reshape(-1)).reshape(4, _AHEAD, -1)
    firsts, length = starts.tolist(), last - first
    state._ahead = {(firsts[i], firsts[i] + length): bits[:, i] for i in range(1, _AHEAD)}
    state._last = firsts[-1]
    return bits[:, 0]


def _in_python(state: PhiloxState, counters: Counters) -> Bits:
    """The same in Python's own numbers, which for a block or two take less than numpy's calls."""
    keys = [(int(first), int(second)) for first, second in state.round_keys[:, :, 0]]
    high = state.seed2 & _MASK64
    columns = []
    for counter in counters.tolist():
        a, b = counter & _MASK32, counter >> 32
        c, d = high & _MASK32, high >> 32
        for first, second in keys:
            even, odd = a * 0xD2511F53, c * 0xCD9E8D57
            a, b, c, d = (
                odd >> 32 ^ b ^ first,
                odd & _MASK32,
                even >> 32 ^ d ^ second,
                even & _MASK32,
            )
        columns.append((a, b, c, d))
    return np.array(columns, np.uint32).reshape(-1, 4).T


def words(state: PhiloxState, first: int, count: int) -> Bits:
    """`count` 32-bit words in stream order from block `first`, which `reserve` has returned."""
    return blocks_at(state, counters_from(first, -(-count // 4))).T.reshape(-1)[:count]


def _draw(
    state: PhiloxState, out: Array, per_block: int, values_at: ValuesAt, step: int = 1
) -> Array:
    """Fills `out`; its g-th `per_block` values are of block `step` * g of those reserved here."""
    first = state.reserve(out.size * BLOCKS_PER_OUTPUT)
    flat = out.reshape(-1)
    groups = -(-flat.size // per_block)
    for start in range(0, groups, _CHUNK):
        values = values_at(counters_from(first + start * step, min(_CHUNK, groups - start), step))
        target = flat[start * per_block : (start + _CHUNK) * per_block]
        target[...] = values.T.reshape(-1)[: target.size]  # the last group may be cut short
    return out


def _uniform_short(mantissa: int) -> Transform:
    mask, scale = np.uint32((1 << mantissa) - 1), np.float32(2**-mantissa)
    return lambda bits: (bits & mask).astype(np.float32) * scale


def _uniform_float(bits: Bits) -> Array:
    """The low 23 bits as the mantissa of a number in [1, 2), less 1."""
    mantissa = bits & np.uint32(0x7FFFFF) | np.uint32(0x7F << 23)
    return np.subtract(mantissa.view(np.float32), np.float32(1))


def uniform_double(bits: Bits) -> Array:
    """The low 20 bits of one word and all 32 of the next as the mantissa, less 1."""
    mantissa = (bits[0::2] & np.uint32(0xFFFFF) | np.uint32(0x3FF << 20)).astype(np.uint64)
    mantissa <<= _SHIFT32
    mantissa |= bits[1::2]
    return np.subtract(mantissa.view(np.float64), 1.0)


def _normal_float(bits: Bits) -> Array:
    """Box-Muller on pairs of words, with TensorFlow's roundings to float32 between the steps.

    log, sin and cos are taken in float64 and rounded once: glibc's float32 functions, which
    TensorFlow calls, come closer to that than numpy's do, and those differ between machines.
    """
    uniforms = _uniform_float(bits)
    nonzero = np.maximum(uniforms[0::2], np.float32(1e-7))  # for the logarithm; TensorFlow's bound
    logarithm = np.log(nonzero, dtype=np.float64).astype(np.float32)
    radius = np.sqrt(np.float32(-2) * logarithm)
    angle = np.multiply(uniforms[1::2], 2 * np.pi, dtype=np.float64).astype(np.float32)
    sine, cosine = np.sin(angle, dtype=np.float64), np.cos(angle, dtype=np.float64)
    np.multiply(sine.astype(np.float32), radius, out=uniforms[0::2])
    np.multiply(cosine.astype(np.float32), radius, out=uniforms[1::2])
    return uniforms


def normal_double(bits: Bits) -> Array:
    """Box-Muller on the two doubles of a block."""
    first, second = uniform_double(bits)
    radius = np.sqrt(-2.0 * np.log(np.maximum(first, 1e-7)))
    angle = 2 * np.pi * second
    return np.stack([np.sin(angle) * radius, np.cos(angle) * radius])


# By the dtype's name, because numpy alone has no bfloat16: values per block, and how to get them.
UNIFORM: dict[str, tuple[int, Transform]] = {
    "float16": (4, _uniform_short(10)),
    "bfloat16": (4, _uniform_short(7)),
    "float32": (4, _uniform_float),
    "float64": (2, uniform_double),
}
NORMAL = dict.fromkeys(UNIFORM, (4, _normal_float)) | {"float64": (2, normal_double)}


_names: dict[np.dtype[Any], str] = {}  # numpy makes a dtype's name anew each time it is asked


def _choose(table: dict[str, Any], dtype: np.dtype[Any]) -> Any:
    name = _names.get(dtype) or _names.setdefault(dtype, dtype.name)
    if name not in table:
        raise TypeError(f"Expected dtype {', '.join(table)}; got {name}")
    return table[name]


def uniform(state: PhiloxState, shape: Shape, dtype: DTypeLike = np.float32) -> Array:
    """Uniform numbers in [0, 1): `tf.raw_ops.RandomUniform`, bit for bit.

    Args:
      state: the op's generator; advances by 256 blocks for each value.
      shape: the result's shape.
      dtype: float16, bfloat16 (as ml_dtypes adds it to numpy), float32 or float64.

    Returns: an array of `shape` and `dtype`. Raises: TypeError for another dtype.

    >>> uniform(PhiloxState(87654321, 42), 2)
    array([0.95227146, 0.67740774], dtype=float32)
    """
    per_block, transform = _choose(UNIFORM, np.dtype(dtype))
    out = np.empty(shape, dtype)
    return _draw(state, out, per_block, lambda at: transform(blocks_at(state, at)))


def normal(state: PhiloxState, shape: Shape, dtype: DTypeLike = np.float32) -> Array:
    """Standard normal numbers: `tf.raw_ops.RandomStandardNormal`, up to the last bits.

    Arguments, result and errors are `uniform`'s. 98.5 % of float32 and 99.8 % of float64 values
    equal TensorFlow's; the others are 1 to 3 ulp away, because C libraries do not round exactly.

    >>> normal(PhiloxState(87654321, 42), 2)
    array([-0.28077507, -0.1377521 ], dtype=float32)
    """
    per_block, transform = _choose(NORMAL, np.dtype(dtype))
    out = np.empty(shape, dtype)
    return _draw(state, out, per_block, lambda at: transform(blocks_at(state, at)))


def truncated_normal(state: PhiloxState, shape: Shape, dtype: DTypeLike = np.float32) -> Array:
    """Standard normals within 2 of zero, others drawn again: `tf.raw_ops.TruncatedNormal`.

    Arguments, result and errors are `uniform`'s; precision is `normal`'s. As many outputs as a
    block gives normals share a stretch of blocks; none depends on how often others were drawn.

    >>> truncated_normal(PhiloxState(87654321, 42), 2)
    array([-0.28077507, -0.1377521 ], dtype=float32)
    """
    per_block, transform = _choose(NORMAL, np.dtype(dtype))
    out = np.empty(shape, dtype)
    stretch = per_block * BLOCKS_PER_OUTPUT // 4
    return _draw(state, out, per_block, lambda at: _inside(state, at, transform), stretch)


def _inside(state: PhiloxState, counters: Counters, transform: Transform) -> Array:
    """For each counter the first normals within 2 of zero, from its block and those after it."""
    accepted = transform(blocks_at(state, counters))
    size = len(accepted)
    keep = np.abs(accepted) < 2
    unfinished = np.flatnonzero(~keep.all(axis=0))
    candidates, keep = accepted[:, unfinished], keep[:, unfinished]
    filled = np.zeros(unfinished.size, np.intp)
    block = np.uint64(0)
    while unfinished.size:
        place = filled + np.cumsum(keep, axis=0) - 1
        keep &= place < size
        accepted[place[keep], unfinished[np.nonzero(keep)[1]]] = candidates[keep]
        filled += keep.sum(axis=0)
        unfinished, filled = unfinished[filled < size], filled[filled < size]
        block += np.uint64(1)
        candidates = transform(blocks_at(state, counters[unfinished] + block))
        keep = np.abs(candidates) < 2
    return accepted


def uniform_int(
    state: PhiloxState, shape: Shape, minval: int, maxval: int, dtype: DTypeLike = np.int32
) -> Array:
    """Integers in [minval, maxval): `tf.raw_ops.RandomUniformInt`, bit for bit.

    Args:
      state, shape: as `uniform`'s.
      minval, maxval: the bounds, which `dtype` must hold.
      dtype: int32 or int64.

    Returns: an array of `shape` and `dtype`. Like TensorFlow's, it is slightly biased where
      maxval - minval is no power of two, being a remainder of 32 (int64: 64) random bits.
    Raises: TypeError for another dtype; ValueError if minval >= maxval and `shape` is not empty.

    >>> uniform_int(PhiloxState(87654321, 42), 4, 0, 10)
    array([2, 4, 3, 9], dtype=int32)
    """
    dtype = np.dtype(dtype)
    unsigned = _choose({"int32": np.uint32, "int64": np.uint64}, dtype)
    out = np.empty(shape, dtype)
    if out.size and minval >= maxval:
        raise ValueError(f"Need minval < maxval, got {minval} >= {maxval}")
    span, low = unsigned(int(maxval) - int(minval)), np.array(minval, dtype).view(unsigned)

    def values_at(counters: Counters) -> Array:
        values: Array = blocks_at(state, counters)
        if dtype.itemsize == 8:  # the first word is the lower half
            values = values[1::2].astype(np.uint64) << _SHIFT32 | values[0::2]
        values -= values // span * span  # the remainder; numpy divides fastest by a scalar
        values += low
        return values.view(dtype)

    return _draw(state, out, 16 // dtype.itemsize, values_at)


def shuffle_permutation(state: PhiloxState, n: int) -> Array:
    """The order that `tf.raw_ops.RandomShuffle` gives n rows: result = value[permutation].

    Args:
      state: the op's generator; advances by ceil((n - 1) / 4) blocks.
      n: the number of rows, below 2**32. (The op does not shuffle a value of one element or none.)

    Returns: int64 [n], by Fisher and Yates from the front: place i swaps with i + word % (n - i).

    >>> shuffle_permutation(PhiloxState(87654321, 42), 5)
    array([2, 1, 3, 4, 0])
    """
    order = list(range(n))
    if n > 1:
        draws = words(state, state.reserve((n + 2) // 4), n - 1)
        places = np.arange(n - 1)
        for i, j in enumerate((places + draws % (n - places)).tolist()):
            order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.int64)
