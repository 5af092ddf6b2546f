import numpy as np
import pytest

import flowgraph as tf

grid = tf.contrib.grid_rnn
BATCH, DEPTH, UNITS = 2, 3, 2
X = np.float32([[1, -1, 0.5], [0.2, 0.3, -0.4]])


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def run(values):
    """The values, and the variables by name, after they were given known values."""
    variables = {v.op.name.split("/", 1)[1]: v for v in tf.global_variables()}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for number, variable in enumerate(variables.values()):
            shape = variable.shape.as_list()
            start = np.sin(np.arange(int(np.prod(shape))) + number).reshape(shape)
            session.run(tf.assign(variable, start))
        return session.run([values, variables])


def test_two_plain_cells():
    """The second dimension steps first; the first one, which has priority, sees its output."""
    cell = grid.Grid2BasicRNNCell(UNITS)
    state = (tf.zeros([BATCH, UNITS]), tf.fill([BATCH, UNITS], 0.5))
    (outputs, states), w = run(cell(tf.constant(X), state))
    projected = X @ w["project_m_0"]

    def step(name, given, before):
        both = np.concatenate([given, before], 1)
        part = f"recurrent/{name}/basic_rnn_cell/"
        return np.tanh(both @ w[f"{part}kernel"] + w[f"{part}bias"])

    second = step("cell_1", projected, np.full([BATCH, UNITS], 0.5))
    first = step("cell_0", projected, second)
    np.testing.assert_allclose(states[1], second, rtol=1e-5)
    np.testing.assert_allclose(outputs[0], first, rtol=1e-5)
    np.testing.assert_allclose(states[0], first, rtol=1e-5)


def test_a_dimension_without_state():
    cell = grid.Grid2LSTMCell(UNITS, non_recurrent_fn=tf.nn.relu)
    assert cell.state_size == ((UNITS, UNITS),) and cell.output_size == (UNITS,)
    (outputs, states), w = run(cell(tf.constant(X), cell.zero_state(BATCH, tf.float32)))
    given = np.concatenate([X @ w["project_m_0"], states[0].h], 1)
    part = "non_recurrent/cell_0/fully_connected/"
    expected = np.maximum(given @ w[f"{part}weights"] + w[f"{part}biases"], 0)
    np.testing.assert_allclose(outputs[0], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "variables"),
    [("Grid1BasicRNNCell", 3), ("Grid1BasicLSTMCell", 4), ("Grid1LSTMCell", 4),
     ("Grid2BasicLSTMCell", 6), ("Grid2GRUCell", 9), ("Grid3LSTMCell", 8)],
)  # fmt: skip
def test_networks(name, variables):
    cell = getattr(grid, name)(UNITS)
    outputs, _ = tf.nn.dynamic_rnn(cell, tf.constant(X[:, None]), dtype=tf.float32)
    assert outputs[0].shape.as_list() == [BATCH, 1, UNITS]
    assert len(tf.trainable_variables()) == variables


def test_tied_cells_share_their_variables():
    cell = grid.Grid2BasicLSTMCell(UNITS, tied=True)
    cell(tf.constant(X), cell.zero_state(BATCH, tf.float32))
    names = {v.op.name.split("/", 1)[1] for v in tf.trainable_variables()}
    assert names == {
        "project_m_0", "project_c_0", "recurrent/basic_lstm_cell/kernel",
        "recurrent/basic_lstm_cell/bias",
    }  # fmt: skip


def test_joined_states_and_outputs():
    cell = grid.Grid2LSTMCell(UNITS, state_is_tuple=False, output_is_tuple=False)
    assert cell.state_size == 4 * UNITS and cell.output_size == UNITS
    output, state = cell(tf.constant(X), tf.zeros([BATCH, 4 * UNITS]))
    assert output.shape.as_list() == [BATCH, UNITS]
    assert state.shape.as_list() == [BATCH, 4 * UNITS]


def test_wrong_arguments():
    with pytest.raises(ValueError, match="dims must be >= 1"):
        grid.GridRNNCell(2, num_dims=0)
    with pytest.raises(ValueError, match=r"Must be in \[0, 2\)"):
        grid.GridRNNCell(2, num_dims=2, input_dims=[2])
    with pytest.raises(TypeError, match="must return an RNNCell"):
        grid.GridRNNCell(2, cell_fn=lambda n: n)
    with pytest.raises(ValueError, match="tuple of 2 element"):
        grid.Grid2BasicRNNCell(2)(tf.constant(X), (tf.zeros([2, 2]),))
