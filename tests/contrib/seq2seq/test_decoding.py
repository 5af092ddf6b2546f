import numpy as np
import pytest

import flowgraph as tf

seq2seq = tf.contrib.seq2seq
SYMBOLS, UNITS, END = 5, 4, 0


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        tf.set_random_seed(2)
        yield


def run(values, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(values, feed)


class Counts(tf.nn.rnn_cell.RNNCell):
    """Puts out logits of the symbol after its input's; its state counts the steps."""

    state_size, output_size = 1, SYMBOLS

    def call(self, inputs, state):
        ids = tf.cast(inputs[:, 0], tf.int32)
        logits = 9.0 * tf.one_hot(tf.mod(ids + 1, SYMBOLS), SYMBOLS)
        return logits, state + 1


def embedding(ids):
    return tf.expand_dims(tf.cast(ids, tf.float32), -1)


def decode(helper, cell=None, **more):
    state = tf.zeros([tf.shape(helper.sample_ids_shape)[0] * 0 + 2, 1])
    decoder = seq2seq.BasicDecoder(cell or Counts(), helper, state)
    return seq2seq.dynamic_decode(decoder, **more)


# --- helpers --------------------------------------------------------------------------------------
def test_training_is_dynamic_rnn():
    x = np.random.RandomState(0).randn(2, 4, 3).astype(np.float32)
    gru, lengths = tf.nn.rnn_cell.GRUCell(UNITS), [4, 2]
    helper = seq2seq.TrainingHelper(x, lengths)
    first = tf.zeros([2, UNITS])
    decoder = seq2seq.BasicDecoder(gru, helper, first, output_layer=tf.layers.Dense(SYMBOLS))
    outputs, state, steps = seq2seq.dynamic_decode(decoder, impute_finished=True)
    assert outputs.rnn_output.shape.as_list() == [2, None, SYMBOLS]
    with tf.variable_scope("decoder", reuse=True) as scope:
        expected, last = tf.nn.dynamic_rnn(gru, x, lengths, initial_state=first, scope=scope)
    found = run([state, last, steps, outputs, expected])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    np.testing.assert_array_equal(found[2], lengths)
    np.testing.assert_array_equal(found[3].sample_id[0], found[3].rnn_output[0].argmax(1))
    names = [v.op.name for v in tf.trainable_variables()]
    assert "decoder/gru_cell/gates/kernel" in names and "decoder/dense/kernel" in names


def test_greedy_decoding_stops_at_the_end():
    helper = seq2seq.GreedyEmbeddingHelper(embedding, [1, 3], END)
    outputs, state, steps = run(decode(helper, maximum_iterations=10, impute_finished=True))
    np.testing.assert_array_equal(outputs.sample_id, [[2, 3, 4, 0], [4, 0, 0, 0]])
    np.testing.assert_array_equal(steps, [4, 2])
    np.testing.assert_array_equal(state[:, 0], [4, 2])


def test_the_most_steps_and_time_major():
    helper = seq2seq.GreedyEmbeddingHelper(embedding, [1, 2], END)
    outputs, _, steps = run(decode(helper, maximum_iterations=2, output_time_major=True))
    np.testing.assert_array_equal(outputs.sample_id, [[2, 3], [3, 4]])
    np.testing.assert_array_equal(steps, [2, 2])


def test_sampling():
    helper = seq2seq.SampleEmbeddingHelper(embedding, [1, 3], END, softmax_temperature=0.1)
    outputs, _, _ = run(decode(helper, maximum_iterations=4))
    np.testing.assert_array_equal(outputs.sample_id[0], [2, 3, 4, 0])
    hot = seq2seq.SampleEmbeddingHelper(embedding, [1] * 2, 99, softmax_temperature=1e3, seed=1)
    outputs, _, _ = run(decode(hot, maximum_iterations=60))
    assert set(outputs.sample_id.ravel()) == set(range(SYMBOLS))


def test_inference_by_functions():
    helper = seq2seq.InferenceHelper(
        sample_fn=lambda out: tf.cast(tf.argmax(out, 1), tf.int32), sample_shape=[],
        sample_dtype=tf.int32, start_inputs=embedding(tf.constant([1, 2])),
        end_fn=lambda ids: tf.equal(ids, END), next_inputs_fn=embedding,
    )  # fmt: skip
    outputs, _, _ = run(decode(helper))
    np.testing.assert_array_equal(outputs.sample_id[0], [2, 3, 4, 0])


def test_a_helper_of_ones_own():
    helper = seq2seq.CustomHelper(
        lambda: (tf.constant([False, False]), embedding(tf.constant([1, 2]))),
        lambda time, outputs, state: tf.cast(tf.argmax(outputs, 1), tf.int32),
        lambda time, outputs, state, sample_ids: (
            tf.fill([2], time >= 1), embedding(sample_ids), state,
        ),
    )  # fmt: skip
    with pytest.raises(ValueError, match="before initialize"):
        _ = helper.batch_size
    outputs, _, _ = run(decode(helper))
    np.testing.assert_array_equal(outputs.sample_id, [[2, 3], [3, 4]])


@pytest.mark.parametrize(("share", "expected"), [(0.0, [1, 1, 1]), (1.0, [1, 2, 3])])
def test_scheduled_sampling_of_symbols(share, expected):
    x = embedding(tf.ones([2, 3], tf.int32))
    helper = seq2seq.ScheduledEmbeddingTrainingHelper(x, [3, 3], embedding, share)
    outputs, _, _ = run(decode(helper))
    np.testing.assert_array_equal(outputs.rnn_output[0].argmax(1) - 1, expected)
    assert (outputs.sample_id == -1).all() == (share == 0)


@pytest.mark.parametrize("auxiliary", [False, True])
def test_scheduled_sampling_of_outputs(auxiliary):
    class Adds(tf.nn.rnn_cell.RNNCell):
        state_size = output_size = 1

        def call(self, inputs, state):
            return tf.reduce_sum(inputs, 1, keepdims=True) + 1, state

    more = {"auxiliary_inputs": 100 * tf.ones([2, 3, 1])} if auxiliary else {}
    for share, expected in ((0.0, [1, 1, 1]), (1.0, [1, 2, 3])):
        helper = seq2seq.ScheduledOutputTrainingHelper(tf.zeros([2, 3, 1]), [3, 3], share, **more)
        outputs, _, _ = run(decode(helper, Adds()))
        extra = 100 * np.array([1, 1, 1] if share == 0 else [1, 2, 3]) if auxiliary else 0
        np.testing.assert_allclose(outputs.rnn_output[1, :, 0], np.add(expected, extra))
    function = seq2seq.ScheduledOutputTrainingHelper(
        tf.zeros([2, 3, 1]), [3, 3], 1.0, next_inputs_fn=lambda out: 10 * out, **more
    )
    found = run(decode(function, Adds()))[0].rnn_output[0, :, 0]
    np.testing.assert_allclose(found, [101, 1111, 11211] if auxiliary else [1, 11, 111])


def test_wrong_arguments():
    with pytest.raises(ValueError, match="start_tokens must be a vector"):
        seq2seq.GreedyEmbeddingHelper(embedding, 1, END)
    with pytest.raises(ValueError, match="end_token must be a scalar"):
        seq2seq.GreedyEmbeddingHelper(embedding, [1], [END])
    with pytest.raises(ValueError, match="sequence_length to be a vector"):
        seq2seq.TrainingHelper(tf.zeros([1, 2, 3]), [[1]])
    with pytest.raises(ValueError, match="either a scalar or a vector"):
        seq2seq.ScheduledOutputTrainingHelper(tf.zeros([1, 2, 3]), [1], [[0.5]])
    helper = seq2seq.GreedyEmbeddingHelper(embedding, [1, 2], END)
    with pytest.raises(TypeError, match="helper must be a Helper"):
        seq2seq.BasicDecoder(Counts(), None, None)
    with pytest.raises(TypeError, match="output_layer must be a Layer"):
        seq2seq.BasicDecoder(Counts(), helper, None, output_layer=tf.nn.relu)
    with pytest.raises(TypeError, match="to be type Decoder"):
        seq2seq.dynamic_decode(helper)
    with pytest.raises(ValueError, match="maximum_iterations must be a scalar"):
        decode(helper, maximum_iterations=[1])


def test_a_decoder_that_has_no_finalize():
    class Own(seq2seq.BasicDecoder):
        def finalize(self, outputs, final_state, sequence_lengths):
            raise NotImplementedError

    helper = seq2seq.GreedyEmbeddingHelper(embedding, [1, 3], END)
    outputs, _, _ = seq2seq.dynamic_decode(Own(Counts(), helper, tf.zeros([2, 1])))
    assert run(outputs.sample_id).shape == (2, 4)


# --- beams ----------------------------------------------------------------------------------------
class Markov(tf.nn.rnn_cell.RNNCell):
    """Logits are the row of a table that the input tells."""

    state_size, output_size = 1, SYMBOLS

    def call(self, inputs, state):
        table = tf.constant(TABLE)
        return tf.gather(table, tf.cast(inputs[:, 0], tf.int32)), state + 1


TABLE = np.log(np.random.RandomState(5).dirichlet(np.ones(SYMBOLS), SYMBOLS)).astype(np.float32)


def best(start, count, steps, weight=0.0):
    """The best sequences of at most so many steps, by trying all: (score, symbols)."""
    ways, over = [(0.0, [start])], []
    for _ in range(steps):
        longer = [(p + TABLE[s[-1], n], [*s, n]) for p, s in ways for n in range(SYMBOLS)]
        over += [w for w in longer if w[1][-1] == END]
        ways = [w for w in longer if w[1][-1] != END]

    def score(way):
        # As TensorFlow counts: an end counts from the step after it.
        length = len(way[1]) - 1
        length -= length == steps and way[1][-1] == END
        return way[0] / ((5 + length) / 6) ** weight

    return sorted(((score(w), w[1][1:]) for w in over + ways), reverse=True)[:count]


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_wide_beam_finds_the_best_sequences(weight):
    width, steps = 40, 3
    first = seq2seq.tile_batch(tf.zeros([2, 1]), width)
    decoder = seq2seq.BeamSearchDecoder(
        Markov(), embedding, [1, 2], END, first, width, length_penalty_weight=weight
    )
    outputs, state, lengths = run(seq2seq.dynamic_decode(decoder, maximum_iterations=steps))
    for row, start in enumerate([1, 2]):
        for beam, (score, symbols) in enumerate(best(start, 3, steps, weight)):
            found = outputs.predicted_ids[row, :, beam]
            np.testing.assert_array_equal(found[: len(symbols)], symbols)
            found = outputs.beam_search_decoder_output.scores[row, -1, beam]
            np.testing.assert_allclose(found, score, rtol=1e-4)
    assert lengths.shape == (2, width) and state.log_probs.shape == (2, width)


def test_a_beam_of_one_is_greedy():
    first = tf.zeros([1, 1])
    decoder = seq2seq.BeamSearchDecoder(Markov(), embedding, [1], END, first, 1)
    greedy = seq2seq.BasicDecoder(
        Markov(), seq2seq.GreedyEmbeddingHelper(embedding, [1], END), first
    )
    found, expected = run([
        seq2seq.dynamic_decode(decoder, maximum_iterations=6)[0].predicted_ids[..., 0],
        seq2seq.dynamic_decode(greedy, maximum_iterations=6)[0].sample_id,
    ])  # fmt: skip
    np.testing.assert_array_equal(found, expected)


def test_beams_with_attention_history_and_coverage():
    memory = np.random.RandomState(0).randn(2, 4, 3).astype(np.float32)
    width = 3
    mechanism = seq2seq.BahdanauAttention(
        UNITS, seq2seq.tile_batch(memory, width), seq2seq.tile_batch(tf.constant([4, 2]), width)
    )
    cell = seq2seq.AttentionWrapper(
        tf.nn.rnn_cell.BasicLSTMCell(UNITS), mechanism, UNITS, alignment_history=True
    )
    decoder = seq2seq.BeamSearchDecoder(
        cell, tf.eye(SYMBOLS), [1, 2], END, cell.zero_state(2 * width, tf.float32), width,
        output_layer=tf.layers.Dense(SYMBOLS), coverage_penalty_weight=0.2,
    )  # fmt: skip
    outputs, state, _ = seq2seq.dynamic_decode(decoder, maximum_iterations=5)
    ids, history = run([outputs.predicted_ids, state.cell_state.alignment_history])
    assert ids.shape[0] == 2 and ids.shape[2] == width
    np.testing.assert_allclose(history.sum(-1), 1, rtol=1e-5)
    assert not history.reshape(-1, 2, width, 4)[:, 1, :, 2:].any()


def test_tiling():
    tiled = seq2seq.tile_batch({"a": tf.constant([[1, 2], [3, 4]])}, 2)["a"]
    assert tiled.shape.as_list() == [4, 2]
    np.testing.assert_array_equal(run(tiled), [[1, 2], [1, 2], [3, 4], [3, 4]])
    with pytest.raises(ValueError, match="statically known rank"):
        seq2seq.tile_batch(tf.constant(1), 2)


def test_wrong_arguments_of_beams():
    with pytest.raises(ValueError, match="start_tokens must be a vector"):
        seq2seq.BeamSearchDecoder(Markov(), embedding, 1, END, tf.zeros([2, 1]), 2)
    with pytest.raises(ValueError, match="coverage_penalty_weight must be 0.0"):
        decoder = seq2seq.BeamSearchDecoder(
            Markov(), embedding, [1], END, tf.zeros([2, 1]), 2, coverage_penalty_weight=1.0
        )
        seq2seq.dynamic_decode(decoder)


# --- the loss -------------------------------------------------------------------------------------
def test_sequence_loss():
    random = np.random.RandomState(0)
    logits = random.randn(2, 3, SYMBOLS).astype(np.float32)
    targets = random.randint(0, SYMBOLS, (2, 3))
    weights = np.float32([[1, 1, 0], [1, 0.5, 0]])
    chosen = np.take_along_axis(logits, targets[..., None], 2)[..., 0]
    losses = (np.log(np.exp(logits).sum(2)) - chosen) * weights
    args = (tf.constant(logits), tf.constant(targets), tf.constant(weights))
    off = {"average_across_timesteps": False, "average_across_batch": False}
    with np.errstate(invalid="ignore"):
        over_batch = np.nan_to_num(losses.sum(0) / weights.sum(0))
    cases = [
        ({}, losses.sum() / weights.sum()),
        (off, losses),
        ({"average_across_timesteps": False}, over_batch),
        ({"average_across_batch": False}, losses.sum(1) / weights.sum(1)),
        ({**off, "sum_over_timesteps": True, "sum_over_batch": True}, losses.sum() / 4),
        ({**off, "sum_over_timesteps": True}, losses.sum(1) / 2),
    ]
    found = run([seq2seq.sequence_loss(*args, **more) for more, _ in cases])
    for value, (_, expected) in zip(found, cases, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5)
    with pytest.raises(ValueError, match="Logits must be"):
        seq2seq.sequence_loss(tf.zeros([2, 3]), *args[1:])
    with pytest.raises(ValueError, match="cannot be set to True at same time"):
        seq2seq.sequence_loss(*args, sum_over_batch=True)


# --- a whole model --------------------------------------------------------------------------------
def test_training_greedy_and_beam_decoding_share_their_variables():
    table, layer = tf.get_variable("table", [SYMBOLS, 3]), tf.layers.Dense(SYMBOLS, name="out")
    memory, lengths = tf.placeholder(tf.float32, [None, None, 6]), tf.constant([3, 2])

    def decoded(make, width=1, reuse=True):
        with tf.variable_scope("model", reuse=reuse):
            mechanism = seq2seq.BahdanauAttention(
                UNITS, seq2seq.tile_batch(memory, width), seq2seq.tile_batch(lengths, width)
            )
            cell = seq2seq.AttentionWrapper(
                tf.nn.rnn_cell.LSTMCell(UNITS), mechanism, attention_layer_size=UNITS
            )
            decoder = make(cell, cell.zero_state(2 * width, tf.float32))
            return seq2seq.dynamic_decode(decoder, maximum_iterations=4)[0]

    given = tf.nn.embedding_lookup(table, [[1, 2, 3], [2, 3, 0]])
    trained = decoded(
        lambda cell, state: seq2seq.BasicDecoder(
            cell, seq2seq.TrainingHelper(given, [3, 2]), state, layer
        ),
        reuse=None,
    )
    count = len(tf.trainable_variables())
    greedy = decoded(
        lambda cell, state: seq2seq.BasicDecoder(
            cell, seq2seq.GreedyEmbeddingHelper(table, [1, 2], END), state, layer
        )
    )
    beams = decoded(
        lambda cell, state: seq2seq.BeamSearchDecoder(
            cell, table, [1, 2], END, state, 3, output_layer=layer
        ),
        width=3,
    )
    assert len(tf.trainable_variables()) == count == 9
    names = {v.op.name for v in tf.trainable_variables()}
    assert {
        "model/memory_layer/kernel",
        "model/decoder/attention_wrapper/bahdanau_attention/query_layer/kernel",
        "model/decoder/attention_wrapper/lstm_cell/kernel",
        "model/decoder/out/kernel",
    } <= names
    loss = tf.reduce_sum(trained.rnn_output**2)
    assert all(g is not None for g in tf.gradients(loss, tf.trainable_variables()))
    found = run([greedy.sample_id, beams.predicted_ids], {memory: np.ones([2, 3, 6])})
    assert found[0].shape[0] == found[1].shape[0] == 2 and found[1].shape[2] == 3
