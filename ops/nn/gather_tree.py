"""The beams of a beam search, put together from each step's ids and parents."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

__all__ = ["gather_tree"]

gather_tree_op = define(
    "GatherTree",
    inputs="step_ids: T, parent_ids: T, max_sequence_lengths: int32, end_token: T",
    outputs="beams: T",
    attrs={"T": attrs.types(dtypes.int32)},
).no_gradient()


@gather_tree_op.shape
def _(op: Operation) -> TensorShape:
    steps, parents, lengths, end = (tensor.shape for tensor in op.inputs)
    end.assert_has_rank(0)
    merged = steps.with_rank(3).merge_with(parents.with_rank(3))
    time, batch, beams = merged
    return TensorShape([time, batch.merge_with(lengths.with_rank(1)[0]), beams])


@gather_tree_op.kernel
def _(ctx: Any) -> Any:
    def run(steps: Any, parents: Any, lengths: Any, end: Any) -> Any:
        _check(steps, parents, lengths)
        time, batch, width = steps.shape
        beams = np.full_like(steps, end)
        rows, current = np.arange(batch)[:, None], np.tile(np.arange(width), (batch, 1))
        last = np.minimum(lengths, time)[:, None] - 1
        for level in range(time - 1, -1, -1):
            inside = level <= last
            beams[level] = np.where(inside, steps[level][rows, current], end)
            current = np.where(inside, parents[level][rows, current], current)
            if level and ((current < 0) | (current >= width)).any():
                row, beam = np.argwhere((current < 0) | (current >= width))[0]
                raise InvalidArgumentError(
                    f"Saw invalid parent id {current[row, beam]} at (batch, time, beam) == "
                    f"({row}, {level - 1}, {beam}), with {width} beams"
                )
        ended = np.logical_or.accumulate(beams == end, axis=0)
        return np.where(ended, end, beams)

    return run


def _check(steps: Any, parents: Any, lengths: Any) -> None:
    if steps.shape != parents.shape:
        raise InvalidArgumentError(
            f"step_ids.shape must match parent_ids.shape.  but shapes are: {list(steps.shape)} "
            f"and {list(parents.shape)}"
        )
    if lengths.shape != steps.shape[1:2]:
        raise InvalidArgumentError(
            "batch size dimensions step_ids.shape[1] and max_sequence_lengths.shape[0] must "
            f"match.  but shapes are: {list(steps.shape)} and {list(lengths.shape)}"
        )


def gather_tree(
    step_ids: Any,
    parent_ids: Any,
    max_sequence_lengths: Any,
    end_token: Any,
    name: str | None = None,
) -> Tensor:
    """The ids of whole beams, from the last step back to the first.

    Args:
      step_ids: what each beam put out at each step, int32 [time, batch, beams].
      parent_ids: which beam of the step before it came from, likewise.
      max_sequence_lengths: the number of steps, int32 [batch].
      end_token: what stands behind a beam's end, an int32 scalar.
      name: the operation's name.

    Returns:
      An int32 tensor [time, batch, beams].

    Raises:
      InvalidArgumentError: in a run, a parent is no beam (tf.contrib.seq2seq.gather_tree).
    """
    return gather_tree_op(  # type: ignore[no-any-return]
        step_ids, parent_ids, max_sequence_lengths, end_token, name=name
    )
