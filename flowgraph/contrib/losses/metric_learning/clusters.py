"""The loss of a whole clustering of a batch (Oh Song and others 2016, arXiv:1612.01213)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.contrib.losses.metric_learning.pairs import pairwise_distance

_SKLEARN_SCORES = {
    "nmi": "normalized_mutual_info_score",
    "ami": "adjusted_mutual_info_score",
    "ari": "adjusted_rand_score",
    "vmeasure": "v_measure_score",
}
_REFINEMENTS = 5

Score = Callable[[np.ndarray, np.ndarray], float]


def cluster_loss(
    labels: Any,
    embeddings: Any,
    margin_multiplier: float,
    enable_pam_finetuning: bool = True,
    margin_type: str = "nmi",
    print_losses: bool = False,
) -> Any:
    """How much better the worst clustering, by distance and margin, is than that of the labels.

    (tf.contrib.losses.metric_learning.cluster_loss)

    Args:
      labels: integers [batch, 1].
      embeddings: float32 [batch, dimensions], of length 1.
      margin_multiplier: the weight of a clustering's unlikeness to the labels.
      enable_pam_finetuning: whether centres that were chosen greedily are refined.
      margin_type: the measure of likeness: "nmi", "ami", "ari", "vmeasure" or "const".
      print_losses: whether the loss is printed.

    Returns:
      a scalar.

    Raises:
      ImportError: scikit-learn, which measures likeness, is not installed.
      ValueError: the measure's name is none of those.
    """
    likeness = _measure(margin_type)
    distances = pairwise_distance(embeddings)
    labels = tf.squeeze(labels)

    def choose(d: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.float32]:
        centres = _greedy(d, wanted, margin_multiplier, likeness)
        if enable_pam_finetuning:
            for _ in range(_REFINEMENTS):
                centres = _refined(d, wanted, centres, margin_multiplier, likeness)
        return np.array(centres, np.int32), np.float32(likeness(wanted, _assigned(d, centres)))

    # Which centres are worst has no gradient; the distances to them have.
    chosen, score = tf.py_func(choose, [distances, labels], [tf.int32, tf.float32], name="choose")
    chosen.set_shape([None])
    score.set_shape([])
    predicted = -tf.reduce_sum(tf.reduce_min(tf.gather(distances, chosen), axis=0))
    true = _energy_of_labels(distances, labels)
    margin = margin_multiplier * (1.0 - score)
    loss = tf.maximum(predicted + margin - true, 0.0, name="clustering_loss")
    if print_losses:
        loss = tf.Print(loss, ["clustering_loss: ", loss, tf.shape(loss)])
    tf.summary.scalar("losses/score_pred", predicted)
    tf.summary.scalar("losses/" + margin_type, score)
    tf.summary.scalar("losses/score_gt", true)
    return loss


def _measure(name: str) -> Score:
    if name == "const":
        return lambda labels, predicted: float(np.array_equal(labels, predicted))
    if name not in _SKLEARN_SCORES:
        raise ValueError(f"Unrecognized margin_type: {name}")
    try:
        metrics = importlib.import_module("sklearn.metrics")
    except ImportError as error:
        raise ImportError(
            "Cluster loss depends on sklearn: pip install scikit-learn, or margin_type='const'."
        ) from error
    score = getattr(metrics, _SKLEARN_SCORES[name])
    return lambda labels, predicted: max(0.0, float(score(labels, predicted)))


def _energy_of_labels(distances: Any, labels: Any) -> Any:
    """Minus the sum over labels of the distances to the member that is nearest to all."""
    names, index = tf.unique(labels)
    same = tf.cast(tf.equal(index[:, tf.newaxis], index[tf.newaxis, :]), distances.dtype)
    to_members = tf.reduce_sum(distances * same, 1)
    return -tf.reduce_sum(tf.unsorted_segment_min(to_members, index, tf.size(names)))


# --- on arrays: the choice of the worst centres ---------------------------------------------------
def _assigned(distances: np.ndarray, centres: list[int]) -> np.ndarray:
    """The nearest centre's number for each point; a centre is its own."""
    nearest: np.ndarray = np.argmin(distances[centres], axis=0)
    nearest[centres] = np.arange(len(centres))
    return nearest


def _greedy(distances: np.ndarray, labels: np.ndarray, weight: float, score: Score) -> list[int]:
    """As many centres as there are labels, each the one that makes energy and margin highest."""
    centres: list[int] = []
    for _ in range(len(np.unique(labels))):
        candidates = np.setdiff1d(np.arange(len(distances)), centres).tolist()
        worth = [
            -np.min(distances[[*centres, c]], axis=0).sum(dtype=np.float32)
            + weight * (1.0 - score(labels, _assigned(distances, [*centres, c])))
            for c in candidates
        ]
        centres.append(candidates[int(np.argmax(worth))])
    return centres


def _refined(
    distances: np.ndarray, labels: np.ndarray, centres: list[int], weight: float, score: Score
) -> list[int]:
    """Moves each centre to the member of its cluster that makes energy and margin highest."""
    clusters = _assigned(distances, centres)
    for number in range(len(centres)):
        members = np.flatnonzero(clusters == number).tolist()
        inner = distances[np.ix_(members, members)].sum(axis=0)
        moved = [[*centres[:number], m, *centres[number + 1 :]] for m in members]
        margins = [1.0 - score(labels, _assigned(distances, other)) for other in moved]
        centres = moved[int(np.argmax(-inner + weight * np.array(margins)))]
    return centres
