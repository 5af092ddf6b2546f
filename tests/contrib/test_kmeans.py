"""tf.contrib.factorization.KMeans."""

import numpy as np
import pytest

import flowgraph as tf

factorization = tf.contrib.factorization
CENTERS = np.array([[0.0, 10.0], [10.0, 0.0], [-10.0, -10.0]], np.float32)


@pytest.fixture
def points():
    random = np.random.RandomState(0)
    return (CENTERS.repeat(40, 0) + random.randn(120, 2)).astype(np.float32)


@pytest.mark.parametrize("way", ["kmeans_plus_plus", "kmc2", "points", "function"])
@pytest.mark.parametrize("batches", [0, 1, 3])
@pytest.mark.parametrize("metric", ["squared_euclidean", "cosine"])
def test_finds_the_clusters(points, way, batches, metric):
    given = {"points": points[[0, 50, 100]], "function": lambda x, n: x[0][5::40]}.get(way, way)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2])
        means = factorization.KMeans(
            x, 3, given, distance_metric=metric, use_mini_batch=bool(batches),
            mini_batch_steps_per_iteration=max(batches, 1),
        )  # fmt: skip
        all_scores, index, scores, initialized, init_op, train_op = means.training_graph()
        session.run(tf.global_variables_initializer())
        assert not session.run(initialized)
        session.run(init_op, {x: points})
        assert session.run(initialized)
        for i in range(30):
            part = points[i % 4 :: 4] if batches else points
            session.run(train_op, {x: part})
        found, distances, nearest = session.run([index[0], all_scores[0], scores[0]], {x: points})
        groups = found.reshape(3, 40)
        assert (groups == groups[:, :1]).all() and len(set(groups[:, 0])) == 3
        assert distances.shape == (120, 3)
        np.testing.assert_allclose(nearest, distances.min(1), atol=1e-4)
        with pytest.raises(tf.errors.InvalidArgumentError, match="have been chosen before"):
            session.run(init_op, {x: points})
        if metric == "squared_euclidean" and not batches:
            centers = session.run("clusters:0")[groups[:, 0]]
            np.testing.assert_allclose(centers, points.reshape(3, 40, 2).mean(1), rtol=1e-3)


def test_random_centres_are_points(points):
    with tf.Graph().as_default(), tf.Session() as session:
        *_, init_op, _ = factorization.KMeans(points, 5, random_seed=3).training_graph()
        session.run(tf.global_variables_initializer())
        session.run(init_op)
        centers = session.run("clusters:0")
    assert centers.shape == (5, 2)
    assert all((np.abs(points - c).sum(1) == 0).any() for c in centers)


def test_mistakes(points):
    with pytest.raises(ValueError, match="Unsupported initialization algorithm 'best'"):
        factorization.KMeans(points, 3, "best")
    with pytest.raises(ValueError, match="Unsupported distance metric 'manhattan'"):
        factorization.KMeans(points, 3, distance_metric="manhattan")
