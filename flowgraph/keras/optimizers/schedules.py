"""`tf.keras.optimizers.schedules`: learning rates as functions of the step."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object


class LearningRateSchedule:
    """Base class: `__call__(step)` gives the learning rate; `get_config` its arguments."""

    _arguments: tuple[str, ...] = ()

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        raise NotImplementedError("Learning rate schedule must override __call__")

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {name: getattr(self, name) for name in self._arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Makes the schedule that `get_config` described."""
        return cls(**config)


def _ratio(step: Any, steps: Any, dtype: Any) -> Any:
    return tf.cast(step, dtype) / tf.cast(steps, dtype)


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ^ (step / decay_steps)."""

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self, initial_learning_rate: Any, decay_steps: Any, decay_rate: Any,
        staircase: bool = False, name: str | None = None,
    ) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        with tf.name_scope(self.name or "ExponentialDecay"):
            start = tf.convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            p = _ratio(step, self.decay_steps, start.dtype)
            p = tf.floor(p) if self.staircase else p
            return start * tf.pow(tf.cast(self.decay_rate, start.dtype), p)


class InverseTimeDecay(ExponentialDecay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps)."""

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        with tf.name_scope(self.name or "InverseTimeDecay"):
            start = tf.convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            p = _ratio(step, self.decay_steps, start.dtype)
            p = tf.floor(p) if self.staircase else p
            return start / (1 + tf.cast(self.decay_rate, start.dtype) * p)


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[i] up to boundaries[i], the last value beyond."""

    _arguments = ("boundaries", "values", "name")

    def __init__(self, boundaries: Any, values: Any, name: str | None = None) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError("The length of boundaries should be 1 less than the length of values")
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        with tf.name_scope(self.name or "PiecewiseConstant"):
            step = tf.convert_to_tensor(step)
            rate = tf.convert_to_tensor(self.values[-1])
            for limit, value in reversed(list(zip(self.boundaries, self.values, strict=False))):
                rate = tf.where(
                    step <= tf.cast(limit, step.dtype), tf.cast(value, rate.dtype), rate
                )
            return rate


class PolynomialDecay(LearningRateSchedule):
    """(initial - end) * (1 - step / decay_steps) ^ power + end."""

    _arguments = (
        "initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name",
    )  # fmt: skip

    def __init__(
        self, initial_learning_rate: Any, decay_steps: Any, end_learning_rate: Any = 0.0001,
        power: Any = 1.0, cycle: bool = False, name: str | None = None,
    ) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power = end_learning_rate, power
        self.cycle, self.name = cycle, name

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        with tf.name_scope(self.name or "PolynomialDecay"):
            start = tf.convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            end = tf.cast(self.end_learning_rate, start.dtype)
            step, steps = tf.cast(step, start.dtype), tf.cast(self.decay_steps, start.dtype)
            if self.cycle:
                rounds = tf.where(tf.equal(step, 0), tf.ones_like(step), tf.ceil(step / steps))
                steps = steps * rounds
            else:
                step = tf.minimum(step, steps)
            return (start - end) * tf.pow(1 - step / steps, tf.cast(self.power, start.dtype)) + end


def serialize(schedule: Any) -> Any:
    """The configuration of a schedule."""
    return serialize_keras_object(schedule)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The schedule of a configuration."""
    return deserialize_keras_object(config, globals(), custom_objects, "decay")
