"""Learning rates that fall like cosines (tf.keras.experimental): those of tf.train, as objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.keras.optimizers.schedules import LearningRateSchedule
from flowgraph.train import learning_rate_decay


class _OfTrain(LearningRateSchedule):
    """A schedule that a function of tf.train computes, of the same arguments."""

    _function: Callable[..., Any]

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        rate, *others = [getattr(self, name) for name in self._arguments]
        return type(self)._function(rate, step, *others)


class CosineDecay(_OfTrain):
    """Half a cosine from the initial learning rate to `alpha` times it (tf.train.cosine_decay)."""

    _arguments = ("initial_learning_rate", "decay_steps", "alpha", "name")
    _function = staticmethod(learning_rate_decay.cosine_decay)

    def __init__(
        self, initial_learning_rate: Any, decay_steps: Any, alpha: float = 0.0,
        name: str | None = None,
    ) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.alpha, self.name = alpha, name


class CosineDecayRestarts(_OfTrain):
    """Cosines one after another (tf.train.cosine_decay_restarts)."""

    _arguments = (
        "initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name",
    )  # fmt: skip
    _function = staticmethod(learning_rate_decay.cosine_decay_restarts)

    def __init__(
        self, initial_learning_rate: Any, first_decay_steps: Any, t_mul: float = 2.0,
        m_mul: float = 1.0, alpha: float = 0.0, name: str | None = None,
    ) -> None:  # fmt: skip
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps, self.t_mul, self.m_mul = first_decay_steps, t_mul, m_mul
        self.alpha, self.name = alpha, name


class LinearCosineDecay(_OfTrain):
    """A line times cosines (tf.train.linear_cosine_decay)."""

    _arguments = ("initial_learning_rate", "decay_steps", "num_periods", "alpha", "beta", "name")
    _function = staticmethod(learning_rate_decay.linear_cosine_decay)

    def __init__(
        self, initial_learning_rate: Any, decay_steps: Any, num_periods: float = 0.5,
        alpha: float = 0.0, beta: float = 0.001, name: str | None = None,
    ) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.num_periods, self.alpha, self.beta, self.name = num_periods, alpha, beta, name


class NoisyLinearCosineDecay(_OfTrain):
    """A noisy line times cosines (tf.train.noisy_linear_cosine_decay)."""

    _arguments = (
        "initial_learning_rate", "decay_steps", "initial_variance", "variance_decay",
        "num_periods", "alpha", "beta", "name",
    )  # fmt: skip
    _function = staticmethod(learning_rate_decay.noisy_linear_cosine_decay)

    def __init__(
        self, initial_learning_rate: Any, decay_steps: Any, initial_variance: float = 1.0,
        variance_decay: float = 0.55, num_periods: float = 0.5, alpha: float = 0.0,
        beta: float = 0.001, name: str | None = None,
    ) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.initial_variance, self.variance_decay = initial_variance, variance_decay
        self.num_periods, self.alpha, self.beta, self.name = num_periods, alpha, beta, name
