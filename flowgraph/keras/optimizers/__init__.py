"""`tf.keras.optimizers`: update rules whose numbers can be changed while training."""

from typing import Any

from flowgraph.keras.optimizers import schedules
from flowgraph.keras.optimizers.base import Optimizer
from flowgraph.keras.optimizers.native import TFOptimizer
from flowgraph.keras.optimizers.rules import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    Ftrl,
    Nadam,
    RMSprop,
)  # fmt: skip
from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object
from flowgraph.train.optimizer import Optimizer as _TrainOptimizer

OptimizerV2 = Optimizer
sgd, adadelta, adagrad, adam, adamax, nadam, rmsprop, ftrl = (
    SGD, Adadelta, Adagrad, Adam, Adamax, Nadam, RMSprop, Ftrl,
)  # fmt: skip
_ALL = {c.__name__.lower(): c for c in (SGD, Adadelta, Adagrad, Adam, Adamax, Nadam, RMSprop, Ftrl)}


def serialize(optimizer: Any) -> Any:
    """The configuration of an optimizer."""
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The optimizer of a configuration; the case of its name does not count."""
    config = dict(config)
    if config["class_name"].lower() in _ALL:
        config["class_name"] = config["class_name"].lower()
    return deserialize_keras_object(config, _ALL, custom_objects, "optimizer")


def get(identifier: Any) -> Any:
    """The optimizer of a name, configuration or object; one of tf.train's is wrapped.

    Raises:
      ValueError: nobody knows it.
    """
    if isinstance(identifier, (Optimizer, TFOptimizer)):
        return identifier
    if isinstance(identifier, _TrainOptimizer):
        wrapped = TFOptimizer(identifier)
        return wrapped
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": str(identifier), "config": {}})
    if hasattr(identifier, "get_updates"):
        return identifier
    raise ValueError("Could not interpret optimizer identifier:", identifier)


__all__ = [
    "SGD", "Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "Optimizer", "OptimizerV2",
    "RMSprop", "TFOptimizer", "deserialize", "get", "schedules", "serialize",
]  # fmt: skip
