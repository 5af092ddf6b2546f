"""tf.contrib.metrics and tf.contrib.losses: predictions before labels; values against numpy."""

import numpy as np
import pytest

import flowgraph as tf

metrics, losses = tf.contrib.metrics, tf.contrib.losses
X, Y = np.random.RandomState(0).rand(2, 3, 20).astype(np.float32)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def after_updates(metric, feeds=({},)):
    value, update = metric
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        for feed in feeds:
            session.run(update, feed)
        return session.run(value)


def test_predictions_come_first():
    labels, predictions = [True, True, False, True], [True, False, True, True]
    assert after_updates(metrics.streaming_precision(predictions, labels)) == pytest.approx(2 / 3)
    assert after_updates(metrics.streaming_recall(predictions, labels, name="r")) == pytest.approx(
        2 / 3
    )
    assert after_updates(metrics.streaming_false_positive_rate(predictions, labels)) == 1.0
    assert after_updates(
        metrics.streaming_false_negative_rate(predictions, labels)
    ) == pytest.approx(1 / 3)
    assert after_updates(metrics.streaming_accuracy(predictions=predictions, labels=labels)) == 0.5


def test_statistics_over_batches():
    a, b = tf.placeholder(tf.float32, [20]), tf.placeholder(tf.float32, [20])
    feeds = [{a: x, b: y} for x, y in zip(X, Y, strict=True)]
    covariance = after_updates(metrics.streaming_covariance(a, b), feeds)
    np.testing.assert_allclose(covariance, np.cov(X.ravel(), Y.ravel())[0, 1], 1e-4)
    correlation = after_updates(metrics.streaming_pearson_correlation(a, b), feeds)
    np.testing.assert_allclose(correlation, np.corrcoef(X.ravel(), Y.ravel())[0, 1], 1e-4)
    everything = after_updates(metrics.streaming_concat(a), feeds)
    np.testing.assert_array_equal(everything, X.ravel())
    assert after_updates(metrics.streaming_concat(a, max_size=30), feeds).shape == (30,)
    assert after_updates(metrics.count(a), feeds) == 60.0


def test_agreement_beyond_chance():
    labels, found = [0, 0, 1, 1, 2, 2], [0, 0, 1, 0, 2, 1]
    kappa = after_updates(metrics.cohen_kappa(labels, found, 3))
    agreed, chance = 4 / 6, (3 * 2 + 2 * 2 + 1 * 2) / 36
    np.testing.assert_allclose(kappa, (agreed - chance) / (1 - chance), 1e-9)
    with pytest.raises(ValueError, match="must be >= 2"):
        metrics.cohen_kappa(labels, found, 1)


def test_curves_and_limits():
    labels, scores = Y[0] > 0.5, np.clip(X[0] * 0.5 + Y[0] * 0.5, 0, 1)
    exact = (scores[labels][:, None] > scores[~labels]).mean()
    area = after_updates(metrics.auc_using_histogram(labels, scores, [0.0, 1.0], nbins=1000))
    assert abs(area - exact) < 0.01
    points = after_updates(metrics.streaming_curve_points(labels, scores, num_thresholds=10))
    assert points.shape == (10, 2) and points[0].tolist() == pytest.approx([1.0, 1.0], abs=1e-5)
    f1 = after_updates(metrics.f1_score(labels, scores))
    assert 0.5 < f1 <= 1.0
    assert 0.0 <= after_updates(metrics.recall_at_precision(labels, scores, 0.8)) <= 1.0
    assert 0.0 < after_updates(metrics.precision_at_recall(labels, scores, 0.8)) <= 1.0
    data, update = metrics.precision_recall_at_equal_thresholds(labels, scores, num_thresholds=11)
    recall = after_updates((data.recall, update))
    assert recall[0] == 1.0 and (np.diff(recall) <= 0).all()


def test_accuracy_of_a_batch():
    with tf.Session() as session:
        assert session.run(metrics.accuracy(tf.constant([1, 2]), tf.constant([1, 3]))) == 0.5
        weighted = metrics.accuracy(tf.constant([1, 2]), tf.constant([1, 3]), [3.0, 1.0])
        assert session.run(weighted) == 0.75
    with pytest.raises(ValueError, match="Labels should have bool, integer, or string"):
        metrics.accuracy(tf.constant([1.0]), tf.constant([1.0]))


def test_losses_weigh_examples():
    predictions, labels = tf.constant(X[:, :4]), tf.constant(Y[:, :4])
    weights = np.array([1.0, 0.0, 2.0], np.float32)
    loss = losses.mean_squared_error(predictions, labels, weights)
    squares = (X[:, :4] - Y[:, :4]) ** 2
    with tf.Session() as session:
        wanted = (squares.sum(1) * weights).sum() / 8
        np.testing.assert_allclose(session.run(loss), wanted, 1e-5)
        np.testing.assert_allclose(session.run(losses.get_total_loss()), wanted, 1e-5)
        plain = losses.softmax_cross_entropy(predictions, tf.one_hot([0, 1, 2], 4))
        sparse = losses.sparse_softmax_cross_entropy(predictions, tf.constant([[0], [1], [2]]))
        np.testing.assert_allclose(*session.run([plain, sparse]), 1e-5)
        hinge = losses.hinge_loss(predictions, tf.round(labels))
        assert session.run(hinge).shape == (3, 4) and len(losses.get_losses()) == 3
    with pytest.raises(ValueError, match="above the losses' rank"):
        losses.compute_weighted_loss(tf.zeros([3]), np.ones([3, 3]))
    with pytest.raises(ValueError, match="ndims cannot be None"):
        losses.compute_weighted_loss(tf.placeholder(tf.float32))


def _by_pairs(labels, scores, z):
    """The area and its interval from all pairs of a positive and a negative (DeLong)."""
    positives, negatives = scores[labels == 1], scores[labels == 0]
    wins = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    area = wins.mean()
    spread = np.sqrt(
        wins.mean(1).var(ddof=1) / len(positives) + wins.mean(0).var(ddof=1) / len(negatives)
    )
    logit, spread = np.log(area / (1 - area)), spread / (area * (1 - area))
    return [area, *(1 / (1 + np.exp(-(logit + sign * z * spread))) for sign in (-1, 1))]


def test_auc_with_confidence_intervals_is_that_of_all_pairs():
    rng = np.random.RandomState(3)
    labels = rng.randint(0, 2, 60)
    scores = np.round(rng.rand(60) + 0.4 * labels, 1)
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(tf.int64, [None]), tf.placeholder(tf.float32, [None])
        area, update = tf.contrib.metrics.auc_with_confidence_intervals(*fed)
        session.run(tf.local_variables_initializer())
        for i in range(0, 60, 20):
            batch = dict(zip(fed, (labels[i : i + 20], scores[i : i + 20]), strict=True))
            session.run(update, batch)
        found = session.run(area, batch)
        np.testing.assert_allclose(found, _by_pairs(labels, scores, 1.959964), rtol=1e-4)
        one_kind = dict(zip(fed, (labels[:1], scores[:1]), strict=True))
        assert list(session.run(area, one_kind)) == [0, 0, 0]
    with tf.Graph().as_default(), pytest.raises(ValueError, match="alpha must be between 0 and 1"):
        tf.contrib.metrics.auc_with_confidence_intervals([0, 1], [0.1, 0.2], alpha=1.5)
