"""tf.contrib.distributions.bijectors that have networks within."""

import numpy as np
import pytest

import flowgraph as tf

tfd = tf.contrib.distributions
tfb = tfd.bijectors


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        yield session


def _log_det(function, x, session):
    """log |det J| of each row, by its gradients."""
    y = function(x)
    rows = tf.stack([tf.gradients(y[:, i], x)[0] for i in range(x.shape.as_list()[1])], axis=1)
    return np.linalg.slogdet(session.run(rows))[1]


def _check(bijector, session, x):
    y = bijector.forward(x)
    session.run(tf.global_variables_initializer())
    fresh = tf.constant(session.run(y))
    np.testing.assert_allclose(session.run(bijector.inverse(fresh)), session.run(x), atol=1e-4)
    forward = session.run(bijector.forward_log_det_jacobian(tf.identity(x), 1))
    inverse = session.run(bijector.inverse_log_det_jacobian(tf.identity(fresh), 1))
    np.testing.assert_allclose(forward, -inverse, atol=1e-4)
    wanted = _log_det(lambda v: bijector.inverse(v), tf.identity(fresh), session)
    np.testing.assert_allclose(inverse, wanted, atol=1e-3)


@pytest.mark.parametrize("unroll", [True, False])
def test_masked_autoregressive_flow(session, unroll):
    template = tfb.masked_autoregressive_default_template([12, 12])
    bijector = tfb.MaskedAutoregressiveFlow(template, unroll_loop=unroll)
    x = tf.constant(np.random.RandomState(0).randn(4, 3).astype(np.float32))
    _check(bijector, session, x)
    names = {v.op.name for v in tf.trainable_variables()}
    assert "masked_autoregressive_default_template/dense/kernel" in names and len(names) == 6
    shift, log_scale = template(x)
    for number in range(3):  # the shift of a number depends on those before it alone
        slope = session.run(tf.gradients(shift[:, number] + log_scale[:, number], x)[0])
        assert (slope[:, number:] == 0).all()


def test_real_nvp(session):
    bijector = tfb.RealNVP(2, tfb.real_nvp_default_template([8]))
    _check(bijector, session, tf.constant(np.random.RandomState(0).randn(4, 5).astype(np.float32)))
    with pytest.raises(ValueError, match="must be a positive integer"):
        tfb.RealNVP(0, None)
    with pytest.raises(ValueError, match="smaller than the event size"):
        tfb.RealNVP(2, None).forward(tf.zeros([3, 2]))


def test_a_flow_learns(session):
    data = np.random.RandomState(0).randn(256, 2).astype(np.float32)
    data[:, 1] = data[:, 0] ** 2 + 0.3 * data[:, 1]  # a bent Gaussian
    flow = tfd.TransformedDistribution(
        tfd.MultivariateNormalDiag(tf.zeros([2])),
        tfb.Chain([
            tfb.MaskedAutoregressiveFlow(
                tfb.masked_autoregressive_default_template([16, 16], name=f"flow_{i}")
            ) if i % 2 == 0 else tfb.Permute([1, 0])
            for i in range(3)
        ]),
    )  # fmt: skip
    loss = -tf.reduce_mean(flow.log_prob(data))
    step = tf.train.AdamOptimizer(0.01).minimize(loss)
    session.run(tf.global_variables_initializer())
    first = session.run(loss)
    for _ in range(200):
        session.run(step)
    last = session.run(loss)
    assert last < first - 0.5 and last < 2.2
    assert session.run(flow.sample(5)).shape == (5, 2)


def test_batch_normalisation(session):
    bijector = tfb.BatchNormalization(training=False)
    x = tf.constant(np.random.RandomState(0).randn(6, 3).astype(np.float32))
    y = bijector.inverse(x)
    session.run(tf.global_variables_initializer())
    session.run(bijector.batchnorm.moving_mean.assign([1.0, 2.0, 3.0]))
    session.run(bijector.batchnorm.moving_variance.assign([4.0, 1.0, 0.25]))
    fresh = tf.constant(session.run(y))
    np.testing.assert_allclose(session.run(bijector.forward(fresh)), session.run(x), atol=1e-4)
    found = session.run(bijector.inverse_log_det_jacobian(x, 1))
    assert found == pytest.approx(-0.5 * np.log([4.001, 1.001, 0.251]).sum(), rel=1e-4)
    with pytest.raises(ValueError, match="must be an instance of BatchNormalization"):
        tfb.BatchNormalization(3)
