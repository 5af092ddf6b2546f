import numpy as np
import pytest

import flowgraph as tf

legacy = tf.contrib.legacy_seq2seq
cell = tf.nn.rnn_cell
SYMBOLS, SIZE, BATCH = 5, 3, 2


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        yield


def run(values, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(values, feed)


def symbols(steps):
    return [tf.constant([i % SYMBOLS, (i + 1) % SYMBOLS]) for i in range(steps)]


def vectors(steps):
    return [tf.fill([BATCH, SIZE], 0.1 * (i + 1)) for i in range(steps)]


def names():
    return [v.op.name for v in tf.trainable_variables()]


# --- decoders -------------------------------------------------------------------------------------
def test_a_loop_function_takes_the_place_of_all_inputs_but_the_first():
    class Adds(cell.RNNCell):
        state_size = output_size = SIZE

        def call(self, inputs, state):
            return inputs + 1, state

    seen = []

    def loop(previous, step):
        seen.append(step)
        return 10 * previous

    outputs, _ = legacy.rnn_decoder(vectors(3), tf.zeros([BATCH, SIZE]), Adds(), loop)
    found = [value[0, 0] for value in run(outputs)]
    np.testing.assert_allclose(found, [1.1, 12, 121], rtol=1e-6)
    assert seen == [1, 2]


def test_names_of_the_attention_decoders_variables():
    legacy.attention_decoder(
        vectors(2), tf.zeros([BATCH, 4]), tf.ones([BATCH, 6, SIZE]), cell.GRUCell(4), num_heads=2
    )
    assert {name.removeprefix("attention_decoder/") for name in names()} >= {
        "AttnW_0", "AttnV_0", "AttnW_1", "AttnV_1", "kernel", "bias", "Attention_0/kernel",
        "Attention_1/bias", "AttnOutputProjection/kernel", "gru_cell/gates/kernel",
    }  # fmt: skip


def test_wrong_arguments_of_the_attention_decoder():
    state, attended, gru = tf.zeros([2, 4]), tf.ones([2, 6, 3]), cell.GRUCell(4)
    with pytest.raises(ValueError, match="at least 1 input"):
        legacy.attention_decoder([], state, attended, gru)
    with pytest.raises(ValueError, match="less than 1 heads"):
        legacy.attention_decoder(vectors(1), state, attended, gru, num_heads=0)
    with pytest.raises(ValueError, match=r"Shape\[2\] of attention_states"):
        unknown = tf.placeholder(tf.float32, [2, 6, None])
        legacy.attention_decoder(vectors(1), state, unknown, gru)


def test_attention_weighs_states_by_softmax():
    """One head, whose query is made zero: the same as the formula in numpy."""
    states = np.random.RandomState(0).randn(BATCH, 4, SIZE).astype(np.float32)
    legacy.attention_decoder(
        vectors(1), tf.zeros([BATCH, SIZE]), tf.constant(states), cell.GRUCell(SIZE),
        initial_state_attention=True,
    )  # fmt: skip
    graph = tf.get_default_graph()
    attended = graph.get_tensor_by_name("attention_decoder/Attention_0/Reshape_2:0")
    variables = {v.op.name.split("/", 1)[1]: v for v in tf.trainable_variables()}
    found, w, v, bias = run(
        [attended, variables["AttnW_0"], variables["AttnV_0"], variables["Attention_0/bias"]]
    )
    scores = (v * np.tanh(states @ w[0, 0] + bias)).sum(2)
    weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    np.testing.assert_allclose(found, (weights[..., None] * states).sum(1), rtol=1e-5)


# --- whole models ---------------------------------------------------------------------------------
def models(feed_previous):
    gru = cell.GRUCell(4)
    both = (symbols(3), symbols(4))
    shared = {"embedding_size": SIZE, "feed_previous": feed_previous}
    return {
        "rnn": lambda: legacy.embedding_rnn_seq2seq(*both, gru, SYMBOLS, SYMBOLS, **shared),
        "tied": lambda: legacy.embedding_tied_rnn_seq2seq(*both, gru, SYMBOLS, **shared),
        "attention": lambda: legacy.embedding_attention_seq2seq(
            *both, gru, SYMBOLS, SYMBOLS, **shared
        ),
    }


@pytest.mark.parametrize("name", ["rnn", "tied", "attention"])
def test_feeding_back_by_a_tensor_is_feeding_back_by_a_bool(name):
    feed = tf.placeholder(tf.bool, [])
    outputs, state = models(feed)[name]()
    assert len(outputs) == 4 and state.shape.as_list()[1] == 4
    trained = len(names())
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        fixed = [models(value)[name]()[0] for value in (True, False)]
    assert len(names()) == trained
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value, expected in zip((True, False), session.run(fixed), strict=True):
            np.testing.assert_allclose(session.run(outputs, {feed: value}), expected, rtol=1e-5)


def test_plain_and_tied_models():
    outputs, _ = legacy.basic_rnn_seq2seq(vectors(2), vectors(3), cell.GRUCell(4))
    assert len(outputs) == 3 and outputs[0].shape.as_list() == [BATCH, 4]
    assert {n.split("/")[1] for n in names()} == {"rnn", "rnn_decoder"}
    legacy.tied_rnn_seq2seq(vectors(2), vectors(3), cell.GRUCell(SIZE))
    assert sum(n.startswith("combined_tied_rnn_seq2seq") for n in names()) == 4


def test_one_to_many():
    inputs = {"a": symbols(2), "b": symbols(3)}
    outputs, states = legacy.one2many_rnn_seq2seq(
        symbols(3), inputs, cell.GRUCell(4), {k: cell.GRUCell(4) for k in inputs}, SYMBOLS,
        {"a": 5, "b": 6}, SIZE,
    )  # fmt: skip
    assert [len(outputs[k]) for k in "ab"] == [2, 3]
    assert outputs["b"][0].shape.as_list() == [BATCH, 6] and set(states) == {"a", "b"}
    with pytest.raises(ValueError, match="keys of dec_cells_dict"):
        legacy.one2many_rnn_seq2seq(symbols(3), inputs, cell.GRUCell(4), {}, SYMBOLS, {}, SIZE)


def test_buckets_share_their_variables_and_the_model_learns_to_copy():
    inputs = [tf.placeholder(tf.int32, [None]) for _ in range(3)]
    decoded = [tf.zeros_like(inputs[0]), *inputs[:-1]]
    weights = [tf.ones(tf.shape(i)) for i in inputs]

    def model(encoder_inputs, decoder_inputs):
        return legacy.embedding_attention_seq2seq(
            encoder_inputs, decoder_inputs, cell.GRUCell(16), SYMBOLS, SYMBOLS, 8
        )

    outputs, losses = legacy.model_with_buckets(
        inputs, decoded, inputs, weights, [(2, 2), (3, 3)], model
    )
    assert [len(o) for o in outputs] == [2, 3]
    assert sum(n.endswith("decoder/embedding") for n in names()) == 1
    step = tf.train.AdamOptimizer(0.05).minimize(losses[1])
    random = np.random.RandomState(0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(60):
            feed = {i: random.randint(1, SYMBOLS, 32) for i in inputs}
            last = session.run([losses[1], step], feed)[0]
    assert last < 0.3


# --- losses ---------------------------------------------------------------------------------------
def test_losses_are_weighted_averages():
    random = np.random.RandomState(0)
    logits = [random.randn(BATCH, SYMBOLS).astype(np.float32) for _ in range(3)]
    targets, weights = [[1, 2], [3, 4], [0, 0]], np.float32([[1, 0.5], [2, 0], [1, 1]])
    losses = np.array([
        [np.log(np.exp(row).sum()) - row[t] for row, t in zip(step, target, strict=True)]
        for step, target in zip(logits, targets, strict=True)
    ])  # fmt: skip
    args = ([tf.constant(x) for x in logits], [tf.constant(t) for t in targets],
            [tf.constant(w) for w in weights])  # fmt: skip
    expected = (losses * weights).sum(0) / weights.sum(0)
    np.testing.assert_allclose(run(legacy.sequence_loss_by_example(*args)), expected, rtol=1e-5)
    np.testing.assert_allclose(run(legacy.sequence_loss(*args)), expected.mean(), rtol=1e-5)
    total = legacy.sequence_loss(*args, average_across_timesteps=False, average_across_batch=False)
    np.testing.assert_allclose(run(total), (losses * weights).sum(), rtol=1e-5)


def test_a_loss_function_as_1_0_and_as_0_x_call_it():
    args = ([tf.zeros([2, 3])], [tf.constant([1, 2])], [tf.ones([2])])

    def new(labels, logits):
        return tf.cast(labels, tf.float32) + tf.reduce_sum(logits, 1)

    def old(inputs, labels):
        return tf.cast(labels, tf.float32) + tf.reduce_sum(inputs, 1)

    for function in (new, old):
        loss = legacy.sequence_loss_by_example(*args, softmax_loss_function=function)
        np.testing.assert_allclose(run(loss), [1, 2])


def test_lists_that_do_not_fit():
    with pytest.raises(ValueError, match="must be the same"):
        legacy.sequence_loss_by_example([tf.zeros([2, 3])], [], [])
    with pytest.raises(ValueError, match=r"Length of targets \(1\) must be at least"):
        legacy.model_with_buckets(
            symbols(3), symbols(3), symbols(1), symbols(3), [(3, 3)], lambda *_: None
        )
