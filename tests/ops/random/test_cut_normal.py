"""ParameterizedTruncatedNormal: its distribution under every sampler, rows, and errors."""

import math

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.random.distributions import parameterized_truncated_normal

COUNT = 4000
INF = math.inf


def normal_cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


@pytest.mark.parametrize(
    ("low", "high"),
    [(-2.0, 1.0), (-1.0, 1.0), (0.5, 1.0), (2.0, 9.0), (2.0, INF), (-INF, -1.5), (-INF, 2.0)],
)
def test_numbers_are_distributed_as_a_normal_between_the_bounds(low, high):
    with tf.Graph().as_default(), tf.Session() as session:
        drawn = parameterized_truncated_normal(
            [COUNT], 3.0, 2.0, 3 + 2 * low, 3 + 2 * high, tf.float64, seed=5
        )
        ordered = (np.sort(session.run(drawn)) - 3) / 2
    assert low <= ordered[0] and ordered[-1] <= high
    # The upper half by symmetry, so that a far tail keeps its digits.
    below, whole = (lambda x: normal_cdf(x) - normal_cdf(low)), normal_cdf(high) - normal_cdf(low)
    if low > 0:
        below = lambda x: normal_cdf(-low) - normal_cdf(-x)  # noqa: E731
        whole = normal_cdf(-low) - normal_cdf(-high)
    expected = np.array([below(x) / whole for x in ordered])
    steps = np.arange(COUNT + 1) / COUNT
    distance = max((steps[1:] - expected).max(), (expected - steps[:-1]).max())
    assert distance < 2.2 / math.sqrt(COUNT)  # once in ten thousand seeds (Kolmogorov, Smirnov)


def test_each_row_has_its_own_parameters():
    with tf.Graph().as_default(), tf.Session() as session:
        drawn = parameterized_truncated_normal(
            [2, 500], [0.0, 100.0], 1.0, [-1.0, 99.5], [0.0, 100.0], seed=1
        )
        assert drawn.shape.as_list() == [2, 500]
        first, second = session.run(drawn)
    assert first.min() >= -1 and first.max() <= 0
    assert second.min() >= 99.5 and second.max() <= 100


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_dtypes(dtype):
    with tf.Graph().as_default(), tf.Session() as session:
        value = session.run(parameterized_truncated_normal([7], dtype=dtype, seed=1))
    assert value.dtype == dtype.as_numpy_dtype
    assert np.abs(value.astype(float)).max() <= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([3], 0.0, -1.0), "Invalid parameters"),
        (([3], 0.0, 1.0, 2.0, 1.0), "Invalid parameters"),
        (([3], 0.0, 1.0, -INF, INF), "Invalid parameters"),
        (([3], [0.0, 1.0]), r"means should have length 1 or shape\[0\]"),
        (([],), "Shape tensor must not be empty"),
    ],
)
def test_bad_values_are_errors_of_the_run(arguments, message):
    with tf.Graph().as_default(), tf.Session() as session:
        drawn = parameterized_truncated_normal(*arguments)
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(drawn)


def test_a_matrix_of_means_is_an_error_of_the_graph():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="at most rank 1"):
        parameterized_truncated_normal([3], [[0.0]])
