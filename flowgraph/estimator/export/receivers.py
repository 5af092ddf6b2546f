"""What a served model is given: receivers of inputs, and the functions that make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.estimator.functions import input_parts

_DEFAULT_NAMES = {
    "feature": "feature", "label": "label", "receiver_tensor": "input",
    "receiver_tensors_alternative": "input",
}  # fmt: skip


def _check(tensor: Any, name: Any, label: str) -> None:
    if not isinstance(tensor, (tf.Tensor, tf.SparseTensor)):
        named = f" {name}" if name is not None else ""
        raise ValueError(f"{label}{named} must be a Tensor or SparseTensor.")


def _wrapped(tensors: Any, label: str, ints: bool = False) -> dict[Any, Any]:
    """Tensors as {name: tensor}; ValueError when a name or a value is something else."""
    if tensors is None:
        raise ValueError(f"{label}s must be defined.")
    if not isinstance(tensors, dict):
        tensors = {_DEFAULT_NAMES[label]: tensors}
    for name, tensor in tensors.items():
        if not isinstance(name, (str, int) if ints else str):
            kinds = "strings or ints" if ints else "strings"
            raise ValueError(f"{label} keys must be {kinds}: {name}.")
        _check(tensor, name, label)
    return tensors


def _alternatives(given: Any) -> Any:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise ValueError(f"receiver_tensors_alternatives must be a dict: {given}.")
    return {
        name: _wrapped(tensors, "receiver_tensors_alternative") for name, tensors in given.items()
    }


class _ServingInputReceiver(NamedTuple):
    features: Any
    receiver_tensors: Any
    receiver_tensors_alternatives: Any


class ServingInputReceiver(_ServingInputReceiver):
    """The features of a served model, and what is fed (tf.estimator.export.ServingInputReceiver).

    Args:
      features: a tensor or {name: tensor}: what the model function gets.
      receiver_tensors: likewise: what a client feeds.
      receiver_tensors_alternatives: {name: other tensors that may be fed}.

    Raises:
      ValueError: a name is no string, or a value no tensor.
    """

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> ServingInputReceiver:
        """A new one, checked."""
        features = _wrapped(features, "feature", ints=True)
        receivers = _wrapped(receiver_tensors, "receiver_tensor")
        return super().__new__(
            cls, features, receivers, _alternatives(receiver_tensors_alternatives)
        )


class TensorServingInputReceiver(_ServingInputReceiver):
    """As `ServingInputReceiver`, of a model whose features are one tensor.

    tf.estimator.export.TensorServingInputReceiver. ValueError as there.
    """

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> TensorServingInputReceiver:
        """A new one, checked."""
        if features is None:
            raise ValueError("features must be defined.")
        _check(features, None, "feature")
        receivers = _wrapped(receiver_tensors, "receiver_tensor")
        return super().__new__(
            cls, features, receivers, _alternatives(receiver_tensors_alternatives)
        )


class UnsupervisedInputReceiver(ServingInputReceiver):
    """As `ServingInputReceiver`, for training without labels."""

    __slots__ = ()

    def __new__(cls, features: Any, receiver_tensors: Any) -> UnsupervisedInputReceiver:
        """A new one, checked."""
        return super().__new__(cls, features, receiver_tensors)


class _SupervisedInputReceiver(NamedTuple):
    features: Any
    labels: Any
    receiver_tensors: Any


class SupervisedInputReceiver(_SupervisedInputReceiver):
    """Features, labels and what is fed, for training and evaluation; ValueError as above."""

    __slots__ = ()

    def __new__(cls, features: Any, labels: Any, receiver_tensors: Any) -> SupervisedInputReceiver:
        """A new one, checked."""
        _wrapped(features, "feature", ints=True)
        _wrapped(labels, "label", ints=True)
        return super().__new__(cls, features, labels, _wrapped(receiver_tensors, "receiver_tensor"))


def build_parsing_serving_input_receiver_fn(
    feature_spec: Any, default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A function that takes serialised tf.Examples and parses them.

    tf.estimator.export.build_parsing_serving_input_receiver_fn.

    Args:
      feature_spec: {name: `FixedLenFeature` or `VarLenFeature`}.
      default_batch_size: how many come at once; any number when None.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        examples = tf.placeholder(tf.string, [default_batch_size], name="input_example_tensor")
        return ServingInputReceiver(
            tf.parse_example(examples, feature_spec), {"examples": examples}
        )

    return serving_input_receiver_fn


def _placeholder(tensor: Any, batch_size: int | None) -> Any:
    shape = tf.TensorShape([batch_size]).concatenate(tensor.get_shape()[1:])
    return tf.placeholder(tensor.dtype, shape, name=tensor.op.name)


def build_raw_serving_input_receiver_fn(
    features: Any, default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A function that takes the features themselves, by placeholders like these tensors.

    tf.estimator.export.build_raw_serving_input_receiver_fn.

    Args:
      features: {name: tensor}.
      default_batch_size: the size of the first axis; any when None.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        fed = {key: _placeholder(t, default_batch_size) for key, t in features.items()}
        return ServingInputReceiver(fed, fed)

    return serving_input_receiver_fn


def build_raw_supervised_input_receiver_fn(
    features: Any, labels: Any, default_batch_size: int | None = None
) -> Callable[[], SupervisedInputReceiver]:
    """As `build_raw_serving_input_receiver_fn`, with labels.

    Raises:
      ValueError: a feature and a label have the same name.
    """

    def by_name(given: Any, default: str) -> dict[str, Any]:
        return given if isinstance(given, dict) else {default: given}

    every, answers = by_name(features, "input"), by_name(labels, "label")
    both = set(every) & set(answers)
    if both:
        raise ValueError(
            f"Features and labels must have distinct keys. Found overlapping keys: {both}"
        )

    def supervised_input_receiver_fn() -> SupervisedInputReceiver:
        fed = {key: _placeholder(t, default_batch_size) for key, t in every.items()}
        told = {key: _placeholder(t, default_batch_size) for key, t in answers.items()}
        return SupervisedInputReceiver(
            fed if isinstance(features, dict) else fed["input"],
            told if isinstance(labels, dict) else told["label"],
            {**fed, **told},
        )

    return supervised_input_receiver_fn


def build_supervised_input_receiver_fn_from_input_fn(
    input_fn: Any, **input_fn_args: Any
) -> Callable[[], SupervisedInputReceiver]:
    """As `build_raw_supervised_input_receiver_fn`, of what an input function gives.

    Args:
      input_fn: a function that gives (features, labels), or a `tf.data.Dataset` of them.
      **input_fn_args: its arguments.
    """
    with tf.Graph().as_default():
        features, labels, _ = input_parts(input_fn(**input_fn_args))
    return build_raw_supervised_input_receiver_fn(features, labels)
