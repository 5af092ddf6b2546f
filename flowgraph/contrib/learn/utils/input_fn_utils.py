"""Input functions of served models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import flowgraph as tf


class InputFnOps(NamedTuple):
    """What an input function of a served model gives: features, labels, what is fed by name."""

    features: Any
    labels: Any
    default_inputs: Any


def build_parsing_serving_input_fn(
    feature_spec: Any, default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """An input function that takes serialised tf.Examples.

    Args:
      feature_spec: {name: `FixedLenFeature` or `VarLenFeature`}.
      default_batch_size: how many come at once; any number when None.
    """

    def input_fn() -> InputFnOps:
        examples = tf.placeholder(tf.string, [default_batch_size], name="input_example_tensor")
        features = tf.parse_example(examples, feature_spec)
        return InputFnOps(features, None, {"examples": examples})

    return input_fn


def build_default_serving_input_fn(
    features: Any, default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """An input function that takes the features themselves.

    Args:
      features: {name: tensor}, whose dtypes and shapes are taken.
      default_batch_size: the size of the first axis; any when None.
    """

    def input_fn() -> InputFnOps:
        fed = {}
        for name, tensor in features.items():
            shape = tf.TensorShape([default_batch_size]).concatenate(tensor.get_shape()[1:])
            fed[name] = tf.placeholder(tensor.dtype, shape, name=tensor.op.name)
        return InputFnOps(dict(fed), None, fed)

    return input_fn
