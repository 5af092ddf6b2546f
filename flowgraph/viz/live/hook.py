"""`ProgressHook`: the bar and the curve for `MonitoredTrainingSession` and Estimators."""

from __future__ import annotations

from typing import Any

from flowgraph.core.graph import get_default_graph
from flowgraph.train import training_util
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.viz.live.bar import Progress, progress
from flowgraph.viz.live.curve import LiveCurve


class ProgressHook(SessionRunHook):
    """Shows how far a training is, how fast, and its loss; see `tf.viz.progress`.

    Give it to `tf.train.MonitoredTrainingSession(hooks=[...])` or `Estimator.train(hooks=[...])`.
    The loss is fetched with each step, which has computed it anyway.

    Args:
      total: the global step at which the training ends; None: unknown.
      loss: the loss, a scalar tensor or its name ("loss:0"); None shows none.
      curve: True draws the losses as a curve in a notebook; or a `LiveCurve`.
      description: words before the bar.
      every: seconds from one drawing to the next, at least.

    Raises:
      ValueError: when the training begins: there is no such loss in its graph, or it is no scalar.

    Example:
      >>> import flowgraph as tf
      >>> with tf.Graph().as_default():
      ...     step = tf.train.get_or_create_global_step()
      ...     train, loss = tf.assign_add(step, 1), tf.constant(0.5, name="loss")
      ...     hooks = [tf.viz.ProgressHook(3, loss), tf.train.StopAtStepHook(3)]
      ...     with tf.train.MonitoredTrainingSession(hooks=hooks) as session:
      ...         while not session.should_stop():
      ...             _ = session.run(train)
    """

    def __init__(
        self,
        total: int | None = None,
        loss: Any = None,
        *,
        curve: LiveCurve | bool = False,
        description: str = "training",
        every: float = 0.25,
    ) -> None:
        self._total, self._loss, self._curve = total, loss, curve
        self._description, self._every = description, every
        self._fetched: Any = None
        self._bar: Progress | None = None

    def begin(self) -> None:
        """Looks for the loss."""
        self._close()
        self._fetched = None if self._loss is None else _scalar(self._loss)

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Begins the bar where the training is; after a crash it goes on."""
        if self._bar is not None:
            return
        step = training_util.get_global_step()
        self._bar = progress(
            description=self._description, total=self._total, curve=self._curve,
            start=0 if step is None else int(session.run(step)), every=self._every,
        )  # fmt: skip

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the loss."""
        return None if self._fetched is None else SessionRunArgs(self._fetched)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Moves the bar on."""
        if self._bar is not None:
            self._bar.update(1, run_values.results)

    def end(self, session: Any) -> None:
        """Draws the bar for the last time."""
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _scalar(loss: Any) -> Any:
    """The loss as a tensor of the graph that is trained."""
    graph = get_default_graph()
    if isinstance(loss, str):
        try:
            loss = graph.get_tensor_by_name(loss if ":" in loss else loss + ":0")
        except KeyError as error:
            raise ValueError(f"the graph has no tensor {loss!r} to show as the loss") from error
    if not hasattr(loss, "op") or not hasattr(loss, "shape"):
        raise ValueError(f"the loss must be a tensor or its name, got {loss!r}")
    if loss.graph is not graph:
        raise ValueError(f"the loss {loss.name!r} is of another graph than the one that is trained")
    if loss.shape.rank not in (0, None):
        raise ValueError(f"the loss {loss.name!r} must be a scalar, got shape {loss.shape}")
    return loss
