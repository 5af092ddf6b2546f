"""Metrics that count right and wrong decisions at thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.losses import squeeze_or_expand
from flowgraph.keras.metrics.base import Metric
from flowgraph.keras.utils.generic import to_list

_KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def _checked(thresholds: Any, default: float) -> tuple[Any, list[float]]:
    """(thresholds as given, as a list); ValueError outside [0, 1]."""
    as_list = to_list(default if thresholds is None else thresholds)
    wrong = [t for t in as_list if t is None or not 0 <= t <= 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Invalid values: {wrong}")
    return thresholds, [float(t) for t in as_list]


def count_decisions(
    y_true: Any, y_pred: Any, thresholds: list[float], top_k: int | None = None,
    class_id: int | None = None, sample_weight: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """{kind: weighted number of decisions at each threshold} for the four kinds."""
    y_pred = tf.convert_to_tensor(y_pred)
    dtype = y_pred.dtype.base_dtype
    y_true = tf.cast(y_true, dtype)
    checks = [
        tf.assert_greater_equal(y_pred, tf.cast(0.0, dtype), message="predictions must be >= 0"),
        tf.assert_less_equal(y_pred, tf.cast(1.0, dtype), message="predictions must be <= 1"),
    ]
    y_pred, y_true, sample_weight = squeeze_or_expand(
        y_pred, y_true, None if sample_weight is None else tf.convert_to_tensor(sample_weight)
    )
    if top_k is not None:
        y_pred = _keep_top(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
    with tf.control_dependencies(checks):
        flat_true = tf.reshape(tf.cast(y_true, tf.bool), [1, -1])
        flat_pred = tf.reshape(y_pred, [1, -1])
    limits = tf.reshape(tf.constant(thresholds, dtype), [-1, 1])
    above = tf.greater(flat_pred, limits)
    actual = tf.logical_and(flat_true, tf.ones_like(above))
    weights: Any = None
    if sample_weight is not None:
        weights = tf.cast(sample_weight, dtype) * tf.ones_like(y_pred)
        weights = tf.reshape(weights, [1, -1])

    def count(first: Any, second: Any) -> Any:
        both = tf.cast(tf.logical_and(first, second), dtype)
        return tf.reduce_sum(both if weights is None else both * weights, 1)

    below, false = tf.logical_not(above), tf.logical_not(actual)
    return {
        "true_positives": count(actual, above), "false_positives": count(false, above),
        "true_negatives": count(false, below), "false_negatives": count(actual, below),
    }  # fmt: skip


def _keep_top(y_pred: Any, k: int) -> Any:
    """The k largest scores; the others far below any threshold."""
    _, places = tf.nn.top_k(y_pred, k, sorted=False)
    mask = tf.reduce_sum(tf.one_hot(places, tf.shape(y_pred)[-1], axis=-1), -2)
    return y_pred * mask - 1e10 * (1 - mask)


class _Counter(Metric):
    """Counts one or more kinds of decisions."""

    kinds: tuple[str, ...] = ()

    def __init__(
        self, thresholds: Any = None, name: str | None = None, dtype: Any = None,
        top_k: int | None = None, class_id: int | None = None, default: float = 0.5,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds, self.thresholds = _checked(thresholds, default)
        self.top_k, self.class_id = top_k, class_id
        for kind in self.kinds:
            setattr(self, kind, self.add_weight(kind, shape=(len(self.thresholds),)))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Takes a batch in."""
        y_pred = tf.cast(y_pred, self.dtype)
        counts = count_decisions(
            y_true, y_pred, self.thresholds, self.top_k, self.class_id, sample_weight
        )
        return tf.group(*[getattr(self, kind).assign_add(counts[kind]) for kind in self.kinds])

    def _shaped(self, values: Any) -> Any:
        return values[0] if len(self.thresholds) == 1 else values

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class _Count(_Counter):
    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(thresholds, name, dtype)

    @property
    def accumulator(self) -> Any:
        """The variable that counts."""
        return getattr(self, self.kinds[0])

    def result(self) -> Any:
        """The number so far."""
        return self._shaped(getattr(self, self.kinds[0]).value())


class TruePositives(_Count):
    """The number of positives found."""

    kinds = ("true_positives",)


class FalsePositives(_Count):
    """The number of negatives taken for positives."""

    kinds = ("false_positives",)


class TrueNegatives(_Count):
    """The number of negatives found."""

    kinds = ("true_negatives",)


class FalseNegatives(_Count):
    """The number of positives taken for negatives."""

    kinds = ("false_negatives",)


class _Ratio(_Counter):
    def __init__(
        self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        default = 0.5 if top_k is None else -1e9
        if top_k is not None and thresholds is None:
            super().__init__(0.5, name, dtype, top_k, class_id)
            self.init_thresholds, self.thresholds = None, [default]
        else:
            super().__init__(thresholds, name, dtype, top_k, class_id)

    def result(self) -> Any:
        """The ratio so far."""
        found, other = (getattr(self, kind).value() for kind in self.kinds)
        return self._shaped(tf.div_no_nan(found, found + other))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "top_k": self.top_k, "class_id": self.class_id}


class Precision(_Ratio):
    """Which share of what was taken for positive is (tf.keras.metrics.Precision)."""

    kinds = ("true_positives", "false_positives")


class Recall(_Ratio):
    """Which share of the positives was found (tf.keras.metrics.Recall)."""

    kinds = ("true_positives", "false_negatives")


class _AtThresholds(_Counter):
    kinds = _KINDS

    def __init__(self, value: float, num_thresholds: int, name: Any, dtype: Any) -> None:
        if num_thresholds <= 0:
            raise ValueError("`num_thresholds` must be > 0.")
        self._wanted, self.num_thresholds = value, num_thresholds
        steps = num_thresholds - 1
        inner = [i / steps for i in range(1, steps)] if num_thresholds > 1 else [0.5]
        limits = [0.0, *inner, 1.0] if num_thresholds > 1 else [0.5]
        super().__init__(limits, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        tp, fp, tn, fn = (getattr(self, kind).value() for kind in _KINDS)
        return tf.div_no_nan(tp, tp + fn), tf.div_no_nan(tn, tn + fp)

    def _config(self, key: str) -> dict[str, Any]:
        base = Metric.get_config(self)
        return {**base, "num_thresholds": self.num_thresholds, key: self._wanted}


class SensitivityAtSpecificity(_AtThresholds):
    """The sensitivity where the specificity is nearest to a value."""

    def __init__(
        self, specificity: float, num_thresholds: int = 200, name: Any = None, dtype: Any = None
    ) -> None:
        if not 0 <= specificity <= 1:
            raise ValueError("`specificity` must be in the range [0, 1].")
        super().__init__(specificity, num_thresholds, name, dtype)
        self.specificity = specificity

    def result(self) -> Any:
        """The sensitivity so far."""
        sensitivities, specificities = self._rates()
        nearest = tf.argmin(tf.abs(specificities - self._wanted), 0)
        return sensitivities[tf.cast(nearest, tf.int32)]

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return self._config("specificity")


class SpecificityAtSensitivity(_AtThresholds):
    """The specificity where the sensitivity is nearest to a value."""

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, name: Any = None, dtype: Any = None
    ) -> None:
        if not 0 <= sensitivity <= 1:
            raise ValueError("`sensitivity` must be in the range [0, 1].")
        super().__init__(sensitivity, num_thresholds, name, dtype)
        self.sensitivity = sensitivity

    def result(self) -> Any:
        """The specificity so far."""
        sensitivities, specificities = self._rates()
        nearest = tf.argmin(tf.abs(sensitivities - self._wanted), 0)
        return specificities[tf.cast(nearest, tf.int32)]

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return self._config("sensitivity")


class AUC(_Counter):
    """The area below the ROC or the precision-recall curve (tf.keras.metrics.AUC).

    Args:
      num_thresholds: how many points of the curve are computed.
      curve: "ROC" or "PR".
      summation_method: "interpolation" (trapezoids; for PR Davis and Goadrich 2006), "minoring"
        or "majoring" (rectangles below or above the curve).
      name, dtype: see `Metric`.
      thresholds: the inner thresholds in place of evenly spaced ones.
    """

    kinds = _KINDS

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC",
        summation_method: str = "interpolation", name: str | None = None, dtype: Any = None,
        thresholds: Any = None,
    ) -> None:  # fmt: skip
        if curve not in ("ROC", "PR"):
            raise ValueError(f'Invalid AUC curve value "{curve}".')
        if summation_method not in ("interpolation", "minoring", "majoring"):
            raise ValueError(f'Invalid AUC summation method value "{summation_method}".')
        if thresholds is not None:
            inner = sorted(_checked(thresholds, 0.5)[1])
            num_thresholds = len(inner) + 2
        elif num_thresholds <= 1:
            raise ValueError("`num_thresholds` must be > 1.")
        else:
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        self.num_thresholds, self.curve = num_thresholds, curve
        self.summation_method, self._inner = summation_method, inner
        super().__init__([0.0, *inner, 1.0], name, dtype)
        self.thresholds = [-K.epsilon(), *inner, 1.0 + K.epsilon()]

    def result(self) -> Any:
        """The area so far."""
        tp, fp, tn, fn = (getattr(self, kind).value() for kind in _KINDS)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._interpolated_pr(tp, fp, fn)
        recall = tf.div_no_nan(tp, tp + fn)
        if self.curve == "ROC":
            x, y = tf.div_no_nan(fp, fp + tn), recall
        else:
            x, y = recall, tf.div_no_nan(tp, tp + fp)
        low, high = y[:-1], y[1:]
        height = {"interpolation": (low + high) / 2.0, "minoring": tf.minimum(low, high),
                  "majoring": tf.maximum(low, high)}[self.summation_method]  # fmt: skip
        return tf.reduce_sum((x[:-1] - x[1:]) * height)

    @staticmethod
    def _interpolated_pr(tp: Any, fp: Any, fn: Any) -> Any:
        change = tp[:-1] - tp[1:]
        p = tp + fp
        slope = tf.div_no_nan(change, tf.maximum(p[:-1] - p[1:], 0))
        intercept = tp[1:] - slope * p[1:]
        positive = tf.logical_and(p[:-1] > 0, p[1:] > 0)
        ratio = tf.where(positive, tf.div_no_nan(p[:-1], tf.maximum(p[1:], 0)), tf.ones_like(p[1:]))
        parts = slope * (change + intercept * tf.log(ratio))
        return tf.reduce_sum(tf.div_no_nan(parts, tf.maximum(tp[1:] + fn[1:], 0)))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            **Metric.get_config(self), "num_thresholds": self.num_thresholds, "curve": self.curve,
            "summation_method": self.summation_method, "thresholds": list(np.asarray(self._inner)),
        }  # fmt: skip
