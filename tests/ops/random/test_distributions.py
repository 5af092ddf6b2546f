"""Random ops: their distributions at a fixed seed, their state, shapes and errors."""

import math
import threading

import numpy as np
import pytest

import flowgraph as tf


def draw(build, runs=1):
    with tf.Graph().as_default(), tf.Session() as session:
        tensor = build()
        values = [session.run(tensor) for _ in range(runs)]
    return values[0] if runs == 1 else values


def ks_distance(sample, cdf):
    """The greatest distance of a sample's distribution function from the true one."""
    ordered = np.sort(np.asarray(sample, np.float64).ravel())
    expected = np.array([cdf(x) for x in ordered])
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return max(np.max(steps[1:] - expected), np.max(expected - steps[:-1]))


def critical(count):
    """What the distance exceeds once in ten thousand samples (Kolmogorov's distribution)."""
    return 2.2 / math.sqrt(count)


def test_uniform_and_normal_numbers_are_distributed_so():
    n = 4000
    uniform = draw(lambda: tf.random_uniform([n], 2.0, 6.0, seed=1))
    assert ks_distance(uniform, lambda x: (x - 2) / 4) < critical(n)
    normal = draw(lambda: tf.random_normal([n], 1.0, 2.0, seed=1))
    assert ks_distance(normal, lambda x: 0.5 * math.erfc((1 - x) / (2 * math.sqrt(2)))) < critical(
        n
    )
    cut = draw(lambda: tf.truncated_normal([n], 1.0, 2.0, seed=1))
    assert cut.min() >= -3 and cut.max() <= 5


def test_gamma_of_shape_1_is_exponential_and_beta_scales_it():
    n = 4000
    sample = draw(lambda: tf.random_gamma([n], 1.0, beta=2.0, seed=1))
    assert ks_distance(sample, lambda x: 1 - math.exp(-2 * x)) < critical(n)
    assert draw(lambda: tf.random_gamma([3], [1.0, 2.0], seed=1)).shape == (3, 2)


def test_poisson_counts_fit_their_probabilities():
    n, rate = 5000, 3.0
    sample = draw(lambda: tf.random_poisson(rate, [n], seed=1)).astype(int)
    expected = np.array([math.exp(-rate) * rate**k / math.factorial(k) for k in range(8)]) * n
    found = np.bincount(sample, minlength=8)[:8]
    assert ((found - expected) ** 2 / expected).sum() < 31  # chi-square, 7 degrees, 1 in 20,000


def test_multinomial_counts_fit_the_softmax_of_the_logits():
    n = 6000
    logits = np.log([[0.1, 0.2, 0.7], [0.5, 0.5, 1e-30]])
    sample = draw(lambda: tf.multinomial(tf.constant(logits), n, seed=1))
    assert sample.shape == (2, n) and sample.dtype == np.int64
    expected = np.array([0.1, 0.2, 0.7]) * n
    found = np.bincount(sample[0], minlength=3)
    assert ((found - expected) ** 2 / expected).sum() < 20
    assert sample[1].max() == 1


def test_a_seed_repeats_in_a_new_session_and_goes_on_within_one():
    def build():
        return tf.random_uniform([4], seed=11)

    first, second = draw(build, runs=2)
    again, _ = draw(build, runs=2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)


def test_without_a_seed_sessions_differ():
    assert not np.array_equal(*[draw(lambda: tf.random_uniform([8])) for _ in range(2)])


def test_two_fetches_of_one_op_share_its_numbers():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.random_normal([3], seed=1)
        y, z = session.run([x + 0.0, x * 1.0])
    np.testing.assert_array_equal(y, z)


def test_iterations_of_a_loop_draw_anew():
    with tf.Graph().as_default(), tf.Session() as session:
        start = tf.zeros([0])
        loop = tf.while_loop(
            lambda i, _: i < 3,
            lambda i, xs: (i + 1, tf.concat([xs, tf.random_uniform([1], seed=5)], 0)),
            [0, start],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        )
        first, second = session.run(loop[1]), session.run(loop[1])
    assert len(set(first) | set(second)) == 6


def test_threads_never_get_the_same_numbers():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.random_uniform([1000], seed=3)
        session.run(x)
        found = []
        threads = [threading.Thread(target=lambda: found.append(session.run(x))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({v.tobytes() for v in found}) == 8


def test_shapes_known_only_when_running():
    with tf.Graph().as_default(), tf.Session() as session:
        shape = tf.placeholder(tf.int32, [2])
        x = tf.random_normal(shape, seed=1)
        assert x.shape.as_list() == [None, None]
        assert session.run(x, {shape: [2, 0]}).shape == (2, 0)
        with pytest.raises(tf.errors.InvalidArgumentError, match="must be >= 0"):
            session.run(x, {shape: [2, -1]})


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: tf.random_uniform([2], dtype=tf.int32), ValueError, "Must specify maxval"),
        (lambda: tf.random_uniform([2], dtype=tf.uint8), ValueError, "Invalid dtype"),
        (lambda: tf.random_normal([2], dtype=tf.int32), (TypeError, ValueError), "int32"),
        (lambda: tf.nn.dropout(tf.ones([2]), 0.5, rate=0.5), ValueError, "Only one of"),
        (lambda: tf.nn.dropout(tf.ones([2])), ValueError, "provide a rate"),
        (lambda: tf.nn.dropout(tf.ones([2]), 1.5), ValueError, r"range \[0, 1\)"),
        (lambda: tf.nn.dropout(tf.ones([2], tf.int32), 0.5), ValueError, "floating point"),
    ],
)
def test_bad_arguments(build, error, message):
    with tf.Graph().as_default(), pytest.raises(error, match=message):
        build()


def test_an_empty_range_of_integers_is_an_error_of_the_run():
    with tf.Graph().as_default(), tf.Session() as session:
        high = tf.placeholder(tf.int32, [])
        x = tf.random_uniform([2], 0, high, tf.int32)
        with pytest.raises(tf.errors.InvalidArgumentError, match="minval < maxval"):
            session.run(x, {high: 0})


def test_dropout_keeps_the_mean_and_its_gradient_is_the_mask():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.ones([10_000])
        y = tf.nn.dropout(x, 0.8, seed=1)
        (slope,) = tf.gradients(y, x)
        value, gradient = session.run([y, slope])
        assert tf.nn.dropout(x, 1.0) is x
    assert set(np.unique(value)) == {0.0, np.float32(1.25)}
    assert abs(value.mean() - 1) < 0.02
    np.testing.assert_array_equal(value, gradient)


def test_a_crop_larger_than_the_value_says_so():
    with tf.Graph().as_default(), tf.Session() as session:
        crop = tf.random_crop(tf.zeros([2, 2]), [3, 1])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Need value.shape >= size"):
            session.run(crop)


@pytest.mark.parametrize("bounds", [([1, 2], 3), (1, [2, 3])])
def test_bounds_of_integers_are_scalars(bounds):
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
            tf.random.uniform([4], *bounds, dtype=tf.int32)
