"""Batches of examples that are drawn with given chances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.reshape import squeeze
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.control.checks import assert_less_equal
from flowgraph.ops.random.distributions import random_uniform
from flowgraph.train.batching import batch, maybe_batch
from flowgraph.variables.scope import variable_scope


def rejection_sample(
    tensors: Sequence[Any],
    accept_prob_fn: Callable[[list[Tensor]], Any],
    batch_size: int,
    queue_threads: int = 1,
    enqueue_many: bool = False,
    prebatch_capacity: int = 16,
    prebatch_threads: int = 1,
    runtime_checks: bool = False,
    name: str | None = None,
) -> list[Any]:
    """Batches of the examples that chance accepts (tf.contrib.training.rejection_sample).

    Args:
      tensors: a list of tensors: an example, or with `enqueue_many` one in each row.
      accept_prob_fn: gives the chance of an example, a scalar.
      batch_size: how many examples a batch has.
      queue_threads: how many threads compute examples.
      enqueue_many: whether each tensor has one example in each row.
      prebatch_capacity: the most examples that wait to be looked at.
      prebatch_threads: how many threads compute them.
      runtime_checks: whether a chance that is none is an error.
      name: the name of what is added.
    """
    with variable_scope(name, "rejection_sample"):
        example = [convert_to_tensor(t) for t in tensors]
        if enqueue_many:
            one = batch(example, 1, prebatch_threads, prebatch_capacity, enqueue_many=True)
            example = [squeeze(t, [0]) for t in (one if isinstance(one, list) else [one])]
        chance = accept_prob_fn(example)
        if runtime_checks:
            checks = [assert_less_equal(0.0, chance), assert_less_equal(chance, 1.0)]
            chance = raw.Identity(with_dependencies(checks, chance), name="prob_with_checks")
        found = maybe_batch(example, random_uniform([]) < chance, batch_size, queue_threads)
        return found if isinstance(found, list) else [found]
