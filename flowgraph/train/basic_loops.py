"""A loop of training under a supervisor: tf.train.basic_train_loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flowgraph.core import errors


def basic_train_loop(
    supervisor: Any,
    train_step_fn: Callable[..., Any],
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    master: str = "",
) -> None:
    """Calls `train_step_fn(session, *args, **kwargs)` until the supervisor should stop.

    tf.train.basic_train_loop.

    Args:
      supervisor: a `tf.train.Supervisor`.
      train_step_fn: makes a step.
      args: more arguments of it.
      kwargs: arguments of it by name.
      master: the session's target.
    """
    again = True
    while again:
        again = False
        try:
            with supervisor.managed_session(master) as session:
                while not supervisor.should_stop():
                    train_step_fn(session, *(args or ()), **(kwargs or {}))
        except errors.AbortedError:  # a server was started anew
            again = True
