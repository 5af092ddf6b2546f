import numpy as np
import pytest

import flowgraph as tf

X = np.arange(6, dtype=np.float32)[:, None]
COLUMNS = [tf.feature_column.numeric_column("x")]


def _input(epochs=None):
    features = {"x": X, "id": np.arange(6)}
    return tf.estimator.inputs.numpy_input_fn(features, X, 6, epochs, shuffle=False)


def test_features_among_predictions(tmp_path):
    made = tf.estimator.LinearRegressor(COLUMNS, str(tmp_path))
    more = tf.contrib.estimator.forward_features(made, "id")
    more.train(_input(), steps=1)
    assert [p["id"] for p in more.predict(_input(1))] == list(range(6))
    bad = tf.contrib.estimator.forward_features(made, ["z"])
    with pytest.raises(ValueError, match="z is not in features"):
        next(bad.predict(_input(1)))


def test_heads_and_shortened_gradients(tmp_path):
    optimizer = tf.contrib.estimator.clip_gradients_by_norm(
        tf.train.GradientDescentOptimizer(1.0), 0.5
    )
    made = tf.contrib.estimator.LinearEstimator(
        tf.contrib.estimator.regression_head(), COLUMNS, str(tmp_path), optimizer
    )
    made.train(_input(), steps=1)
    np.testing.assert_allclose(
        made.get_variable_value("linear/linear_model/x/weights"), [[0.5]], rtol=1e-5
    )
    assert made.evaluate(_input(1))["average_loss"] > 0


def test_sequence_columns():
    column = tf.contrib.feature_column.sequence_numeric_column("x")
    with tf.Graph().as_default(), tf.Session() as session:
        features = {"x": tf.SparseTensor([[0, 0], [0, 1]], [1.0, 2.0], [1, 2])}
        found = session.run(tf.contrib.feature_column.sequence_input_layer(features, [column]))
    np.testing.assert_array_equal(found[0], [[[1], [2]]])
    np.testing.assert_array_equal(found[1], [2])
