"""Quantised dtypes and what the ops refuse: ranges, bits, shapes, dtypes."""

import numpy as np
import pytest

import flowgraph as tf

RECORDS = np.array([(1,), (-2,)], [("qint8", "i1")])
QUANTIZED = (tf.qint8, tf.quint8, tf.qint16, tf.quint16, tf.qint32)


def run(tensor, feeds=None):
    with tf.Session(graph=tensor.graph) as session:
        return session.run(tensor, feeds)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


@pytest.mark.parametrize("dtype", QUANTIZED, ids=lambda t: t.name)
def test_a_quantized_dtype_is_told_from_its_integers(dtype):
    assert dtype.is_quantized and not dtype.is_integer and dtype in tf.QUANTIZED_DTYPES
    assert tf.as_dtype(dtype.as_numpy_dtype) is dtype
    assert tf.as_dtype(dtype.name) is dtype and tf.as_dtype(dtype.as_datatype_enum) is dtype
    assert dtype.as_numpy_dtype.names == (dtype.name,)
    with pytest.raises(TypeError, match=f"minimum and maximum value of {dtype.name}"):
        _ = dtype.max


@pytest.mark.parametrize("value", [[1, -2], [(1,), (-2,)], RECORDS, np.array([1, -2])], ids=type)
def test_numbers_and_records_become_constants_and_are_fed(value):
    constant = tf.constant(value, tf.qint8)
    fed = tf.placeholder(tf.qint8, [2])
    assert constant.dtype is tf.qint8 and constant.shape == [2]
    for result in (run(constant), run(tf.identity(fed), {fed: value})):
        assert result.dtype == np.int8
        assert result.tolist() == [1, -2]


def test_an_array_of_records_brings_its_dtype():
    assert tf.constant(RECORDS).dtype is tf.qint8


@pytest.mark.parametrize("mode", ["MIN_COMBINED", "MIN_FIRST", "SCALED"])
@pytest.mark.parametrize("dtype", QUANTIZED, ids=lambda t: t.name)
def test_there_and_back_is_at_most_a_step_away(dtype, mode):
    x = np.linspace(0 if mode == "SCALED" and dtype.name[:2] == "qu" else -2, 3, 41)
    y, low, high = tf.quantize(x.astype(np.float32), -2.0, 3.0, dtype, mode)
    back = run(tf.dequantize(y, low, high, mode))
    step = max(5.0 / 2 ** (8 * dtype.size - 1), 3e-7)
    np.testing.assert_allclose(back[1:-1], x[1:-1], atol=step)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: tf.quantize([1.0], 2.0, 1.0, tf.quint8)[0], "must be larger than"),
        (lambda: tf.quantize([1.0], 0.0, 1.0, tf.quint8, "MIN_FIRST", "HALF_TO_EVEN")[0],
         "only supported for mode 'SCALED'"),
        (lambda: tf.fake_quant_with_min_max_args([1.0], 2.0, 1.0), "min has to be smaller"),
        (lambda: tf.fake_quant_with_min_max_args([1.0], num_bits=1), "num_bits must be between 2"),
        (lambda: tf.fake_quant_with_min_max_vars([1.0], 0.0, 1.0, num_bits=17), "num_bits must be"),
        (lambda: tf.fake_quant_with_min_max_vars_per_channel(
            tf.placeholder_with_default([[1.0, 2.0]], None), [0.0], [1.0]), "2. (was|and) .1"),
        (lambda: tf.fake_quant_with_min_max_args_gradient([1.0], [1.0, 2.0]), "the same size"),
        (lambda: tf.quantization.quantize_and_dequantize([1.0], 2.0, 1.0, range_given=True),
         "Invalid range: input_min 2.0 > input_max 1.0"),
        (lambda: tf.quantization.quantize_and_dequantize([1.0], 0.0, 1.0, num_bits=62),
         "num_bits is out of range: 62"),
        (lambda: tf.raw_ops.QuantizeAndDequantizeV3(
            input=[1.0], input_min=0.0, input_max=1.0, num_bits=0), "num_bits is out of range: 0"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_when_run(build, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        run(build())


@pytest.mark.parametrize(
    "build",
    [
        lambda: tf.quantize([1.0], [2.0], 1.0, tf.quint8),
        lambda: tf.dequantize(tf.constant([1], tf.qint8), 0.0, [1.0]),
        lambda: tf.fake_quant_with_min_max_vars([1.0], [0.0], 1.0),
        lambda: tf.fake_quant_with_min_max_vars_per_channel(1.0, [0.0], [1.0]),
        lambda: tf.fake_quant_with_min_max_vars_per_channel([1.0, 2.0], [0.0], [1.0]),
        lambda: tf.fake_quant_with_min_max_vars_gradient([1.0], [1.0, 2.0], 0.0, 1.0),
        lambda: tf.quantize([1.0], 0.0, 1.0, tf.quint8, mode="FIRST"),
    ],
)
def test_bad_shapes_and_modes_are_refused_when_built(build):
    with pytest.raises(ValueError):
        build()


def test_other_dtypes_are_refused():
    with pytest.raises(TypeError, match="float64"):
        tf.fake_quant_with_min_max_args(tf.constant(1.0, tf.float64))
    with pytest.raises(TypeError, match="DataType int8 not in list of allowed values: qint8"):
        tf.quantize([1.0], 0.0, 1.0, tf.int8)
    with pytest.raises(TypeError, match="int8"):
        tf.dequantize(tf.constant([1], tf.int8), 0.0, 1.0)


@pytest.mark.parametrize("channels", [False, True])
def test_the_gradient_of_the_gradient_goes_where_each_number_came(channels):
    x = tf.constant([[-5.0, 0.5], [1.0, 9.0]])
    low, high = ([-1.0, -1.0], [2.0, 3.0]) if channels else (-1.0, 2.0)
    function = tf.fake_quant_with_min_max_vars
    if channels:
        function = tf.fake_quant_with_min_max_vars_per_channel
    top = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    low, high = tf.constant(low), tf.constant(high)
    firsts = tf.gradients(function(x, low, high), [x, low, high], grad_ys=top)
    weights = [tf.constant([[10.0, 20.0], [30.0, 40.0]]), low + 101.0, high + 200.0]
    (found,) = tf.gradients(firsts, top, grad_ys=weights)
    above = 203.0 if channels else 202.0
    assert run(found).tolist() == [[100.0, 20.0], [30.0, above]]
