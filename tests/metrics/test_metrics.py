"""tf.metrics: local variables, collections, values between updates, mistakes."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_variables_are_local_and_named_by_the_scope():
    tf.metrics.accuracy([1], [1])
    tf.metrics.mean([1.0], name="loss")
    names = [v.name for v in tf.local_variables()]
    assert names == ["accuracy/total:0", "accuracy/count:0", "loss/total:0", "loss/count:0"]
    assert tf.get_collection(tf.GraphKeys.METRIC_VARIABLES) == tf.local_variables()
    assert tf.global_variables() == []


def test_the_value_is_of_the_updates_so_far():
    x = tf.placeholder(tf.float32, [None])
    value, update = tf.metrics.mean(x, metrics_collections="values", updates_collections="updates")
    assert tf.get_collection("values") == [value] and tf.get_collection("updates") == [update]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert session.run(value) == 0.0
        assert session.run(update, {x: [1.0, 2.0, 3.0]}) == 2.0
        assert session.run(update, {x: [10.0]}) == session.run(value) == 4.0
        session.run(tf.variables_initializer(tf.local_variables()))
        assert session.run(value) == 0.0


def test_auc_of_all_predictions_against_numpy():
    labels = np.random.RandomState(0).rand(500) < 0.4
    scores = np.clip(labels * 0.3 + np.random.RandomState(1).rand(500) * 0.7, 0, 1)
    value, update = tf.metrics.auc(labels, scores, num_thresholds=2000)
    exact, exact_update = tf.contrib.metrics.streaming_dynamic_auc(labels, scores)
    above = (scores[labels][:, None] > scores[~labels]).mean()
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run([update, exact_update])
        assert abs(session.run(value) - above) < 1e-3
        assert abs(session.run(exact) - above) < 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tf.metrics.auc([1], [0.5], curve="LINE"), "curve must be either ROC or PR"),
        (lambda: tf.metrics.auc([1], [0.5], summation_method="x"), "Invalid summation_method"),
        (lambda: tf.metrics.accuracy([1, 2], [1]), "are incompatible"),
        (lambda: tf.metrics.sensitivity_at_specificity([1], [0.5], 2), r"range \[0, 1\]"),
        (lambda: tf.metrics.specificity_at_sensitivity([1], [0.5], -1), r"range \[0, 1\]"),
        (lambda: tf.metrics.average_precision_at_k([[1]], [[0.5]], 0), "Invalid k=0"),
        (lambda: tf.metrics.recall_at_k([[[1]]], [0.5, 0.1], 1), "Unexpected labels shape"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_scores_outside_of_their_range_are_an_error_when_they_run():
    scores = tf.placeholder(tf.float32, [2])
    _, update = tf.metrics.auc([True, False], scores)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"predictions must be in \[0, 1\]"
        ):
            session.run(update, {scores: [0.5, 1.5]})


def test_labels_may_be_sparse():
    labels = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 2, 0], tf.int64), [2, 2])
    scores = [[0.1, 0.9, 0.3], [0.2, 0.5, 0.3]]
    for metric, wanted in (("recall_at_k", 0.5 * (2 / 2 + 0) + 1 / 6), ("precision_at_k", 0.5)):
        _, update = getattr(tf.metrics, metric)(labels, tf.constant(scores), 2)
        with tf.Session() as session:
            session.run(tf.local_variables_initializer())
            np.testing.assert_allclose(session.run(update), wanted, 1e-6)
