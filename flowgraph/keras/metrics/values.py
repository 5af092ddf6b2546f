"""Metrics that are the mean of a function of (y_true, y_pred), and those functions."""

from __future__ import annotations

import inspect
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras import losses
from flowgraph.keras.metrics.base import Mean, MeanMetricWrapper, Metric


# --- functions ------------------------------------------------------------------------------------
def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where both are equal, else 0."""
    y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
    if y_true.dtype != y_pred.dtype:
        y_pred = tf.cast(y_pred, y_true.dtype)
    return tf.cast(tf.equal(y_true, y_pred), K.floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """The share of elements on the right side of the threshold."""
    y_pred = tf.convert_to_tensor(y_pred)
    predicted = tf.cast(y_pred > tf.cast(threshold, y_pred.dtype), y_pred.dtype)
    right = tf.equal(tf.cast(y_true, y_pred.dtype), predicted)
    return tf.reduce_mean(tf.cast(right, K.floatx()), -1)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest prediction is at the one of the label, else 0."""
    return tf.cast(tf.equal(tf.argmax(y_true, -1), tf.argmax(y_pred, -1)), K.floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the largest prediction is at the class number, else 0."""
    y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
    if y_true.shape.ndims and y_true.shape.ndims == y_pred.shape.ndims:
        y_true = tf.squeeze(y_true, [-1])
    found = tf.argmax(y_pred, -1)
    if found.dtype != y_true.dtype:
        found = tf.cast(found, y_true.dtype)
    return tf.cast(tf.equal(y_true, found), K.floatx())


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the label's class is among the k largest predictions, else 0."""
    inside = tf.nn.in_top_k(tf.cast(y_pred, tf.float32), tf.argmax(y_true, -1), k)
    return tf.cast(inside, K.floatx())


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the class number is among the k largest predictions, else 0."""
    y_true = tf.convert_to_tensor(y_true)
    if y_true.shape.ndims == 2:
        y_true = tf.squeeze(y_true, [-1])
    inside = tf.nn.in_top_k(tf.cast(y_pred, tf.float32), tf.cast(y_true, tf.int32), k)
    return tf.cast(inside, K.floatx())


def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between both."""
    y_true, y_pred = tf.nn.l2_normalize(y_true, axis=axis), tf.nn.l2_normalize(y_pred, axis=axis)
    return tf.reduce_sum(y_true * y_pred, axis)


# --- classes --------------------------------------------------------------------------------------
def _mean_class(class_name: str, function: Any, default_name: str, **own: Any) -> Any:
    """A metric class that is the mean of a function; `own`: its arguments and their defaults."""
    names = ["name", "dtype", *own]

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if len(args) > len(names) or set(kwargs) - set(names):
            raise TypeError(f"{class_name}() got unexpected arguments; it takes {names}")
        given = {"name": default_name, "dtype": None, **own,
                 **dict(zip(names, args, strict=False)), **kwargs}  # fmt: skip
        for key in own:
            object.__setattr__(self, key, given[key])
        MeanMetricWrapper.__init__(self, function, **given)

    parameters = [
        inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD,
                          default={"name": default_name, "dtype": None, **own}[n])
        for n in names
    ]  # fmt: skip
    doc = f"The mean of `{function.__name__}` (tf.keras.metrics.{class_name})."
    made = type(class_name, (MeanMetricWrapper,), {
        "__init__": __init__, "__doc__": doc, "__module__": __name__})  # fmt: skip
    made.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return made


Accuracy = _mean_class("Accuracy", accuracy, "accuracy")
BinaryAccuracy = _mean_class("BinaryAccuracy", binary_accuracy, "binary_accuracy", threshold=0.5)
CategoricalAccuracy = _mean_class(
    "CategoricalAccuracy", categorical_accuracy, "categorical_accuracy"
)
SparseCategoricalAccuracy = _mean_class(
    "SparseCategoricalAccuracy", sparse_categorical_accuracy, "sparse_categorical_accuracy"
)
MeanSquaredError = _mean_class("MeanSquaredError", losses.mean_squared_error, "mean_squared_error")
MeanAbsoluteError = _mean_class(
    "MeanAbsoluteError", losses.mean_absolute_error, "mean_absolute_error"
)
MeanAbsolutePercentageError = _mean_class(
    "MeanAbsolutePercentageError", losses.mean_absolute_percentage_error,
    "mean_absolute_percentage_error",
)  # fmt: skip
MeanSquaredLogarithmicError = _mean_class(
    "MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error,
    "mean_squared_logarithmic_error",
)  # fmt: skip
Hinge = _mean_class("Hinge", losses.hinge, "hinge")
SquaredHinge = _mean_class("SquaredHinge", losses.squared_hinge, "squared_hinge")
CategoricalHinge = _mean_class("CategoricalHinge", losses.categorical_hinge, "categorical_hinge")
LogCoshError = _mean_class("LogCoshError", losses.logcosh, "logcosh")
Poisson = _mean_class("Poisson", losses.poisson, "poisson")
KLDivergence = _mean_class(
    "KLDivergence", losses.kullback_leibler_divergence, "kullback_leibler_divergence"
)
CosineSimilarity = _mean_class("CosineSimilarity", cosine_proximity, "cosine_similarity", axis=-1)
BinaryCrossentropy = _mean_class(
    "BinaryCrossentropy", losses.binary_crossentropy, "binary_crossentropy", from_logits=False,
    label_smoothing=0,
)  # fmt: skip
CategoricalCrossentropy = _mean_class(
    "CategoricalCrossentropy", losses.categorical_crossentropy, "categorical_crossentropy",
    from_logits=False, label_smoothing=0,
)  # fmt: skip
SparseCategoricalCrossentropy = _mean_class(
    "SparseCategoricalCrossentropy", losses.sparse_categorical_crossentropy,
    "sparse_categorical_crossentropy", from_logits=False, axis=-1,
)  # fmt: skip


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The mean of `top_k_categorical_accuracy`."""

    def __init__(
        self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype=dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The mean of `sparse_top_k_categorical_accuracy`."""

    def __init__(
        self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype=dtype, k=k)


class RootMeanSquaredError(Mean):
    """The square root of the mean squared error."""

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Takes a batch in."""
        y_true, y_pred = tf.cast(y_true, self.dtype), tf.cast(y_pred, self.dtype)
        y_pred, y_true, _ = losses.squeeze_or_expand(y_pred, y_true, None)
        return super().update_state(tf.squared_difference(y_pred, y_true), sample_weight)

    def result(self) -> Any:
        """The root so far."""
        return tf.sqrt(tf.div_no_nan(self.total.value(), self.count.value()))


class MeanRelativeError(Mean):
    """The mean of |y_pred - y_true| / normalizer."""

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name or "mean_relative_error", dtype=dtype)
        self.normalizer = tf.cast(normalizer, self.dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Takes a batch in."""
        y_true, y_pred = tf.cast(y_true, self.dtype), tf.cast(y_pred, self.dtype)
        y_pred, y_true, _ = losses.squeeze_or_expand(y_pred, y_true, None)
        errors = tf.div_no_nan(tf.abs(y_true - y_pred), self.normalizer)
        return super().update_state(errors, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "normalizer": K.eval(self.normalizer)}


class MeanIoU(Metric):
    """The mean over classes of the intersection over the union of predicted and true places."""

    def __init__(self, num_classes: int, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.total_cm = self.add_weight(
            "total_confusion_matrix", shape=(num_classes, num_classes), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Takes a batch of class numbers in."""
        flat = [tf.reshape(tf.cast(t, tf.int64), [-1]) for t in (y_true, y_pred)]
        weights = None if sample_weight is None else (
            tf.reshape(tf.cast(sample_weight, self.dtype), [-1]))  # fmt: skip
        matrix = tf.confusion_matrix(*flat, self.num_classes, weights=weights, dtype=self.dtype)
        return self.total_cm.assign_add(tf.cast(matrix, self.dtype))

    def result(self) -> Any:
        """The mean over the classes that were met."""
        matrix = self.total_cm.value()
        rows, columns = tf.reduce_sum(matrix, 0), tf.reduce_sum(matrix, 1)
        right = tf.diag_part(matrix)
        union = rows + columns - right
        met = tf.reduce_sum(tf.cast(tf.not_equal(union, 0), self.dtype))
        return tf.div_no_nan(tf.reduce_sum(tf.div_no_nan(right, union)), met)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "num_classes": self.num_classes}
