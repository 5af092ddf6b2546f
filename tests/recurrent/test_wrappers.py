import numpy as np
import pytest

import flowgraph as tf

cell = tf.nn.rnn_cell
ONES = np.ones([8, 50], np.float32)


class Through(cell.RNNCell):
    """Puts out its inputs; its state is what came in before."""

    state_size = output_size = 50

    def call(self, inputs, state):
        return inputs, inputs


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def run(values, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(values, feed)


def shares(values):
    return sorted({float(v) for v in np.unique(values)})


def test_dropout_of_inputs_outputs_and_states():
    for what, index in (("input", 0), ("output", 0), ("state", 1)):
        wrapper = cell.DropoutWrapper(Through(), seed=1, **{f"{what}_keep_prob": 0.5})
        assert shares(run(wrapper(ONES, ONES))[index]) == [0.0, 2.0]
    kept = cell.DropoutWrapper(Through())
    assert shares(run(kept(ONES, ONES))[0]) == [1.0]


def test_a_keep_probability_may_be_fed():
    keep = tf.placeholder_with_default(1.0, [])
    output, _ = cell.DropoutWrapper(Through(), output_keep_prob=keep)(ONES, ONES)
    assert shares(run(output)) == [1.0]
    assert shares(run(output, {keep: 0.25})) == [0.0, 4.0]


def test_the_memory_of_an_lstm_is_never_dropped():
    class State(cell.RNNCell):
        state_size, output_size = cell.LSTMStateTuple(50, 50), 50

        def call(self, inputs, state):
            return inputs, state

    state = cell.LSTMStateTuple(tf.constant(ONES), tf.constant(ONES))
    _, new = run(cell.DropoutWrapper(State(), state_keep_prob=0.5)(ONES, state))
    assert shares(new.c) == [1.0] and shares(new.h) == [0.0, 2.0]
    visitor = lambda _: True  # noqa: E731
    _, new = run(
        cell.DropoutWrapper(State(), state_keep_prob=0.5, dropout_state_filter_visitor=visitor)(
            ONES, state
        )
    )
    assert shares(new.c) == [0.0, 2.0]


def test_variational_dropout_drops_the_same_at_each_step_and_row():
    wrapper = cell.DropoutWrapper(
        Through(), input_keep_prob=0.5, variational_recurrent=True, input_size=50,
        dtype=tf.float32,
    )  # fmt: skip
    outputs, _ = tf.nn.dynamic_rnn(wrapper, tf.ones([2, 5, 50]), dtype=tf.float32)
    found = run(outputs)
    assert shares(found) == [0.0, 2.0]
    assert (found == found[:1, :1]).all()


def test_wrong_arguments_of_dropout():
    with pytest.raises(ValueError, match="input_keep_prob must be between 0 and 1"):
        cell.DropoutWrapper(Through(), input_keep_prob=1.5)
    with pytest.raises(ValueError, match="dtype must be provided"):
        cell.DropoutWrapper(Through(), variational_recurrent=True)
    with pytest.raises(ValueError, match="input_size must be provided"):
        cell.DropoutWrapper(Through(), 0.5, variational_recurrent=True, dtype=tf.float32)
    with pytest.raises(TypeError, match="must be callable"):
        cell.DropoutWrapper(Through(), dropout_state_filter_visitor=3)


def test_seeds_give_the_same_numbers():
    first, second = (
        run(cell.DropoutWrapper(Through(), 0.5, seed=7)(ONES, ONES)[0]) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_residual():
    assert shares(run(cell.ResidualWrapper(Through())(ONES, ONES))[0]) == [2.0]
    doubled = cell.ResidualWrapper(Through(), residual_fn=lambda x, y: 3 * x + y)
    assert shares(run(doubled(ONES, ONES))[0]) == [4.0]
    with pytest.raises(ValueError):
        cell.ResidualWrapper(cell.GRUCell(3))(ONES, tf.zeros([8, 3]))


def test_device():
    wrapper = cell.DeviceWrapper(cell.GRUCell(2), "/cpu:0")
    output, _ = wrapper(ONES, wrapper.zero_state(8, tf.float32))
    assert "CPU:0" in output.device.upper()
    assert wrapper.trainable_variables[0].op.name == "gru_cell/gates/kernel"


def test_wrappers_make_no_scope_of_their_own():
    wrapper = cell.DropoutWrapper(cell.ResidualWrapper(cell.GRUCell(50)), 0.5)
    tf.nn.dynamic_rnn(wrapper, ONES[None], dtype=tf.float32)
    assert tf.trainable_variables()[0].op.name == "rnn/gru_cell/gates/kernel"
