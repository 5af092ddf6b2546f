"""What a model gives when it is served: outputs, and the signatures made of them."""

from __future__ import annotations

import abc
from typing import Any

import flowgraph as tf
from flowgraph.platform import logging

_KEYS = tf.saved_model.signature_constants
DEFAULT_SERVING_KEY = _KEYS.DEFAULT_SERVING_SIGNATURE_DEF_KEY


def _joined(key: Any, label: str) -> str:
    if isinstance(key, tuple):
        key = "/".join(key)
    if not isinstance(key, str):
        raise ValueError(f"{label} output key must be a string; got {key}.")
    return key


def _wrapped(outputs: Any, default: str, label: str) -> dict[str, Any]:
    """Outputs as {name: tensor}; ValueError when a name or a value is something else."""
    if not isinstance(outputs, dict):
        outputs = {default: outputs}
    found = {}
    for key, value in outputs.items():
        key = _joined(key, label)
        if not isinstance(value, tf.Tensor):
            raise ValueError(f"{label} output value must be a Tensor; got {value}.")
        found[key] = value
    return found


class ExportOutput(abc.ABC):
    """Base class of what a model gives (tf.estimator.export.ExportOutput)."""

    @abc.abstractmethod
    def as_signature_def(self, receiver_tensors: Any) -> Any:
        """The SignatureDef from these inputs; ValueError when they do not fit."""


def _only_examples(receiver_tensors: Any, what: str) -> Any:
    found = list(receiver_tensors.values())
    if len(found) != 1 or found[0].dtype != tf.string:
        raise ValueError(f"{what} input must be a single string Tensor; got {receiver_tensors}")
    return found[0]


class ClassificationOutput(ExportOutput):
    """Classes and their scores (tf.estimator.export.ClassificationOutput).

    Args:
      scores: a floating tensor.
      classes: a string tensor.

    Raises:
      ValueError: both are missing, or of other dtypes.
    """

    def __init__(self, scores: Any = None, classes: Any = None) -> None:
        if scores is not None and not (isinstance(scores, tf.Tensor) and scores.dtype.is_floating):
            raise ValueError(f"Classification scores must be a float32 Tensor; got {scores}")
        if classes is not None and not (
            isinstance(classes, tf.Tensor) and classes.dtype == tf.string
        ):
            raise ValueError(f"Classification classes must be a string Tensor; got {classes}")
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")
        self._scores, self._classes = scores, classes

    @property
    def scores(self) -> Any:
        """The scores."""
        return self._scores

    @property
    def classes(self) -> Any:
        """The classes."""
        return self._classes

    def as_signature_def(self, receiver_tensors: Any) -> Any:
        """The SignatureDef of a classification of serialised tf.Examples."""
        examples = _only_examples(receiver_tensors, "Classification")
        make = tf.saved_model.signature_def_utils.classification_signature_def
        return make(examples, self.classes, self.scores)


class RegressionOutput(ExportOutput):
    """Predicted numbers (tf.estimator.export.RegressionOutput).

    Args:
      value: a floating tensor; ValueError when it is none.
    """

    def __init__(self, value: Any) -> None:
        if not (isinstance(value, tf.Tensor) and value.dtype.is_floating):
            raise ValueError(f"Regression output value must be a float32 Tensor; got {value}")
        self._value = value

    @property
    def value(self) -> Any:
        """The numbers."""
        return self._value

    def as_signature_def(self, receiver_tensors: Any) -> Any:
        """The SignatureDef of a regression of serialised tf.Examples."""
        examples = _only_examples(receiver_tensors, "Regression")
        return tf.saved_model.signature_def_utils.regression_signature_def(examples, self.value)


class PredictOutput(ExportOutput):
    """Any tensors (tf.estimator.export.PredictOutput).

    Args:
      outputs: a tensor, or {name: tensor}.
    """

    def __init__(self, outputs: Any) -> None:
        self._outputs = _wrapped(outputs, "output", "Prediction")

    @property
    def outputs(self) -> dict[str, Any]:
        """The tensors by name."""
        return self._outputs

    def as_signature_def(self, receiver_tensors: Any) -> Any:
        """The SignatureDef from the inputs to them."""
        make = tf.saved_model.signature_def_utils.predict_signature_def
        return make(receiver_tensors, self.outputs)


class _SupervisedOutput(ExportOutput):
    """Loss, predictions and metrics of a graph for training or evaluation."""

    _function = ""

    def __init__(self, loss: Any = None, predictions: Any = None, metrics: Any = None) -> None:
        self._loss = self._named(loss, "loss")
        self._predictions = self._named(predictions, "predictions")
        self._metrics = None if metrics is None else self._of_metrics(metrics)

    @staticmethod
    def _prefixed(key: str, label: str) -> str:
        return key if key.startswith(label) else f"{label}/{key}"

    def _named(self, outputs: Any, label: str) -> dict[str, Any] | None:
        if outputs is None:
            return None
        found = _wrapped(outputs, label, label)
        return {self._prefixed(key, label): value for key, value in found.items()}

    def _of_metrics(self, metrics: Any) -> dict[str, Any]:
        if not isinstance(metrics, dict):
            metrics = {"metrics": metrics}
        found = {}
        for key, (value, update) in metrics.items():
            key = self._prefixed(_joined(key, "metrics"), "metrics")
            if not isinstance(value, tf.Tensor):
                raise ValueError(f"{key} output value must be a Tensor; got {value}.")
            if isinstance(update, tf.Operation):
                with tf.control_dependencies([update]):
                    update = tf.constant([], name="metric_op_wrapper")
            elif not isinstance(update, tf.Tensor):
                raise ValueError(f"{key} update_op must be a Tensor or Operation; got {update}.")
            found[f"{key}/value"], found[f"{key}/update_op"] = value, update
        return found

    @property
    def loss(self) -> Any:
        """The loss by name."""
        return self._loss

    @property
    def predictions(self) -> Any:
        """The predictions by name."""
        return self._predictions

    @property
    def metrics(self) -> Any:
        """The metrics' values and updates by name."""
        return self._metrics

    def as_signature_def(self, receiver_tensors: Any) -> Any:
        """The SignatureDef from the inputs to them."""
        make = getattr(tf.saved_model.signature_def_utils, self._function)
        return make(receiver_tensors, self.loss, self.predictions, self.metrics)


class TrainOutput(_SupervisedOutput):
    """Outputs of a graph for training."""

    _function = "supervised_train_signature_def"


class EvalOutput(_SupervisedOutput):
    """Outputs of a graph for evaluation."""

    _function = "supervised_eval_signature_def"


def checked(export_outputs: Any, predictions: Any) -> dict[str, Any]:
    """What is served: `export_outputs`, with one of them as the default, or the predictions.

    Raises:
      TypeError: it is no dict of `ExportOutput`s.
      ValueError: there are several and none is called the default.
    """
    if export_outputs is None:
        export_outputs = {DEFAULT_SERVING_KEY: PredictOutput(predictions)}
    if not isinstance(export_outputs, dict):
        raise TypeError(f"export_outputs must be dict, given: {export_outputs}")
    for value in export_outputs.values():
        if not isinstance(value, ExportOutput):
            raise TypeError(
                f"Values in export_outputs must be ExportOutput objects. Given: {export_outputs}"
            )
    if len(export_outputs) == 1:
        (value,) = export_outputs.values()
        export_outputs.setdefault(DEFAULT_SERVING_KEY, value)
    elif export_outputs and DEFAULT_SERVING_KEY not in export_outputs:
        raise ValueError(
            "Multiple export_outputs were provided, but none of them is specified as the default. "
            " Do this by naming one of them with "
            "signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY."
        )
    return export_outputs


def build_all_signature_defs(
    receiver_tensors: Any,
    export_outputs: Any,
    receiver_tensors_alternatives: Any = None,
    serving_only: bool = True,
) -> dict[str, Any]:
    """{name: SignatureDef} of outputs from inputs; what does not fit is told in the log.

    Args:
      receiver_tensors: the inputs, a tensor or {name: tensor}.
      export_outputs: {name: `ExportOutput`}.
      receiver_tensors_alternatives: {name: other inputs}.
      serving_only: whether signatures that no server takes are left out.

    Raises:
      ValueError: the outputs are no dict.
    """
    if not isinstance(export_outputs, dict):
        raise ValueError(f"export_outputs must be a dict and not{type(export_outputs)}")
    every = {None: receiver_tensors, **(receiver_tensors_alternatives or {})}
    found: dict[str, Any] = {}
    excluded: dict[str, str] = {}
    for place, inputs in every.items():
        inputs = inputs if isinstance(inputs, dict) else {"input": inputs}
        for key, output in export_outputs.items():
            name = f"{key or 'None'}" if place is None else f"{place or 'None'}:{key or 'None'}"
            try:
                found[name] = output.as_signature_def(inputs)
            except ValueError as error:
                excluded[name] = str(error)
    _report(found, excluded)
    if serving_only:
        valid = tf.saved_model.signature_def_utils.is_valid_signature
        found = {name: signature for name, signature in found.items() if valid(signature)}
    return found


_METHODS = {
    _KEYS.CLASSIFY_METHOD_NAME: "Classify",
    _KEYS.REGRESS_METHOD_NAME: "Regress",
    _KEYS.PREDICT_METHOD_NAME: "Predict",
    "tensorflow/supervised/training": "Train",
    "tensorflow/supervised/eval": "Eval",
}


def _report(found: dict[str, Any], excluded: dict[str, str]) -> None:
    for method, friendly in _METHODS.items():
        names = [name for name, signature in found.items() if signature.method_name == method]
        logging.info("Signatures INCLUDED in export for %s: %s", friendly, names or "None")
    if excluded:
        logging.info(
            "Signatures EXCLUDED from export because they cannot be be served via TensorFlow "
            "Serving APIs:"
        )
        for name, message in excluded.items():
            logging.info("'%s' : %s", name, message)
    if not found:
        logging.warn("Export includes no signatures!")
    elif DEFAULT_SERVING_KEY not in found:
        logging.warn("Export includes no default signature!")
