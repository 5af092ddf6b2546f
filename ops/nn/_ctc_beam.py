"""Beam search for the most probable label sequences of connectionist temporal classification.

The beam holds prefixes of label sequences (Graves and Jaitly 2014, algorithm 1), each with the
probabilities that the steps so far spell it and end in a blank, or in its last label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any

_NEVER = -np.inf


@dataclass(eq=False, slots=True)
class Prefix:
    """A label sequence, as its last label and the prefix before it."""

    parent: Prefix | None
    label: int
    children: dict[int, Prefix] = field(default_factory=dict)

    def child(self, label: int) -> Prefix:
        """The sequence that is one label longer; always the same object."""
        if label not in self.children:
            self.children[label] = Prefix(self, label)
        return self.children[label]

    def sequence(self, merge_repeated: bool) -> list[int]:
        """The labels; of equal neighbours only one, if so asked."""
        labels: list[int] = []
        prefix, later = self, -1
        while prefix.parent is not None:
            if not merge_repeated or prefix.label != later:
                labels.append(prefix.label)
            prefix, later = prefix.parent, prefix.label
        return labels[::-1]


def search(log_p: Array, width: int) -> tuple[list[Prefix], Array]:
    """(the prefixes of the last beam, their log probabilities), the most probable first.

    Args:
      log_p: [steps, classes], logarithms of probabilities; the last class is the blank.
      width: how many prefixes the beam holds.
    """
    beam: list[Prefix] = [Prefix(None, -1)]
    by_blank, by_label = np.zeros(1), np.full(1, _NEVER)
    for now in log_p:
        beam, by_blank, by_label = _step(beam, by_blank, by_label, now, width)
    total = np.logaddexp(by_blank, by_label)
    order = np.argsort(-total, kind="stable")
    return [beam[i] for i in order], total[order]


def _step(
    beam: list[Prefix], by_blank: Array, by_label: Array, now: Array, width: int
) -> tuple[list[Prefix], Array, Array]:
    """The beam after one more step: its prefixes stay, or grow by a label."""
    total, count = np.logaddexp(by_blank, by_label), len(beam)
    places = {id(prefix): i for i, prefix in enumerate(beam)}
    labels = np.array([prefix.label for prefix in beam])
    # What each prefix gives when it grows by each label: an equal one needs a blank between.
    grown = np.repeat(total[:, np.newaxis], len(now) - 1, axis=1)
    inner = np.flatnonzero(labels >= 0)
    grown[inner, labels[inner]] = by_blank[inner]
    come = by_label.copy()
    for i, prefix in enumerate(beam):
        at = places.get(id(prefix.parent))
        if at is not None:  # grown into a prefix that is in the beam: the same sequence
            come[i] = np.logaddexp(come[i], grown[at, prefix.label])
            grown[at, prefix.label] = _NEVER
    grown = grown + now[:-1]
    stay_label = np.full(count, _NEVER)
    stay_label[inner] = come[inner] + now[labels[inner]]
    stay_blank = total + now[-1]
    scores = np.concatenate([np.logaddexp(stay_blank, stay_label), grown.ravel()])
    best = np.argsort(-scores, kind="stable")[:width]
    best = [i for i in best.tolist() if i < count or scores[i] > _NEVER]
    chosen = [
        beam[i] if i < count else beam[(i - count) // grown.shape[1]].child(
            (i - count) % grown.shape[1]
        )
        for i in best
    ]  # fmt: skip
    blanks = np.concatenate([stay_blank, np.full(grown.size, _NEVER)])
    ends = np.concatenate([stay_label, grown.ravel()])
    return chosen, blanks[best], ends[best]
