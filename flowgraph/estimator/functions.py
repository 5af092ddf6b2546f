"""What functions of the user are asked and given: their arguments and their results."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.platform import logging

_MODEL_FN_ARGUMENTS = {"features", "labels", "mode", "params", "self", "config"}


def arguments_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's arguments, without `self` and without `*args`."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.items()
    bound = getattr(function, "keywords", {})  # of a functools.partial
    return tuple(name for name, p in parameters if p.kind not in kinds and name not in bound)


def check_model_fn(model_fn: Callable[..., Any], params: Any) -> None:
    """Raises ValueError when a model function has not the arguments that it needs, or others."""
    names = set(arguments_of(model_fn))
    if "features" not in names:
        raise ValueError(f"model_fn ({model_fn}) must include features argument.")
    if params is not None and "params" not in names:
        raise ValueError(
            f"model_fn ({model_fn}) does not include params argument, but params ({params}) is "
            "passed to Estimator."
        )
    if params is None and "params" in names:
        logging.warning(
            "Estimator's model_fn (%s) includes params argument, but params are not passed to "
            "Estimator.", model_fn,
        )  # fmt: skip
    others = list(names - _MODEL_FN_ARGUMENTS)
    if others:
        raise ValueError(f"model_fn ({model_fn}) has following not expected args: {others}")


class DatasetInitializerHook(tf.train.SessionRunHook):
    """Starts a dataset's iterator when the session is there."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def begin(self) -> None:
        """Takes the operation, before the graph is finalised."""
        self._initializer = self._iterator.initializer

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Runs it."""
        session.run(self._initializer)


def input_parts(result: Any) -> tuple[Any, Any, list[Any]]:
    """(features, labels or None, hooks) of what an input function gave.

    Args:
      result: features, (features, labels), or a `tf.data.Dataset` of one of these.

    Raises:
      ValueError: it is a tuple of another length.
    """
    hooks = []
    if isinstance(result, tf.data.Dataset):
        iterator = tf.data.make_initializable_iterator(result)
        hooks.append(DatasetInitializerHook(iterator))
        result = iterator.get_next()
    if not isinstance(result, (list, tuple)):
        return result, None, hooks
    if len(result) != 2:
        raise ValueError("input_fn should return (features, labels) as a len 2 tuple.")
    return result[0], result[1], hooks


def checked_hooks(hooks: Any) -> list[Any]:
    """Hooks as a list; TypeError when one is none."""
    hooks = list(hooks or [])
    for hook in hooks:
        if not isinstance(hook, tf.train.SessionRunHook):
            raise TypeError(f"Hooks must be a SessionRunHook, given: {hook}")
    return hooks


def checked_listeners(listeners: Any) -> list[Any]:
    """Listeners as a list; TypeError when one is none."""
    listeners = list(listeners or [])
    for listener in listeners:
        if not isinstance(listener, tf.train.CheckpointSaverListener):
            raise TypeError(
                f"saving_listeners must be a list of CheckpointSaverListener, given: {listener}"
            )
    return listeners
