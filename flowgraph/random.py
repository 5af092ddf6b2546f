"""`tf.random`: random numbers."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.nn.sampling": (
        "fixed_unigram_candidate_sampler log_uniform_candidate_sampler uniform_candidate_sampler"
    ),
    "flowgraph.ops.nn.sampling_unigram": "all_candidate_sampler learned_unigram_candidate_sampler",
    "flowgraph.ops.random.distributions": (
        "categorical multinomial gamma=random_gamma normal=random_normal poisson=random_poisson "
        "uniform=random_uniform truncated_normal"
    ),
    "flowgraph.ops.random.seeds": "get_seed set_random_seed",
    "flowgraph.ops.random.shuffle": "random_crop shuffle=random_shuffle",
    "flowgraph.ops.random.stateless": (
        "stateless_categorical stateless_multinomial stateless_truncated_normal "
        "stateless_normal=stateless_random_normal stateless_uniform=stateless_random_uniform"
    ),
}
_LAZY = {"experimental": "flowgraph.variables.generator"}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _LAZY)
