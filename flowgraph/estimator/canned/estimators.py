"""The Estimators that there are ready: each a model of `models` under a head of `heads`."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.estimator.canned import models
from flowgraph.estimator.canned.class_heads import classifier_head
from flowgraph.estimator.canned.regression_heads import RegressionHead
from flowgraph.estimator.estimator import Estimator

_SUM = "weighted_sum"


# --- networks -------------------------------------------------------------------------------------
class DNNEstimator(Estimator):
    """A network under a head (tf.estimator.DNNEstimator).

    Args:
      head: a `Head`.
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns of the input.
      model_dir: the directory of checkpoints and summaries.
      optimizer: the name of an optimizer, an optimizer, or a function that gives one.
      activation_fn: of the hidden layers.
      dropout: which share of their outputs is dropped in training.
      input_layer_partitioner: of the embeddings' tables.
      config: a `RunConfig`.
      warm_start_from: a checkpoint, a SavedModel or `WarmStartSettings`.
      batch_norm: whether hidden layers are followed by a batch normalisation.
    """

    def __init__(
        self, head: Any, hidden_units: Any, feature_columns: Any, model_dir: Any = None,
        optimizer: Any = "Adagrad", activation_fn: Any = tf.nn.relu, dropout: Any = None,
        input_layer_partitioner: Any = None, config: Any = None, warm_start_from: Any = None,
        batch_norm: bool = False,
    ) -> None:  # fmt: skip
        def _model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return models.dnn(
                features, labels, mode, config, head, hidden_units,
                tuple(feature_columns or []), optimizer, activation_fn, dropout,
                input_layer_partitioner, batch_norm,
            )  # fmt: skip

        super().__init__(_model_fn, model_dir, config, warm_start_from=warm_start_from)


class DNNClassifier(DNNEstimator):
    """A network that tells classes (tf.estimator.DNNClassifier).

    Arguments are those of `DNNEstimator`, and:

    Args:
      n_classes: how many classes there are.
      weight_column: the feature that holds examples' weights.
      label_vocabulary: the classes as strings, where labels are strings.
      loss_reduction: one of `tf.losses.Reduction`.
    """

    def __init__(
        self, hidden_units: Any, feature_columns: Any, model_dir: Any = None, n_classes: int = 2,
        weight_column: Any = None, label_vocabulary: Any = None, optimizer: Any = "Adagrad",
        activation_fn: Any = tf.nn.relu, dropout: Any = None, input_layer_partitioner: Any = None,
        config: Any = None, warm_start_from: Any = None, loss_reduction: str = _SUM,
        batch_norm: bool = False,
    ) -> None:  # fmt: skip
        head = classifier_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, hidden_units, feature_columns, model_dir, optimizer, activation_fn, dropout,
            input_layer_partitioner, config, warm_start_from, batch_norm,
        )  # fmt: skip


class DNNRegressor(DNNEstimator):
    """A network that tells numbers (tf.estimator.DNNRegressor).

    Arguments are those of `DNNEstimator`, and:

    Args:
      label_dimension: how many numbers an example has.
      weight_column: the feature that holds examples' weights.
      loss_reduction: one of `tf.losses.Reduction`.
    """

    def __init__(
        self, hidden_units: Any, feature_columns: Any, model_dir: Any = None,
        label_dimension: int = 1, weight_column: Any = None, optimizer: Any = "Adagrad",
        activation_fn: Any = tf.nn.relu, dropout: Any = None, input_layer_partitioner: Any = None,
        config: Any = None, warm_start_from: Any = None, loss_reduction: str = _SUM,
        batch_norm: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            RegressionHead(label_dimension, weight_column, loss_reduction), hidden_units,
            feature_columns, model_dir, optimizer, activation_fn, dropout,
            input_layer_partitioner, config, warm_start_from, batch_norm,
        )  # fmt: skip


# --- linear models --------------------------------------------------------------------------------
class LinearEstimator(Estimator):
    """A linear model under a head (tf.estimator.LinearEstimator).

    Args:
      head: a `Head`.
      feature_columns: the columns.
      model_dir: the directory of checkpoints and summaries.
      optimizer: the name of an optimizer, an optimizer, or a function that gives one.
      config: a `RunConfig`.
      partitioner: of the variables.
      sparse_combiner: how the weights of an example's ids are put together.
      warm_start_from: a checkpoint, a SavedModel or `WarmStartSettings`.
    """

    def __init__(
        self, head: Any, feature_columns: Any, model_dir: Any = None, optimizer: Any = "Ftrl",
        config: Any = None, partitioner: Any = None, sparse_combiner: str = "sum",
        warm_start_from: Any = None,
    ) -> None:  # fmt: skip
        def _model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return models.linear(
                features, labels, mode, config, head, tuple(feature_columns or []), optimizer,
                partitioner, sparse_combiner,
            )  # fmt: skip

        super().__init__(_model_fn, model_dir, config, warm_start_from=warm_start_from)


class LinearClassifier(LinearEstimator):
    """A linear model that tells classes (tf.estimator.LinearClassifier).

    Arguments are those of `LinearEstimator` and, on classes, of `DNNClassifier`.
    """

    def __init__(
        self, feature_columns: Any, model_dir: Any = None, n_classes: int = 2,
        weight_column: Any = None, label_vocabulary: Any = None, optimizer: Any = "Ftrl",
        config: Any = None, partitioner: Any = None, warm_start_from: Any = None,
        loss_reduction: str = _SUM, sparse_combiner: str = "sum",
    ) -> None:  # fmt: skip
        head = classifier_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, feature_columns, model_dir, optimizer, config, partitioner, sparse_combiner,
            warm_start_from,
        )  # fmt: skip


class LinearRegressor(LinearEstimator):
    """A linear model that tells numbers (tf.estimator.LinearRegressor).

    Arguments are those of `LinearEstimator` and, on numbers, of `DNNRegressor`.
    """

    def __init__(
        self, feature_columns: Any, model_dir: Any = None, label_dimension: int = 1,
        weight_column: Any = None, optimizer: Any = "Ftrl", config: Any = None,
        partitioner: Any = None, warm_start_from: Any = None, loss_reduction: str = _SUM,
        sparse_combiner: str = "sum",
    ) -> None:  # fmt: skip
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(
            head, feature_columns, model_dir, optimizer, config, partitioner, sparse_combiner,
            warm_start_from,
        )  # fmt: skip


# --- both -----------------------------------------------------------------------------------------
class DNNLinearCombinedEstimator(Estimator):
    """A linear model and a network, added, under a head (tf.estimator.DNNLinearCombinedEstimator).

    Args:
      head: a `Head`.
      model_dir: the directory of checkpoints and summaries.
      linear_feature_columns, linear_optimizer: of the linear model.
      dnn_feature_columns, dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout: of the
        network.
      input_layer_partitioner: of the columns' variables.
      config: a `RunConfig`.
      batch_norm: whether hidden layers are followed by a batch normalisation.
      linear_sparse_combiner: how the linear model's weights of ids are put together.
      warm_start_from: a checkpoint, a SavedModel or `WarmStartSettings`.

    Raises:
      ValueError: there are no columns.
    """

    def __init__(
        self, head: Any, model_dir: Any = None, linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl", dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad", dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = tf.nn.relu, dnn_dropout: Any = None,
        input_layer_partitioner: Any = None, config: Any = None,
        linear_sparse_combiner: str = "sum", batch_norm: bool = False,
        warm_start_from: Any = None,
    ) -> None:  # fmt: skip
        wide, deep = list(linear_feature_columns or []), list(dnn_feature_columns or [])
        if not wide and not deep:
            raise ValueError(
                "Either linear_feature_columns or dnn_feature_columns must be defined."
            )

        def _model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return models.combined(
                features, labels, mode, config, head, wide, linear_optimizer, deep,
                dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout,
                input_layer_partitioner, batch_norm, linear_sparse_combiner,
            )  # fmt: skip

        super().__init__(_model_fn, model_dir, config, warm_start_from=warm_start_from)


class DNNLinearCombinedClassifier(DNNLinearCombinedEstimator):
    """A linear model and a network that tell classes (tf.estimator.DNNLinearCombinedClassifier).

    Arguments are those of `DNNLinearCombinedEstimator` and, on classes, of `DNNClassifier`.
    """

    def __init__(
        self, model_dir: Any = None, linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl", dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad", dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = tf.nn.relu, dnn_dropout: Any = None, n_classes: int = 2,
        weight_column: Any = None, label_vocabulary: Any = None,
        input_layer_partitioner: Any = None, config: Any = None, warm_start_from: Any = None,
        loss_reduction: str = _SUM, batch_norm: bool = False, linear_sparse_combiner: str = "sum",
    ) -> None:  # fmt: skip
        head = classifier_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, model_dir, linear_feature_columns, linear_optimizer, dnn_feature_columns,
            dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout,
            input_layer_partitioner, config, linear_sparse_combiner, batch_norm, warm_start_from,
        )  # fmt: skip


class DNNLinearCombinedRegressor(DNNLinearCombinedEstimator):
    """A linear model and a network that tell numbers (tf.estimator.DNNLinearCombinedRegressor).

    Arguments are those of `DNNLinearCombinedEstimator` and, on numbers, of `DNNRegressor`.
    """

    def __init__(
        self, model_dir: Any = None, linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl", dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad", dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = tf.nn.relu, dnn_dropout: Any = None, label_dimension: int = 1,
        weight_column: Any = None, input_layer_partitioner: Any = None, config: Any = None,
        warm_start_from: Any = None, loss_reduction: str = _SUM, batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:  # fmt: skip
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(
            head, model_dir, linear_feature_columns, linear_optimizer, dnn_feature_columns,
            dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout,
            input_layer_partitioner, config, linear_sparse_combiner, batch_norm, warm_start_from,
        )  # fmt: skip


# --- baselines ------------------------------------------------------------------------------------
class BaselineEstimator(Estimator):
    """A model that always says the same, under a head (tf.estimator.BaselineEstimator).

    Args:
      head: a `Head`.
      model_dir: the directory of checkpoints and summaries.
      optimizer: the name of an optimizer, an optimizer, or a function that gives one.
      config: a `RunConfig`.
      weight_column: the feature that holds examples' weights.
    """

    def __init__(
        self, head: Any, model_dir: Any = None, optimizer: Any = "Ftrl", config: Any = None,
        weight_column: Any = None,
    ) -> None:  # fmt: skip
        def _model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return models.baseline(features, labels, mode, head, optimizer, weight_column)

        super().__init__(_model_fn, model_dir, config)


class BaselineClassifier(BaselineEstimator):
    """Tells how frequent each class is (tf.estimator.BaselineClassifier).

    Arguments are those of `BaselineEstimator` and, on classes, of `DNNClassifier`.
    """

    def __init__(
        self, model_dir: Any = None, n_classes: int = 2, weight_column: Any = None,
        label_vocabulary: Any = None, optimizer: Any = "Ftrl", config: Any = None,
        loss_reduction: str = _SUM,
    ) -> None:  # fmt: skip
        head = classifier_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(head, model_dir, optimizer, config, weight_column)


class BaselineRegressor(BaselineEstimator):
    """Tells the labels' mean (tf.estimator.BaselineRegressor).

    Arguments are those of `BaselineEstimator` and, on numbers, of `DNNRegressor`.
    """

    def __init__(
        self, model_dir: Any = None, label_dimension: int = 1, weight_column: Any = None,
        optimizer: Any = "Ftrl", config: Any = None, loss_reduction: str = _SUM,
    ) -> None:  # fmt: skip
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(head, model_dir, optimizer, config, weight_column)
