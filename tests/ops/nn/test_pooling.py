"""Pooling and convolution of any rank: second derivatives in float32, and bad input."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def volumes(*shape):
    """Distinct numbers in random order."""
    count = int(np.prod(shape))
    return np.random.RandomState(0).permutation(count).reshape(shape).astype(np.float32) / count


def second_by_differences(build, x, weights):
    """(the gradient of <weights, dy/dx> by dy, what it is by linearity)."""
    with tf.Session() as session:
        fed = tf.placeholder(tf.float32, x.shape)
        y = build(fed)
        above = tf.placeholder(tf.float32, y.shape)
        slope = tf.gradients(y, fed, above)[0]
        back = tf.gradients(slope, above, tf.constant(weights))[0]
        found = session.run(back, {fed: x, above: np.zeros(y.shape.as_list())})
        expected = np.zeros_like(found)
        for place in np.ndindex(found.shape):
            one = np.zeros_like(found)
            one[place] = 1
            expected[place] = (session.run(slope, {fed: x, above: one}) * weights).sum()
    return found, expected


@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
@pytest.mark.parametrize("op", ["max_pool3d", "avg_pool3d"])
def test_second_derivatives_of_pooled_volumes(op, data_format):
    x = volumes(1, 3, 2, 4, 2)
    found, expected = second_by_differences(
        lambda fed: getattr(tf.nn, op)(fed, 2, [1, 2, 1], "SAME", data_format), x, np.cos(40 * x)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_derivatives_of_pooling_over_depth(data_format):
    x = volumes(2, 6, 3, 6)
    window = [1, 1, 1, 3] if data_format == "NHWC" else [1, 3, 1, 1]
    found, expected = second_by_differences(
        lambda fed: tf.nn.max_pool(fed, window, window, "VALID", data_format), x, np.cos(40 * x)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert np.count_nonzero(found)


def test_windows_over_channels_stand_alone_and_divide():
    x = tf.zeros([1, 2, 2, 4])
    for window, strides in (
        ([1, 1, 1, 3], [1, 1, 1, 3]), ([1, 1, 1, 2], [1, 1, 1, 1]), ([1, 2, 1, 2], [1, 1, 1, 2]),
        ([2, 1, 1, 1], [1, 1, 1, 1]),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            tf.nn.max_pool(x, window, strides, "VALID")
    with pytest.raises(ValueError):
        tf.nn.avg_pool(x, [1, 1, 1, 2], [1, 1, 1, 2], "VALID")
    fed = tf.placeholder(tf.float32, [1, 2, 2, None])
    y = tf.nn.max_pool(fed, [1, 1, 1, 3], [1, 1, 1, 3], "VALID")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="evenly"):
        session.run(y, {fed: np.zeros([1, 2, 2, 4])})


def test_volumes_and_windows_must_fit():
    x, w = tf.zeros([1, 3, 3, 3, 2]), tf.zeros([2, 2, 2, 2, 1])
    with pytest.raises(ValueError, match="equal"):
        tf.nn.conv3d(x, tf.zeros([2, 2, 2, 3, 1]), 1, "SAME")
    with pytest.raises(ValueError, match="Negative dimension"):
        tf.nn.conv3d(x, tf.zeros([4, 2, 2, 2, 1]), 1, "VALID")
    with pytest.raises(ValueError, match="length 1, 3 or 5"):
        tf.nn.conv3d(x, w, [1, 1], "SAME")
    with pytest.raises(ValueError, match="batch and depth"):
        tf.nn.conv3d(x, w, [2, 1, 1, 1, 1], "SAME")
    with pytest.raises(ValueError, match="positive"):
        tf.nn.max_pool3d(x, [1, 0, 1, 1, 1], 1, "SAME")
    with pytest.raises(ValueError):
        tf.nn.avg_pool3d(tf.zeros([3, 3, 3, 2]), 2, 1, "SAME")
    with pytest.raises(ValueError, match="data_format"):
        tf.nn.conv3d(x, w, 1, "SAME", "NHWC")


def test_functions_of_any_rank_refuse_other_ranks():
    with pytest.raises(ValueError, match="rank 3, 4 or 5"):
        tf.nn.max_pool_v2(tf.zeros([2, 2]), 1, 1, "SAME")
    with pytest.raises(ValueError, match="rank"):
        tf.nn.avg_pool_v2(tf.placeholder(tf.float32), 1, 1, "SAME")
    with pytest.raises(ValueError, match="spatial"):
        tf.nn.convolution(tf.zeros([2, 2]), tf.zeros([2, 2]), "SAME")
    with pytest.raises(ValueError, match="length 3, 4 or 5"):
        tf.nn.conv_transpose(tf.zeros([2, 2]), tf.zeros([2, 2]), [2, 2], 1)
    with pytest.raises(ValueError, match="data_format"):
        tf.nn.conv1d_transpose(tf.zeros([1, 2, 1]), tf.zeros([1, 1, 1]), [1, 2, 1], 1, "SAME", "HW")


def test_pool_refuses_what_has_no_meaning():
    x = tf.zeros([1, 4, 4, 1])
    for words in (
        {"padding": "SAME", "dilation_rate": [2, 2]},
        {"padding": "VALID", "strides": [3, 1]},
        {"padding": "VALID", "strides": [2, 1], "dilation_rate": [2, 1]},
        {"padding": "VALID", "strides": [0, 1]},
        {"padding": "VALID", "dilation_rate": [2]},
    ):
        with pytest.raises(ValueError):
            tf.nn.pool(x, [2, 2], "MAX", **words)
    with pytest.raises(ValueError, match="not supported"):
        tf.nn.pool(x, [2, 2], "MIN", "SAME")
    with pytest.raises(ValueError, match="num_spatial_dims"):
        tf.nn.pool(x, [1, 1, 1, 1], "MAX", "SAME")


def test_with_space_to_batch_refuses_what_does_not_fit():
    x = tf.zeros([1, 4, 4, 1])

    def spread(rate, padding="VALID", **more):
        return tf.nn.with_space_to_batch(x, rate, padding, lambda y, *_: y, **more)

    for words in (
        {"rate": [[2]]}, {"rate": [0, 1]}, {"rate": [2, 2], "padding": "SAME"},
        {"rate": [2, 2], "padding": "FULL"}, {"rate": [2, 2], "spatial_dims": [2, 1]},
        {"rate": [2], "spatial_dims": [0]}, {"rate": [2, 2], "spatial_dims": [3, 4]},
    ):  # fmt: skip
        with pytest.raises(ValueError):
            spread(**words)


def test_argmax_that_leads_out_of_the_images_is_told():
    x, dy = tf.zeros([1, 2, 2, 1]), tf.ones([1, 1, 1, 1])
    window = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "VALID"}
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="argmax"):
        places = tf.constant([[[[4]]]], tf.int64)
        session.run(tf.raw_ops.MaxPoolGradWithArgmax(x, dy, places, **window))


def test_a_fed_window_is_checked_when_it_comes():
    size = tf.placeholder(tf.int32, [4])
    y = tf.raw_ops.MaxPoolV2(tf.zeros([1, 4, 4, 1]), size, [1, 1, 1, 1], padding="VALID")
    assert y.shape.as_list() == [None] * 4
    with tf.Session() as session:
        assert session.run(y, {size: [1, 2, 3, 1]}).shape == (1, 3, 2, 1)
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(y, {size: [1, 0, 3, 1]})


def test_the_poisson_loss_needs_one_shape():
    with pytest.raises(ValueError, match="same shape"):
        tf.nn.log_poisson_loss([1.0, 2.0], [1.0])


def test_an_average_needs_examples():
    with pytest.raises(ValueError, match="rank 1"):
        tf.nn.compute_average_loss(1.0)
