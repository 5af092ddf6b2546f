"""Attention mechanisms against their formulas in numpy, and the cell that attends."""

import numpy as np
import pytest

import flowgraph as tf

seq2seq = tf.contrib.seq2seq
BATCH, TIME, DEPTH, UNITS = 2, 4, 3, 5
random = np.random.RandomState(0)
MEMORY = random.randn(BATCH, TIME, DEPTH).astype(np.float32)
QUERY = random.randn(BATCH, UNITS).astype(np.float32)
LENGTHS = [4, 2]
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def run(values):
    """The values, and the variables by the last parts of their names."""
    variables = {v.op.name: v for v in tf.global_variables()}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for number, variable in enumerate(variables.values()):
            shape = variable.shape.as_list()
            session.run(tf.assign(variable, np.sin(np.ones(shape) * number + np.arange(
                int(np.prod(shape)), dtype=np.float64).reshape(shape))))  # fmt: skip
        return session.run([values, variables])


def softmax(scores):
    scores = np.where(MASK, scores, -np.inf)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


def masked():
    return MEMORY * MASK[..., None]


def test_luong():
    mechanism = seq2seq.LuongAttention(UNITS, MEMORY, LENGTHS, scale=True)
    (alignments, state), w = run(mechanism(tf.constant(QUERY), None))
    keys = masked() @ w["memory_layer/kernel"]
    expected = softmax(w["luong_attention/attention_g"] * (keys @ QUERY[..., None])[..., 0])
    np.testing.assert_allclose(alignments, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(alignments, state)
    with pytest.raises(ValueError, match="Incompatible or unknown inner dimensions"):
        mechanism(tf.zeros([BATCH, UNITS + 1]), None)


@pytest.mark.parametrize("normalize", [False, True])
def test_bahdanau(normalize):
    mechanism = seq2seq.BahdanauAttention(UNITS, MEMORY, LENGTHS, normalize=normalize)
    (alignments, _), w = run(mechanism(tf.constant(QUERY), None))
    keys = masked() @ w["memory_layer/kernel"]
    sums = keys + (QUERY @ w["bahdanau_attention/query_layer/kernel"])[:, None]
    v = w["bahdanau_attention/attention_v"]
    if normalize:
        sums = sums + w["bahdanau_attention/attention_b"]
        v = w["bahdanau_attention/attention_g"] * v / np.sqrt((v**2).sum())
    expected = softmax((v * np.tanh(sums)).sum(2))
    np.testing.assert_allclose(alignments, expected, rtol=1e-4, atol=1e-6)


def recursion(p, before):
    """Equation 5 of Raffel et al. 2017."""
    q, result = np.zeros(len(p)), []
    for j in range(p.shape[1]):
        q = (1 - p[:, j - 1] if j else 1) * q + before[:, j]
        result.append(p[:, j] * q)
    return np.stack(result, 1)


def test_monotonic_attention_in_its_three_forms():
    p = random.rand(3, 6).astype(np.float32)
    before = np.float32(softmax_rows(random.randn(3, 6)))
    for mode in ("recursive", "parallel"):
        found, _ = run(seq2seq.monotonic_attention(p, before, mode))
        np.testing.assert_allclose(found, recursion(p, before), rtol=1e-4, atol=1e-5)
    hard = np.float32(p > 0.6)
    first = np.eye(6, dtype=np.float32)[[0, 2, 1]]
    found, _ = run(seq2seq.monotonic_attention(hard, first, "hard"))
    np.testing.assert_allclose(found, recursion(hard, first), atol=1e-6)
    with pytest.raises(ValueError, match="mode must be"):
        seq2seq.monotonic_attention(p, before, "soft")


def softmax_rows(x):
    return np.exp(x) / np.exp(x).sum(1, keepdims=True)


@pytest.mark.parametrize(
    "make", [seq2seq.LuongMonotonicAttention, seq2seq.BahdanauMonotonicAttention]
)
def test_monotonic_mechanisms_begin_at_the_first_step(make):
    mechanism = make(UNITS, MEMORY, LENGTHS, sigmoid_noise=1.0, score_bias_init=-1.0)
    first = mechanism.initial_state(BATCH, tf.float32)
    alignments, _ = mechanism(tf.constant(QUERY), first)
    (start, found), w = run([first, alignments])
    np.testing.assert_array_equal(start, [[1, 0, 0, 0]] * BATCH)
    assert (found.sum(1) <= 1.001).all() and not found[1, 2:].any()
    assert any(name.endswith("attention_score_bias") for name in w)


def test_small_functions():
    (hard, product), _ = run([
        seq2seq.hardmax([[1.0, 3.0, 2.0]]),
        seq2seq.safe_cumprod(tf.constant([[0.5, 0.0, 0.5]]), axis=1, exclusive=True),
    ])  # fmt: skip
    np.testing.assert_array_equal(hard, [[0, 1, 0]])
    np.testing.assert_allclose(product, [[1, 0.5, 0]], atol=1e-6)


# --- the cell -------------------------------------------------------------------------------------
def wrapper(**more):
    mechanism = seq2seq.LuongAttention(UNITS, MEMORY, LENGTHS)
    return seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(UNITS), mechanism, **more)


def test_a_step_attends_to_the_cells_output():
    cell = wrapper(attention_layer_size=6, alignment_history=True, output_attention=False)
    state = cell.zero_state(BATCH, tf.float32)
    output, new = cell(tf.constant(QUERY), state)
    history = new.alignment_history.stack()
    (output, attention, alignments, kept), w = run([output, new.attention, new.alignments, history])
    keys = masked() @ w["memory_layer/kernel"]
    expected = softmax((keys @ output[..., None])[..., 0])
    np.testing.assert_allclose(alignments, expected, rtol=1e-4, atol=1e-6)
    context = (expected[..., None] * masked()).sum(1)
    joined = np.concatenate([output, context], 1)
    kernel = w["attention_wrapper/attention_layer/kernel"]
    np.testing.assert_allclose(attention, joined @ kernel, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(kept, alignments[None])
    assert cell.output_size == UNITS and cell.state_size.attention == 6


def test_several_memories():
    mechanisms = [seq2seq.LuongAttention(UNITS, MEMORY), seq2seq.BahdanauAttention(UNITS, MEMORY)]
    cell = seq2seq.AttentionWrapper(
        tf.nn.rnn_cell.GRUCell(UNITS), mechanisms, attention_layer_size=[2, 3]
    )
    outputs, state = tf.nn.dynamic_rnn(cell, QUERY[:, None], dtype=tf.float32)
    assert outputs.shape.as_list() == [BATCH, 1, 5] and len(state.alignments) == 2


def test_a_first_state_of_the_cell():
    first = tf.ones([BATCH, UNITS])
    cell = wrapper(initial_cell_state=first)
    state, _ = run(cell.zero_state(BATCH, tf.float32))
    assert (state.cell_state == 1).all() and not state.attention.any() and state.time == 0
    changed = cell.zero_state(BATCH, tf.float32).clone(cell_state=tf.zeros([BATCH, UNITS]))
    assert not run(changed.cell_state)[0].any()
    with pytest.raises(ValueError):
        changed.clone(cell_state=tf.zeros([BATCH, UNITS + 1]))


def test_wrong_arguments_of_the_cell():
    gru, mechanism = tf.nn.rnn_cell.GRUCell(2), seq2seq.LuongAttention(2, MEMORY)
    with pytest.raises(TypeError, match="must be an AttentionMechanism"):
        seq2seq.AttentionWrapper(gru, MEMORY)
    with pytest.raises(ValueError, match="exactly one integer per attention_mechanism"):
        seq2seq.AttentionWrapper(gru, mechanism, attention_layer_size=[1, 2])
    with pytest.raises(ValueError, match="Only one of"):
        seq2seq.AttentionWrapper(gru, mechanism, 2, attention_layer=tf.layers.Dense(2))
    with pytest.raises(TypeError, match="AttentionWrapperState"):
        wrapper()(tf.constant(QUERY), tf.zeros([BATCH, UNITS]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="tile_batch"):
        wrapper().zero_state(BATCH + 1, tf.float32)
    with pytest.raises(TypeError, match="probability_fn must be callable"):
        seq2seq.LuongAttention(2, MEMORY, probability_fn="softmax")
    with pytest.raises(ValueError, match="fully defined inner dims"):
        seq2seq.LuongAttention(2, tf.placeholder(tf.float32, [2, 3, None]))


def test_lengths_have_to_be_positive():
    mechanism = seq2seq.LuongAttention(UNITS, MEMORY, tf.placeholder_with_default([4, 0], [2]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="greater than zero"):
        run(mechanism(tf.constant(QUERY), None))
