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


def test_learned_unigrams_follow_the_true_classes(session):
    # What TensorFlow 2.21 draws from run to run with this seed.
    labels = tf.placeholder(tf.int64, [None, 2])
    sampler = tf.nn.learned_unigram_candidate_sampler(labels, 2, 5, True, 12, seed=7)
    runs = [session.run(sampler, {labels: [[1, 2], [2, 2], [k, 2]]}) for k in range(3)]
    assert [chosen.tolist() for chosen, _, _ in runs] == [
        [3, 7, 1, 10, 4], [5, 4, 0, 9, 2], [0, 9, 5, 2, 10],
    ]  # fmt: skip
    np.testing.assert_allclose(runs[0][1], np.full([3, 2], 5 / 12), rtol=1e-6)
    np.testing.assert_allclose(runs[1][2], [0.27778, 0.27778, 0.55556, 0.27778, 1.38889], 1e-4)
    np.testing.assert_allclose(runs[2][1][0], [0.66510, 0.94040], 1e-4)


def test_each_session_learns_for_itself():
    with tf.Graph().as_default() as graph:
        labels = tf.constant([[3]] * 50, tf.int64)
        sampler = tf.nn.learned_unigram_candidate_sampler(labels, 1, 4, False, 6, seed=1)
        first = []
        for _ in range(2):
            with tf.Session(graph=graph) as session:
                first.append(session.run(sampler))
                assert session.run(sampler)[1][0, 0] > 3
    np.testing.assert_array_equal(first[0][0], first[1][0])
    np.testing.assert_array_equal(first[0][1], first[1][1])


def test_samplers_refuse_classes_that_do_not_fit(session):
    labels = tf.placeholder(tf.int64, None)
    samplers = (
        tf.nn.learned_unigram_candidate_sampler(labels, 1, 2, True, 4),
        tf.nn.all_candidate_sampler(labels, 1, 4, True),
    )
    for sampler in samplers:
        for wrong in ([1], [[1, 2]]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="true_classes"):
                session.run(sampler, {labels: wrong})
    with pytest.raises(tf.errors.InvalidArgumentError, match="not in"):
        session.run(samplers[0], {labels: [[4]]})


@pytest.mark.parametrize("loss", [tf.nn.nce_loss, tf.nn.sampled_softmax_loss])
def test_inputs_may_come_before_labels_as_before_tensorflow_1(session, loss):
    weights, biases = tf.random_normal([6, 3], seed=1), tf.zeros([6])
    inputs, labels = tf.random_normal([4, 3], seed=2), tf.constant([[0], [5], [2], [2]])
    values = (tf.constant([1, 3], tf.int64), tf.ones([4, 1]), tf.ones([2]))
    new = loss(weights, biases, labels, inputs, 2, 6, sampled_values=values)
    old = loss(weights, biases, inputs, labels, 2, 6, sampled_values=values)
    np.testing.assert_array_equal(*session.run([new, old]))
