"""Optimizers, learning-rate decays, moving averages and the global step (tf.train)."""

from flowgraph.ops.parsing import messages as _messages
from flowgraph.train.adagrad import AdagradDAOptimizer, ProximalAdagradOptimizer
from flowgraph.train.batching import (
    batch,
    batch_join,
    maybe_batch,
    maybe_batch_join,
    maybe_shuffle_batch,
    maybe_shuffle_batch_join,
    shuffle_batch,
    shuffle_batch_join,
)
from flowgraph.train.coordinator import Coordinator, LooperThread
from flowgraph.train.input import (
    input_producer,
    limit_epochs,
    match_filenames_once,
    range_input_producer,
    slice_input_producer,
    string_input_producer,
)
from flowgraph.train.learning_rate_decay import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    noisy_linear_cosine_decay,
    piecewise_constant,
    piecewise_constant_decay,
    polynomial_decay,
)
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.optimizers import (
    AdadeltaOptimizer,
    AdagradOptimizer,
    AdamOptimizer,
    FtrlOptimizer,
    GradientDescentOptimizer,
    MomentumOptimizer,
    ProximalGradientDescentOptimizer,
    RMSPropOptimizer,
)
from flowgraph.train.queue_runner import QueueRunner, add_queue_runner, start_queue_runners
from flowgraph.train.training_util import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)

__all__ = [
    "Coordinator", "LooperThread", "QueueRunner", "add_queue_runner", "start_queue_runners",
    "batch", "batch_join", "input_producer", "limit_epochs", "maybe_batch", "maybe_batch_join",
    "match_filenames_once",
    "maybe_shuffle_batch", "maybe_shuffle_batch_join", "range_input_producer", "shuffle_batch",
    "shuffle_batch_join", "slice_input_producer", "string_input_producer",
    "AdadeltaOptimizer", "AdagradDAOptimizer", "AdagradOptimizer", "AdamOptimizer",
    "ExponentialMovingAverage", "FtrlOptimizer", "GradientDescentOptimizer", "MomentumOptimizer",
    "Optimizer", "ProximalAdagradOptimizer", "ProximalGradientDescentOptimizer",
    "RMSPropOptimizer", "assert_global_step", "cosine_decay", "cosine_decay_restarts",
    "create_global_step", "exponential_decay", "get_global_step",
    "get_or_create_global_step", "global_step", "inverse_time_decay", "linear_cosine_decay",
    "natural_exp_decay", "noisy_linear_cosine_decay", "piecewise_constant",
    "piecewise_constant_decay", "polynomial_decay",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Example, Feature and the other messages, which are made when they are first asked for."""
    if name in _messages.NAMES:
        return _messages.message(name)
    raise AttributeError(f"module 'flowgraph.train' has no attribute {name!r}")
