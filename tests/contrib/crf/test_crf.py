"""All sums and maxima over sequences of tags are compared with those over all of them."""

import itertools

import numpy as np
import pytest

import flowgraph as tf

crf = tf.contrib.crf
TAGS, TIME = 3, 4
random = np.random.RandomState(0)
INPUTS = random.randn(3, TIME, TAGS).astype(np.float32)
MOVES = random.randn(TAGS, TAGS).astype(np.float32)
LENGTHS = [4, 2, 1]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def run(values, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(values, feed)


def score(row, tags):
    own = sum(INPUTS[row, i, t] for i, t in enumerate(tags))
    return own + sum(MOVES[a, b] for a, b in itertools.pairwise(tags))


def every(row):
    return list(itertools.product(range(TAGS), repeat=LENGTHS[row]))


def tags_of(row, tags):
    return list(tags) + [0] * (TIME - len(tags))


TAGS_GIVEN = [[0, 2, 1, 1], [2, 0, 0, 0], [1, 0, 0, 0]]


def test_score_of_given_tags():
    expected = [score(row, TAGS_GIVEN[row][:n]) for row, n in enumerate(LENGTHS)]
    found = crf.crf_sequence_score(INPUTS, TAGS_GIVEN, LENGTHS, MOVES)
    np.testing.assert_allclose(run(found), expected, rtol=1e-5)
    unary = crf.crf_unary_score(TAGS_GIVEN, LENGTHS, INPUTS)
    binary = crf.crf_binary_score(np.int64(TAGS_GIVEN), LENGTHS, MOVES)
    np.testing.assert_allclose(run(unary + binary), expected, rtol=1e-5)


def test_norm_is_the_sum_over_all_tags():
    expected = [np.log(sum(np.exp(score(row, t)) for t in every(row))) for row in range(3)]
    np.testing.assert_allclose(run(crf.crf_log_norm(INPUTS, LENGTHS, MOVES)), expected, rtol=1e-5)


def test_several_tags_may_be_allowed():
    allowed = np.zeros([3, TIME, TAGS], bool)
    allowed[:, :, :2] = True
    found = run(crf.crf_multitag_sequence_score(INPUTS, allowed, LENGTHS, MOVES))
    expected = [
        np.log(sum(np.exp(score(row, t)) for t in every(row) if max(t) < 2)) for row in range(3)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_decoding_finds_the_best_tags():
    tags, scores = run(crf.crf_decode(INPUTS, MOVES, LENGTHS))
    for row, length in enumerate(LENGTHS):
        best = max(every(row), key=lambda t, row=row: score(row, t))
        assert tuple(tags[row, :length]) == best
        np.testing.assert_allclose(scores[row], score(row, best), rtol=1e-5)
        plain, value = crf.viterbi_decode(INPUTS[row, :length], MOVES)
        assert tuple(plain) == best
        np.testing.assert_allclose(value, scores[row], rtol=1e-5)


@pytest.mark.parametrize("known", [True, False])
def test_sequences_of_one_step(known):
    inputs = tf.placeholder(tf.float32, [3, 1 if known else None, TAGS])
    norm = crf.crf_log_norm(inputs, [1, 1, 0], MOVES)
    tags, _ = crf.crf_decode(inputs, MOVES, tf.constant([1, 1, 1]))
    total = crf.crf_sequence_score(inputs, [[0], [1], [2]], [1, 1, 0], MOVES)
    found = run([norm, tags, total], {inputs: INPUTS[:, :1]})
    first = INPUTS[:, 0]
    np.testing.assert_allclose(found[0][:2], np.log(np.exp(first).sum(1))[:2], rtol=1e-5)
    np.testing.assert_array_equal(found[1][:, 0], first.argmax(1))
    np.testing.assert_allclose(found[2], [first[0, 0], first[1, 1], 0], rtol=1e-5)


def test_likelihoods_sum_to_one_and_make_a_variable():
    row = INPUTS[:1]
    many = [tags_of(0, t) for t in every(0)]
    likelihood, moves = crf.crf_log_likelihood(np.repeat(row, len(many), 0), many, [4] * len(many))
    assert tf.trainable_variables()[0].op.name == "transitions"
    assert moves.shape.as_list() == [TAGS, TAGS]
    np.testing.assert_allclose(np.exp(run(likelihood)).sum(), 1, rtol=1e-4)


def test_the_gradient_of_the_norm_is_the_probability_of_each_tag():
    inputs = tf.constant(INPUTS)
    gradient = run(tf.gradients(crf.crf_log_norm(inputs, LENGTHS, MOVES), inputs)[0])
    weights = np.exp([score(0, t) for t in every(0)])
    expected = np.zeros([TIME, TAGS])
    for tags, weight in zip(every(0), weights / weights.sum(), strict=True):
        expected[range(TIME), tags] += weight
    np.testing.assert_allclose(gradient[0], expected, rtol=1e-4, atol=1e-6)
    assert not gradient[1, 2:].any()


def test_it_learns_transitions():
    """Tags that alternate while the inputs say nothing are told by the transitions alone."""
    tags = np.tile([0, 1], (8, 3))
    likelihood, moves = crf.crf_log_likelihood(tf.zeros([8, 6, 2]), tags, [6] * 8)
    step = tf.train.GradientDescentOptimizer(0.5).minimize(-tf.reduce_mean(likelihood))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(50):
            session.run(step)
        found = session.run(crf.crf_decode(tf.zeros([1, 6, 2]), moves, [6])[0])
    np.testing.assert_array_equal(found, tags[:1])
