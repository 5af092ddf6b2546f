import copy

import numpy as np
import pytest

import flowgraph as tf

cell = tf.nn.rnn_cell
X = np.float32([[1, 2, 3], [4, 5, 6]])


def run(values, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(values, feed)


def names():
    return [v.op.name for v in tf.trainable_variables()]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


# --- sizes and first states -----------------------------------------------------------------------
def test_sizes():
    assert cell.BasicRNNCell(4).state_size == cell.GRUCell(4).output_size == 4
    assert cell.BasicLSTMCell(4).state_size == cell.LSTMStateTuple(4, 4)
    assert cell.LSTMCell(4, num_proj=2).state_size == cell.LSTMStateTuple(4, 2)
    assert cell.LSTMCell(4, num_proj=2, state_is_tuple=False).state_size == 6
    deep = cell.MultiRNNCell([cell.GRUCell(4), cell.BasicLSTMCell(2)])
    assert deep.state_size == (4, (2, 2)) and deep.output_size == 2
    flat = cell.MultiRNNCell([cell.GRUCell(4), cell.GRUCell(2)], state_is_tuple=False)
    assert flat.state_size == 6


def test_zero_state_of_a_known_and_of_an_unknown_batch():
    lstm = cell.BasicLSTMCell(4)
    known = lstm.zero_state(3, tf.float32)
    assert isinstance(known, cell.LSTMStateTuple) and known.dtype is tf.float32
    assert known.c.shape.as_list() == [3, 4]
    assert known.c.op.name == "BasicLSTMCellZeroState/zeros"
    batch = tf.placeholder(tf.int32, [])
    unknown = lstm.zero_state(batch, tf.float64)
    assert unknown.h.shape.as_list() == [None, 4]
    assert run(unknown, {batch: 5}).h.shape == (5, 4)


def test_a_state_whose_parts_differ_in_dtype():
    state = cell.LSTMStateTuple(tf.zeros([1]), tf.zeros([1], tf.float64))
    with pytest.raises(TypeError, match="Inconsistent internal state"):
        _ = state.dtype


def test_get_initial_state_takes_batch_and_dtype_of_the_inputs():
    gru = cell.GRUCell(2)
    assert gru.get_initial_state(inputs=tf.zeros([3, 4], tf.float64)).dtype == tf.float64
    with pytest.raises(ValueError, match="batch size from input tensor is different"):
        gru.get_initial_state(inputs=tf.zeros([3, 4]), batch_size=2)
    with pytest.raises(ValueError, match="dtype from input tensor is different"):
        gru.get_initial_state(inputs=tf.zeros([3, 4]), dtype=tf.float64)
    with pytest.raises(ValueError, match="cannot be None"):
        gru.get_initial_state(batch_size=2)


# --- variables ------------------------------------------------------------------------------------
def test_variables_are_named_after_the_class_and_shared_by_later_calls():
    lstm = cell.BasicLSTMCell(2)
    _, state = lstm(X, lstm.zero_state(2, tf.float32))
    lstm(X, state)
    assert names() == ["basic_lstm_cell/kernel", "basic_lstm_cell/bias"]
    assert [v.op.name for v in lstm.trainable_variables] == names()


def test_names_in_a_deep_network():
    deep = cell.MultiRNNCell([cell.LSTMCell(2), cell.GRUCell(2)])
    tf.nn.dynamic_rnn(deep, X[None], dtype=tf.float32)
    assert names() == [
        "rnn/multi_rnn_cell/cell_0/lstm_cell/kernel",
        "rnn/multi_rnn_cell/cell_0/lstm_cell/bias",
        "rnn/multi_rnn_cell/cell_1/gru_cell/gates/kernel",
        "rnn/multi_rnn_cell/cell_1/gru_cell/gates/bias",
        "rnn/multi_rnn_cell/cell_1/gru_cell/candidate/kernel",
        "rnn/multi_rnn_cell/cell_1/gru_cell/candidate/bias",
    ]
    assert [v.op.name for v in deep.trainable_variables] == names()


def test_two_networks_in_one_scope_clash_unless_they_reuse():
    tf.nn.dynamic_rnn(cell.GRUCell(2), X[None], dtype=tf.float32)
    with pytest.raises(ValueError, match="already exists"):
        tf.nn.dynamic_rnn(cell.GRUCell(2), X[None], dtype=tf.float32)
    with tf.variable_scope("rnn", reuse=True) as scope:
        tf.nn.dynamic_rnn(cell.GRUCell(2, reuse=True), X[None], dtype=tf.float32, scope=scope)
    assert len(names()) == 4


def test_shards_are_a_partitioned_variable():
    lstm = cell.LSTMCell(4, num_unit_shards=2, num_proj=2, num_proj_shards=2)
    tf.nn.dynamic_rnn(lstm, X[None], dtype=tf.float32)
    assert "rnn/lstm_cell/kernel/part_1" in names()
    assert "rnn/lstm_cell/projection/kernel/part_0" in names()


def test_initializers_of_scope_and_cell():
    ones = tf.ones_initializer()
    with tf.variable_scope("s", initializer=ones):
        output, _ = cell.BasicRNNCell(1, activation="linear")(X, tf.zeros([2, 1]))
    np.testing.assert_allclose(run(output), [[6], [15]])


def test_float64():
    lstm = cell.LSTMCell(2, use_peepholes=True)
    output, _ = lstm(X.astype(np.float64), lstm.zero_state(2, tf.float64))
    assert output.dtype == tf.float64 and {v.dtype.base_dtype for v in lstm.weights} == {tf.float64}


def test_a_copy_of_a_cell_that_was_used_shares_no_scope_with_it():
    gru = cell.GRUCell(2)
    other = copy.deepcopy(gru)
    tf.nn.dynamic_rnn(gru, X[None], dtype=tf.float32, scope="a")
    tf.nn.dynamic_rnn(other, X[None], dtype=tf.float32, scope="b")
    assert len(names()) == 8


def test_a_cell_of_ones_own_may_use_get_variable():
    class Own(cell.RNNCell):
        state_size = output_size = 2

        def call(self, inputs, state):
            weight = tf.get_variable("weight", [3, 2], initializer=tf.ones_initializer())
            new = state + tf.matmul(inputs, weight)
            return new, new

    own = Own()
    outputs, _ = tf.nn.dynamic_rnn(own, X[None], dtype=tf.float32)
    np.testing.assert_allclose(run(outputs), [[[6, 6], [21, 21]]])
    assert names() == ["rnn/own/weight"]
    assert [v.op.name for v in own.trainable_variables] == names()


def test_a_cell_without_layer_constructor():
    class Plain(cell.RNNCell):
        def __init__(self):
            self.size = 1

        @property
        def state_size(self):
            return self.size

        @property
        def output_size(self):
            return self.size

        def __call__(self, inputs, state, scope=None):
            return state + 1, state + 1

    outputs, _ = tf.nn.dynamic_rnn(Plain(), X[None], dtype=tf.float32)
    np.testing.assert_allclose(run(outputs), [[[1], [2]]])


def test_one_object_in_several_places_shares_its_variables_where_it_can():
    same = cell.MultiRNNCell([cell.GRUCell(3)] * 2)
    tf.nn.dynamic_rnn(same, X[None], dtype=tf.float32, scope="same")
    assert [n for n in names() if "cell_1" in n] == [] and len(names()) == 4
    wider = cell.MultiRNNCell([cell.DropoutWrapper(cell.GRUCell(5), 0.5)] * 3)
    for _ in range(2):
        with tf.variable_scope("wider", reuse=tf.AUTO_REUSE) as scope:
            outputs, _ = tf.nn.dynamic_rnn(wider, X[None], dtype=tf.float32, scope=scope)
    assert outputs.shape.as_list() == [1, 2, 5]
    assert len(names()) == 4 + 3 * 4 == 4 + len(wider.trainable_variables)


# --- wrong use ------------------------------------------------------------------------------------
def test_inputs_of_a_dtype_that_no_cell_has():
    with pytest.raises(ValueError, match="only supports floating"):
        cell.BasicRNNCell(2)(tf.zeros([1, 2], tf.int32), tf.zeros([1, 2], tf.int32))
    with pytest.raises(ValueError, match="only supports floating"):
        cell.GRUCell(2, dtype=tf.int32)


def test_a_depth_that_is_unknown():
    with pytest.raises(ValueError, match="to be known|should be defined"):
        cell.GRUCell(2)(tf.placeholder(tf.float32, [None, None]), tf.zeros([1, 2]))


def test_inputs_of_another_rank():
    with pytest.raises(ValueError, match="ndim=2"):
        cell.GRUCell(2)(tf.zeros([1, 2, 3]), tf.zeros([1, 2]))


def test_multi_rnn_cell_wants_cells():
    with pytest.raises(ValueError, match="at least one cell"):
        cell.MultiRNNCell([])
    with pytest.raises(TypeError, match="list or tuple"):
        cell.MultiRNNCell(cell.GRUCell(2))
    with pytest.raises(ValueError, match="return tuples of states"):
        cell.MultiRNNCell([cell.LSTMCell(2)], state_is_tuple=False)
    with pytest.raises(ValueError, match="to be a tuple of length 1"):
        cell.MultiRNNCell([cell.GRUCell(2)])(X, tf.zeros([2, 2]))


def test_an_activation_that_nobody_knows():
    with pytest.raises(ValueError, match="wiggle"):
        cell.GRUCell(2, activation="wiggle")


def test_not_a_cell():
    with pytest.raises(TypeError, match="is not an RNNCell: 'output_size' property is missing"):
        cell.DropoutWrapper(tf.zeros([1]))


# --- configuration --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "made",
    [
        lambda: cell.BasicRNNCell(3, activation="relu"),
        lambda: cell.GRUCell(3, bias_initializer=tf.zeros_initializer()),
        lambda: cell.BasicLSTMCell(3, forget_bias=0.5),
        lambda: cell.LSTMCell(3, use_peepholes=True, num_proj=2, cell_clip=1.0),
    ],
)
def test_a_cell_is_made_again_from_its_configuration(made):
    first = made()
    again = type(first).from_config(first.get_config())
    assert again.get_config() == first.get_config() and again.state_size == first.state_size


def test_a_wrapper_is_made_again_with_a_cell_put_in():
    wrapper = cell.DropoutWrapper(cell.GRUCell(3), input_keep_prob=0.5, seed=3)
    config = wrapper.get_config()
    assert config["cell"]["class_name"] == "GRUCell" and config["input_keep_prob"] == 0.5
    with pytest.raises(ValueError, match="cannot reconstruct the wrapped cell"):
        cell.DropoutWrapper.from_config(config)
    again = cell.DropoutWrapper.from_config({**config, "cell": cell.GRUCell(3)})
    assert again.get_config()["seed"] == 3
