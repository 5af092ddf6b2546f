"""The decoders of connectionist temporal classification: the best path, and beam search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import FailedPreconditionError, InvalidArgumentError
from flowgraph.core.op_def import Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn._ctc_beam import search
from flowgraph.ops.nn.ctc import check_inputs, merged_inputs

_PAIR = TensorShape([2])
Decoded = tuple[list[SparseTensor], Tensor]


def _check(inputs: Any, lengths: Any) -> None:
    if inputs.ndim and not len(inputs):
        raise InvalidArgumentError("max_time is 0: inputs must have at least one time step")
    check_inputs(inputs, lengths, FailedPreconditionError)


def _sparse(sequences: Sequence[Sequence[int]]) -> tuple[Any, Any, Any]:
    """(indices, values, dense shape) of one label sequence for each example."""
    sizes = [len(sequence) for sequence in sequences]
    rows = np.repeat(np.arange(len(sizes)), sizes)
    columns = np.concatenate([np.arange(size) for size in sizes] or [np.zeros(0, np.int64)])
    values = np.array([label for sequence in sequences for label in sequence], np.int64)
    shape = np.array([len(sizes), max(sizes, default=0)], np.int64)
    return np.stack([rows, columns], 1).astype(np.int64), values, shape


# --- CTCGreedyDecoder -----------------------------------------------------------------------------
greedy_op = define(
    "CTCGreedyDecoder",
    inputs="inputs: float32, sequence_length: int32",
    outputs="decoded_indices: int64, decoded_values: int64, decoded_shape: int64, "
    "log_probability: float32",
    attrs={"merge_repeated": attrs.boolean(False)},
).no_gradient()


@greedy_op.shape
def _(op: Operation) -> list[TensorShape]:
    batch = merged_inputs(op, op.inputs[1])[1]
    return [TensorShape([None, 2]), TensorShape([None]), _PAIR, TensorShape([batch, 1])]


@greedy_op.kernel
def _(ctx: Any) -> Any:
    merge = ctx.attrs["merge_repeated"]

    def decode(inputs: Any, lengths: Any) -> Any:
        _check(inputs, lengths)
        now = np.arange(len(inputs))[:, np.newaxis] < lengths
        best = inputs.argmax(axis=2)
        said = now & (best != inputs.shape[2] - 1)
        if merge:
            said[1:] &= best[1:] != best[:-1]
        sequences = [best[said[:, b], b].tolist() for b in range(inputs.shape[1])]
        total = np.where(now, inputs.max(axis=2), 0).sum(axis=0, dtype=np.float32)
        return (*_sparse(sequences), -total[:, np.newaxis])

    return decode


def ctc_greedy_decoder(inputs: Any, sequence_length: Any, merge_repeated: bool = True) -> Decoded:
    """The labels along the most probable class of each step (tf.nn.ctc_greedy_decoder).

    Args:
      inputs: logits, float32 [time, batch, classes]; the last class is the blank.
      sequence_length: int32 [batch], how many steps each example has.
      merge_repeated: a class that is the best one several times in a row counts once.

    Returns:
      ([a `SparseTensor` int64 [batch, longest] of labels], float32 [batch, 1], the negative sums
      of the greatest logits).
    """
    indices, values, shape, total = greedy_op(
        inputs, sequence_length, merge_repeated=merge_repeated
    )
    return [SparseTensor(indices, values, shape)], total


# --- CTCBeamSearchDecoder -------------------------------------------------------------------------
beam_search_op = define(
    "CTCBeamSearchDecoder",
    inputs="inputs: float32, sequence_length: int32",
    outputs="decoded_indices: top_paths * int64, decoded_values: top_paths * int64, "
    "decoded_shape: top_paths * int64, log_probability: float32",
    attrs={
        "beam_width": attrs.integer(minimum=1), "top_paths": attrs.integer(minimum=1),
        "merge_repeated": attrs.boolean(True),
    },
    traits=Trait.HEAVY,
).no_gradient()  # fmt: skip


@beam_search_op.shape
def _(op: Operation) -> list[TensorShape]:
    paths, batch = op.attrs["top_paths"], merged_inputs(op, op.inputs[1])[1]
    lists = [TensorShape([None, 2]), TensorShape([None]), _PAIR]
    return [*(shape for shape in lists for _ in range(paths)), TensorShape([batch, paths])]


@beam_search_op.kernel
def _(ctx: Any) -> Any:
    width, paths = ctx.attrs["beam_width"], ctx.attrs["top_paths"]
    merge = ctx.attrs["merge_repeated"]

    def decode(inputs: Any, lengths: Any) -> Any:
        _check(inputs, lengths)
        if paths > width:
            raise InvalidArgumentError(
                f"requested more paths than the beam width: {paths} of {width}"
            )
        shifted = inputs - inputs.max(axis=2, keepdims=True, initial=-np.inf).astype(np.float64)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
        found: list[list[list[int]]] = []
        total = np.zeros((len(lengths), paths), np.float32)
        for b, length in enumerate(lengths.tolist()):
            prefixes, scores = search(log_p[: max(length, 0), b], width)
            if len(prefixes) < paths:
                raise InvalidArgumentError("Less leaves in the beam search than requested.")
            found.append([prefix.sequence(merge) for prefix in prefixes[:paths]])
            total[b] = scores[:paths]
        decoded = [_sparse([example[p] for example in found]) for p in range(paths)]
        return (*(path[k] for k in range(3) for path in decoded), total)

    return decode


def ctc_beam_search_decoder(
    inputs: Any,
    sequence_length: Any,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
) -> Decoded:
    """The most probable label sequences, by beam search (tf.nn.ctc_beam_search_decoder).

    Args:
      inputs: logits, float32 [time, batch, classes]; the last class is the blank.
      sequence_length: int32 [batch], how many steps each example has.
      beam_width: how many sequences are followed at a time.
      top_paths: how many are returned.
      merge_repeated: of equal neighbours in what is returned, keep one.

    Returns:
      (a list of top_paths `SparseTensor`s int64 [batch, longest], the best ones first; their
      log probabilities, float32 [batch, top_paths]).
    """
    *found, total = beam_search_op(
        inputs, sequence_length, beam_width=beam_width, top_paths=top_paths,
        merge_repeated=merge_repeated,
    )  # fmt: skip
    paths = [SparseTensor(*found[p::top_paths]) for p in range(top_paths)]
    return paths, total


def ctc_beam_search_decoder_v2(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1
) -> Decoded:
    """As `ctc_beam_search_decoder`, which keeps equal neighbours (ctc_beam_search_decoder_v2)."""
    return ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths, False)
