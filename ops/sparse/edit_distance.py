"""How many elements must be changed to make one sequence another, over many sequences at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, Dimension, TensorShape
from flowgraph.core.sparse_tensor import convert_to_sparse_tensor, is_sparse
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.sparse._parts import check_bounds, check_parts, keys, listed, parts, sizes_of

__all__ = ["edit_distance"]

# --- EditDistance ---------------------------------------------------------------------------------
edit_distance_op = define(
    "EditDistance",
    inputs="hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, "
    "truth_indices: int64, truth_values: T, truth_shape: int64",
    outputs="output: float32",
    attrs={"normalize": attrs.boolean(True), "T": attrs.types()},
).no_gradient()


@edit_distance_op.shape
def _(op: Operation) -> TensorShape:
    rank = Dimension(sizes_of(op)[1]).merge_with(sizes_of(op, 3)[1]).value
    if rank is None:
        return UNKNOWN
    sides = [constant_value_as_shape(op.inputs[i]).known or (None,) * rank for i in (2, 5)]
    sizes = [None if a is None or b is None else max(a, b) for a, b in zip(*sides, strict=True)]
    return TensorShape(sizes[:-1])


@edit_distance_op.kernel
def _(ctx: Any) -> Any:
    normalize = ctx.attrs["normalize"]

    def run(*arrays: Any) -> Any:
        hypothesis, truth = arrays[:3], arrays[3:]
        check_parts(*hypothesis, what="Hypothesis")
        check_parts(*truth, what="Truth")
        if len(hypothesis[2]) != len(truth[2]) or not len(truth[2]):
            raise InvalidArgumentError(
                "Hypothesis and truth must have the same rank, of 1 or more, got shapes "
                f"{listed(hypothesis[2])} and {listed(truth[2])}"
            )
        for indices, _, shape in (hypothesis, truth):
            check_bounds(indices, shape)
        result = np.zeros(tuple(np.maximum(hypothesis[2], truth[2])[:-1].tolist()), np.float32)
        for place, ours, theirs in _pairs(hypothesis, truth):
            result[place] = _distance(ours, theirs, normalize)
        return result

    return run


def _pairs(hypothesis: Any, truth: Any) -> Any:
    """(place, sequence of the hypothesis, of the truth) wherever one of both has elements."""
    outer = [indices[:, :-1] for indices, _, _ in (hypothesis, truth)]
    found: dict[int, list[Any]] = {}
    for side, key in enumerate(keys(*outer)):
        values = (hypothesis, truth)[side][1]
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.diff(key[order])) + 1
        for group in np.split(order, starts) if len(order) else ():
            pair = found.setdefault(int(key[group[0]]), [None, values[:0], values[:0]])
            pair[0] = tuple(outer[side][group[0]].tolist())
            pair[side + 1] = values[group]
    return found.values()


def _distance(hypothesis: Any, truth: Any, normalize: bool) -> float:
    changes = _levenshtein(hypothesis, truth)
    if not normalize:
        return changes
    return changes / len(truth) if len(truth) else float("inf")


def _levenshtein(a: Any, b: Any) -> float:
    """The least number of insertions, deletions and replacements that make `a` of `b`."""
    steps = np.arange(len(b) + 1)
    row = steps
    for i, element in enumerate(a):
        best = np.minimum(row[1:] + 1, row[:-1] + (b != element))
        # From the left each step costs 1: the least of all starts so far, plus the way.
        row = np.minimum.accumulate(np.concatenate(([i + 1], best)) - steps) + steps
    return float(row[-1])


def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str | None = "edit_distance"
) -> Tensor:
    """The Levenshtein distance of sequences along the last dimension (tf.edit_distance).

    Args:
      hypothesis: a `SparseTensor` of any dtype.
      truth: a `SparseTensor` of the same rank and dtype.
      normalize: divide by the length of the truth; infinity where that is empty.
      name: the operation's name.

    Returns:
      float32 of the shape of both without the last dimension; 0 where both have no elements.
    """
    for what, given in (("Hypothesis", hypothesis), ("Truth", truth)):
        if not is_sparse(given):
            raise TypeError(f"{what} must be a SparseTensor, got {type(given).__name__}.")
    ours, theirs = convert_to_sparse_tensor(hypothesis), convert_to_sparse_tensor(truth)
    return edit_distance_op(*parts(ours), *parts(theirs), normalize=normalize, name=name)  # type: ignore[no-any-return]
