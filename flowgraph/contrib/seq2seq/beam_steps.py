"""One step of a beam search: which beams go on, with which symbols, at which score.

Length and coverage penalties: Wu et al. 2016, arXiv:1609.08144.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import flowgraph as tf
from flowgraph.contrib.seq2seq.wrapper import AttentionWrapperState
from flowgraph.core.static import constant_value
from flowgraph.ops.control import nest


class BeamSearchDecoderState(
    namedtuple(
        "BeamSearchDecoderState",
        ("cell_state", "log_probs", "finished", "lengths", "accumulated_attention_probs"),
    )
):
    """The cell's state, and of each beam its probability, whether it is over, and its length."""


class BeamSearchDecoderOutput(
    namedtuple("BeamSearchDecoderOutput", ("scores", "predicted_ids", "parent_ids"))
):
    """Of each beam its score, its symbol, and which beam of the step before it came from."""


def length_penalty(sequence_lengths: Any, penalty_factor: Any) -> Any:
    """By what log-probabilities of beams of these lengths are divided."""
    factor = tf.convert_to_tensor(penalty_factor, name="penalty_factor")
    factor.set_shape([])
    if constant_value(factor) == 0:
        return 1.0
    lengths = tf.cast(sequence_lengths, tf.float32)
    return tf.div((5.0 + lengths) ** factor, (5.0 + 1.0) ** factor)


def get_scores(
    log_probs: Any,
    sequence_lengths: Any,
    length_penalty_weight: Any,
    coverage_penalty_weight: Any,
    finished: Any,
    accumulated_attention_probs: Any,
) -> Any:
    """The scores of beams that go on with each symbol, [batch, beams, symbols].

    Raises:
      ValueError: the coverage's weight is not a scalar, or there is no attention to tell it.
    """
    penalty = length_penalty(sequence_lengths, length_penalty_weight)
    scores = log_probs / tf.cast(penalty, log_probs.dtype)
    weight = tf.convert_to_tensor(coverage_penalty_weight, name="coverage_penalty_weight")
    if weight.shape.rank != 0:
        raise ValueError(
            f"coverage_penalty_weight should be a scalar, but saw shape: {weight.shape}"
        )
    if constant_value(weight) == 0.0:
        return scores
    if accumulated_attention_probs is None:
        raise ValueError(
            "accumulated_attention_probs can be None only if coverage penalty is disabled."
        )
    # Steps of the memory that are not there were never attended to, and cost nothing.
    probs = accumulated_attention_probs
    probs = tf.where(tf.equal(probs, 0.0), tf.ones_like(probs), probs)
    coverage = tf.reduce_sum(tf.log(tf.minimum(probs, 1.0)), 2) * tf.cast(finished, tf.float32)
    return scores + tf.expand_dims(coverage * weight, 2)


def mask_probs(probs: Any, eos_token: Any, finished: Any) -> Any:
    """Log-probabilities [batch, beams, symbols], where a beam that is over only ends again."""
    symbols = tf.shape(probs)[2]
    row = tf.one_hot(
        eos_token, symbols, dtype=probs.dtype, on_value=tf.constant(0.0, probs.dtype),
        off_value=tf.constant(probs.dtype.min, probs.dtype),
    )  # fmt: skip
    ended = tf.tile(tf.reshape(row, [1, 1, -1]), tf.concat([tf.shape(finished), [1]], 0))
    mask = tf.tile(tf.expand_dims(finished, 2), [1, 1, symbols])
    return tf.where(mask, ended, probs)


def attention_probs(cell_state: Any, coverage_penalty_weight: Any) -> Any:
    """The alignments in a cell's state, their mean if there are several; None when not needed.

    Raises:
      ValueError: they are needed, and no cell attends.
    """
    if constant_value(tf.convert_to_tensor(coverage_penalty_weight)) == 0.0:
        return None
    states = [cell_state] if isinstance(cell_state, AttentionWrapperState) else cell_state
    found = [
        _mean(state.alignments)
        for state in (states if isinstance(states, tuple | list) else [])
        if isinstance(state, AttentionWrapperState)
    ]
    if not found:
        raise ValueError("coverage_penalty_weight must be 0.0 if no cell is attentional.")
    return _mean(tuple(found))


def _mean(parts: Any) -> Any:
    if not isinstance(parts, tuple):
        return parts
    return parts[0] if len(parts) == 1 else tf.reduce_mean(tf.stack(parts, -1), -1)


# --- following beams ------------------------------------------------------------------------------
def gather_beams(
    gather_indices: Any,
    gather_from: Any,
    batch_size: Any,
    range_size: Any,
    gather_shape: list[Any],
    name: str | None = None,
) -> Any:
    """Of each batch row the parts with these numbers.

    Args:
      gather_indices: which parts, int32 [batch, beams].
      gather_from: a tensor [batch, parts...].
      batch_size: the batch.
      range_size: how many parts a row of the batch has.
      gather_shape: the shape in which `gather_from` has its parts in the first axis.
      name: the scope of the new operations.
    """
    with tf.name_scope(name, "tensor_gather_helper"):
        starts = tf.expand_dims(tf.range(batch_size) * range_size, 1)
        numbers = tf.reshape(gather_indices + starts, [-1])
        found = tf.gather(tf.reshape(gather_from, gather_shape), numbers)
        kept = 1 + len(gather_shape)
        result = tf.reshape(found, tf.shape(gather_from)[:kept], name="output")
        known = constant_value(tf.convert_to_tensor(batch_size))
        batch = tf.TensorShape([None if known is None else int(known)])
        result.set_shape(batch.concatenate(gather_from.shape[1:kept]))
        return result


def check_rank(tensor: Any) -> None:
    """ValueError unless a tensor's rank is known."""
    if tensor.shape.rank is None:
        raise ValueError(f"Expected tensor ({tensor}) to have known rank, but ndims == None.")


def _follow(beams: Any, part: Any, batch_size: Any, width: int) -> Any:
    """A part of a cell's state [batch, beams, ...], in the order of the beams that go on."""
    if isinstance(part, tf.TensorArray):
        return part
    check_rank(part)
    if part.shape.rank < 2:
        return part
    return gather_beams(beams, part, batch_size, width, [batch_size * width, -1])


def beam_search_step(
    time: Any,
    logits: Any,
    next_cell_state: Any,
    beam_state: BeamSearchDecoderState,
    batch_size: Any,
    beam_width: int,
    end_token: Any,
    length_penalty_weight: Any,
    coverage_penalty_weight: Any,
) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
    """Chooses the beams that go on.

    Args:
      time: the step's number.
      logits: of each beam's symbols, [batch, beams, symbols].
      next_cell_state: the cell's state after the step, [batch, beams, ...].
      beam_state: the state before the step.
      batch_size: the batch.
      beam_width: how many beams there are.
      end_token: the symbol that ends a sequence.
      length_penalty_weight: how much long beams are preferred.
      coverage_penalty_weight: how much beams are preferred that attended to all of a memory.
    """
    del time
    over = beam_state.finished
    log_probs = mask_probs(tf.nn.log_softmax(logits), end_token, over)
    total = tf.expand_dims(beam_state.log_probs, 2) + log_probs
    symbols = logits.shape[-1].value or tf.shape(logits)[-1]
    attended = attention_probs(next_cell_state, coverage_penalty_weight)
    if attended is not None:
        going = tf.expand_dims(tf.cast(tf.logical_not(over), tf.float32), 2)
        attended = beam_state.accumulated_attention_probs + attended * going
    scores = get_scores(
        total, _lengths(beam_state, symbols, batch_size, beam_width, end_token),
        length_penalty_weight, coverage_penalty_weight, over, attended,
    )  # fmt: skip
    best, places = tf.nn.top_k(tf.reshape(scores, [batch_size, -1]), k=beam_width)
    known = constant_value(tf.convert_to_tensor(batch_size))
    for tensor in (best, places):
        tensor.set_shape([None if known is None else int(known), beam_width])
    words = tf.cast(tf.mod(places, symbols, name="next_beam_word_ids"), tf.int32)
    parents = tf.cast(tf.floordiv(places, symbols), tf.int32, name="next_beam_parent_ids")

    def follow(values: Any) -> Any:
        return gather_beams(parents, values, batch_size, beam_width, [-1])

    over = follow(over)
    lengths = follow(beam_state.lengths) + tf.cast(tf.logical_not(over), tf.int64)
    next_state = BeamSearchDecoderState(
        cell_state=nest.map_structure(
            lambda part: _follow(parents, part, batch_size, beam_width), next_cell_state
        ),
        log_probs=gather_beams(
            places, total, batch_size, beam_width * symbols, [-1], name="next_beam_probs"
        ),
        lengths=lengths,
        finished=tf.logical_or(over, tf.equal(words, end_token), name="next_beam_finished"),
        accumulated_attention_probs=()
        if attended is None
        else _follow(parents, attended, batch_size, beam_width),
    )
    return BeamSearchDecoderOutput(best, words, parents), next_state


def _lengths(
    beam_state: BeamSearchDecoderState, symbols: Any, batch_size: Any, width: int, end_token: Any
) -> Any:
    """How long each beam would be with each symbol: an end counts nothing, int64."""
    grows = tf.one_hot(
        tf.fill([batch_size, width], end_token), depth=symbols,
        on_value=tf.constant(0, tf.int64), off_value=tf.constant(1, tf.int64), dtype=tf.int64,
    )  # fmt: skip
    going = tf.cast(tf.logical_not(beam_state.finished), tf.int64)
    return grows * tf.expand_dims(going, 2) + tf.expand_dims(beam_state.lengths, 2)
