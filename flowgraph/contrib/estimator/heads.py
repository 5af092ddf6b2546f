"""Heads by the functions that make them in tf.contrib.estimator, where losses are summed means."""

from __future__ import annotations

from typing import Any

from flowgraph.estimator.canned.class_heads import BinaryClassHead, MultiClassHead, MultiLabelHead
from flowgraph.estimator.canned.regression_heads import (
    LogisticRegressionHead,
    PoissonRegressionHead,
    RegressionHead,
)

_MEAN = "weighted_sum_over_batch_size"


def multi_class_head(
    n_classes: int, weight_column: Any = None, label_vocabulary: Any = None,
    loss_reduction: str = _MEAN, loss_fn: Any = None, name: str | None = None,
) -> MultiClassHead:  # fmt: skip
    """A `tf.estimator.MultiClassHead`."""
    return MultiClassHead(n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name)


def binary_classification_head(
    weight_column: Any = None, thresholds: Any = None, label_vocabulary: Any = None,
    loss_reduction: str = _MEAN, loss_fn: Any = None, name: str | None = None,
) -> BinaryClassHead:  # fmt: skip
    """A `tf.estimator.BinaryClassHead`."""
    return BinaryClassHead(
        weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name
    )


def multi_label_head(
    n_classes: int, weight_column: Any = None, thresholds: Any = None,
    label_vocabulary: Any = None, loss_reduction: str = _MEAN, loss_fn: Any = None,
    name: str | None = None, classes_for_class_based_metrics: Any = None,
) -> MultiLabelHead:  # fmt: skip
    """A `tf.estimator.MultiLabelHead`."""
    return MultiLabelHead(
        n_classes, weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn,
        classes_for_class_based_metrics, name,
    )  # fmt: skip


def regression_head(
    weight_column: Any = None, label_dimension: int = 1, loss_reduction: str = _MEAN,
    loss_fn: Any = None, inverse_link_fn: Any = None, name: str | None = None,
) -> RegressionHead:  # fmt: skip
    """A `tf.estimator.RegressionHead`."""
    return RegressionHead(
        label_dimension, weight_column, loss_reduction, loss_fn, inverse_link_fn, name
    )


def poisson_regression_head(
    weight_column: Any = None, label_dimension: int = 1, loss_reduction: str = _MEAN,
    compute_full_loss: bool = True, name: str | None = None,
) -> PoissonRegressionHead:  # fmt: skip
    """A `tf.estimator.PoissonRegressionHead`."""
    return PoissonRegressionHead(
        label_dimension, weight_column, loss_reduction, compute_full_loss, name
    )


def logistic_regression_head(
    weight_column: Any = None, loss_reduction: str = _MEAN, name: str | None = None
) -> LogisticRegressionHead:
    """A `tf.estimator.LogisticRegressionHead`."""
    return LogisticRegressionHead(weight_column, loss_reduction, name)
