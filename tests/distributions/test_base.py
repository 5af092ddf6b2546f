"""What all distributions have: shapes, names, samples, gradients, checks, divergences."""

import numpy as np
import pytest

import flowgraph as tf

tfd = tf.distributions


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_shapes_of_samples_known_and_unknown(session):
    loc = tf.placeholder(tf.float32, [None, 3])
    d = tfd.Normal(loc, 1.0)
    assert d.batch_shape.as_list() == [None, 3] and d.event_shape.as_list() == []
    assert d.sample().shape.as_list() == [None, 3]
    assert d.sample(4).shape.as_list() == [4, None, 3]
    assert d.sample([4, 5]).shape.as_list() == [4, 5, None, 3]
    shape = tf.placeholder(tf.int32, [2])
    drawn = d.sample(shape)
    assert drawn.shape.as_list() == [None, None, None, 3]
    feed = {loc: np.zeros([2, 3]), shape: [6, 7]}
    assert session.run(drawn, feed).shape == (6, 7, 2, 3)
    assert session.run(d.batch_shape_tensor(), feed).tolist() == [2, 3]
    assert not session.run(d.is_scalar_batch()) and session.run(d.is_scalar_event())
    with pytest.raises(ValueError, match="neither scalar nor vector"):
        d.sample([[1]])


def test_a_seed_gives_the_same_samples_and_none_others(session):
    d = tfd.Gamma(2.0, 1.0)
    first, again, other = d.sample(5, seed=1), d.sample(5, seed=1), d.sample(5)
    a, b, c = session.run([first, again, other])
    assert (a == b).all() and (a != c).all()


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lambda a, b: tfd.Normal(a, b), (0.5, 2.0)),
        (lambda a, b: tfd.Laplace(a, b), (0.5, 2.0)),
        (lambda a, b: tfd.Uniform(a, b), (0.5, 2.0)),
        (lambda a, b: tfd.Gamma(a, b), (1.5, 2.0)),
        (lambda a, b: tfd.Beta(a, b), (1.5, 2.0)),
        (lambda a, b: tfd.StudentT(a, 0.0, b), (3.0, 2.0)),
        (lambda a, b: tf.contrib.distributions.Logistic(a, b), (3.0, 2.0)),
    ],
)
def test_gradients_go_through_samples(session, make, parameters):
    a, b = map(tf.constant, parameters)
    d = make(a, b)
    assert d.reparameterization_type is tfd.FULLY_REPARAMETERIZED
    found = session.run(tf.gradients(d.sample(100, seed=1), [a, b]))
    assert all(np.isfinite(g) and g != 0 for g in found)


def test_the_mean_of_normal_samples_has_a_slope_of_one(session):
    loc = tf.constant(1.0)
    (slope,) = tf.gradients(tf.reduce_mean(tfd.Normal(loc, 3.0).sample(50)), [loc])
    assert session.run(slope) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: tfd.Normal(0.0, tf.placeholder_with_default(-1.0, []), validate_args=True),
        lambda: tfd.Gamma(tf.placeholder_with_default(0.0, []), 1.0, validate_args=True),
        lambda: tfd.Beta(tf.placeholder_with_default(-1.0, []), 1.0, validate_args=True),
        lambda: tfd.Bernoulli(probs=tf.placeholder_with_default(1.5, []), validate_args=True),
        lambda: tfd.Uniform(tf.placeholder_with_default(3.0, []), 2.0, validate_args=True),
    ],
)
def test_parameters_are_checked_when_asked(session, make):
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.run(make().mean())


def test_values_are_checked_when_asked(session):
    d = tfd.Multinomial(2.0, probs=[0.5, 0.5], validate_args=True)
    assert session.run(d.prob([1.0, 1.0])) == pytest.approx(0.5)
    for wrong in ([1.5, 0.5], [1.0, 2.0], [-1.0, 3.0]):
        value = tf.placeholder_with_default(wrong, [2])
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(d.prob(value))
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.run(tfd.Bernoulli(0.5, validate_args=True).prob(tf.placeholder_with_default(2, [])))


def test_undefined_statistics_are_nan_or_errors(session):
    df = tf.constant([0.5, 3.0])
    assert np.isnan(session.run(tfd.StudentT(df, 0.0, 1.0).mean())).tolist() == [True, False]
    strict = tfd.StudentT(tf.placeholder_with_default([0.5, 3.0], [2]), 0.0, 1.0,
                          allow_nan_stats=False)  # fmt: skip
    with pytest.raises(tf.errors.InvalidArgumentError, match="mean not defined"):
        session.run(strict.mean())


def test_mistakes_in_the_call():
    with pytest.raises(ValueError, match="Must pass probs or logits, but not both"):
        tfd.Categorical()
    with pytest.raises(ValueError, match="Must pass probs or logits, but not both"):
        tfd.Bernoulli(logits=1.0, probs=0.5)
    with pytest.raises(ValueError, match="Expected floating point type"):
        tfd.Normal(1, 2)
    with pytest.raises(ValueError):
        tfd.Normal(tf.constant(0.0, tf.float64), tf.constant(1.0))
    with pytest.raises(NotImplementedError, match="quantile is not implemented: Gamma"):
        tfd.Gamma(1.0, 1.0).quantile(0.5)


def test_names_copies_and_descriptions():
    d = tfd.Normal([0.0, 1.0], 2.0, name="prior")
    assert d.name == "prior/" and d.loc.op.name == "prior/loc"
    assert d.log_prob(0.0).op.name.startswith("prior/log_prob/")
    assert tfd.Normal(0.0, 1.0, name="prior").name == "prior_1/"
    copy = d.copy(scale=3.0)
    assert copy.parameters["scale"] == 3.0 and copy.parameters["loc"] == [0.0, 1.0]
    assert "Normal" in str(d) and "batch_shape=(2,)" in repr(d)
    shapes = tfd.Normal.param_static_shapes([2, 3])
    assert {k: v.as_list() for k, v in shapes.items()} == {"loc": [2, 3], "scale": [2, 3]}


def test_divergences_are_found_by_class(session):
    class Mine(tfd.Normal):
        pass

    a, b = Mine(0.0, 1.0), tfd.Normal(1.0, 1.0)
    assert session.run(tfd.kl_divergence(a, b)) == pytest.approx(0.5)
    assert session.run(a.kl_divergence(b)) == pytest.approx(0.5)
    assert session.run(a.cross_entropy(b)) == pytest.approx(0.5 + 1.4189385)

    @tfd.RegisterKL(Mine, Mine)
    def _special(a, b, name=None):
        return tf.constant(7.0)

    assert session.run(tfd.kl_divergence(a, Mine(0.0, 1.0))) == 7.0
    with pytest.raises(ValueError, match="has already been registered"):
        tfd.RegisterKL(Mine, Mine)(_special)
    with pytest.raises(TypeError, match="must be callable"):
        tfd.RegisterKL(Mine, tfd.Gamma)(3)
    with pytest.raises(NotImplementedError, match="distribution_a type Mine"):
        tfd.kl_divergence(a, tfd.Gamma(1.0, 1.0))


def test_a_subclass_defines_one_side_and_gets_the_other(session):
    class Triangle(tfd.Distribution):
        def __init__(self):
            super().__init__(tf.float32, tfd.NOT_REPARAMETERIZED, False, True, {}, [], "Triangle")

        def _prob(self, x):
            return 2.0 * x

        def _cdf(self, x):
            return x * x

        def _variance(self):
            return tf.constant(1 / 18.0)

    d = Triangle()
    assert session.run(d.log_prob(0.5)) == pytest.approx(0.0)
    assert session.run(d.log_cdf(0.5)) == pytest.approx(np.log(0.25))
    assert session.run(d.survival_function(0.5)) == pytest.approx(0.75)
    assert session.run(d.stddev()) == pytest.approx(np.sqrt(1 / 18))
    with pytest.raises(NotImplementedError, match="entropy is not implemented: Triangle"):
        d.entropy()


def test_tails_of_the_normal_distribution(session):
    d = tfd.Normal(tf.constant(0.0, tf.float64), tf.constant(1.0, tf.float64))
    x = tf.constant([-40.0, -10.0, 0.0, 10.0], tf.float64)
    found = session.run([d.log_cdf(x), d.cdf(x), tf.gradients(d.log_cdf(x), x)[0]])
    np.testing.assert_allclose(
        found[0], [-804.608442, -53.2312851, -0.693147181, -7.61985302e-24], rtol=1e-6
    )
    np.testing.assert_allclose(found[1][1:3], [7.61985302e-24, 0.5], rtol=1e-6)
    assert np.isfinite(found[2]).all()
    p = tf.constant([1e-30, 0.025, 0.5, 0.975], tf.float64)
    np.testing.assert_allclose(session.run(d.cdf(d.quantile(p))), session.run(p), rtol=1e-9)


def test_lbeta(session):
    found = session.run(tf.lbeta([[1.0, 1.0], [2.0, 3.0]]))
    np.testing.assert_allclose(found, np.log([1.0, 1 / 12]), atol=1e-6)
    assert session.run(tf.lbeta([[]])).tolist() == [-np.inf]
