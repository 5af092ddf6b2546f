import numpy as np
import pytest

import flowgraph as tf

cell = tf.nn.rnn_cell


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def run(values, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(values, feed)


def data(*shape):
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


class Adds(cell.RNNCell):
    """Two states and two outputs: sums of all inputs and of their squares."""

    state_size = (3, {"squares": tf.TensorShape([3])})
    output_size = (3, 3)

    def call(self, inputs, state):
        total, squares = state[0] + inputs, state[1]["squares"] + inputs**2
        return (total, squares), (total, {"squares": squares})


# --- dynamic_rnn ----------------------------------------------------------------------------------
def test_nested_outputs_and_states_with_lengths():
    x = data(2, 4, 3)
    (totals, squares), state = run(
        tf.nn.dynamic_rnn(Adds(), x, dtype=tf.float32, sequence_length=[4, 2])
    )
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]])[..., None]
    np.testing.assert_allclose(totals, np.cumsum(x, 1) * mask, rtol=1e-5)
    np.testing.assert_allclose(squares, np.cumsum(x**2, 1) * mask, rtol=1e-5)
    np.testing.assert_allclose(state[0], [x[0].sum(0), x[1, :2].sum(0)], rtol=1e-5)
    np.testing.assert_allclose(state[1]["squares"][1], (x[1, :2] ** 2).sum(0), rtol=1e-5)


def test_nested_inputs():
    class Both(cell.RNNCell):
        state_size = output_size = 3

        def call(self, inputs, state):
            new = state + inputs["a"] * inputs["b"]
            return new, new

    a, b = data(2, 4, 3), data(2, 4, 3) + 1
    outputs, _ = run(tf.nn.dynamic_rnn(Both(), {"a": a, "b": b}, dtype=tf.float32))
    np.testing.assert_allclose(outputs, np.cumsum(a * b, 1), rtol=1e-5)


def test_batch_and_time_may_be_unknown():
    x = tf.placeholder(tf.float32, [None, None, 3])
    outputs, state = tf.nn.dynamic_rnn(cell.GRUCell(2), x, dtype=tf.float32)
    assert outputs.shape.as_list() == [None, None, 2] and state.shape.as_list() == [None, 2]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for batch, time in ((1, 5), (4, 2)):
            assert session.run(outputs, {x: data(batch, time, 3)}).shape == (batch, time, 2)


def test_static_shapes():
    outputs, state = tf.nn.dynamic_rnn(cell.BasicLSTMCell(2), data(3, 4, 5), dtype=tf.float32)
    assert outputs.shape.as_list() == [3, 4, 2] and state.h.shape.as_list() == [3, 2]


def test_sequences_of_no_steps():
    outputs, state = run(
        tf.nn.dynamic_rnn(
            cell.GRUCell(2), data(2, 3, 4), sequence_length=[0, 0],
            initial_state=tf.ones([2, 2]),
        )
    )  # fmt: skip
    assert not outputs.any() and (state == 1).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: cell.GRUCell(2),
        lambda: cell.LSTMCell(2, use_peepholes=True, num_proj=2),
        lambda: cell.MultiRNNCell([cell.BasicRNNCell(2), cell.BasicLSTMCell(2)]),
    ],
)
def test_gradients_are_those_of_differences(make):
    x = tf.constant(data(2, 3, 2).astype(np.float64))
    with tf.variable_scope("s", initializer=tf.random_uniform_initializer(-1, 1, seed=3)):
        outputs, _ = tf.nn.dynamic_rnn(make(), x, dtype=tf.float64, sequence_length=[3, 2])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in [x, *(v for v in tf.trainable_variables() if v.shape.rank == 2)]:
            shape = variable.shape.as_list()
            start = session.run(variable)
            error = tf.test.compute_gradient_error(
                variable, shape, outputs, [2, 3, 2], x_init_value=start, delta=1e-5
            )
            assert error < 1e-7


def test_a_second_derivative_through_the_loop():
    x = tf.constant(data(1, 3, 2))
    outputs, _ = tf.nn.dynamic_rnn(cell.GRUCell(2), x, dtype=tf.float32)
    first = tf.gradients(tf.reduce_sum(outputs), x)[0]
    second = tf.gradients(tf.reduce_sum(first**2), tf.trainable_variables())
    assert all(np.abs(g).sum() > 0 for g in run(second))


def test_dynamic_and_static_agree():
    x, lengths = data(3, 5, 2), [5, 0, 3]
    gru = cell.GRUCell(4)
    dynamic = tf.nn.dynamic_rnn(gru, x, lengths, dtype=tf.float32, scope="a")
    with tf.variable_scope("a", reuse=True) as scope:
        static = tf.nn.static_rnn(
            gru, tf.unstack(x, axis=1), dtype=tf.float32, sequence_length=lengths, scope=scope
        )
    found, expected = run([dynamic, static])
    np.testing.assert_allclose(found[0], np.stack(expected[0], 1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5, atol=1e-6)


def test_a_network_inside_of_a_conditional():
    x = data(1, 3, 2)
    take = tf.placeholder(tf.bool, [])
    result = tf.cond(
        take,
        lambda: tf.nn.dynamic_rnn(cell.GRUCell(2), x, dtype=tf.float32)[1],
        lambda: tf.zeros([1, 2]),
    )
    assert run(result, {take: True}).any() and not run(result, {take: False}).any()


def test_it_learns_to_add_up():
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 6, 1])
    outputs, _ = tf.nn.dynamic_rnn(cell.BasicLSTMCell(12), x, dtype=tf.float32)
    guess = tf.layers.dense(outputs[:, -1], 1)
    loss = tf.reduce_mean((guess - tf.reduce_sum(x, 1)) ** 2)
    step = tf.train.AdamOptimizer(0.02).minimize(loss)
    random = np.random.RandomState(0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(200):
            last = session.run([loss, step], {x: random.rand(32, 6, 1)})[0]
    assert last < 0.02


# --- wrong use ------------------------------------------------------------------------------------
def test_wrong_arguments_of_dynamic_rnn():
    with pytest.raises(ValueError, match="you must give a dtype"):
        tf.nn.dynamic_rnn(cell.GRUCell(2), data(1, 2, 3))
    with pytest.raises(TypeError, match="is not an RNNCell"):
        tf.nn.dynamic_rnn(lambda x, s: (x, s), data(1, 2, 3), dtype=tf.float32)
    with pytest.raises(ValueError, match="must be a vector of length batch_size"):
        tf.nn.dynamic_rnn(cell.GRUCell(2), data(1, 2, 3), [[1]], dtype=tf.float32)
    with pytest.raises(ValueError):
        tf.nn.dynamic_rnn(cell.GRUCell(2), data(2, 3), dtype=tf.float32)
    unknown = tf.placeholder(tf.float32, [None, None, None])
    with pytest.raises(ValueError, match="must be accessible via shape inference"):
        tf.nn.dynamic_rnn(cell.GRUCell(2), unknown, dtype=tf.float32)


def test_as_many_lengths_as_rows():
    lengths = tf.placeholder(tf.int32, [None])
    outputs, _ = tf.nn.dynamic_rnn(cell.GRUCell(2), data(2, 2, 3), lengths, dtype=tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected shape for Tensor"):
        run(outputs, {lengths: [1, 1, 1]})


def test_wrong_arguments_of_static_rnn():
    with pytest.raises(TypeError, match="inputs must be a sequence"):
        tf.nn.static_rnn(cell.GRUCell(2), tf.zeros([2, 3]), dtype=tf.float32)
    with pytest.raises(ValueError, match="must not be empty"):
        tf.nn.static_rnn(cell.GRUCell(2), [], dtype=tf.float32)
    with pytest.raises(ValueError, match="dtype must be specified"):
        tf.nn.static_rnn(cell.GRUCell(2), [tf.zeros([2, 3])])
    with pytest.raises(ValueError, match="Input size"):
        unknown = tf.placeholder(tf.float32, [2, None])
        tf.nn.static_rnn(cell.GRUCell(2), [unknown], dtype=tf.float32)


# --- the others -----------------------------------------------------------------------------------
def test_state_saving():
    class Saver:
        def __init__(self):
            self.kept = tf.Variable(tf.ones([2, 3]), trainable=False)

        def state(self, name):
            assert name == "s"
            return self.kept

        def save_state(self, name, value):
            return tf.assign(self.kept, value)

    saver = Saver()
    outputs, _ = tf.nn.static_state_saving_rnn(
        cell.GRUCell(3), [tf.constant(data(2, 4))], saver, "s"
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        last = session.run(outputs[-1])
        np.testing.assert_allclose(session.run(saver.kept), last, rtol=1e-6)
    with pytest.raises(ValueError, match="same type as cell.state_size"):
        tf.nn.static_state_saving_rnn(cell.LSTMCell(3), [data(2, 4)], saver, "s")


def test_raw_rnn_with_a_loop_state_and_another_output():
    x = data(3, 2, 2)
    array = tf.TensorArray(tf.float32, 3).unstack(x)
    rnn = cell.BasicRNNCell(2)

    def loop(time, output, state, loop_state):
        if output is None:
            state, emit, loop_state = tf.zeros([2, 2]), tf.zeros([1], tf.int32), tf.constant(5)
        else:
            emit, loop_state = tf.fill([2, 1], time), loop_state + 1
        finished = time >= [3, 2]
        given = tf.cond(tf.reduce_all(finished), lambda: tf.zeros([2, 2]), lambda: array.read(time))
        return finished, given, state, emit, loop_state

    emitted, _, loop_state = tf.nn.raw_rnn(rnn, loop)
    found, count = run([emitted.stack(), loop_state])
    np.testing.assert_array_equal(found[..., 0], [[1, 1], [2, 2], [3, 0]])
    assert count == 8
    with pytest.raises(TypeError, match="must be a callable"):
        tf.nn.raw_rnn(rnn, None)


def test_the_names_before_1_0():
    outputs, _ = tf.nn.rnn(cell.GRUCell(2), [tf.zeros([1, 2])], dtype=tf.float32)
    assert len(outputs) == 1
    assert tf.nn.bidirectional_rnn is tf.nn.static_bidirectional_rnn
    assert cell.InputProjectionWrapper is tf.contrib.rnn.InputProjectionWrapper
