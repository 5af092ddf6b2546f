"""`tf.distributions`: probability distributions, their samples, densities and statistics."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.distributions.bernoulli": "Bernoulli",
    "flowgraph.distributions.beta": "Beta",
    "flowgraph.distributions.categorical": "Categorical",
    "flowgraph.distributions.dirichlet": "Dirichlet",
    "flowgraph.distributions.dirichlet_multinomial": "DirichletMultinomial",
    "flowgraph.distributions.distribution": (
        "Distribution FULLY_REPARAMETERIZED NOT_REPARAMETERIZED ReparameterizationType"
    ),
    "flowgraph.distributions.exponential": "Exponential",
    "flowgraph.distributions.gamma": "Gamma",
    "flowgraph.distributions.kullback_leibler": "RegisterKL kl_divergence",
    "flowgraph.distributions.laplace": "Laplace",
    "flowgraph.distributions.multinomial": "Multinomial",
    "flowgraph.distributions.normal": "Normal",
    "flowgraph.distributions.student_t": "StudentT",
    "flowgraph.distributions.uniform": "Uniform",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
