"""tf.contrib.nn, predictor and bayesflow."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        yield session


def test_alpha_dropout_keeps_mean_and_variance(session):
    x = tf.random_normal([200, 200])
    y = session.run(tf.contrib.nn.alpha_dropout(x, 0.8))
    assert abs(y.mean()) < 0.03 and abs(y.std() - 1) < 0.03
    assert tf.contrib.nn.alpha_dropout(x, 1.0) is x
    with pytest.raises(ValueError, match=r"range \(0, 1\], got 0"):
        tf.contrib.nn.alpha_dropout(x, 0.0)


def test_scaled_softplus(session):
    x = tf.constant([-1.0, 0.5, 9.0])
    y = tf.contrib.nn.scaled_softplus(x, 0.5, clip=6.0)
    found, slope = session.run([y, tf.gradients(y, x)[0]])
    plain = 0.5 * np.log1p(np.exp(np.array([-1.0, 0.5, 9.0]) / 0.5))
    np.testing.assert_allclose(found, np.minimum(plain, 6), rtol=1e-5)
    np.testing.assert_allclose(slope[:2], 1 / (1 + np.exp([2.0, -1.0])), rtol=1e-5)
    assert slope[2] == 0


def test_flipped_losses_take_logits_first(session):
    logits, labels = tf.constant([[1.0, 2.0]]), tf.constant([[0.0, 1.0]])
    nn = tf.contrib.nn
    one, other = session.run([
        nn.deprecated_flipped_softmax_cross_entropy_with_logits(logits, labels),
        nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(logits, [1]),
    ])  # fmt: skip
    np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.fixture
def exported(tmp_path):
    """A SavedModel that doubles x and adds a variable."""
    path = str(tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None], name="x")
        y = tf.add(2 * x, tf.Variable(5.0), name="y")
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, path, {"x": x}, {"y": y})
    return path


def test_a_saved_model_as_a_function(exported):
    predict = tf.contrib.predictor.from_saved_model(exported)
    assert predict({"x": [1.0, 2.0]})["y"].tolist() == [7.0, 9.0]
    named = tf.contrib.predictor.from_saved_model(
        exported, input_names={"in": "x:0"}, output_names={"out": "y:0"}
    )
    assert named({"in": [0.0]}) == {"out": [5.0]}
    assert named.session.graph is named.graph
    with pytest.raises(ValueError, match="unexpected keys in input_dict: {'z'}"):
        predict({"z": 1})
    with pytest.raises(ValueError, match="Available signatures are"):
        tf.contrib.predictor.from_saved_model(exported, signature_def_key="none")
    with pytest.raises(ValueError, match="must both be specified"):
        tf.contrib.predictor.from_saved_model(exported, input_names={})
    with pytest.raises(ValueError, match="at most one of"):
        tf.contrib.predictor.from_saved_model(exported, "a", object())
    with pytest.raises(OSError):
        tf.contrib.predictor.from_saved_model(exported + "/none")


def test_draws_as_tensors(session):
    st = tf.contrib.bayesflow.stochastic_tensor
    mu = tf.constant([1.0, -2.0])
    with st.value_type(st.SampleValue(shape=4)):
        x = st.StochasticTensor(tf.contrib.distributions.Normal(mu, 1.0))
    assert (x + 1.0).shape.as_list() == [4, 2] and x.get_shape().as_list() == [4, 2]
    assert x.loss(tf.constant(1.0)) is None  # gradients go through it
    with st.value_type(st.MeanValue()):
        mean = st.StochasticTensor(tf.contrib.distributions.Normal(mu, 1.0))
    assert session.run(tf.square(mean)).tolist() == [1.0, 4.0]
    bit = st.StochasticTensor(tf.distributions.Bernoulli(logits=mu))
    loss = bit.loss(tf.constant([2.0, 3.0]))
    value, found = session.run([bit.value(), loss])
    wanted = session.run(bit.log_prob(value)) * [2.0, 3.0]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    seen = st.ObservedStochasticTensor(tf.distributions.Normal(0.0, 1.0), 0.5)
    assert session.run(seen * 2.0) == 1.0 and seen.loss(1.0) is None
    with pytest.raises(ValueError, match="No value type currently set"):
        st.get_current_value_type()
    with pytest.raises(TypeError, match="dist must be a Distribution"):
        st.StochasticTensor(3)
