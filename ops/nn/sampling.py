"""Candidate samplers: which classes a loss over very many classes looks at.

The samplers draw TensorFlow's very candidates: two 32-bit words of the op's Philox stream make a
number, and a class that was drawn already is drawn again where candidates have to be unique.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops import _philox as philox
from flowgraph.ops.random.distributions import generator
from flowgraph.ops.random.seeds import seed_attrs

_BLOCKS_PER_SAMPLE = 512  # TensorFlow sets 2,048 words aside for each candidate
_AHEAD = 256

Draw = Callable[[Iterator[int]], int]


class Sampler:
    """How one class is drawn, how probable each is, and what is learnt of the true ones."""

    def __init__(
        self,
        draw: Draw,
        probability: Callable[[Any], Any],
        learn: Callable[[Any], None] | None = None,
    ) -> None:
        self.draw, self.probability, self.learn = draw, probability, learn


def _words(state: philox.PhiloxState, samples: int) -> Iterator[int]:
    """The 32-bit words of one execution, in order."""
    block = state.reserve(_BLOCKS_PER_SAMPLE * samples)
    while True:
        yield from philox.words(state, block, 4 * _AHEAD).tolist()
        block += _AHEAD


def _double(words: Iterator[int]) -> float:
    """A number in [0, 1) of two words, as in _philox.uniform of float64."""
    high, low = next(words) & 0xFFFFF, next(words)
    return (high << 32 | low) * 2.0**-52


def _below(draw: Callable[[], int], bits: int, limit: int) -> int:
    """An integer in [0, limit); draws that would favour the low ones are made again."""
    remainder = 2**bits % limit
    value = draw()
    while value < remainder:
        value = draw()
    return value % limit


def _long(words: Iterator[int]) -> int:
    low = next(words)
    return next(words) << 32 | low


def _log_uniform(ctx: Any) -> Sampler:
    size = ctx.attrs["range_max"]
    width = math.log1p(size)

    def draw(words: Iterator[int]) -> int:
        return (int(math.exp(_double(words) * width)) - 1) % size

    return Sampler(draw, lambda c: np.log((c + 2.0) / (c + 1.0)) / width)


def _uniform(ctx: Any) -> Sampler:
    size = ctx.attrs["range_max"]
    return Sampler(
        lambda words: _below(lambda: _long(words), 64, size),
        lambda c: np.full(np.shape(c), 1.0 / size),
    )


def _fixed_unigram(ctx: Any) -> Sampler:
    a = ctx.attrs
    weights = np.array([0.0] * a["num_reserved_ids"] + list(a["unigrams"]), np.float64)
    if a["vocab_file"]:
        with open(a["vocab_file"], encoding="utf-8") as lines:
            counts = [float(line.rstrip().split(",")[-1]) for line in lines if line.strip()]
        weights = np.array([0.0] * a["num_reserved_ids"] + counts, np.float64)
    if len(weights) != a["range_max"]:
        raise ValueError(f"range_max is {a['range_max']}, but there are {len(weights)} unigrams")
    weights = np.where(weights > 0, weights, 0) ** a["distortion"] * (weights > 0)
    mine = np.zeros_like(weights)
    mine[a["shard"] :: a["num_shards"]] = weights[a["shard"] :: a["num_shards"]]
    total, table = weights.sum(), _alias_table(mine[a["shard"] :: a["num_shards"]])

    def draw(words: Iterator[int]) -> int:
        chance = (next(words) & 0x7FFFFF) * 2.0**-23
        place = _below(lambda: next(words), 32, len(table))
        keep, other = table[place]
        return (place if chance < keep else other) * a["num_shards"] + a["shard"]

    return Sampler(draw, lambda c: weights[c] / total)


def _alias_table(weights: np.ndarray[Any, Any]) -> list[tuple[float, int]]:
    """Walker's alias method: for each place the chance to stay, and where to go else.

    (Vose 1991, "A linear algorithm for generating random numbers with a given distribution".)
    """
    share = weights * (len(weights) / weights.sum())
    low = [i for i, p in enumerate(share) if p < 1]
    high = [i for i, p in enumerate(share) if p >= 1]
    other = list(range(len(share)))
    while low and high:
        poor, rich = low.pop(), high.pop()
        other[poor] = rich
        share[rich] -= 1 - share[poor]
        (low if share[rich] < 1 else high).append(rich)
    share[low + high] = 1  # what rounding has left
    return [(float(np.float32(p)), i) for p, i in zip(share, other, strict=True)]


_COMMON = {
    "num_true": attrs.integer(minimum=1), "num_sampled": attrs.integer(minimum=1),
    "unique": attrs.boolean(), "range_max": attrs.integer(minimum=1), "seed": attrs.integer(0),
    "seed2": attrs.integer(0),
}  # fmt: skip
_FIXED = {
    "vocab_file": attrs.string(""), "distortion": attrs.real(1.0),
    "num_reserved_ids": attrs.integer(0), "num_shards": attrs.integer(1),
    "shard": attrs.integer(0), "unigrams": attrs.reals([]),
}  # fmt: skip


def _sampled_shapes(op: Operation) -> list[TensorShape]:
    count = op.attrs["num_sampled"]
    classes = op.inputs[0].shape.merge_with(TensorShape([None, op.attrs["num_true"]]))
    return [TensorShape([count]), classes, TensorShape([count])]


def _define(op_type: str, make: Callable[[Any], Sampler], **more: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="true_classes: int64",
        outputs="sampled_candidates: int64, true_expected_count: float32, "
        "sampled_expected_count: float32",
        attrs={**_COMMON, **more},
        shape=_sampled_shapes,
        traits=Trait.STATEFUL,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        sampler, state = make(ctx), generator(ctx)
        count, unique, size = (ctx.attrs[k] for k in ("num_sampled", "unique", "range_max"))
        if unique and count > size:
            raise ValueError(
                f"Sampler's range is too small: {count} unique candidates of {size} classes"
            )

        def sample(true_classes: Any) -> Any:
            _check_classes(true_classes, ctx.attrs)
            chosen, tries = _pick(sampler, _words(state, count), count, unique)
            true_count = _expected(sampler, true_classes, count, tries)
            sampled_count = _expected(sampler, chosen, count, tries)
            if sampler.learn is not None:
                sampler.learn(true_classes)
            return chosen, true_count, sampled_count

        return sample

    return op_def


def _check_classes(true_classes: Any, op_attrs: Any) -> None:
    count, size = op_attrs["num_true"], op_attrs["range_max"]
    if true_classes.ndim != 2 or true_classes.shape[1] != count:
        raise InvalidArgumentError(
            f"true_classes must have shape [batch, {count}], got {list(true_classes.shape)}"
        )
    if true_classes.size and not 0 <= true_classes.min() <= true_classes.max() < size:
        bad = true_classes[(true_classes < 0) | (true_classes >= size)][0]
        raise InvalidArgumentError(f"true_classes has {bad}, which is not in [0, {size})")


def _pick(
    sampler: Sampler, words: Iterator[int], count: int, unique: bool
) -> tuple[np.ndarray[Any, Any], int]:
    """(the candidates, how many draws they took)."""
    chosen: list[int] = []
    used: set[int] = set()
    tries = 0
    while len(chosen) < count:
        tries += 1
        value = sampler.draw(words)
        if not unique or value not in used:
            used.add(value)
            chosen.append(value)
    return np.array(chosen, np.int64), tries


def _expected(sampler: Sampler, classes: Any, count: int, tries: int) -> Any:
    """How often each class is expected among the candidates."""
    p = sampler.probability(classes)
    return (p * count if tries == count else -np.expm1(tries * np.log1p(-p))).astype(np.float32)


log_uniform_op = _define("LogUniformCandidateSampler", _log_uniform)
uniform_op = _define("UniformCandidateSampler", _uniform)
fixed_unigram_op = _define("FixedUnigramCandidateSampler", _fixed_unigram, **_FIXED)

# --- ComputeAccidentalHits ------------------------------------------------------------------------
accidental_hits_op = define(
    "ComputeAccidentalHits",
    inputs="true_classes: int64, sampled_candidates: int64",
    outputs="indices: int32, ids: int64, weights: float32",
    attrs={
        "num_true": attrs.integer(), "seed": attrs.integer(0), "seed2": attrs.integer(0),
    },
    shape=lambda op: TensorShape([None]),
).no_gradient()  # fmt: skip


@accidental_hits_op.kernel
def _(ctx: Any) -> Any:
    lowest = np.finfo(np.float32).min

    def hits(true_classes: Any, candidates: Any) -> Any:
        if true_classes.ndim != 2 or true_classes.shape[1] != ctx.attrs["num_true"]:
            raise ValueError(
                "true_candidates must be a batch_size * num_true matrix, got "
                f"{list(true_classes.shape)}"
            )
        place = {int(c): i for i, c in enumerate(candidates)}
        pairs = [
            (row, place[c])
            for row, classes in enumerate(true_classes.tolist())
            for c in classes
            if c in place
        ]
        rows = np.array([p[0] for p in pairs], np.int32)
        columns = np.array([p[1] for p in pairs], np.int64)
        return rows, columns, np.full(len(pairs), lowest, np.float32)

    return hits


# --- functions ------------------------------------------------------------------------------------
Sampled = tuple[Tensor, Tensor, Tensor]


def _sample(op_def: OpDef, classes: Any, seed: int | None, name: str | None, **more: Any) -> Any:
    return op_def(classes, name=name, **seed_attrs(seed), **more)


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Sampled:
    """Draws classes by Zipf's law: class c with probability log((c + 2) / (c + 1)) / log(n + 1).

    (tf.nn.log_uniform_candidate_sampler.) Classes should be sorted by falling frequency.

    Args:
      true_classes: int64 [batch, num_true].
      num_true: how many true classes an example has.
      num_sampled: how many candidates to draw.
      unique: whether they all differ.
      range_max: the number of classes.
      seed: see `set_random_seed`.
      name: the operation's name.

    Returns:
      (candidates [num_sampled], expected counts of the true classes [batch, num_true], expected
      counts of the candidates [num_sampled]).
    """
    return tuple(  # type: ignore[return-value]
        _sample(
            log_uniform_op, true_classes, seed, name, num_true=num_true, num_sampled=num_sampled,
            unique=unique, range_max=range_max,
        )
    )  # fmt: skip


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Sampled:
    """Draws all classes alike (tf.nn.uniform_candidate_sampler)."""
    return tuple(  # type: ignore[return-value]
        _sample(
            uniform_op, true_classes, seed, name, num_true=num_true, num_sampled=num_sampled,
            unique=unique, range_max=range_max,
        )
    )  # fmt: skip


def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Any = (),
    seed: int | None = None,
    name: str | None = None,
) -> Sampled:
    """Draws classes by given weights to the power of `distortion`.

    (tf.nn.fixed_unigram_candidate_sampler.) The weights stand in `unigrams`, or as the last
    comma-separated value of each line of `vocab_file`; the first `num_reserved_ids` have none.
    """
    return tuple(  # type: ignore[return-value]
        _sample(
            fixed_unigram_op, true_classes, seed, name, num_true=num_true,
            num_sampled=num_sampled, unique=unique, range_max=range_max, vocab_file=vocab_file,
            distortion=distortion, num_reserved_ids=num_reserved_ids, num_shards=num_shards,
            shard=shard, unigrams=list(unigrams),
        )
    )  # fmt: skip


def compute_accidental_hits(
    true_classes: Any, sampled_candidates: Any, num_true: int, seed: int | None = None,
    name: str | None = None,
) -> Sampled:  # fmt: skip
    """The candidates that are true classes: rows, places and weights of the lowest float32.

    (tf.nn.compute_accidental_hits)
    """
    found = accidental_hits_op(
        true_classes, sampled_candidates, num_true=num_true, name=name, **seed_attrs(seed)
    )
    return tuple(found)  # type: ignore[return-value]
