"""Each cell's step is compared with its formula in numpy, on variables whose values are known."""

import numpy as np
import pytest

import flowgraph as tf

rnn = tf.contrib.rnn
BATCH, DEPTH, UNITS = 2, 3, 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def normed(x):
    return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-12)


def array(*shape, seed=0):
    return (np.random.RandomState(seed).rand(*shape) - 0.5).astype(np.float32)


X, C, H = array(BATCH, DEPTH), array(BATCH, UNITS, seed=1), array(BATCH, UNITS, seed=2)
XH = np.concatenate([X, H], 1)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def step(cell, inputs=X, state=H, scope=None):
    """(output, state, {variable's name below the scope: value}) of one step."""
    output, new = cell(inputs, tf.nest.map_structure(tf.constant, state))
    variables = tf.global_variables()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for number, variable in enumerate(variables):
            value = array(*variable.shape.as_list(), seed=10 + number)
            session.run(tf.assign(variable, value))
        names = ["/".join(v.op.name.split("/")[1:]) for v in variables]
        output, new, values = session.run([output, new, variables])
    return output, new, dict(zip(names, values, strict=True))


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def lstm(gates, c, forget_bias=1.0):
    i, j, f, o = np.split(gates, 4, 1)
    c = c * sigmoid(f + forget_bias) + sigmoid(i) * np.tanh(j)
    return np.tanh(c) * sigmoid(o), c


STATE = rnn.LSTMStateTuple(C, H)


def test_the_block_cell_is_the_basic_cell():
    output, state, w = step(rnn.LSTMBlockCell(UNITS), state=STATE)
    h, c = lstm(XH @ w["kernel"] + w["bias"], C)
    close(output, h)
    close(state.c, c)


def test_gru_blocks():
    for cell in (rnn.GRUBlockCell(UNITS), rnn.GRUBlockCellV2(UNITS)):
        with tf.Graph().as_default():
            output, _, w = step(cell)
        w_ru, b_ru, w_c, b_c = w.values()
        r, u = np.split(sigmoid(XH @ w_ru + b_ru), 2, 1)
        c = np.tanh(np.concatenate([X, H * r], 1) @ w_c + b_c)
        close(output, u * H + (1 - u) * c)
    assert list(w) == ["gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias"]
    with pytest.raises(ValueError, match="Exactly one of"):
        rnn.GRUBlockCell()


def test_layer_norm_lstm():
    output, state, w = step(rnn.LayerNormBasicLSTMCell(UNITS), state=STATE)
    names = ("input", "transform", "forget", "output")
    gates = [
        normed(part) * w[f"{name}/gamma"] + w[f"{name}/beta"]
        for name, part in zip(names, np.split(XH @ w["kernel"], 4, 1), strict=True)
    ]
    i, j, f, o = gates
    c = C * sigmoid(f + 1) + sigmoid(i) * np.tanh(j)
    c = normed(c) * w["state/gamma"] + w["state/beta"]
    close(state.c, c)
    close(output, np.tanh(c) * sigmoid(o))


def test_layer_norm_lstm_without_norm_is_the_basic_cell():
    output, _, w = step(rnn.LayerNormBasicLSTMCell(UNITS, layer_norm=False), state=STATE)
    close(output, lstm(XH @ w["kernel"] + w["bias"], C)[0])


def test_recurrent_dropout():
    cell = rnn.LayerNormBasicLSTMCell(UNITS, dropout_keep_prob=1e-6, dropout_prob_seed=1)
    dropped, _ = step(cell, state=STATE)[:2]
    assert np.isfinite(dropped).all()


def test_coupled_gates():
    cell = rnn.CoupledInputForgetGateLSTMCell(
        UNITS, use_peepholes=True, num_proj=UNITS, proj_clip=0.1, num_unit_shards=2
    )
    output, state, w = step(cell, state=STATE)
    gates = XH @ np.concatenate([w["W_0"], w["W_1"]]) + w["B"]
    j, f, o = np.split(gates, 3, 1)
    kept = sigmoid(f + 1 + w["W_F_diag"] * C)
    c = kept * C + (1 - kept) * np.tanh(j)
    m = sigmoid(o + w["W_O_diag"] * c) * np.tanh(c)
    close(state.c, c)
    close(output, np.clip(m @ w["W_P_0"], -0.1, 0.1))


def test_groups():
    x = array(BATCH, 4)
    output, _, w = step(rnn.GLSTMCell(UNITS, number_of_groups=2), x, STATE)
    parts = [
        np.split(np.concatenate([x[:, s], H[:, s]], 1) @ w[f"group{g}/kernel"], 4, 1)
        for g, s in enumerate((slice(0, 2), slice(2, 4)))
    ]
    gates = [np.concatenate(pair, 1) for pair in zip(*parts, strict=True)]
    gates = [g + w[f"bias_{n}"] for g, n in zip(gates, "ijfo", strict=True)]
    close(output, lstm(np.concatenate(gates, 1), C)[0])
    with pytest.raises(ValueError, match="divisible"):
        rnn.GLSTMCell(5, number_of_groups=2)
    with pytest.raises(ValueError, match=r"input size \(3\)"):
        rnn.GLSTMCell(4, number_of_groups=2)(X, STATE)


def test_update_gate():
    output, _, w = step(rnn.UGRNNCell(UNITS))
    g, c = np.split(XH @ w["kernel"] + w["bias"], 2, 1)
    close(output, sigmoid(g + 1) * H + (1 - sigmoid(g + 1)) * np.tanh(c))


def test_intersection():
    output, state, w = step(rnn.IntersectionRNNCell(UNITS, num_in_proj=UNITS))
    x = X @ w["in_projection/kernel"] + w["in_projection/bias"]
    gates = np.concatenate([x, H], 1) @ w["kernel"] + w["bias"]
    gh, h, gy, y = np.split(gates, 4, 1)
    gh, gy = sigmoid(gh + 1), sigmoid(gy + 1)
    close(state, gh * H + (1 - gh) * np.tanh(h))
    close(output, gy * x + (1 - gy) * np.maximum(y, 0))
    with pytest.raises(ValueError, match="input size == output size"):
        rnn.IntersectionRNNCell(UNITS)(X, H)


def test_the_cell_found_by_search():
    output, state, w = step(rnn.NASCell(UNITS, use_bias=True), state=STATE)
    x, m = np.split(X @ w["kernel"], 8, 1), np.split(H @ w["recurrent_kernel"] + w["bias"], 8, 1)
    tanh = np.tanh
    first = tanh(sigmoid(x[0] + m[0]) * np.maximum(x[1] + m[1], 0))
    second = tanh(sigmoid(x[2] + m[2]) + np.maximum(x[3] * m[3], 0))
    third = tanh(tanh(x[4] + m[4]) * sigmoid(x[5] + m[5]))
    fourth = sigmoid(tanh(x[6] + m[6]) + sigmoid(x[7] + m[7]))
    c = tanh(first + C) * second
    close(state.c, c)
    close(output, tanh(c * tanh(third + fourth)))


def test_simple_recurrent_unit():
    x = array(BATCH, UNITS)
    output, state, w = step(rnn.SRUCell(UNITS), x)
    u, f, r, carried = np.split(x @ w["kernel"], 4, 1)
    f, r = np.split(sigmoid(np.concatenate([f, r], 1) + w["bias"]), 2, 1)
    c = f * H + (1 - f) * u
    close(state, c)
    close(output, r * np.tanh(c) + (1 - r) * carried)


def test_independent_units():
    output, _, w = step(rnn.IndRNNCell(UNITS))
    close(output, np.tanh(X @ w["kernel_w"] + H * w["kernel_u"] + w["bias"]))
    with tf.Graph().as_default():
        output, _, w = step(rnn.IndyLSTMCell(UNITS), state=STATE)
    gates = X @ w["kernel_w"] + np.tile(H, [1, 4]) * w["kernel_u"] + w["bias"]
    close(output, lstm(gates, C)[0])
    with tf.Graph().as_default():
        output, _, w = step(rnn.IndyGRUCell(UNITS))
    gates = X @ w["gates/kernel_w"] + np.tile(H, [1, 2]) * w["gates/kernel_u"] + w["gates/bias"]
    r, u = np.split(sigmoid(gates), 2, 1)
    c = X @ w["candidate/kernel_w"] + r * H * w["candidate/kernel_u"] + w["candidate/bias"]
    close(output, u * H + (1 - u) * np.tanh(c))


def test_phases():
    cell = rnn.PhasedLSTMCell(UNITS, leak=0.01)
    time = np.float32([[1.0], [2.5]])
    output, state = cell((time, X), tf.nest.map_structure(tf.constant, STATE))
    variables = {v.op.name.split("/", 1)[1]: v for v in tf.global_variables()}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for name, value in (("period", 2.0), ("phase", 0.25), ("ratio_on", 0.5)):
            session.run(tf.assign(variables[name], [value] * UNITS))
        output, c_new, w = session.run([output, state.c, variables])
    i, f = np.split(sigmoid(XH @ w["mask_gates/kernel"] + w["mask_gates/bias"]), 2, 1)
    c = C * f + i * np.tanh(XH @ w["new_input/kernel"] + w["new_input/bias"])
    h = np.tanh(c) * sigmoid(XH @ w["output_gate/kernel"] + w["output_gate/bias"])
    ratio = ((time - 0.25) % 2.0) / 2.0  # 0.375: falling; 0.125: rising
    opened = np.where(ratio < 0.25, 2 * ratio / 0.5, 2 - 2 * ratio / 0.5)
    close(c_new, opened * c + (1 - opened) * C)
    close(output, opened * h + (1 - opened) * H)


def test_convolutions():
    x, c = array(1, 5, 2), array(1, 5, 3)
    cell = rnn.Conv1DLSTMCell(input_shape=[5, 2], output_channels=3, kernel_shape=[1])
    output, _, w = step(cell, x, rnn.LSTMStateTuple(c, c))
    gates = np.concatenate([x, c], 2) @ w["kernel"][0] + w["biases"]
    i, j, f, o = np.split(gates, 4, 2)
    close(output, np.tanh(sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)) * sigmoid(o))
    skip = rnn.Conv2DLSTMCell(
        input_shape=[5, 5, 2], output_channels=3, kernel_shape=[3, 3], skip_connection=True
    )
    assert skip.output_size.as_list() == [5, 5, 5]
    output, _ = skip(tf.zeros([1, 5, 5, 2]), skip.zero_state(1, tf.float32))
    assert output.shape.as_list() == [1, 5, 5, 5]
    with pytest.raises(ValueError, match="conv_ndims=2"):
        rnn.ConvLSTMCell(2, [5, 2], 3, [1])


def test_frequencies():
    x = array(BATCH, 6)
    cell = rnn.TimeFreqLSTMCell(2, feature_size=4, frequency_skip=2)
    output, _, w = step(cell, x, array(BATCH, 8))
    state, m, expected = array(BATCH, 8), np.zeros([BATCH, 2]), []
    for k in range(2):
        c, before = state[:, 4 * k : 4 * k + 2], state[:, 4 * k + 2 : 4 * k + 4]
        joined = np.concatenate([x[:, 2 * k : 2 * k + 4], before, m], 1)
        m, _ = lstm(joined @ w["W_0"] + w["B"], c)
        expected.append(m)
    close(output, np.concatenate(expected, 1))


@pytest.mark.parametrize("more", [{}, {"share_time_frequency_weights": True}, {
    "use_peepholes": True, "cell_clip": 0.5}, {"couple_input_forget_gates": True}])  # fmt: skip
def test_grids(more):
    blocks = {"feature_size": 2, "frequency_skip": 2, "num_frequency_blocks": [3]}
    cell = rnn.GridLSTMCell(2, **blocks, **more)
    outputs, state = tf.nn.dynamic_rnn(cell, array(BATCH, 3, 6), dtype=tf.float32)
    assert outputs.shape.as_list() == [BATCH, 3, 12] and len(state) == 6
    assert state._fields[0] == "state_f00_b00_c"
    both = rnn.BidirectionalGridLSTMCell(2, **blocks, **more, backward_slice_offset=1)
    output, _ = both(array(BATCH, 6), both.zero_state(BATCH, tf.float32))
    assert output.shape.as_list() == [BATCH, 24]
    with pytest.raises(ValueError, match="Invalid num_frequency_blocks"):
        cell(array(BATCH, 8), cell.zero_state(BATCH, tf.float32))


# --- wrappers -------------------------------------------------------------------------------------
def test_projections_and_embeddings():
    cell = rnn.OutputProjectionWrapper(
        rnn.InputProjectionWrapper(rnn.BasicRNNCell(UNITS), 2), 3, activation=tf.nn.relu
    )
    output, state, w = step(cell)
    inner = "input_projection_wrapper/"
    x = X @ w[f"{inner}kernel"] + w[f"{inner}bias"]
    rnn_part = {k.rsplit("/", 1)[1]: v for k, v in w.items() if "basic_rnn_cell" in k}
    h = np.tanh(np.concatenate([x, H], 1) @ rnn_part["kernel"] + rnn_part["bias"])
    close(state, h)
    close(output, np.maximum(h @ w["kernel"] + w["bias"], 0))
    with tf.Graph().as_default():
        cell = rnn.EmbeddingWrapper(rnn.BasicRNNCell(UNITS), 7, DEPTH)
        output, _, w = step(cell, np.int32([3, 6]))
    x = w["embedding"][[3, 6]]
    kernel, bias = w["basic_rnn_cell/kernel"], w["basic_rnn_cell/bias"]
    close(output, np.tanh(np.concatenate([x, H], 1) @ kernel + bias))
    with pytest.raises(ValueError, match="must be > 0"):
        rnn.OutputProjectionWrapper(rnn.GRUCell(2), 0)


def test_highway():
    x = array(BATCH, UNITS)
    cell = rnn.HighwayWrapper(rnn.BasicRNNCell(UNITS), couple_carry_transform_gates=False)
    outputs, _ = tf.nn.dynamic_rnn(cell, x[None], dtype=tf.float32)
    names = {v.op.name for v in tf.trainable_variables()}
    assert {"rnn/carry_w", "rnn/transform_b", "rnn/basic_rnn_cell/kernel"} <= names
    assert outputs.shape.as_list() == [1, BATCH, UNITS]


@pytest.mark.parametrize("is_tuple", [True, False])
def test_attention_to_ones_own_outputs(is_tuple):
    inner = rnn.GRUCell(UNITS)
    cell = rnn.AttentionCellWrapper(inner, 3, attn_size=2, state_is_tuple=is_tuple)
    size = (4, 2, 6)
    assert cell.state_size == (size if is_tuple else 12)
    outputs, state = tf.nn.dynamic_rnn(cell, array(BATCH, 5, DEPTH), dtype=tf.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        outputs, state = session.run([outputs, state])
    attended = state[2] if is_tuple else state[:, 6:]
    close(attended.reshape(BATCH, 3, 2), outputs[:, 2:])
    with pytest.raises(ValueError, match="greater than zero"):
        rnn.AttentionCellWrapper(inner, 0)
    with pytest.raises(ValueError, match="tuple of states"):
        rnn.AttentionCellWrapper(rnn.LSTMCell(2), 2, state_is_tuple=False)


# --- networks -------------------------------------------------------------------------------------
def test_the_fused_cell_is_the_plain_one_in_a_loop():
    x, lengths = array(5, BATCH, DEPTH), [5, 2]
    outputs, state = rnn.LSTMBlockFusedCell(UNITS)(x, dtype=tf.float32, sequence_length=lengths)
    w, b = tf.trainable_variables()
    plain = rnn.BasicLSTMCell(UNITS)
    loop = tf.nn.dynamic_rnn(plain, x, lengths, dtype=tf.float32, time_major=True)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run([tf.assign(plain._kernel, w), tf.assign(plain._bias, b)])
        found, expected = session.run([(outputs, state), loop])
    close(found[0], expected[0])
    close(found[1], expected[1])


@pytest.mark.parametrize("dynamic", [True, False])
def test_adaptors_and_time_reversed(dynamic):
    x = array(4, BATCH, DEPTH)
    fused = rnn.FusedRNNCellAdaptor(rnn.GRUCell(2), use_dynamic_rnn=dynamic)
    forward = fused(tf.constant(x), dtype=tf.float32, scope="s")
    back = rnn.TimeReversedFusedRNN(fused)(
        tf.constant(x[::-1].copy()), dtype=tf.float32, scope=None
    ) if dynamic else None  # fmt: skip
    listed, _ = rnn.FusedRNNCellAdaptor(rnn.GRUCell(2), dynamic)(
        tf.unstack(x), dtype=tf.float32, scope="t"
    )
    assert len(listed) == 4 and forward[0].shape.as_list()[1:] == [BATCH, 2]
    if back is not None:
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            found, expected = session.run([back, forward])
        close(found[0][::-1], expected[0])


def test_stacks():
    def cells():
        return [rnn.GRUCell(2), rnn.GRUCell(3)]

    x = array(BATCH, 4, DEPTH)
    outputs, fw, bw = rnn.stack_bidirectional_dynamic_rnn(
        cells(), cells(), x, dtype=tf.float32, sequence_length=[4, 2]
    )
    assert outputs.shape.as_list() == [BATCH, 4, 6] and len(fw) == len(bw) == 2
    name = "stack_bidirectional_rnn/cell_1/bidirectional_rnn/bw/gru_cell/gates/kernel"
    assert name in [v.op.name for v in tf.trainable_variables()]
    listed, _, _ = rnn.stack_bidirectional_rnn(
        cells(), cells(), tf.unstack(x, axis=1), dtype=tf.float32, scope="static"
    )
    assert len(listed) == 4 and listed[0].shape.as_list() == [BATCH, 6]
    with pytest.raises(ValueError, match="same depth"):
        rnn.stack_bidirectional_rnn(cells(), cells()[:1], tf.unstack(x, axis=1))
    with pytest.raises(ValueError, match="must be a list of RNNCells"):
        rnn.stack_bidirectional_rnn(tuple(cells()), cells(), tf.unstack(x, axis=1))
    with pytest.raises(ValueError, match="initial_states_fw must be a list"):
        rnn.stack_bidirectional_dynamic_rnn(cells(), cells(), x, initial_states_fw=[1])


def test_inner_paths():
    assert rnn.python.ops.core_rnn.static_rnn is tf.nn.static_rnn
    assert rnn.python.ops.core_rnn_cell.BasicLSTMCell is tf.nn.rnn_cell.BasicLSTMCell
    assert callable(rnn.python.ops.core_rnn_cell._linear)
