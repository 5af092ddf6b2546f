"""An Estimator with more: metrics."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.estimator.estimator import Estimator
from flowgraph.estimator.functions import arguments_of
from flowgraph.estimator.modes import ModeKeys

_ARGUMENTS = {"features", "labels", "predictions", "config"}


def add_metrics(estimator: Any, metric_fn: Any) -> Estimator:
    """An Estimator of the same model with more metrics (tf.estimator.add_metrics).

    Args:
      estimator: an `Estimator`.
      metric_fn: a function of any of `features`, `labels`, `predictions` and `config` that gives
        {name: (value, update)}; it replaces metrics of the same names.

    Raises:
      ValueError: the function has other arguments.
    """
    names = set(arguments_of(metric_fn))
    if names - _ARGUMENTS:
        raise ValueError(
            f"metric_fn ({metric_fn}) has following not expected args: {list(names - _ARGUMENTS)}"
        )

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        if mode != ModeKeys.EVAL:
            return spec
        given = {
            "features": features, "labels": labels, "predictions": spec.predictions,
            "config": config,
        }  # fmt: skip
        more = metric_fn(**{name: given[name] for name in names})
        return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **more})

    return Estimator(
        model_fn, model_dir=estimator.model_dir, config=estimator.config,
        warm_start_from=estimator._warm_start_settings,
    )  # fmt: skip


def call_logit_fn(logit_fn: Any, features: Any, mode: str, params: Any, config: Any) -> Any:
    """Calls a function of features with those of the other arguments that it has.

    tf.estimator.experimental.call_logit_fn.

    Raises:
      ValueError: it gives neither a tensor nor {name: tensor}.
    """
    names = arguments_of(logit_fn)
    given = {"mode": mode, "params": params, "config": config}
    found = logit_fn(
        features=features, **{name: value for name, value in given.items() if name in names}
    )
    tensors = list(found.values()) if isinstance(found, dict) else [found]
    if not all(isinstance(tensor, tf.Tensor) for tensor in tensors):
        raise ValueError(
            "logit_fn should return a Tensor or a dictionary mapping strings to Tensors.  "
            f"logit_fn returned: {found}"
        )
    return found
