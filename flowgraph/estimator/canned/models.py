"""The logits of the models that there are ready: constants, linear models, networks, both."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.estimator.canned.optimizers import optimizer_of
from flowgraph.estimator.modes import ModeKeys

_SLICE = 64 << 20


def check_features(features: Any) -> None:
    """Raises ValueError unless features are a dict."""
    if not isinstance(features, dict):
        raise ValueError(
            f"features should be a dictionary of `Tensor`s. Given type: {type(features)}"
        )


def _partitioner(config: Any, **kwargs: Any) -> Any:
    count = config.num_ps_replicas if config else 0
    return tf.min_max_variable_partitioner(max_partitions=max(count, 1), **kwargs)


def _summarize(value: Any, tag: str) -> None:
    tf.summary.scalar(f"{tag}/fraction_of_zero_values", tf.nn.zero_fraction(value))
    tf.summary.histogram(f"{tag}/activation", value)


# --- logits ---------------------------------------------------------------------------------------
def dnn_logit_fn_builder(
    units: int, hidden_units: Any, feature_columns: Any, activation_fn: Any, dropout: Any,
    input_layer_partitioner: Any, batch_norm: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """A function of (features, mode) that gives a network's logits.

    tf.estimator.experimental.dnn_logit_fn_builder.

    Args:
      units: how many logits there are.
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns of the input.
      activation_fn: of the hidden layers.
      dropout: which share of their outputs is dropped in training; none when None.
      input_layer_partitioner: of the embeddings' tables.
      batch_norm: whether hidden layers are followed by a batch normalisation.

    Raises:
      ValueError: `units` is no integer.
    """
    if not isinstance(units, int):
        raise ValueError(f"units must be an int.  Given type: {type(units)}")

    def dense(inputs: Any, size: int, activation: Any, name: str) -> Any:
        return tf.layers.dense(
            inputs, size, activation, kernel_initializer=tf.glorot_uniform_initializer(), name=name
        )

    def dnn_logit_fn(features: Any, mode: str) -> Any:
        training = mode == ModeKeys.TRAIN
        scope = tf.get_variable_scope().name
        prefix = f"{scope}/" if scope else ""
        with tf.variable_scope("input_from_feature_columns", partitioner=input_layer_partitioner):
            net = tf.feature_column.input_layer(features, feature_columns)
        for number, size in enumerate(hidden_units):
            name = f"hiddenlayer_{number}"
            net = dense(net, size, activation_fn, name)
            if dropout is not None and training:
                net = tf.layers.dropout(net, rate=dropout, training=True)
            if batch_norm:
                with tf.variable_scope(name):
                    net = tf.layers.batch_normalization(
                        net, momentum=0.999, training=training, name=f"batchnorm_{number}"
                    )
            _summarize(net, prefix + name)
        logits = dense(net, units, None, "logits")
        _summarize(logits, f"{prefix}logits")
        return logits

    return dnn_logit_fn


def linear_logit_fn_builder(
    units: int, feature_columns: Any, sparse_combiner: str = "sum"
) -> Callable[..., Any]:
    """A function of features that gives a linear model's logits.

    tf.estimator.experimental.linear_logit_fn_builder.

    Args:
      units: how many logits there are.
      feature_columns: the columns.
      sparse_combiner: how the weights of an example's ids are put together.
    """

    def linear_logit_fn(features: Any) -> Any:
        made: dict[Any, Any] = {}
        logits = tf.feature_column.linear_model(
            features, feature_columns, units=units, sparse_combiner=sparse_combiner,
            cols_to_vars=made,
        )  # fmt: skip
        bias = made.pop("bias")
        if units > 1:
            tf.summary.histogram("bias", bias)
        else:
            tf.summary.scalar("bias", bias[0][0])
        weights = [v for variables in made.values() for v in variables]
        share = tf.nn.zero_fraction(tf.concat([tf.reshape(w, [-1]) for w in weights], axis=0))
        tf.summary.scalar("fraction_of_zero_weights", share)
        return logits

    return linear_logit_fn


def _rows(features: Any, weight_column: Any) -> Any:
    """How many examples a batch has, which must be the same for all features."""
    key = getattr(weight_column, "key", weight_column)
    counts = [tf.shape(value)[0] for name, value in features.items() if name != key]
    with tf.control_dependencies([tf.assert_equal(counts[0], other) for other in counts[1:]]):
        return tf.identity(counts[0])


# --- models ---------------------------------------------------------------------------------------
def dnn(
    features: Any, labels: Any, mode: str, config: Any, head: Any, hidden_units: Any,
    feature_columns: Any, optimizer: Any, activation_fn: Any, dropout: Any, partitioner: Any,
    batch_norm: bool,
) -> Any:  # fmt: skip
    """A network's `EstimatorSpec`."""
    check_features(features)
    made = optimizer_of(optimizer, learning_rate=0.05)
    with tf.variable_scope("dnn", partitioner=_partitioner(config)):
        tables = partitioner or _partitioner(config, min_slice_size=_SLICE)
        logit_fn = dnn_logit_fn_builder(
            head.logits_dimension, hidden_units, feature_columns, activation_fn, dropout, tables,
            batch_norm,
        )  # fmt: skip
        logits = logit_fn(features, mode)
        return head.create_estimator_spec(features, mode, logits, labels, optimizer=made)


def linear(
    features: Any, labels: Any, mode: str, config: Any, head: Any, feature_columns: Any,
    optimizer: Any, partitioner: Any, sparse_combiner: str,
) -> Any:  # fmt: skip
    """A linear model's `EstimatorSpec`."""
    check_features(features)
    rate = min(0.2, 1.0 / math.sqrt(len(feature_columns)))
    made = optimizer_of(optimizer, learning_rate=rate)
    given = partitioner or _partitioner(config, min_slice_size=_SLICE)
    with tf.variable_scope("linear", partitioner=given):
        logit_fn = linear_logit_fn_builder(head.logits_dimension, feature_columns, sparse_combiner)
        logits = logit_fn(features)
        return head.create_estimator_spec(features, mode, logits, labels, optimizer=made)


def baseline(
    features: Any, labels: Any, mode: str, head: Any, optimizer: Any, weight_column: Any
) -> Any:
    """The `EstimatorSpec` of a model that always says the same."""
    check_features(features)
    size = head.logits_dimension
    count = _rows(features, weight_column)
    with tf.variable_scope("baseline"):
        bias = tf.get_variable("bias", shape=[size], initializer=tf.zeros_initializer())
        logits = tf.multiply(bias, tf.ones([count, size]))

    def train_op_fn(loss: Any) -> Any:
        made = optimizer_of(optimizer, learning_rate=0.3)
        return made.minimize(loss, global_step=tf.train.get_global_step())

    return head.create_estimator_spec(features, mode, logits, labels, train_op_fn=train_op_fn)


def combined(
    features: Any, labels: Any, mode: str, config: Any, head: Any, linear_feature_columns: Any,
    linear_optimizer: Any, dnn_feature_columns: Any, dnn_optimizer: Any, dnn_hidden_units: Any,
    dnn_activation_fn: Any, dnn_dropout: Any, partitioner: Any, batch_norm: bool,
    linear_sparse_combiner: str,
) -> Any:  # fmt: skip
    """The `EstimatorSpec` of a linear model and a network whose logits are added."""
    check_features(features)
    size = head.logits_dimension
    tables = partitioner or _partitioner(config, min_slice_size=_SLICE)
    parts: list[tuple[Any, Any, str]] = []
    if dnn_feature_columns:
        if not dnn_hidden_units:
            raise ValueError(
                "dnn_hidden_units must be defined when dnn_feature_columns is specified."
            )
        made = optimizer_of(dnn_optimizer, learning_rate=0.05)
        with tf.variable_scope("dnn", partitioner=_partitioner(config)) as scope:
            logit_fn = dnn_logit_fn_builder(
                size, dnn_hidden_units, dnn_feature_columns, dnn_activation_fn, dnn_dropout,
                tables, batch_norm,
            )  # fmt: skip
            parts.append((logit_fn(features, mode), made, scope.name))
    if linear_feature_columns:
        rate = min(0.005, 1.0 / math.sqrt(len(linear_feature_columns)))
        made = optimizer_of(linear_optimizer, learning_rate=rate)
        with tf.variable_scope("linear", partitioner=tables) as scope:
            logit_fn = linear_logit_fn_builder(size, linear_feature_columns, linear_sparse_combiner)
            logits = logit_fn(features)
            _summarize(logits, scope.name)
            parts.append((logits, made, scope.name))
    logits = parts[0][0] if len(parts) == 1 else parts[0][0] + parts[1][0]

    def train_op_fn(loss: Any) -> Any:
        key = tf.GraphKeys.TRAINABLE_VARIABLES
        trained = [
            optimizer.minimize(loss, var_list=tf.get_collection(key, scope=f"{scope}/"))
            for _, optimizer, scope in parts
        ]
        with tf.control_dependencies([tf.group(*trained)]):
            return tf.assign_add(tf.train.get_global_step(), 1).op

    return head.create_estimator_spec(features, mode, logits, labels, train_op_fn=train_op_fn)
