"""`tf.random`: random numbers."""

from flowgraph.ops.nn.sampling import (
    fixed_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from flowgraph.ops.nn.sampling_unigram import (
    all_candidate_sampler,
    learned_unigram_candidate_sampler,
)
from flowgraph.ops.random.distributions import categorical, multinomial
from flowgraph.ops.random.distributions import random_gamma as gamma
from flowgraph.ops.random.distributions import random_normal as normal
from flowgraph.ops.random.distributions import random_poisson as poisson
from flowgraph.ops.random.distributions import random_uniform as uniform
from flowgraph.ops.random.distributions import truncated_normal as truncated_normal
from flowgraph.ops.random.seeds import get_seed, set_random_seed
from flowgraph.ops.random.shuffle import random_crop
from flowgraph.ops.random.shuffle import random_shuffle as shuffle
from flowgraph.ops.random.stateless import (
    stateless_categorical,
    stateless_multinomial,
    stateless_truncated_normal,
)
from flowgraph.ops.random.stateless import stateless_random_normal as stateless_normal
from flowgraph.ops.random.stateless import stateless_random_uniform as stateless_uniform
from flowgraph.variables import generator as experimental
