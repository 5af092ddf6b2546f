"""`tf.contrib.distributions`: those of `tf.distributions`, and more."""

from flowgraph.core.lazy import face as _face

_HERE = "flowgraph.distributions."
_NAMES = {
    _HERE + "bernoulli": "Bernoulli BernoulliWithSigmoidProbs",
    _HERE + "beta": "Beta BetaWithSoftplusConcentration",
    _HERE + "categorical": "Categorical",
    _HERE + "cauchy": "Cauchy",
    _HERE + "chi2": "Chi2 Chi2WithAbsDf",
    _HERE + "counts": "Binomial Geometric NegativeBinomial Poisson",
    _HERE + "deterministic": "Deterministic VectorDeterministic",
    _HERE + "dirichlet": "Dirichlet",
    _HERE + "dirichlet_multinomial": "DirichletMultinomial",
    _HERE + "distribution": (
        "Distribution FULLY_REPARAMETERIZED NOT_REPARAMETERIZED ReparameterizationType"
    ),
    _HERE + "exponential": "Exponential ExponentialWithSoftplusRate",
    _HERE + "gamma": "Gamma GammaWithSoftplusConcentrationRate",
    _HERE + "half_normal": "HalfNormal",
    _HERE + "independent": "Independent",
    _HERE + "inverse_gamma": "InverseGamma InverseGammaWithSoftplusConcentrationRate",
    _HERE + "kullback_leibler": "RegisterKL kl_divergence",
    _HERE + "laplace": "Laplace LaplaceWithSoftplusScale",
    _HERE + "logistic": "Logistic",
    _HERE + "mixture": "Mixture MixtureSameFamily",
    _HERE + "multinomial": "Multinomial",
    _HERE + "multivariate_normal": (
        "MultivariateNormalDiag MultivariateNormalDiagPlusLowRank "
        "MultivariateNormalDiagWithSoftplusScale MultivariateNormalFullCovariance "
        "MultivariateNormalTriL"
    ),
    _HERE + "normal": "Normal NormalWithSoftplusScale",
    _HERE + "one_hot": (
        "ExpRelaxedOneHotCategorical OneHotCategorical RelaxedBernoulli RelaxedOneHotCategorical"
    ),
    _HERE + "student_t": "StudentT StudentTWithAbsDfSoftplusScale",
    _HERE + "transformed_distribution": "TransformedDistribution",
    _HERE + "uniform": "Uniform",
    _HERE + "util": (
        "fill_triangular fill_triangular_inverse matrix_diag_transform reduce_weighted_logsumexp "
        "softplus_inverse tridiag"
    ),
}
_MODULES = dict.fromkeys(("bijector", "bijectors"), "flowgraph.contrib.distributions.bijectors")
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _MODULES)
