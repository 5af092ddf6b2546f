"""Quantised arithmetic stands for arithmetic on reals; what its ops refuse."""

import numpy as np
import pytest

import flowgraph as tf

RNG = np.random.RandomState(3)
LOW, HIGH = -2.0, 6.0


def run(tensors):
    with tf.Session() as session:
        return session.run(tensors)


def quantized(*shape, low=LOW, high=HIGH):
    """Reals, and (integers, low, high) that stand for them."""
    x = RNG.uniform(low, high, shape).astype(np.float32)
    return x, tf.quantize(x, low, high, tf.quint8, "MIN_FIRST")


def reals(parts):
    return run(tf.dequantize(*parts, "MIN_FIRST"))


def quint8(*shape):
    return tf.constant(np.zeros(shape), tf.quint8)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


@pytest.mark.parametrize(
    ("op", "function"), [("QuantizedAdd", np.add), ("QuantizedMul", np.multiply)]
)
def test_sums_and_products(op, function):
    (x, a), (y, b) = quantized(3, 4), quantized(4)
    result = getattr(tf.raw_ops, op)(a[0], b[0], a[1], a[2], b[1], b[2])
    assert result[0].dtype is tf.qint32 and result[0].shape == [3, 4]
    np.testing.assert_allclose(reals(result), function(x, y), atol=0.3)


def test_a_layer_by_matrices_comes_near_to_the_layer_of_reals():
    (x, a), (w, b) = quantized(5, 7), quantized(7, 3)
    product = tf.raw_ops.QuantizedMatMul(a[0], b[0], a[1], a[2], b[1], b[2])
    np.testing.assert_allclose(reals(product), x @ w, atol=0.6)
    few = tf.raw_ops.QuantizeDownAndShrinkRange(*product, out_type=tf.quint8)
    active = tf.raw_ops.QuantizedRelu(*few)
    assert active[0].dtype is tf.quint8
    np.testing.assert_allclose(reals(active), np.maximum(x @ w, 0), atol=1.5)


def test_a_product_of_large_matrices_is_exact():
    a, b = (RNG.randint(0, 256, shape).astype(np.uint8) for shape in ((2, 3000), (3000, 2)))
    parts = tf.raw_ops.QuantizedMatMul(
        tf.bitcast(a, tf.quint8), tf.bitcast(b, tf.quint8), 0.0, 1.0, 0.0, 1.0
    )
    np.testing.assert_array_equal(run(parts[0]), a.astype(int) @ b.astype(int))


def test_joined_tensors_stand_for_what_their_parts_did():
    (x, a), (y, b) = quantized(2, 3), quantized(2, 2, low=-7.0, high=1.0)
    joined = tf.quantized_concat(1, [a[0], b[0]], [a[1], b[1]], [a[2], b[2]])
    np.testing.assert_allclose(reals(joined), np.concatenate([x, y], 1), atol=0.1)


def test_pooling_keeps_the_range():
    x, a = quantized(1, 4, 4, 2)
    window = [1, 2, 2, 1]
    blocks = x.reshape(1, 2, 2, 2, 2, 2)
    for pool, wanted in (
        (tf.nn.quantized_max_pool, blocks.max((2, 4))),
        (tf.nn.quantized_avg_pool, blocks.mean((2, 4))),
    ):
        np.testing.assert_allclose(reals(pool(*a, window, window, "VALID")), wanted, atol=0.1)


RAW = tf.raw_ops


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: RAW.QuantizedAdd(quint8(2), quint8(2), 1.0, 1.0, 0.0, 1.0), "max_x must be larg"),
        (lambda: RAW.QuantizedMul(quint8(2), quint8(2), 0.0, 1.0, 1.0, 0.0), "max_y must be larg"),
        (lambda: RAW.QuantizedMatMul(quint8(2, 2), quint8(2, 2), 1.0, 0.0, 0.0, 1.0), "max_a must"),
        (lambda: RAW.Requantize(tf.constant([1], tf.qint32), 0.0, 1.0, 0.5, 1.0,
                                out_type=tf.quint8), "requested_output_min must be <= 0"),
        (lambda: RAW.Requantize(tf.constant([1], tf.qint32), 0.0, 1.0, -0.5, -1.0,
                                out_type=tf.quint8), "requested_output_max must be >="),
        (lambda: RAW.RequantizePerChannel(tf.constant([[[[1, 2]]]], tf.qint32), [0.0], [1.0], -1.0,
                                          1.0), "input_min has incorrect size, expected 2"),
        (lambda: RAW.RequantizationRangePerChannel(tf.constant([[[[1, 2]]]], tf.qint32), [0.0, 0.0],
                                                   [1.0], clip_value_max=1.0), "input_max has inc"),
        (lambda: RAW.QuantizedRelu(tf.constant([1], tf.qint32), 0.0, 1.0), "out_type must be"),
        (lambda: RAW.QuantizedInstanceNorm(quint8(1, 2, 2, 1), 1.0, 1.0), "must be less than"),
        (lambda: RAW.QuantizedInstanceNorm(quint8(1, 2, 2, 1), 0.0, 1.0, output_range_given=True),
         "given_y_min must be less"),
        (lambda: tf.nn.quantized_conv2d(quint8(1, 4, 4, 1), quint8(1, 1, 1, 1), 0.0, 1.0, 0.0, 1.0,
                                        [1, 1, 2, 1], "SAME"), "Only equal strides"),
        (lambda: tf.nn.quantized_conv2d(quint8(1, 4, 4, 1), quint8(1, 1, 1, 1), 0.0, 1.0, 0.0, 1.0,
                                        [1, 1, 1, 1], "SAME", dilations=[1, 2, 2, 1]), "Dilations"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_when_run(build, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        run(build())


@pytest.mark.parametrize(
    "build",
    [
        lambda: RAW.QuantizedAdd(quint8(2), quint8(3), 0.0, 1.0, 0.0, 1.0),
        lambda: RAW.QuantizedMatMul(quint8(2, 3), quint8(2, 3), 0.0, 1.0, 0.0, 1.0),
        lambda: RAW.QuantizedMatMul(quint8(3), quint8(3, 2), 0.0, 1.0, 0.0, 1.0),
        lambda: RAW.QuantizedMatMul(quint8(2, 3), quint8(3, 2), [0.0], 1.0, 0.0, 1.0),
        lambda: RAW.QuantizedBiasAdd(
            quint8(2, 3), quint8(2), 0.0, 1.0, 0.0, 1.0, out_type=tf.qint32
        ),
        lambda: RAW.RequantizationRange(tf.constant([1], tf.qint32), [0.0], 1.0),
        lambda: RAW.RequantizePerChannel(tf.constant([1], tf.qint32), 0.0, [1.0], 0.0, 1.0),
        lambda: RAW.QuantizedInstanceNorm(quint8(2, 2), 0.0, 1.0),
        lambda: RAW.QuantizedReshape(quint8(4), [3], 0.0, 1.0),
        lambda: tf.quantized_concat(0, [quint8(2), quint8(2, 1)], [0.0, 0.0], [1.0, 1.0]),
        lambda: tf.quantized_concat(0, [quint8(2)], [0.0], [1.0]),
        lambda: tf.nn.quantized_max_pool(quint8(2, 2), 0.0, 1.0, [1] * 4, [1] * 4, "SAME"),
        lambda: tf.nn.quantized_relu_x(quint8(2), [6.0], 0.0, 1.0),
    ],
)
def test_bad_shapes_are_refused_when_built(build):
    with pytest.raises(ValueError):
        build()
