"""tf.contrib.losses.metric_learning: against loops over pairs and triplets."""

import sys

import numpy as np
import pytest

import flowgraph as tf

learning = tf.contrib.losses.metric_learning
LABELS = np.array([0, 1, 0, 2, 1, 0, 2, 1], np.int32)


def embeddings(seed=0, rows=8):
    return np.random.RandomState(seed).randn(rows, 3).astype(np.float32)


def run(tensor):
    with tf.Session() as session:
        return session.run(tensor)


def distances(x, squared=False):
    d = np.sum((x[:, None] - x[None]) ** 2, -1)
    return d if squared else np.sqrt(d)


def test_contrastive():
    a, b, near = embeddings(0), embeddings(1), LABELS % 2
    d = np.sqrt(np.sum((a - b) ** 2, 1))
    expected = np.mean(near * d**2 + (1 - near) * np.maximum(1.5 - d, 0) ** 2)
    assert run(learning.contrastive_loss(near, a, b, margin=1.5)) == pytest.approx(expected, 1e-5)


def test_triplet_takes_the_nearest_stranger_that_is_farther():
    x, total, pairs = embeddings(), 0.0, 0
    d = distances(x, squared=True)
    for anchor, positive in np.argwhere(LABELS[:, None] == LABELS[None]):
        if anchor == positive:
            continue
        strangers = d[anchor, LABELS[anchor] != LABELS]
        farther = strangers[strangers > d[anchor, positive]]
        negative = farther.min() if len(farther) else strangers.max()
        total, pairs = total + max(0.0, 1.0 + d[anchor, positive] - negative), pairs + 1
    assert run(learning.triplet_semihard_loss(LABELS, x)) == pytest.approx(total / pairs, 1e-5)


def test_lifted_structure():
    x, total, pairs = embeddings(), 0.0, 0
    d = distances(x)
    for i, j in np.argwhere(np.triu(LABELS[:, None] == LABELS[None], 1)):
        terms = [np.exp(1.0 - d[k, m]) for k in (i, j) for m in np.flatnonzero(LABELS[k] != LABELS)]
        total, pairs = total + max(0.0, np.log(np.sum(terms)) + d[i, j]) ** 2, pairs + 1
    expected = total / (2.0 * pairs)
    assert run(learning.lifted_struct_loss(LABELS, x)) == pytest.approx(expected, 1e-4)


def test_npairs_of_one_label_and_of_sets_agree():
    a, b = embeddings(0, 3), embeddings(1, 3)
    scores = a @ b.T
    entropy = np.mean(np.log(np.exp(scores).sum(1)) - np.diag(scores))
    lengths = 0.25 * 0.002 * (np.mean(np.sum(a**2, 1)) + np.mean(np.sum(b**2, 1)))
    single = learning.npairs_loss(np.arange(3), a, b)
    sets = [tf.SparseTensor([[0, i]], [True], [1, 3]) for i in range(3)]
    assert run(single) == pytest.approx(entropy + lengths, 1e-5)
    several = learning.npairs_loss_multilabel(sets, a, b)
    assert run(several) == pytest.approx(entropy + lengths, 1e-5)
    with pytest.raises(TypeError, match="list of SparseTensors"):
        learning.npairs_loss_multilabel([1], a, b)


@pytest.mark.parametrize("loss", ["triplet_semihard_loss", "lifted_struct_loss"])
def test_gradients_are_finite_where_embeddings_are_equal(loss):
    x = tf.constant(np.repeat(embeddings(0, 4), 2, axis=0))
    gradient = tf.gradients(getattr(learning, loss)(np.repeat([0, 1], 4), x), x)[0]
    assert np.all(np.isfinite(run(gradient)))


def test_clusters():
    x = np.array([[0.0, 0], [0.1, 0], [5, 5], [5.1, 5]], np.float32)
    good = learning.cluster_loss(np.array([[0], [0], [1], [1]]), x, 0.0, margin_type="const")
    bad = learning.cluster_loss(np.array([[0], [1], [0], [1]]), x, 0.0, margin_type="const")
    assert run(good) == pytest.approx(0.0, abs=1e-3)
    assert run(bad) == pytest.approx(2 * distances(x)[0, 2] - 0.2, 1e-2)
    with pytest.raises(ValueError, match="Unrecognized margin_type: nim"):
        learning.cluster_loss(np.array([[0]]), x[:1], 1.0, margin_type="nim")


def test_a_measure_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        learning.cluster_loss(np.array([[0]]), embeddings(0, 1), 1.0)
