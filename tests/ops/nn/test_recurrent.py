"""The LSTM and the GRU as one op: what TensorFlow leaves open, and bad input."""

import numpy as np
import pytest

import flowgraph as tf

STEPS, BATCH, INPUTS, CELLS = 4, 2, 3, 2


def arrays(*gates):
    """The inputs of BlockLSTM, with the gates' columns in this order of "icfo"."""
    rng = np.random.RandomState(0)

    def draw(*shape):
        return rng.uniform(-1, 1, shape).astype(np.float32)

    x, state, w = draw(STEPS, BATCH, INPUTS), draw(2, BATCH, CELLS), draw(INPUTS + CELLS, 4, CELLS)
    b, holes = draw(4, CELLS), draw(3, CELLS)
    order = list(gates or range(4))
    return [x, *state, w[:, order].reshape(-1, 4 * CELLS), *holes, b[order].ravel()]


def run(op, inputs, length, **attrs):
    """(outputs, gradients of the state and h by the inputs)."""
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = [tf.constant(a) for a in inputs]
        outputs = op(tf.constant(length, tf.int64), *tensors, **attrs)
        return session.run([outputs, tf.gradients([outputs[1] ** 2, outputs[6]], tensors)])


@pytest.mark.parametrize("peephole", [False, True])
def test_the_second_block_lstm_is_the_first_with_other_columns(peephole):
    attrs = {"use_peephole": peephole, "cell_clip": 0.0}
    ours, by_ours = run(tf.raw_ops.BlockLSTM, arrays(), 3, forget_bias=0.0, **attrs)
    theirs, by_theirs = run(tf.raw_ops.BlockLSTMV2, arrays(0, 2, 1, 3), 3, **attrs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    turned = by_ours[3].reshape(-1, 4, CELLS)[:, [0, 2, 1, 3]].reshape(by_ours[3].shape)
    np.testing.assert_allclose(turned, by_theirs[3], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(by_ours[0], by_theirs[0], rtol=1e-4, atol=1e-6)


def test_past_its_length_a_sequence_is_zero():
    outputs, gradients = run(tf.raw_ops.BlockLSTM, arrays(), 2)
    for output in outputs:
        assert output[:2].all()
        assert not output[2:].any()
    assert not gradients[0][2:].any()
    for output in run(tf.raw_ops.BlockLSTM, arrays(), 0)[0]:
        assert not output.any()


def test_gradients_are_those_of_differences():
    inputs = arrays()
    with tf.Graph().as_default(), tf.Session():
        x = tf.placeholder(tf.float32, inputs[0].shape)
        length = tf.constant(3, tf.int64)
        h = tf.raw_ops.BlockLSTM(length, x, *inputs[1:], use_peephole=True, cell_clip=0.0)[6]
        found, numeric = tf.test.compute_gradient(
            x, inputs[0].shape, h, [STEPS, BATCH, CELLS], inputs[0], 1e-2
        )
    np.testing.assert_allclose(found, numeric, rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("length", [-1, STEPS + 1])
def test_a_length_outside_of_the_sequence_is_refused(length):
    with pytest.raises(tf.errors.InvalidArgumentError, match="seq_len_max"):
        run(tf.raw_ops.BlockLSTM, arrays(), length)


@pytest.mark.parametrize("place", [1, 2, 3, 7])
def test_shapes_that_do_not_fit_are_told(place):
    inputs = arrays()
    inputs[place] = np.concatenate([inputs[place]] * 2)
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError), match="shape|merge|rank"):
        run(tf.raw_ops.BlockLSTM, inputs, 2)


def test_a_bias_of_no_four_gates_is_refused():
    inputs = arrays()
    inputs[7] = inputs[7][:-1]
    with tf.Graph().as_default(), pytest.raises(ValueError, match="divisible by 4"):
        tf.raw_ops.BlockLSTM(tf.constant(1, tf.int64), *inputs)


def test_a_gru_of_other_weights_is_refused():
    with tf.Graph().as_default():
        x, h = tf.zeros([2, 3]), tf.zeros([2, 4])
        with pytest.raises(ValueError, match="w_c must have shape"):
            tf.raw_ops.GRUBlockCell(
                x, h, tf.zeros([7, 8]), tf.zeros([6, 4]), tf.zeros([8]), tf.zeros([4])
            )
