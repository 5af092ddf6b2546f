"""Small distributions, built by one function for both modules; see `record.py`."""

CASES = {
    "Normal": (
        lambda d: d.Normal([0.0, 1.0, -2.0], [[1.0], [0.5]]),
        [[0.1, -3.0, 2.0], [12.0, 0.0, 1.0]],
    ),
    "Laplace": (lambda d: d.Laplace([0.0, 2.0], [1.0, 3.0]), [0.5, -4.0]),
    "Uniform": (lambda d: d.Uniform([0.0, -1.0, 2.0], [2.0, 3.0, 5.0]), [0.5, 4.0, 2.0]),
    "Gamma": (lambda d: d.Gamma([0.5, 2.0, 9.0], [1.0, 2.0, 0.5]), [0.1, 1.5, 20.0]),
    "Exponential": (lambda d: d.Exponential([0.5, 3.0]), [0.2, 1.0]),
    "Beta": (lambda d: d.Beta([0.5, 2.0], [3.0, 1.5]), [0.2, 0.9]),
    "StudentT": (lambda d: d.StudentT([1.5, 3.0], [0.0, 1.0], [1.0, 2.0]), [0.3, -4.0]),
    "Bernoulli": (lambda d: d.Bernoulli(logits=[-1.0, 0.0, 2.5]), [0, 1, 1]),
    "BernoulliProbs": (lambda d: d.Bernoulli(probs=[0.2, 0.7]), [1, 0]),
    "Categorical": (
        lambda d: d.Categorical(logits=[[0.1, 2.0, -1.0], [1.0, 1.0, 1.0]]),
        [1, 2],
    ),
    "Dirichlet": (lambda d: d.Dirichlet([1.5, 2.0, 3.0]), [0.2, 0.3, 0.5]),
    "Multinomial": (
        lambda d: d.Multinomial([4.0, 3.0], probs=[[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]]),
        [[1.0, 1.0, 2.0], [0.0, 3.0, 0.0]],
    ),
    "DirichletMultinomial": (
        lambda d: d.DirichletMultinomial(4.0, [[1.0, 2.0, 3.0]]),
        [1.0, 1.0, 2.0],
    ),
}
OF_VALUE = ("log_prob", "prob", "cdf", "log_cdf", "survival_function", "log_survival_function")
STATISTICS = ("mean", "variance", "stddev", "entropy", "mode", "covariance")
PAIRS = {
    "Normal": lambda d: (d.Normal([0.0, 1.0], 2.0), d.Normal(1.0, [3.0, 0.5])),
    "Gamma": lambda d: (d.Gamma(2.0, [1.0, 3.0]), d.Gamma([0.5, 4.0], 2.0)),
    "Beta": lambda d: (d.Beta([2.0, 3.0], 1.5), d.Beta(1.0, [4.0, 2.0])),
    "Bernoulli": lambda d: (d.Bernoulli(logits=[0.5, -1.0]), d.Bernoulli(probs=[0.3, 0.6])),
    "Categorical": lambda d: (
        d.Categorical(logits=[[0.1, 2.0]]),
        d.Categorical(probs=[[0.25, 0.75]]),
    ),
    "Dirichlet": lambda d: (d.Dirichlet([1.0, 2.0]), d.Dirichlet([3.0, 0.5])),
}


def measure(tf, name):
    """Everything the distribution of a case tells, as lists; a missing one is left out."""
    make, value = CASES[name]
    found = {}
    with tf.Graph().as_default(), tf.Session() as session:
        distribution = make(tf.distributions)
        found["batch_shape"] = distribution.batch_shape.as_list()
        found["event_shape"] = distribution.event_shape.as_list()
        for what in OF_VALUE:
            try:
                found[what] = session.run(getattr(distribution, what)(value)).tolist()
            except NotImplementedError:
                continue
        for what in STATISTICS:
            try:
                found[what] = session.run(getattr(distribution, what)()).tolist()
            except NotImplementedError:
                continue
        samples = distribution.sample([2, 3], seed=7)
        found["sample_shape"] = samples.shape.as_list()
        found["sample"] = session.run(samples).tolist()
    return found


def divergence(tf, name):
    """KL of a pair, as a list."""
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = PAIRS[name](tf.distributions)
        return session.run(tf.distributions.kl_divergence(a, b)).tolist()
