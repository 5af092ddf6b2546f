import numpy as np
import pytest

import flowgraph as tf
from flowgraph.recurrent import older


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def test_a_language_model_of_2015():
    size, batch, steps = 4, 2, 3
    lstm_cell = older.DropoutWrapper(older.BasicLSTMCell(size, forget_bias=0.0), 1.0, 0.9)
    cell = older.MultiRNNCell([lstm_cell] * 2)
    assert cell.state_size == 16
    state = initial = cell.zero_state(batch, tf.float32)
    inputs = tf.ones([batch, steps, size])
    with tf.variable_scope("RNN"):
        for step in range(steps):
            if step > 0:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(inputs[:, step, :], state)
    logits = tf.matmul(output, tf.ones([size, 7]))
    loss = tf.nn.seq2seq.sequence_loss_by_example(
        [logits], [tf.zeros([batch], tf.int32)], [tf.ones([batch])], 7
    )
    assert len(tf.trainable_variables()) == 4
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = initial.eval()
        value, losses = session.run([state, loss], {initial: value})
    assert value.shape == (batch, 16) and np.isfinite(losses).all()


def test_arguments_of_that_time():
    assert older.LSTMCell(4, 3, True, None, None, 2).state_size == 6
    assert older.GRUCell(4, 3).state_size == older.BasicRNNCell(4, 3).state_size == 4
