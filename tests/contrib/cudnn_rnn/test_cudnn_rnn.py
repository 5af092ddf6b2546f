"""Each layer is compared with its formula in numpy, on a kernel whose values are known."""

import numpy as np
import pytest

import flowgraph as tf

cudnn = tf.contrib.cudnn_rnn
TIME, BATCH, DEPTH, UNITS = 3, 2, 4, 2
X = np.random.RandomState(0).randn(TIME, BATCH, DEPTH).astype(np.float32)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(mode, w, r, b, s, x, h, c):
    a = [x @ k.T + v for k, v in zip(w, b, strict=True)]
    m = [h @ k.T + v for k, v in zip(r, s, strict=True)]
    if mode == "lstm":
        i, f, j, o = (p + q for p, q in zip(a, m, strict=True))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(j)
        return sigmoid(o) * np.tanh(c), c
    if mode == "gru":
        reset, update = sigmoid(a[0] + m[0]), sigmoid(a[1] + m[1])
        return update * h + (1 - update) * np.tanh(a[2] + reset * m[2]), c
    return (np.tanh if mode == "rnn_tanh" else lambda v: np.maximum(v, 0))(a[0] + m[0]), c


def take(kernel, layer):
    """The kernels and biases of each layer and direction, cut from the opaque kernel."""
    position, parts = 0, []
    for shape in [*layer.canonical_weight_shapes, *layer.canonical_bias_shapes]:
        size = int(np.prod(shape))
        parts.append(kernel[position : position + size].reshape(shape))
        position += size
    assert position == len(kernel)
    half = len(parts) // 2
    gates = half // (2 * layer.num_layers * layer.num_dirs)
    for start in range(0, half, 2 * gates):
        w, b = (part[start : start + 2 * gates] for part in (parts[:half], parts[half:]))
        yield w[:gates], w[gates:], b[:gates], b[gates:]


def expected(layer, kernel, x):
    weights, last = list(take(kernel, layer)), []
    for number in range(layer.num_layers):
        outputs = []
        for way in range(layer.num_dirs):
            w, r, b, s = weights[number * layer.num_dirs + way]
            h = c = np.zeros([BATCH, UNITS])
            found = []
            for row in x[::-1] if way else x:
                h, c = step(layer.rnn_mode, w, r, b, s, row, h, c)
                found.append(h)
            outputs.append(np.stack(found[::-1] if way else found))
            last.append((h, c))
        x = np.concatenate(outputs, 2)
    return x, [np.stack(part) for part in zip(*last, strict=True)]


@pytest.mark.parametrize("direction", ["unidirectional", "bidirectional"])
@pytest.mark.parametrize("name", ["CudnnLSTM", "CudnnGRU", "CudnnRNNTanh", "CudnnRNNRelu"])
def test_two_layers(name, direction):
    layer = getattr(cudnn, name)(2, UNITS, direction=direction)
    outputs, states = layer(X)
    (kernel,) = tf.trainable_variables()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        start = np.random.RandomState(1).rand(*kernel.shape.as_list()) - 0.5
        session.run(tf.assign(kernel, start))
        outputs, states, kernel = session.run([outputs, states, kernel])
    found, last = expected(layer, kernel, X)
    np.testing.assert_allclose(outputs, found, rtol=1e-4, atol=1e-6)
    for state, wanted in zip(states, last, strict=False):
        np.testing.assert_allclose(state, wanted, rtol=1e-4, atol=1e-6)
    assert len(states) == (2 if name == "CudnnLSTM" else 1)


def test_lengths_batch_major_and_dropout():
    layer = cudnn.CudnnGRU(2, UNITS, dropout=0.5, direction="bidirectional")
    x = X.transpose(1, 0, 2)
    outputs, _ = layer(x, sequence_lengths=[3, 1], time_major=False, training=False)
    dropped, _ = layer(x, time_major=False, training=tf.constant(True))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        outputs, dropped = session.run([outputs, dropped])
    assert outputs.shape == (BATCH, TIME, 2 * UNITS) and not outputs[1, 1:].any()
    assert dropped.shape == outputs.shape
    assert tf.trainable_variables()[0].op.name == "cudnn_gru/opaque_kernel"


def test_the_compatible_cells():
    for cell in (cudnn.CudnnCompatibleLSTMCell(UNITS), cudnn.CudnnCompatibleGRUCell(UNITS)):
        outputs, _ = tf.nn.dynamic_rnn(cell, X, dtype=tf.float32, time_major=True)
        assert outputs.shape.as_list() == [TIME, BATCH, UNITS]
    names = [v.op.name for v in tf.trainable_variables()]
    assert "rnn/cudnn_compatible_lstm_cell/kernel" in names
    assert "rnn/cudnn_compatible_gru_cell/candidate/hidden_projection/bias" in names


def test_wrong_arguments():
    with pytest.raises(ValueError, match="Invalid direction"):
        cudnn.CudnnLSTM(1, 2, direction="up")
    with pytest.raises(ValueError, match="Invalid input_mode"):
        cudnn.CudnnLSTM(1, 2, input_mode="skip")
    with pytest.raises(ValueError, match="Only support"):
        cudnn.CudnnLSTM(1, 2, dtype=tf.int32)
    with pytest.raises(ValueError, match="3 dims"):
        cudnn.CudnnLSTM(1, 2)(tf.zeros([1, 2]))
    with pytest.raises(RuntimeError, match="before input shape is known"):
        _ = cudnn.CudnnLSTM(1, 2).canonical_weight_shapes


PLAIN = {
    "CudnnLSTM": lambda: cudnn.CudnnCompatibleLSTMCell(UNITS),
    "CudnnGRU": lambda: cudnn.CudnnCompatibleGRUCell(UNITS),
    "CudnnRNNTanh": lambda: tf.nn.rnn_cell.BasicRNNCell(UNITS),
    "CudnnRNNRelu": lambda: tf.nn.rnn_cell.BasicRNNCell(UNITS, activation=tf.nn.relu),
}


@pytest.mark.parametrize("direction", ["unidirectional", "bidirectional"])
@pytest.mark.parametrize("name", PLAIN)
def test_a_checkpoint_goes_into_plain_cells_and_back(name, direction, tmp_path):
    layer = getattr(cudnn, name)(2, UNITS, direction=direction, name="net")
    outputs, _ = layer(X)
    kernel = layer.kernel
    saver = tf.train.Saver(tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS))
    start = np.random.RandomState(1).rand(*kernel.shape.as_list()) - 0.5
    with tf.Session() as session:
        session.run(tf.assign(kernel, start))
        path = saver.save(session, str(tmp_path / "model"))
        expected = session.run(outputs)
        session.run(tf.assign(kernel, 0 * start))
        saver.restore(session, path)
        np.testing.assert_allclose(session.run(outputs), expected, rtol=1e-5)
    with tf.Graph().as_default(), tf.variable_scope("net"):
        cells = [PLAIN[name]() for _ in range(2)]
        if direction == "bidirectional":
            back = [PLAIN[name]() for _ in range(2)]
            plain, _, _ = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
                cells, back, X, dtype=tf.float32, time_major=True
            )
        else:
            deep = tf.nn.rnn_cell.MultiRNNCell(cells)
            plain, _ = tf.nn.dynamic_rnn(deep, X, dtype=tf.float32, time_major=True)
        with tf.Session() as session:
            tf.train.Saver().restore(session, path)
            np.testing.assert_allclose(session.run(plain), expected, rtol=1e-4, atol=1e-6)


def test_converters_have_no_projections():
    with pytest.raises(ValueError, match="num_proj=3"):
        cudnn.CudnnParamsFormatConverterLSTM(1, 2, 3, num_proj=3)
