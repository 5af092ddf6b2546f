"""The Estimators that tf.contrib.learn has ready: linear models, networks, and both."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.learn.estimator import BaseEstimator, examples
from flowgraph.contrib.learn.model_fn import ModeKeys, ModelFnOps, PredictionKey
from flowgraph.estimator.canned.optimizers import optimizer_of
from flowgraph.feature_column.base import FeatureColumn


# --- logits ---------------------------------------------------------------------------------------
def _dict(features: Any) -> Any:
    return features if isinstance(features, dict) else {"": features}


def _is_core(columns: Any) -> bool:
    return any(isinstance(column, FeatureColumn) for column in columns)


def _input(features: Any, columns: Any) -> Any:
    if _is_core(columns):
        return tf.feature_column.input_layer(features, columns)
    with tf.variable_scope("input_from_feature_columns") as scope:
        return tf.contrib.layers.input_from_feature_columns(features, columns, scope=scope)


def _deep(
    features: Any, columns: Any, units: Any, size: int, activation: Any, dropout: Any, mode: str
) -> Any:
    with tf.variable_scope("dnn"):
        net = _input(features, columns)
        for number, width in enumerate(units):
            net = tf.contrib.layers.fully_connected(
                net, width, activation_fn=activation, scope=f"hiddenlayer_{number}"
            )
            if dropout is not None and mode == ModeKeys.TRAIN:
                net = tf.contrib.layers.dropout(net, keep_prob=1.0 - dropout)
        return tf.contrib.layers.fully_connected(net, size, activation_fn=None, scope="logits")


def _wide(features: Any, columns: Any, size: int) -> Any:
    with tf.variable_scope("linear") as scope:
        if _is_core(columns):
            return tf.feature_column.linear_model(features, columns, units=size)
        return tf.contrib.layers.weighted_sum_from_feature_columns(
            features, columns, size, scope=scope
        )[0]


# --- what logits mean -----------------------------------------------------------------------------
class _Classes:
    """Of two classes by a logistic function, of more by a softmax."""

    def __init__(self, n_classes: int, weight_column_name: Any, label_keys: Any = None) -> None:
        if n_classes < 2:
            raise ValueError(f"n_classes must be > 1 for classification: {n_classes}.")
        self._count, self._weights = n_classes, weight_column_name
        self.size = 1 if n_classes == 2 else n_classes
        self._label_keys = label_keys

    def predictions(self, logits: Any) -> dict[str, Any]:
        """Logits, probabilities and classes."""
        found = {PredictionKey.LOGITS: logits}
        scores = logits
        if self._count == 2:
            found[PredictionKey.LOGISTIC] = tf.sigmoid(logits)
            scores = tf.concat([tf.zeros_like(logits), logits], 1)
        ids = tf.argmax(scores, 1)
        found[PredictionKey.PROBABILITIES] = tf.nn.softmax(scores)
        if self._label_keys is not None:
            table = tf.contrib.lookup.index_to_string_table_from_tensor(list(self._label_keys))
            ids = table.lookup(ids)
        found[PredictionKey.CLASSES] = ids
        return found

    def labels(self, labels: Any) -> Any:
        """Labels as ids [batch]."""
        if isinstance(labels, dict):
            (labels,) = labels.values()
        labels = tf.reshape(tf.convert_to_tensor(labels), [-1])
        if self._label_keys is not None:
            table = tf.contrib.lookup.index_table_from_tensor(tuple(self._label_keys))
            return table.lookup(labels)
        return tf.cast(labels, tf.int64)

    def losses(self, labels: Any, logits: Any) -> Any:
        """The loss of each example [batch]."""
        if self._count > 2:
            return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        truth = tf.expand_dims(tf.cast(labels, tf.float32), 1)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=truth, logits=logits)
        return tf.reshape(losses, [-1])

    def metrics(self, labels: Any, predictions: Any, weights: Any) -> dict[str, Any]:
        """Accuracy; of two classes also the area under the curve and means."""
        said = predictions[PredictionKey.CLASSES]
        if self._label_keys is not None:
            said = tf.argmax(predictions[PredictionKey.PROBABILITIES], 1)
        found = {"accuracy": tf.metrics.accuracy(labels, said, weights=weights)}
        if self._count > 2:
            return found
        logistic = tf.reshape(predictions[PredictionKey.LOGISTIC], [-1])
        truth = tf.cast(labels, tf.float32)
        found["labels/prediction_mean"] = tf.metrics.mean(logistic, weights=weights)
        found["labels/actual_label_mean"] = tf.metrics.mean(truth, weights=weights)
        found["accuracy/baseline_label_mean"] = tf.metrics.mean(truth, weights=weights)
        found["auc"] = tf.metrics.auc(labels, logistic, weights=weights)
        found["auc_precision_recall"] = tf.metrics.auc(
            labels, logistic, weights=weights, curve="PR"
        )
        half = tf.cast(logistic >= 0.5, tf.float32)
        names = "accuracy/threshold_0.500000_mean", "precision/positive_threshold_0.500000_mean"
        found[names[0]] = tf.metrics.accuracy(truth, half, weights=weights)
        found[names[1]] = tf.metrics.precision(labels, half, weights=weights)
        found["recall/positive_threshold_0.500000_mean"] = tf.metrics.recall(
            labels, half, weights=weights
        )
        return found


class _Numbers:
    """Numbers, by squared errors."""

    def __init__(self, label_dimension: int, weight_column_name: Any) -> None:
        self.size, self._weights = label_dimension, weight_column_name

    def predictions(self, logits: Any) -> dict[str, Any]:
        """The numbers; [batch] where there is one for each example."""
        return {PredictionKey.SCORES: tf.squeeze(logits, [1]) if self.size == 1 else logits}

    def labels(self, labels: Any) -> Any:
        """Labels as float32 [batch, numbers]."""
        if isinstance(labels, dict):
            (labels,) = labels.values()
        return tf.reshape(tf.cast(labels, tf.float32), [-1, self.size])

    def losses(self, labels: Any, logits: Any) -> Any:
        """The loss of each example [batch]."""
        return tf.reduce_mean(tf.square(labels - logits), 1)

    def metrics(self, labels: Any, predictions: Any, weights: Any) -> dict[str, Any]:
        """None besides the loss."""
        return {}


# --- Estimators -----------------------------------------------------------------------------------
class _Canned(BaseEstimator):
    """Logits, what they mean, and how parts of the model are trained."""

    def __init__(
        self, meaning: Any, logits: Callable[[Any, str], Any],
        optimizers: Callable[[], list[tuple[Any, str]]], model_dir: Any, config: Any,
        gradient_clip_norm: float | None, feature_engineering_fn: Any,
    ) -> None:  # fmt: skip
        self._meaning, self._logits, self._optimizers = meaning, logits, optimizers
        self._clip_norm, self._engineer = gradient_clip_norm, feature_engineering_fn
        super().__init__(model_dir, config)

    def _call(self, features: Any, labels: Any, mode: str) -> ModelFnOps:
        if self._engineer is not None:
            features, labels = self._engineer(features, labels)
        features = _dict(features)
        meaning = self._meaning
        logits = self._logits(features, mode)
        predictions = meaning.predictions(logits)
        if mode == ModeKeys.INFER:
            return ModelFnOps(mode, predictions)
        labels = meaning.labels(labels)
        weights = None
        if meaning._weights is not None:
            weights = tf.reshape(tf.cast(features[meaning._weights], tf.float32), [-1])
        losses = meaning.losses(labels, logits)
        loss = tf.reduce_mean(losses)
        if weights is not None:
            loss = tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)
        if mode == ModeKeys.EVAL:
            return ModelFnOps(
                mode, predictions, loss,
                eval_metric_ops=meaning.metrics(labels, predictions, weights),
            )  # fmt: skip
        return ModelFnOps(mode, predictions, loss, self._train(loss))

    def _train(self, loss: Any) -> Any:
        ops = []
        for optimizer, scope in self._optimizers():
            variables = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=f"{scope}/")
            pairs = [p for p in optimizer.compute_gradients(loss, variables) if p[0] is not None]
            if self._clip_norm:
                clipped, _ = tf.clip_by_global_norm([g for g, _ in pairs], self._clip_norm)
                pairs = list(zip(clipped, [v for _, v in pairs], strict=True))
            ops.append(optimizer.apply_gradients(pairs))
        with tf.control_dependencies(ops):
            return tf.assign_add(tf.train.get_global_step(), 1).op

    def predict_classes(
        self, x: Any = None, input_fn: Any = None, batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:  # fmt: skip
        """The classes of examples."""
        return self._one(PredictionKey.CLASSES, x, input_fn, batch_size, as_iterable)

    def predict_proba(
        self, x: Any = None, input_fn: Any = None, batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:  # fmt: skip
        """The probabilities of classes."""
        return self._one(PredictionKey.PROBABILITIES, x, input_fn, batch_size, as_iterable)

    def predict_scores(
        self, x: Any = None, input_fn: Any = None, batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:  # fmt: skip
        """The predicted numbers."""
        return self._one(PredictionKey.SCORES, x, input_fn, batch_size, as_iterable)

    def _one(self, key: str, x: Any, input_fn: Any, batch_size: Any, as_iterable: bool) -> Any:
        found = super().predict(x, input_fn, batch_size, [key], as_iterable)
        return examples(found, key) if as_iterable else found[key]

    def predict(
        self, x: Any = None, input_fn: Any = None, batch_size: int | None = None,
        outputs: Any = None, as_iterable: bool = True, iterate_batches: bool = False,
    ) -> Any:  # fmt: skip
        """The classes or numbers of examples; those of `outputs` when they are given."""
        if outputs:
            return super().predict(x, input_fn, batch_size, outputs, as_iterable, iterate_batches)
        classes = isinstance(self._meaning, _Classes)
        key = PredictionKey.CLASSES if classes else PredictionKey.SCORES
        return self._one(key, x, input_fn, batch_size, as_iterable)

    @property
    def weights_(self) -> Any:
        """{name: value} of the variables, without those of optimizers."""
        names = [n for n in self.get_variable_names() if n.endswith(("weights", "weight"))]
        return {name: self.get_variable_value(name) for name in names}

    @property
    def bias_(self) -> Any:
        """{name: value} of the biases."""
        names = [n for n in self.get_variable_names() if n.endswith(("biases", "bias_weight"))]
        return {name: self.get_variable_value(name) for name in names}


def _rate(columns: Any, most: float) -> float:
    return min(most, 1.0 / math.sqrt(max(len(columns), 1)))


class _Dnn(_Canned):
    def __init__(
        self, meaning: Any, hidden_units: Any, feature_columns: Any, model_dir: Any,
        optimizer: Any, activation_fn: Any, dropout: Any, clip: Any, config: Any, engineer: Any,
    ) -> None:  # fmt: skip
        columns = tuple(feature_columns or ())

        def logits(features: Any, mode: str) -> Any:
            return _deep(
                features, columns, hidden_units, meaning.size, activation_fn, dropout, mode
            )

        def optimizers() -> list[tuple[Any, str]]:
            return [(optimizer_of(optimizer or "Adagrad", 0.05), "dnn")]

        super().__init__(meaning, logits, optimizers, model_dir, config, clip, engineer)


class DNNClassifier(_Dnn):
    """A network that tells classes (tf.contrib.learn.DNNClassifier).

    Args:
      hidden_units: the sizes of the hidden layers.
      feature_columns: columns of tf.contrib.layers, or of tf.feature_column.
      model_dir: the directory of checkpoints and summaries.
      n_classes: how many classes there are.
      weight_column_name: the feature that holds examples' weights.
      optimizer: an optimizer, its name, or a function that gives one; Adagrad when None.
      activation_fn: of the hidden layers.
      dropout: which share of their outputs is dropped in training.
      gradient_clip_norm: gradients are shortened to this norm.
      enable_centered_bias, embedding_lr_multipliers, input_layer_min_slice_size: accepted.
      config: a `RunConfig`.
      feature_engineering_fn: a function of (features, labels) that is applied first.
      label_keys: the classes as strings, where labels are strings.

    Raises:
      ValueError: there are fewer than two classes.
    """

    def __init__(
        self, hidden_units: Any, feature_columns: Any, model_dir: Any = None, n_classes: int = 2,
        weight_column_name: Any = None, optimizer: Any = None, activation_fn: Any = tf.nn.relu,
        dropout: Any = None, gradient_clip_norm: Any = None, enable_centered_bias: bool = False,
        config: Any = None, feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None, input_layer_min_slice_size: Any = None,
        label_keys: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            _Classes(n_classes, weight_column_name, label_keys), hidden_units, feature_columns,
            model_dir, optimizer, activation_fn, dropout, gradient_clip_norm, config,
            feature_engineering_fn,
        )  # fmt: skip


class DNNRegressor(_Dnn):
    """A network that tells numbers (tf.contrib.learn.DNNRegressor).

    Arguments are those of `DNNClassifier`, with `label_dimension`: how many numbers there are.
    """

    def __init__(
        self, hidden_units: Any, feature_columns: Any, model_dir: Any = None,
        weight_column_name: Any = None, optimizer: Any = None, activation_fn: Any = tf.nn.relu,
        dropout: Any = None, gradient_clip_norm: Any = None, enable_centered_bias: bool = False,
        config: Any = None, feature_engineering_fn: Any = None, label_dimension: int = 1,
        embedding_lr_multipliers: Any = None, input_layer_min_slice_size: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            _Numbers(label_dimension, weight_column_name), hidden_units, feature_columns,
            model_dir, optimizer, activation_fn, dropout, gradient_clip_norm, config,
            feature_engineering_fn,
        )  # fmt: skip


class _Linear(_Canned):
    def __init__(
        self, meaning: Any, feature_columns: Any, model_dir: Any, optimizer: Any, clip: Any,
        config: Any, engineer: Any,
    ) -> None:  # fmt: skip
        columns = tuple(feature_columns or ())

        def logits(features: Any, mode: str) -> Any:
            return _wide(features, columns, meaning.size)

        def optimizers() -> list[tuple[Any, str]]:
            return [(optimizer_of(optimizer or "Ftrl", _rate(columns, 0.2)), "linear")]

        super().__init__(meaning, logits, optimizers, model_dir, config, clip, engineer)


class LinearClassifier(_Linear):
    """A linear model that tells classes (tf.contrib.learn.LinearClassifier).

    Arguments are those of `DNNClassifier`; Ftrl is the optimizer when None.
    """

    def __init__(
        self, feature_columns: Any, model_dir: Any = None, n_classes: int = 2,
        weight_column_name: Any = None, optimizer: Any = None, gradient_clip_norm: Any = None,
        enable_centered_bias: bool = False, _joint_weight: bool = False, config: Any = None,
        feature_engineering_fn: Any = None, label_keys: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            _Classes(n_classes, weight_column_name, label_keys), feature_columns, model_dir,
            optimizer, gradient_clip_norm, config, feature_engineering_fn,
        )  # fmt: skip


class LinearRegressor(_Linear):
    """A linear model that tells numbers (tf.contrib.learn.LinearRegressor).

    Arguments are those of `DNNRegressor`; Ftrl is the optimizer when None.
    """

    def __init__(
        self, feature_columns: Any, model_dir: Any = None, weight_column_name: Any = None,
        optimizer: Any = None, gradient_clip_norm: Any = None, enable_centered_bias: bool = False,
        label_dimension: int = 1, _joint_weights: bool = False, config: Any = None,
        feature_engineering_fn: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            _Numbers(label_dimension, weight_column_name), feature_columns, model_dir, optimizer,
            gradient_clip_norm, config, feature_engineering_fn,
        )  # fmt: skip


class _Both(_Canned):
    def __init__(
        self, meaning: Any, wide: Any, wide_optimizer: Any, deep: Any, deep_optimizer: Any,
        hidden_units: Any, activation_fn: Any, dropout: Any, model_dir: Any, clip: Any,
        config: Any, engineer: Any,
    ) -> None:  # fmt: skip
        wide, deep = tuple(wide or ()), tuple(deep or ())
        if not wide and not deep:
            raise ValueError(
                "Either linear_feature_columns or dnn_feature_columns must be defined."
            )
        if deep and not hidden_units:
            raise ValueError(
                "dnn_hidden_units must be defined when dnn_feature_columns is specified."
            )

        def logits(features: Any, mode: str) -> Any:
            parts = []
            if deep:
                parts.append(
                    _deep(features, deep, hidden_units, meaning.size, activation_fn, dropout, mode)
                )
            if wide:
                parts.append(_wide(features, wide, meaning.size))
            return parts[0] if len(parts) == 1 else parts[0] + parts[1]

        def optimizers() -> list[tuple[Any, str]]:
            found = []
            if deep:
                found.append((optimizer_of(deep_optimizer or "Adagrad", 0.05), "dnn"))
            if wide:
                rate = _rate(wide, 0.2)
                found.append((optimizer_of(wide_optimizer or "Ftrl", rate), "linear"))
            return found

        super().__init__(meaning, logits, optimizers, model_dir, config, clip, engineer)


class DNNLinearCombinedClassifier(_Both):
    """A linear model and a network that tell classes (of tf.contrib.learn).

    Arguments are those of `DNNClassifier`, for each of the two parts.
    """

    def __init__(
        self, model_dir: Any = None, n_classes: int = 2, weight_column_name: Any = None,
        linear_feature_columns: Any = None, linear_optimizer: Any = None,
        _joint_linear_weights: bool = False, dnn_feature_columns: Any = None,
        dnn_optimizer: Any = None, dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = tf.nn.relu, dnn_dropout: Any = None,
        gradient_clip_norm: Any = None, enable_centered_bias: bool = False, config: Any = None,
        feature_engineering_fn: Any = None, embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: Any = None, label_keys: Any = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            _Classes(n_classes, weight_column_name, label_keys), linear_feature_columns,
            linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units,
            dnn_activation_fn, dnn_dropout, model_dir, gradient_clip_norm, config,
            feature_engineering_fn,
        )  # fmt: skip


class DNNLinearCombinedRegressor(_Both):
    """A linear model and a network that tell numbers (of tf.contrib.learn).

    Arguments are those of `DNNRegressor`, for each of the two parts.
    """

    def __init__(
        self, model_dir: Any = None, weight_column_name: Any = None,
        linear_feature_columns: Any = None, linear_optimizer: Any = None,
        _joint_linear_weights: bool = False, dnn_feature_columns: Any = None,
        dnn_optimizer: Any = None, dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = tf.nn.relu, dnn_dropout: Any = None,
        gradient_clip_norm: Any = None, enable_centered_bias: bool = False,
        label_dimension: int = 1, config: Any = None, feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None, input_layer_min_slice_size: Any = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            _Numbers(label_dimension, weight_column_name), linear_feature_columns,
            linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units,
            dnn_activation_fn, dnn_dropout, model_dir, gradient_clip_norm, config,
            feature_engineering_fn,
        )  # fmt: skip
