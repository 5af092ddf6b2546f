"""Estimators and optimizers with more: features among the predictions, shortened gradients."""

from __future__ import annotations

from typing import Any

import flowgraph as tf


class _ClippingOptimizer(tf.train.Optimizer):
    """Shortens gradients before another optimizer applies them."""

    def __init__(self, optimizer: Any, clip_norm: float) -> None:
        super().__init__(use_locking=False, name=f"{optimizer.get_name()}-transform-grads")
        self._optimizer, self._clip_norm = optimizer, clip_norm

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """Those of the other optimizer."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars: Any, *args: Any, **kwargs: Any) -> Any:
        """Applies them, none longer than the norm."""
        pairs = [
            (None if grad is None else tf.clip_by_norm(grad, self._clip_norm), variable)
            for grad, variable in grads_and_vars
        ]
        return self._optimizer.apply_gradients(pairs, *args, **kwargs)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """That of the other optimizer."""
        return self._optimizer.get_slot(*args, **kwargs)

    def get_slot_names(self) -> list[str]:
        """Those of the other optimizer."""
        return self._optimizer.get_slot_names()  # type: ignore[no-any-return]


def clip_gradients_by_norm(optimizer: Any, clip_norm: float) -> Any:
    """An optimizer whose gradients are each shortened to a norm.

    tf.contrib.estimator.clip_gradients_by_norm.

    Args:
      optimizer: an optimizer.
      clip_norm: the norm.
    """
    return _ClippingOptimizer(optimizer, clip_norm)


def forward_features(estimator: Any, keys: Any = None, sparse_default_values: Any = None) -> Any:
    """An Estimator of the same model whose predictions have features among them.

    tf.contrib.estimator.forward_features.

    Args:
      estimator: an `Estimator` whose predictions are a dict.
      keys: the features' names, one or several; all when None.
      sparse_default_values: {name: what fills up a sparse feature}.

    Raises:
      ValueError: a feature is missing, or is a prediction's name.
    """
    wanted = [keys] if isinstance(keys, str) else keys

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        if not spec.predictions:
            return spec
        more = {}
        for key in features if wanted is None else wanted:
            if key not in features:
                raise ValueError(f"keys should be exist in features. Key {key} is not in features.")
            if key in spec.predictions:
                raise ValueError(f"Cannot forward feature key ({key}). Since it does exist in "
                                 "predictions.")  # fmt: skip
            value = tf.contrib.framework.convert_to_tensor_or_sparse_tensor(features[key])
            if isinstance(value, tf.SparseTensor):
                value = tf.sparse_tensor_to_dense(value, (sparse_default_values or {}).get(key, 0))
            more[key] = value
        predictions = {**spec.predictions, **more}
        outputs = dict(spec.export_outputs or {})
        for name, output in outputs.items():
            if isinstance(output, tf.estimator.export.PredictOutput):
                outputs[name] = tf.estimator.export.PredictOutput({**output.outputs, **more})
        return spec._replace(predictions=predictions, export_outputs=outputs or None)

    return tf.estimator.Estimator(
        model_fn, model_dir=estimator.model_dir, config=estimator.config,
        warm_start_from=estimator._warm_start_settings,
    )  # fmt: skip
