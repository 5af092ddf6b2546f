"""tf.contrib.distributions: those that tf.distributions has not."""

import math

import numpy as np
import pytest

import flowgraph as tf

tfd = tf.contrib.distributions


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        yield session


COUNTED = {
    "Poisson": (lambda: tfd.Poisson([0.5, 4.0]), 40),
    "PoissonLogRate": (lambda: tfd.Poisson(log_rate=[0.1, 1.0]), 40),
    "Geometric": (lambda: tfd.Geometric(probs=[0.3, 0.6]), 90),
    "Binomial": (lambda: tfd.Binomial([4.0, 7.0], probs=[0.3, 0.6]), 7),
    "NegativeBinomial": (lambda: tfd.NegativeBinomial([4.0, 2.0], probs=[0.3, 0.6]), 90),
}


@pytest.mark.parametrize("name", COUNTED)
def test_counts_sum_to_one_and_have_their_moments(session, name):
    make, most = COUNTED[name]
    d = make()
    k = np.arange(most + 1, dtype=np.float32)[:, None]
    p, cdf = session.run([d.prob(k), d.cdf(k)])
    p = np.nan_to_num(p)  # a binomial count of more than there are trials
    np.testing.assert_allclose(p.sum(0), 1, atol=1e-4)
    mean, variance, mode = session.run([d.mean(), d.variance(), d.mode()])
    np.testing.assert_allclose((k * p).sum(0), mean, rtol=1e-3)
    np.testing.assert_allclose((k**2 * p).sum(0) - mean**2, variance, rtol=2e-3)
    assert (p[mode.astype(int), [0, 1]] >= p.max(0) - 1e-6).all()
    np.testing.assert_allclose(np.cumsum(p, 0)[:4], cdf[:4], atol=1e-4)
    if name != "Binomial":
        drawn = session.run(d.sample(4000, seed=1))
        np.testing.assert_allclose(drawn.mean(0), mean, rtol=0.1)


CONTINUOUS = {
    "Logistic": (lambda: tfd.Logistic(1.0, 0.5), -8, 10),
    "HalfNormal": (lambda: tfd.HalfNormal(1.5), 0, 12),
    "Chi2": (lambda: tfd.Chi2(3.0), 0, 60),
    "InverseGamma": (lambda: tfd.InverseGamma(5.0, 3.0), 1e-3, 60),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_integrate_to_one_and_have_their_moments(session, name):
    make, low, high = CONTINUOUS[name]
    d = make()
    x = np.linspace(low, high, 4001, dtype=np.float32)
    p, cdf = session.run([d.prob(x), d.cdf(x)])
    p = np.nan_to_num(p, posinf=0)
    step = float(x[1] - x[0])
    assert p.sum() * step == pytest.approx(1, abs=2e-3)
    mean, variance, mode, entropy = session.run([d.mean(), d.variance(), d.mode(), d.entropy()])
    assert (x * p).sum() * step == pytest.approx(mean, rel=2e-3)
    assert ((x - mean) ** 2 * p).sum() * step == pytest.approx(variance, rel=2e-2)
    assert x[p.argmax()] == pytest.approx(mode, abs=2 * step)
    assert -(p * np.log(p + 1e-30)).sum() * step == pytest.approx(entropy, rel=5e-3, abs=5e-3)
    np.testing.assert_allclose(np.cumsum(p)[::500] * step, cdf[::500], atol=3e-3)
    drawn = session.run(d.sample(4000, seed=1))
    assert drawn.mean() == pytest.approx(mean, rel=0.1)


def test_cauchy(session):
    d = tfd.Cauchy(1.0, 2.0)
    assert session.run(d.prob(1.0)) == pytest.approx(1 / (2 * math.pi))
    assert session.run(d.cdf(3.0)) == pytest.approx(0.75)
    assert session.run(d.quantile(0.75)) == pytest.approx(3.0, rel=1e-5)
    assert math.isnan(session.run(d.mean()))
    with pytest.raises(ValueError, match="`mean` is undefined"):
        tfd.Cauchy(1.0, 2.0, allow_nan_stats=False).mean()


COVARIANCE = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.2], [0.0, -0.2, 0.5]], np.float32)
NORMALS = {
    "Diag": lambda: tfd.MultivariateNormalDiag([1.0, -1.0, 0.5], [1.0, 2.0, 0.3]),
    "Identity": lambda: tfd.MultivariateNormalDiag([1.0, -1.0, 0.5], scale_identity_multiplier=0.7),
    "Softplus": lambda: tfd.MultivariateNormalDiagWithSoftplusScale([0.0, 0.0], [1.0, -1.0]),
    "TriL": lambda: tfd.MultivariateNormalTriL([1.0, -1.0, 0.5], np.linalg.cholesky(COVARIANCE)),
    "Full": lambda: tfd.MultivariateNormalFullCovariance([1.0, -1.0, 0.5], COVARIANCE),
    "LowRank": lambda: tfd.MultivariateNormalDiagPlusLowRank(
        [1.0, -1.0, 0.5], [1.0, 1.0, 2.0], None, [[1.0], [0.5], [-1.0]], [0.5]
    ),
}


@pytest.mark.parametrize("name", NORMALS)
def test_normal_vectors(session, name):
    d = NORMALS[name]()
    (k,) = d.event_shape.as_list()
    x = np.random.RandomState(0).randn(4, k).astype(np.float32)
    mean, covariance, log_prob, entropy, stddev = session.run(
        [d.mean(), d.covariance(), d.log_prob(x), d.entropy(), d.stddev()]
    )
    away = x - mean
    wanted = -0.5 * (
        np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away)
        + np.linalg.slogdet(covariance)[1]
        + k * np.log(2 * np.pi)
    )
    np.testing.assert_allclose(log_prob, wanted, rtol=1e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), stddev, rtol=1e-5)
    assert entropy == pytest.approx(
        0.5 * (k * np.log(2 * np.pi * np.e) + np.linalg.slogdet(covariance)[1]), rel=1e-5
    )
    drawn = session.run(d.sample(20000, seed=1))
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.1)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.15)
    if name == "Full":
        np.testing.assert_allclose(covariance, COVARIANCE, rtol=1e-5)


def test_batches_of_normal_vectors(session):
    d = tfd.MultivariateNormalDiag(tf.zeros([4, 1, 2]), tf.ones([3, 2]))
    assert d.batch_shape.as_list() == [4, 3] and d.event_shape.as_list() == [2]
    assert d.sample([5]).shape.as_list() == [5, 4, 3, 2]
    assert session.run(d.log_prob(tf.zeros([2]))).shape == (4, 3)
    loc = tf.placeholder(tf.float32, [None, 2])
    d = tfd.MultivariateNormalDiag(loc, [1.0, 2.0])
    drawn, p = session.run([d.sample(3), d.log_prob([0.0, 0.0])], {loc: np.zeros([7, 2])})
    assert drawn.shape == (3, 7, 2) and p.shape == (7,)
    with pytest.raises(ValueError, match="at least 1 dimension"):
        tfd.MultivariateNormalDiag(1.0, 2.0)
    with pytest.raises(ValueError, match="must tell the size"):
        tfd.MultivariateNormalDiag()


def test_divergence_of_normal_vectors(session):
    a, b = NORMALS["Full"](), tfd.MultivariateNormalDiag([0.0, 0.0, 0.0], [1.0, 2.0, 1.0])
    ma, ca, mb, cb = session.run([a.mean(), a.covariance(), b.mean(), b.covariance()])
    inverse, away = np.linalg.inv(cb), mb - ma
    wanted = 0.5 * (
        np.trace(inverse @ ca) + away @ inverse @ away - 3
        + np.linalg.slogdet(cb)[1] - np.linalg.slogdet(ca)[1]
    )  # fmt: skip
    assert session.run(tfd.kl_divergence(a, b)) == pytest.approx(wanted, rel=1e-5)
    assert session.run(tfd.kl_divergence(a, a)) == pytest.approx(0, abs=1e-6)


def test_gradients_reach_a_normal_vectors_scale(session):
    diag = tf.constant([1.0, 2.0])
    drawn = tfd.MultivariateNormalDiag([0.0, 0.0], diag).sample(4, seed=1)
    (slope,) = tf.gradients(drawn, [diag])
    noise, found = session.run([drawn / diag, slope])
    np.testing.assert_allclose(found, noise.sum(0), rtol=1e-5)


def test_mixtures(session):
    weights = [[0.3, 0.7], [0.9, 0.1]]
    parts = [tfd.Normal([0.0, 1.0], 1.0), tfd.Normal([5.0, -5.0], [0.5, 2.0])]
    one = tfd.Mixture(tfd.Categorical(probs=weights), parts)
    same = tfd.MixtureSameFamily(
        tfd.Categorical(probs=weights),
        tfd.Normal([[0.0, 5.0], [1.0, -5.0]], [[1.0, 0.5], [1.0, 2.0]]),
    )
    x = [[0.0, 1.0], [4.0, -3.0]]
    for what in ("mean", "variance", "stddev"):
        a, b = session.run([getattr(one, what)(), getattr(same, what)()])
        np.testing.assert_allclose(a, b, rtol=1e-4)
    for what in ("log_prob", "prob", "cdf"):
        a, b = session.run([getattr(one, what)(x), getattr(same, what)(x)])
        np.testing.assert_allclose(a, b, rtol=1e-4)
    assert session.run(one.prob(x))[0, 0] == pytest.approx(0.3 / np.sqrt(2 * np.pi), rel=1e-4)
    for d in (one, same):
        drawn = session.run(d.sample(5000, seed=1))
        assert drawn.shape == (5000, 2)
        np.testing.assert_allclose(drawn.mean(0), [3.5, 0.4], atol=0.15)
    assert (session.run(one.entropy_lower_bound()) < 2.2).all()
    vectors = tfd.MixtureSameFamily(
        tfd.Categorical(probs=[0.5, 0.5]),
        tfd.MultivariateNormalDiag([[0.0, 0.0], [9.0, 9.0]], [[1.0, 1.0], [1.0, 1.0]]),
    )
    assert vectors.sample([3, 4]).shape.as_list() == [3, 4, 2]
    np.testing.assert_allclose(session.run(vectors.mean()), [4.5, 4.5])
    assert session.run(vectors.log_prob([[0.0, 0.0]])).shape == (1,)
    with pytest.raises(TypeError, match="cat must be a Categorical"):
        tfd.Mixture(parts[0], parts)
    with pytest.raises(ValueError, match="cat.num_classes != len"):
        tfd.Mixture(tfd.Categorical(probs=weights), parts[:1])


def test_independent_numbers_as_one_event(session):
    d = tfd.Independent(tfd.Normal(tf.zeros([4, 3]), 1.0))
    assert d.batch_shape.as_list() == [4] and d.event_shape.as_list() == [3]
    assert session.run(d.log_prob(tf.zeros([4, 3]))) == pytest.approx(
        np.full(4, -1.5 * np.log(2 * np.pi)), rel=1e-5
    )
    assert d.sample(2).shape.as_list() == [2, 4, 3]
    other = tfd.Independent(tfd.Normal(tf.ones([4, 3]), 1.0))
    np.testing.assert_allclose(session.run(tfd.kl_divergence(d, other)), [1.5] * 4)
    with pytest.raises(ValueError, match="cannot exceed"):
        tfd.Independent(tfd.Normal(0.0, 1.0), 1)


def test_rows_with_a_one(session):
    d = tfd.OneHotCategorical(probs=[[0.2, 0.8], [0.5, 0.5]])
    drawn = session.run(d.sample(3000, seed=1))
    assert drawn.shape == (3000, 2, 2) and (drawn.sum(-1) == 1).all()
    np.testing.assert_allclose(drawn.mean(0), [[0.2, 0.8], [0.5, 0.5]], atol=0.05)
    np.testing.assert_allclose(session.run(d.prob([1.0, 0.0])), [0.2, 0.5], rtol=1e-5)
    assert session.run(d.mode())[0].tolist() == [0, 1]


def test_relaxed_rows_sum_to_one_and_can_be_differentiated(session):
    logits = tf.constant([[0.1, 2.0, -1.0]])
    d = tfd.RelaxedOneHotCategorical(0.5, logits)
    drawn = d.sample(6, seed=1)
    rows, slope, density = session.run(
        [drawn, tf.gradients(drawn[..., 0], [logits])[0], d.log_prob(drawn)]
    )
    np.testing.assert_allclose(rows.sum(-1), 1, rtol=1e-5)
    assert rows.shape == (6, 1, 3) and (slope != 0).any() and np.isfinite(density).all()
    near = session.run(tfd.RelaxedOneHotCategorical(0.01, logits).sample(20, seed=1))
    assert (near.max(-1) > 0.9).mean() > 0.9
    bits = session.run(tfd.RelaxedBernoulli(0.3, probs=[0.1, 0.9]).sample(2000, seed=1))
    np.testing.assert_allclose((bits > 0.5).mean(0), [0.1, 0.9], atol=0.04)


BIJECTORS = {
    "Exp": lambda b: b.Exp(),
    "Sigmoid": lambda b: b.Sigmoid(),
    "Tanh": lambda b: b.Tanh(),
    "Softplus": lambda b: b.Softplus(hinge_softness=0.7),
    "Softsign": lambda b: b.Softsign(),
    "PowerTransform": lambda b: b.PowerTransform(0.4),
    "AffineScalar": lambda b: b.AffineScalar(1.0, -2.0),
    "Invert": lambda b: b.Invert(b.AffineScalar(1.0, 3.0)),
    "Gumbel": lambda b: b.Gumbel(0.3, 2.0),
    "SinhArcsinh": lambda b: b.SinhArcsinh(0.3, 1.5),
    "Weibull": lambda b: b.Chain([b.Weibull(1.5, 2.0), b.Exp()]),
    "Kumaraswamy": lambda b: b.Chain([b.Kumaraswamy(2.0, 0.7), b.Sigmoid()]),
    "Chain": lambda b: b.Chain([b.Exp(), b.AffineScalar(0.1, 0.5)]),
}


@pytest.mark.parametrize("name", BIJECTORS)
def test_bijectors_of_numbers(session, name):
    bijector = BIJECTORS[name](tfd.bijectors)
    x = tf.constant([-0.7, 0.2, 1.1])
    y = bijector.forward(x)
    assert bijector.inverse(y) is x
    fresh = tf.identity(y)
    (slope,) = tf.gradients(y, [x])
    back, slopes, forward, inverse = session.run([
        bijector.inverse(fresh), slope,
        bijector.forward_log_det_jacobian(tf.identity(x), 0),
        bijector.inverse_log_det_jacobian(fresh, 0),
    ])  # fmt: skip
    np.testing.assert_allclose(back, [-0.7, 0.2, 1.1], rtol=1e-4)
    wanted = np.log(np.abs(slopes))
    np.testing.assert_allclose(np.broadcast_to(forward, 3), wanted, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(np.broadcast_to(inverse, 3), -wanted, rtol=1e-3, atol=1e-5)


def test_bijectors_of_vectors(session):
    bijectors = tfd.bijectors
    affine = bijectors.Affine(shift=[1.0, 2.0], scale_tril=[[2.0, 0.0], [1.0, 3.0]])
    x = tf.constant([[0.5, -1.0], [2.0, 0.0]])
    y, ildj = session.run([affine.forward(x), affine.inverse_log_det_jacobian(x, 1)])
    np.testing.assert_allclose(y, [[2.0, -0.5], [5.0, 4.0]])
    assert ildj == pytest.approx(-np.log(6))
    np.testing.assert_allclose(session.run(affine.inverse(tf.constant(y))), session.run(x))
    permute = bijectors.Permute([1, 0])
    assert session.run(permute.forward(x))[0].tolist() == [-1.0, 0.5]
    assert session.run(permute.inverse(tf.constant([[-1.0, 0.5]]))).tolist() == [[0.5, -1.0]]
    with pytest.raises(ValueError, match="exactly one of each"):
        bijectors.Permute([0, 2])
    softmax = bijectors.SoftmaxCentered()
    rows = session.run(softmax.forward(x))
    assert rows.shape == (2, 3)
    assert softmax.forward_event_shape([2]).as_list() == [3]
    back = session.run(softmax.inverse(tf.constant(rows)))
    np.testing.assert_allclose(back, session.run(x), rtol=1e-5)


def test_numbers_in_rising_order(session):
    bijector = tfd.bijectors.Ordered(validate_args=True)
    x = tf.constant([[1.0, 2.0, 4.0]])
    y, back = session.run([bijector.forward(x), bijector.inverse(tf.constant([[1.0, 0.0, 0.0]]))])
    np.testing.assert_allclose(y, [[1.0, 0.0, np.log(2.0)]], atol=1e-6)
    np.testing.assert_allclose(back, [[1.0, 2.0, 3.0]])
    assert session.run(bijector.forward_log_det_jacobian(x, 1))[0] == pytest.approx(-np.log(2.0))
    with pytest.raises(tf.errors.InvalidArgumentError, match="strictly increasing"):
        session.run(bijector.forward(tf.placeholder_with_default([[2.0, 1.0]], [1, 2])))


def test_magnitudes_have_two_sources(session):
    folded = tfd.TransformedDistribution(tfd.Normal(1.0, 2.0), tfd.bijectors.AbsoluteValue())
    plain = tfd.Normal(1.0, 2.0)
    found, one, other = session.run([folded.prob(1.5), plain.prob(1.5), plain.prob(-1.5)])
    assert found == pytest.approx(one + other, rel=1e-5)
    with pytest.raises(NotImplementedError, match="not injective"):
        folded.cdf(1.0)


def test_transformed_distributions(session):
    log_normal = tfd.TransformedDistribution(tfd.Normal(0.5, 2.0), tfd.bijectors.Exp())
    x = np.array([0.3, 1.0, 5.0], np.float32)
    found, cdf = session.run([log_normal.log_prob(x), log_normal.cdf(x)])
    wanted = -0.5 * ((np.log(x) - 0.5) / 2) ** 2 - np.log(2 * np.sqrt(2 * np.pi)) - np.log(x)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert (np.diff(cdf) > 0).all()
    assert session.run(log_normal.sample(10)).min() > 0
    scaled = tfd.TransformedDistribution(
        tfd.Normal([0.0, 1.0], 1.0), tfd.bijectors.AffineScalar(1.0, 2.0), event_shape=[3]
    )
    assert scaled.batch_shape.as_list() == [2] and scaled.event_shape.as_list() == [3]
    assert scaled.sample(5).shape.as_list() == [5, 2, 3]
    drawn, entropy = session.run([scaled.sample(4000, seed=1), scaled.entropy()])
    np.testing.assert_allclose(drawn.mean((0, 2)), [1.0, 3.0], atol=0.1)
    np.testing.assert_allclose(entropy, [3 * (1.4189385 + np.log(2))] * 2, rtol=1e-5)
    assert session.run(scaled.log_prob(tf.zeros([2, 3]))).shape == (2,)
    with pytest.raises(ValueError, match="base distribution not scalar"):
        tfd.TransformedDistribution(tfd.Normal([0.0], 1.0), batch_shape=[2])
    with pytest.raises(ValueError, match="positive elements"):
        tfd.TransformedDistribution(tfd.Normal(0.0, 1.0), event_shape=[-2])


def test_what_is_always_the_same(session):
    d = tfd.Deterministic([1.0, 2.0], rtol=0.1)
    found = session.run([d.prob([1.05, 3.0]), d.cdf([0.5, 2.0]), d.mean(), d.variance()])
    assert [f.tolist() for f in found] == [[1, 0], [0, 1], [1, 2], [0, 0]]
    assert session.run(d.sample(3)).tolist() == [[1, 2]] * 3
    v = tfd.VectorDeterministic([[1.0, 2.0], [3.0, 4.0]])
    assert v.batch_shape.as_list() == [2] and v.event_shape.as_list() == [2]
    assert session.run(v.prob([1.0, 2.0])).tolist() == [1, 0]
    assert v.sample([3, 1]).shape.as_list() == [3, 1, 2, 2]


def test_helpers(session):
    x = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    matrix = tfd.fill_triangular(x)
    assert session.run(matrix).tolist() == [[4.0, 0.0, 0.0], [6.0, 5.0, 0.0], [3.0, 2.0, 1.0]]
    assert session.run(tfd.fill_triangular_inverse(matrix)).tolist() == [1, 2, 3, 4, 5, 6]
    with pytest.raises(ValueError, match="does not correspond to a triangular matrix"):
        tfd.fill_triangular(x[:5])
    small = tf.constant([1e-6, 0.5, 30.0, 1e4])
    np.testing.assert_allclose(
        session.run(tf.nn.softplus(tfd.softplus_inverse(small))), session.run(small), rtol=1e-4
    )
    total, sign = session.run(
        tfd.reduce_weighted_logsumexp([0.0, np.log(3.0)], [1.0, -1.0], return_sign=True)
    )
    assert total == pytest.approx(np.log(2), rel=1e-5) and sign == -1
