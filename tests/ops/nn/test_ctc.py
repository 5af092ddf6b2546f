"""CTC against the sum over all alignments, its second derivative, and bad input."""

from itertools import product

import numpy as np
import pytest

import flowgraph as tf

TIME, CLASSES = 5, 3  # the blank is class 2
LOGITS = np.random.RandomState(0).uniform(-2, 2, [TIME, 1, CLASSES]).astype(np.float32)


def spelled(path, merge=True):
    """The labels that an alignment stands for."""
    kept = [c for i, c in enumerate(path) if not merge or i == 0 or c != path[i - 1]]
    return tuple(c for c in kept if c != CLASSES - 1)


def probabilities(merge=True):
    """Of each label sequence, the probability of its alignments together."""
    p = np.exp(LOGITS[:, 0]) / np.exp(LOGITS[:, 0]).sum(1, keepdims=True)
    total = {}
    for path in product(range(CLASSES), repeat=TIME):
        labels = spelled(path, merge)
        total[labels] = total.get(labels, 0) + np.prod(p[np.arange(TIME), path])
    return total


@pytest.fixture
def session():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        yield session


def sparse(labels, row=0):
    indices = [[row, i] for i in range(len(labels))]
    return tf.SparseTensor(
        tf.constant(indices, tf.int64, [len(labels), 2]), tf.constant(labels, tf.int32), [1, 5]
    )


@pytest.mark.parametrize("merge", [True, False])
def test_the_loss_is_that_of_all_alignments(session, merge):
    expected = probabilities(merge)
    for labels in ([0], [0, 1], [1, 1], [0, 0, 1], [1, 0, 1, 0]):
        loss = tf.nn.ctc_loss(sparse(labels), LOGITS, [TIME], ctc_merge_repeated=merge)
        np.testing.assert_allclose(session.run(loss), [-np.log(expected[tuple(labels)])], rtol=1e-5)


def test_labels_of_no_alignment_have_an_infinite_loss(session):
    x = tf.constant(LOGITS)
    loss = tf.nn.ctc_loss(sparse([1, 1, 1]), x, [3])  # two blanks would have to be between
    value, slope = session.run([loss, tf.gradients(loss, x)[0]])
    assert value[0] == np.inf
    np.testing.assert_allclose(slope[:3].sum(-1), 1, rtol=1e-5)
    assert not slope[3:].any()


def test_dense_labels_may_be_none(session):
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(2, keepdims=True)
    loss = tf.nn.ctc_loss_v2(np.zeros([1, 2], np.int32), LOGITS, [0], [TIME], blank_index=-1)
    np.testing.assert_allclose(session.run(loss), [-np.log(p[:, 0, 2]).sum()], rtol=1e-5)


def test_a_wide_beam_finds_the_best_labels(session):
    best = sorted(probabilities().items(), key=lambda item: -item[1])[:3]
    decoded, scores = tf.nn.ctc_beam_search_decoder_v2(LOGITS, [TIME], 400, 3)
    values, found = session.run([[path.values for path in decoded], scores])
    assert [tuple(v) for v in values] == [labels for labels, _ in best]
    np.testing.assert_allclose(np.exp(found[0]), [p for _, p in best], rtol=1e-5)


def test_a_beam_of_no_step_holds_the_empty_sequence(session):
    decoded, scores = tf.nn.ctc_beam_search_decoder(LOGITS, [0], 5)
    value, score = session.run([decoded[0], scores])
    assert value.values.size == 0
    assert score == 0


def test_the_loss_has_no_second_derivative(session):
    x = tf.constant(LOGITS)
    for loss in (
        tf.nn.ctc_loss(sparse([0]), x, [TIME]),
        tf.nn.ctc_loss_v2([[1]], x, [1], [TIME]),
    ):
        slope = tf.gradients(loss, x)[0]
        with pytest.raises(LookupError, match="second derivative"):
            tf.gradients(slope, x)


def test_arguments_that_do_not_fit_are_refused(session):
    with pytest.raises(TypeError, match="SparseTensor"):
        tf.nn.ctc_loss([[0]], LOGITS, [TIME])
    with pytest.raises(ValueError, match="blank_index"):
        tf.nn.ctc_loss_v2(sparse([0]), LOGITS, None, [TIME])
    with pytest.raises(ValueError):
        tf.nn.ctc_loss(sparse([0]), LOGITS, [TIME, TIME])
    with pytest.raises(ValueError):
        tf.nn.ctc_greedy_decoder(LOGITS[0], [TIME])


@pytest.mark.parametrize(
    ("labels", "steps", "message"),
    [
        ([0, 1, 0], 2, "Not enough time"),
        ([0, 2, 1], 5, "non-null label"),
        ([0, -1], 5, "nonnegative"),
        ([], 5, "length is zero"),
        ([0], 6, "exceeds"),
        ([0], -1, "negative"),
    ],
)
def test_labels_that_cannot_be_are_told(session, labels, steps, message):
    loss = tf.nn.ctc_loss(sparse(labels), LOGITS, [steps])
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(loss)


def test_labels_of_no_example_are_told(session):
    with pytest.raises(tf.errors.InvalidArgumentError, match="not valid"):
        session.run(tf.nn.ctc_loss(sparse([0], row=1), LOGITS, [TIME]))


def test_dense_labels_that_do_not_fit_are_told(session):
    for labels, count in (([[3]], 1), ([[1]], 2)):
        loss = tf.nn.ctc_loss_v2(labels, LOGITS, [count], [TIME])
        with pytest.raises(tf.errors.InvalidArgumentError, match="label"):
            session.run(loss)


def test_decoders_tell_what_they_cannot_do(session):
    x = tf.placeholder_with_default(LOGITS, None)
    for decode in (tf.nn.ctc_greedy_decoder, tf.nn.ctc_beam_search_decoder):
        for steps in ([TIME + 1], [1, 1]):
            with pytest.raises(tf.errors.FailedPreconditionError):
                session.run(decode(x, steps)[1])
        with pytest.raises(tf.errors.InvalidArgumentError, match="max_time"):
            session.run(decode(LOGITS[:0], [0])[1])
    with pytest.raises(tf.errors.InvalidArgumentError, match="beam width"):
        session.run(tf.nn.ctc_beam_search_decoder(LOGITS, [TIME], 1, 2)[1])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Less leaves"):
        session.run(tf.nn.ctc_beam_search_decoder(LOGITS, [0], 4, 2)[1])
