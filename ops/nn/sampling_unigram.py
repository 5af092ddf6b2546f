"""Candidate samplers that learn how frequent classes are, and the one that takes all classes."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.ops.nn.sampling import (
    Sampled,
    Sampler,
    _below,
    _define,
    _sample,
)

_MOST = 2**31 - 1  # TensorFlow counts in int32


class Unigrams:
    """How often each class has been a true one, in one session; each counts once beforehand."""

    def __init__(self, size: int) -> None:
        self._lock = Lock()
        self._keep(np.ones(size, np.int64))

    def _keep(self, weights: Any) -> None:
        self._table = weights, np.cumsum(weights)  # replaced as one: others may be drawing

    def draw(self, words: Iterator[int]) -> int:
        """A class, as probable as it has been frequent."""
        _, sums = self._table
        place = _below(lambda: next(words), 32, int(sums[-1]))
        return int(np.searchsorted(sums, place, "right"))

    def probability(self, classes: Any) -> Any:
        """How probable each of the classes is now."""
        weights, sums = self._table
        return weights[classes] / sums[-1]

    def learn(self, classes: Any) -> None:
        """Counts the true classes of a batch."""
        with self._lock:
            weights, sums = self._table
            new = np.ravel(classes)[: max(_MOST - int(sums[-1]), 0)]
            self._keep(weights + np.bincount(new, minlength=len(weights)))


def _unigram(ctx: Any) -> Sampler:
    size = ctx.attrs["range_max"]
    state = ctx.state.state((ctx.op.origin, "unigrams"), lambda: Unigrams(size))
    return Sampler(state.draw, state.probability, state.learn)


learned_unigram_op = _define("LearnedUnigramCandidateSampler", _unigram)
thread_unsafe_unigram_op = _define("ThreadUnsafeUnigramCandidateSampler", _unigram)

# --- AllCandidateSampler --------------------------------------------------------------------------
all_op = define(
    "AllCandidateSampler",
    inputs="true_classes: int64",
    outputs="sampled_candidates: int64, true_expected_count: float32, "
    "sampled_expected_count: float32",
    attrs={
        "num_true": attrs.integer(minimum=1), "num_sampled": attrs.integer(minimum=1),
        "unique": attrs.boolean(), "seed": attrs.integer(0), "seed2": attrs.integer(0),
    },
    traits=Trait.STATEFUL,
).no_gradient()  # fmt: skip


@all_op.shape
def _(op: Operation) -> list[TensorShape]:
    count = TensorShape([op.attrs["num_sampled"]])
    classes = op.inputs[0].shape.merge_with(TensorShape([None, op.attrs["num_true"]]))
    return [count, classes, count]


@all_op.kernel
def _(ctx: Any) -> Any:
    true, count = ctx.attrs["num_true"], ctx.attrs["num_sampled"]

    def sample(true_classes: Any) -> Any:
        if true_classes.ndim != 2 or true_classes.shape[1] != true:
            raise InvalidArgumentError(
                f"true_classes must have shape [batch, {true}], got {list(true_classes.shape)}"
            )
        if true_classes.size and not 0 <= true_classes.min() <= true_classes.max() < count:
            raise InvalidArgumentError(
                f"true_classes must be in [0, {count}), got {true_classes.min()} to "
                f"{true_classes.max()}"
            )
        ones = np.ones(count, np.float32)
        return np.arange(count), np.ones(true_classes.shape, np.float32), ones

    return sample


# --- functions ------------------------------------------------------------------------------------
def learned_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Sampled:
    """Draws classes as frequent as they have been true ones in this session.

    (tf.nn.learned_unigram_candidate_sampler; arguments as of `log_uniform_candidate_sampler`.)
    """
    return tuple(  # type: ignore[return-value]
        _sample(
            learned_unigram_op, true_classes, seed, name, num_true=num_true,
            num_sampled=num_sampled, unique=unique, range_max=range_max,
        )
    )  # fmt: skip


def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> Sampled:
    """Takes all of `num_sampled` classes, each once (tf.nn.all_candidate_sampler).

    With it a sampled loss is the whole one, at its whole price.

    Args:
      true_classes: int64 [batch, num_true].
      num_true: how many true classes an example has.
      num_sampled: the number of classes.
      unique: accepted; they all differ.
      seed: accepted.
      name: the operation's name.
    """
    return tuple(  # type: ignore[return-value]
        _sample(
            all_op, true_classes, seed, name, num_true=num_true, num_sampled=num_sampled,
            unique=unique,
        )
    )  # fmt: skip
