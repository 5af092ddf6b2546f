"""Distributions of vectors of numbers of classes: what they have in common."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.checks import embed_check_nonnegative_integer_form


def checked_counts(counts: Any, total: Any, said: str) -> Any:
    """Counts [..., k], which must be whole, not negative, and sum to `total`."""
    counts = embed_check_nonnegative_integer_form(counts)
    same = tf.assert_equal(total, tf.reduce_sum(counts, -1), message=said)
    return tf.with_dependencies([same], counts)


def outer_covariance(x: Any, variance: Any) -> Any:
    """The matrices of -x x' with a variance on their diagonals."""
    return tf.matrix_set_diag(-tf.matmul(x[..., None], x[..., None, :]), variance)
