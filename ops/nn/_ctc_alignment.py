"""The loss of connectionist temporal classification and its gradient, in numpy.

All alignments of a label sequence with the time steps are summed by the forward-backward algorithm
(Graves et al. 2006, "Connectionist Temporal Classification", sections 4.1 and 4.2), in log space
and for the whole batch at a time. The states of a sequence are its labels with a blank before,
between and after them; from a state one stays, goes to the next one, or past a blank.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any

_NEVER = -np.inf  # the logarithm of probability 0


def loss_and_gradient(
    logits: Array, labels: Array, label_counts: Array, steps: Array, blank: int, merge: bool
) -> tuple[Array, Array]:
    """(losses [batch], gradients by the logits [time, batch, classes]) in float64.

    Args:
      logits: [time, batch, classes].
      labels: [batch, longest], padded.
      label_counts: [batch], how many labels each row has.
      steps: [batch], how many time steps each sequence has.
      blank: the class of no label.
      merge: whether a label may last several steps, so that to repeat one needs a blank between.
    """
    shifted = logits - logits.max(axis=2, keepdims=True, initial=_NEVER)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    states = np.full((len(labels), 2 * labels.shape[1] + 1), blank)
    states[:, 1::2] = labels
    seen = np.take_along_axis(log_p, np.broadcast_to(states, (len(log_p), *states.shape)), axis=2)
    inside = np.arange(states.shape[1]) <= 2 * label_counts[:, np.newaxis]
    seen = np.where(inside, seen, _NEVER)
    stays, skips = _moves(states, blank, merge)
    alpha = _forward(seen, stays, skips)
    beta = _backward(seen, stays, skips, label_counts, steps)
    both = alpha + beta
    now = np.arange(len(log_p))[:, np.newaxis] < steps
    likelihood = np.where(steps > 0, _log_sum(both[0]), 0.0)
    share = np.exp(both - np.where(np.isfinite(likelihood), likelihood, 0.0)[:, np.newaxis])
    expected = _sum_by_class(share, states, log_p.shape)
    return -likelihood, np.where(now[..., np.newaxis], np.exp(log_p) - expected, 0.0)


def _moves(states: Array, blank: int, merge: bool) -> tuple[Array, Array]:
    """(where one can stay, what one reaches from two states before), as logarithms of 0 or 1."""
    is_blank = states == blank
    stays = np.where(merge | is_blank, 0.0, _NEVER)
    other = np.ones(states[:, 2:].shape, bool) if not merge else states[:, 2:] != states[:, :-2]
    skips = np.full(states.shape, _NEVER)
    skips[:, 2:] = np.where(~is_blank[:, 2:] & other, 0.0, _NEVER)
    skips[:, 0::2] = _NEVER  # a label may be called as the blank is: blanks are told by place
    stays[:, 0::2] = 0.0
    return stays, skips


def _later(x: Array, by: int) -> Array:
    """Each state's number moved on by some states."""
    moved = np.full(x.shape, _NEVER)
    moved[..., by:] = x[..., : x.shape[-1] - by]
    return moved


def _earlier(x: Array, by: int) -> Array:
    moved = np.full(x.shape, _NEVER)
    moved[..., : x.shape[-1] - by] = x[..., by:]
    return moved


def _forward(seen: Array, stays: Array, skips: Array) -> Array:
    """The logarithms of having come to each state at each time, what is seen there included."""
    alpha = np.full(seen.shape, _NEVER)
    alpha[0, :, :2] = seen[0, :, :2]
    for t in range(1, len(seen)):
        before = alpha[t - 1]
        come = np.logaddexp(before + stays, _later(before, 1))
        alpha[t] = np.logaddexp(come, _later(before, 2) + skips) + seen[t]
    return alpha


def _backward(seen: Array, stays: Array, skips: Array, counts: Array, steps: Array) -> Array:
    """The logarithms of going on from each state at each time to the end."""
    places = np.arange(seen.shape[2])
    last, wanted = 2 * counts[:, np.newaxis], counts[:, np.newaxis] > 0
    end = np.where((places == last) | (wanted & (places == last - 1)), 0.0, _NEVER)
    beta = np.full(seen.shape, _NEVER)
    beta[-1] = end
    for t in reversed(range(len(seen) - 1)):
        after = beta[t + 1] + seen[t + 1]
        go = np.logaddexp(after + stays, _earlier(after, 1))
        go = np.logaddexp(go, _earlier(after + skips, 2))
        beta[t] = np.where((t >= steps - 1)[:, np.newaxis], end, go)
    return beta


def _log_sum(x: Array) -> Array:
    return np.logaddexp.reduce(x, axis=-1, initial=_NEVER)


def _sum_by_class(share: Array, states: Array, shape: tuple[int, ...]) -> Array:
    """For each class the sum over the states that see it."""
    time, batch, classes = shape
    rows = np.arange(time * batch).reshape(time, batch, 1) * classes
    flat = np.bincount((rows + states).ravel(), share.ravel(), time * batch * classes)
    return flat.reshape(shape)
