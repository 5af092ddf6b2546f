"""`MetricSpec`: a metric and what it is computed of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.estimator.functions import arguments_of


def _chosen(given: Any, key: str | None, what: str) -> Any:
    if not isinstance(given, dict):
        if key is not None and what == "prediction":
            raise ValueError(f"MetricSpec with {what}_key specified requires dict, got: {given}.")
        return given
    if key is not None:
        if key not in given:
            raise KeyError(f"MetricSpec: {what} {key} is not among {sorted(given)}")
        return given[key]
    if len(given) != 1:
        raise ValueError(
            f"MetricSpec without specified {what}_key requires {what}s tensor or single element "
            f"dict, got {given}"
        )
    return next(iter(given.values()))


class MetricSpec:
    """A metric, and the names of what it is computed of (tf.contrib.learn.MetricSpec).

    Args:
      metric_fn: a function of `predictions` and, if it likes, `labels` and `weights`, which gives
        (value, update).
      prediction_key: the name of the prediction; needed when there are several.
      label_key: the name of the label; needed when there are several.
      weight_key: the name of the feature of weights.
    """

    def __init__(
        self, metric_fn: Callable[..., Any], prediction_key: str | None = None,
        label_key: str | None = None, weight_key: str | None = None,
    ) -> None:  # fmt: skip
        self._metric_fn, self._prediction_key = metric_fn, prediction_key
        self._label_key, self._weight_key = label_key, weight_key

    prediction_key = property(lambda self: self._prediction_key, doc="The prediction's name.")
    label_key = property(lambda self: self._label_key, doc="The label's name.")
    weight_key = property(lambda self: self._weight_key, doc="The weights' feature.")
    metric_fn = property(lambda self: self._metric_fn, doc="The function.")

    def create_metric_ops(self, inputs: Any, labels: Any, predictions: Any) -> Any:
        """The metric of a batch, as (value, update).

        Raises:
          ValueError: it is not clear which tensor is meant.
          KeyError: there is none of that name.
        """
        prediction = _chosen(predictions, self._prediction_key, "prediction")
        label = _chosen(labels, self._label_key, "label")
        names = arguments_of(self._metric_fn)
        given: dict[str, Any] = {}
        for words, value in (
            (("predictions", "prediction", "y_pred", "logits", "input"), prediction),
            (("labels", "label", "targets", "target", "y_true"), label),
        ):
            name = next((word for word in words if word in names), None)
            if name is not None:
                given[name] = value
        if self._weight_key is not None:
            given["weights"] = inputs[self._weight_key]
        if len(given) < 2 and len(names) >= 2 and label is not None and not given:
            return self._metric_fn(prediction, label)
        return self._metric_fn(**given)

    def __str__(self) -> str:
        return (
            f"MetricSpec(metric_fn={getattr(self._metric_fn, '__name__', self._metric_fn)}, "
            f"prediction_key={self._prediction_key}, label_key={self._label_key}, "
            f"weight_key={self._weight_key})"
        )


def metric_ops(metrics: Any, features: Any, labels: Any, predictions: Any) -> dict[str, Any]:
    """{name: (value, update)} of {name: `MetricSpec` or function}.

    Names may be (name, name of the prediction), as they once were.
    """
    found = {}
    for key, metric in (metrics or {}).items():
        name, prediction_key = key if isinstance(key, tuple) else (key, None)
        if not isinstance(metric, MetricSpec):
            if isinstance(predictions, dict) and prediction_key is None:
                prediction_key = next((k for k in ("classes", "scores") if k in predictions), None)
            metric = MetricSpec(metric, prediction_key if isinstance(predictions, dict) else None)
        found[name] = metric.create_metric_ops(features, labels, predictions)
    return found
