"""Candidate samplers and the losses on them: what cannot be compared with TensorFlow's numbers."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        yield session


def test_unique_candidates_cover_all_classes_when_all_are_asked_for(session):
    labels = tf.constant([[0]], tf.int64)
    for sampler in (tf.nn.log_uniform_candidate_sampler, tf.nn.uniform_candidate_sampler):
        chosen, _, counts = session.run(sampler(labels, 1, 12, True, 12, seed=1))
        assert sorted(chosen) == list(range(12))
        assert (counts <= 1).all()


def test_too_many_unique_candidates_are_refused(session):
    sampler = tf.nn.uniform_candidate_sampler(tf.constant([[0]], tf.int64), 1, 5, True, 4)
    with pytest.raises(tf.errors.InvalidArgumentError, match="range is too small"):
        session.run(sampler)


def test_log_uniform_candidates_follow_zipf(session):
    chosen, _, _ = session.run(
        tf.nn.log_uniform_candidate_sampler(tf.constant([[0]], tf.int64), 1, 5000, False, 8, seed=2)
    )
    c = np.arange(8)
    expected = np.log((c + 2) / (c + 1)) / np.log(9) * 5000
    assert ((np.bincount(chosen, minlength=8) - expected) ** 2 / expected).sum() < 31


def test_a_vocabulary_file_gives_weights(session, tmp_path):
    (tmp_path / "words").write_text("the,10\nof,0\nand,5\n")
    chosen, _, _ = session.run(
        tf.nn.fixed_unigram_candidate_sampler(
            tf.constant([[0]], tf.int64), 1, 200, False, 4, str(tmp_path / "words"),
            num_reserved_ids=1, seed=3,
        )
    )  # fmt: skip
    assert set(chosen) == {1, 3}


def test_training_on_candidates_lowers_the_full_loss(session):
    random = np.random.RandomState(0)
    words, dim = 50, 8
    table = tf.Variable(random.standard_normal((words, dim)).astype(np.float32))
    weights = tf.Variable(np.zeros((words, dim), np.float32))
    biases = tf.Variable(np.zeros(words, np.float32))
    inputs, labels = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int64, [None, 1])
    rows = tf.nn.embedding_lookup(table, inputs)
    loss = tf.reduce_mean(tf.nn.nce_loss(weights, biases, labels, rows, 10, words))
    full = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels[:, 0], logits=tf.matmul(rows, weights, transpose_b=True) + biases
        )
    )
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    session.run(tf.global_variables_initializer())
    pairs = random.randint(0, words, 64)
    feed = {inputs: pairs, labels: (pairs[:, None] + 1) % words}
    before = session.run(full, feed)
    for _ in range(100):
        session.run(step, feed)
    assert session.run(full, feed) < 0.7 * before
