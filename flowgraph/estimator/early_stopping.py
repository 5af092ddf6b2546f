"""Hooks that stop training by what evaluations gave, or evaluate while training goes on."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.estimator import results
from flowgraph.estimator.estimator import Estimator
from flowgraph.platform import logging
from flowgraph.train import evaluation


class _StopOnPredicateHook(tf.train.SessionRunHook):
    """Stops when a function says so, which is asked every so many steps or seconds."""

    def __init__(self, should_stop_fn: Any, every_secs: Any, every_steps: Any) -> None:
        if not callable(should_stop_fn):
            raise TypeError("`should_stop_fn` must be callable.")
        self._should_stop_fn = should_stop_fn
        self._timer = tf.train.SecondOrStepTimer(every_secs=every_secs, every_steps=every_steps)

    def begin(self) -> None:
        self._step = tf.train.get_global_step()

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(self._step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        step = run_values.results
        if not self._timer.should_trigger_for_step(step):
            return
        self._timer.update_last_triggered_step(step)
        if self._should_stop_fn():
            logging.info("Requesting early stopping at global step %d", step)
            run_context.request_stop()


def make_early_stopping_hook(
    estimator: Any, should_stop_fn: Callable[[], bool], run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:  # fmt: skip
    """A hook that stops training when a function gives True.

    tf.estimator.experimental.make_early_stopping_hook.

    Args:
      estimator: the Estimator that is trained.
      should_stop_fn: the function.
      run_every_secs: how many seconds from one call to the next.
      run_every_steps: how many steps, instead.

    Raises:
      TypeError: the Estimator is none, or the function is not callable.
      ValueError: both intervals are given.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(
            f"`estimator` must have type `tf.estimator.Estimator`. Got: {type(estimator)}"
        )
    if run_every_secs is not None and run_every_steps is not None:
        raise ValueError("Only one of `run_every_secs` and `run_every_steps` must be set.")
    return _StopOnPredicateHook(should_stop_fn, run_every_secs, run_every_steps)


def read_eval_metrics(eval_dir: str) -> dict[int, dict[str, float]]:
    """{global step: {name: value}} of the evaluations of a directory, by rising step."""
    found: dict[int, dict[str, float]] = {}
    files = (
        tf.gfile.Glob(os.path.join(eval_dir, "*.tfevents.*")) if tf.gfile.Exists(eval_dir) else []
    )
    for file in files:
        for event in tf.train.summary_iterator(file):
            values = {
                value.tag: value.simple_value
                for value in event.summary.value
                if value.WhichOneof("value") == "simple_value"
            }
            if values:
                found.setdefault(event.step, {}).update(values)
    return dict(sorted(found.items()))


def _threshold_hook(
    higher: bool, estimator: Any, metric_name: str, threshold: float, eval_dir: Any,
    min_steps: int, run_every_secs: Any, run_every_steps: Any,
) -> Any:  # fmt: skip
    better = operator.gt if higher else operator.lt

    def reached() -> bool:
        for step, metrics in read_eval_metrics(eval_dir or estimator.eval_dir()).items():
            if step >= min_steps and better(metrics[metric_name], threshold):
                logging.info(
                    'At step %s, metric "%s" has value %s which is %s the configured threshold '
                    "(%s) for early stopping.", step, metric_name, metrics[metric_name],
                    "greater than" if higher else "less than", threshold,
                )  # fmt: skip
                return True
        return False

    return make_early_stopping_hook(estimator, reached, run_every_secs, run_every_steps)


def _patience_hook(
    higher: bool, estimator: Any, metric_name: str, most: int, eval_dir: Any, min_steps: int,
    run_every_secs: Any, run_every_steps: Any,
) -> Any:  # fmt: skip
    better = operator.gt if higher else operator.lt

    def waited() -> bool:
        best: tuple[float, int] | None = None
        for step, metrics in read_eval_metrics(eval_dir or estimator.eval_dir()).items():
            if step < min_steps:
                continue
            value = metrics[metric_name]
            if best is None or better(value, best[0]):
                best = value, step
            if step - best[1] >= most:
                logging.info(
                    'No %s in metric "%s" for %s steps, which is greater than or equal to max '
                    "steps (%s) configured for early stopping.",
                    "increase" if higher else "decrease", metric_name, step - best[1], most,
                )  # fmt: skip
                return True
        return False

    return make_early_stopping_hook(estimator, waited, run_every_secs, run_every_steps)


def stop_if_higher_hook(
    estimator: Any, metric_name: str, threshold: float, eval_dir: Any = None, min_steps: int = 0,
    run_every_secs: Any = 60, run_every_steps: Any = None,
) -> Any:  # fmt: skip
    """A hook that stops when a metric of an evaluation is above a threshold.

    Args:
      estimator: the Estimator that is trained.
      metric_name: the metric.
      threshold: the threshold.
      eval_dir: the evaluations' directory; that of the Estimator when None.
      min_steps: evaluations of earlier steps do not count.
      run_every_secs, run_every_steps: how often it looks.
    """
    return _threshold_hook(
        True, estimator, metric_name, threshold, eval_dir, min_steps, run_every_secs,
        run_every_steps,
    )  # fmt: skip


def stop_if_lower_hook(
    estimator: Any, metric_name: str, threshold: float, eval_dir: Any = None, min_steps: int = 0,
    run_every_secs: Any = 60, run_every_steps: Any = None,
) -> Any:  # fmt: skip
    """As `stop_if_higher_hook`, when it is below."""
    return _threshold_hook(
        False, estimator, metric_name, threshold, eval_dir, min_steps, run_every_secs,
        run_every_steps,
    )  # fmt: skip


def stop_if_no_increase_hook(
    estimator: Any, metric_name: str, max_steps_without_increase: int, eval_dir: Any = None,
    min_steps: int = 0, run_every_secs: Any = 60, run_every_steps: Any = None,
) -> Any:  # fmt: skip
    """As `stop_if_higher_hook`, when the metric has not risen for so many steps."""
    return _patience_hook(
        True, estimator, metric_name, max_steps_without_increase, eval_dir, min_steps,
        run_every_secs, run_every_steps,
    )  # fmt: skip


def stop_if_no_decrease_hook(
    estimator: Any, metric_name: str, max_steps_without_decrease: int, eval_dir: Any = None,
    min_steps: int = 0, run_every_secs: Any = 60, run_every_steps: Any = None,
) -> Any:  # fmt: skip
    """As `stop_if_higher_hook`, when the metric has not fallen for so many steps."""
    return _patience_hook(
        False, estimator, metric_name, max_steps_without_decrease, eval_dir, min_steps,
        run_every_secs, run_every_steps,
    )  # fmt: skip


def make_stop_at_checkpoint_step_hook(
    estimator: Any, last_step: int, wait_after_file_check_secs: float = 30
) -> Any:
    """A hook that stops at a global step.

    Args:
      estimator: the Estimator that is trained.
      last_step: the step.
      wait_after_file_check_secs: accepted: the chief does not wait for its own checkpoint.
    """
    return tf.train.StopAtStepHook(last_step=last_step)


class InMemoryEvaluatorHook(tf.train.SessionRunHook):
    """Evaluates the model while it trains, without checkpoints.

    tf.estimator.experimental.InMemoryEvaluatorHook.

    Args:
      estimator: the Estimator that is trained.
      input_fn, steps, hooks, name: of `evaluate`.
      every_n_iter: how many runs from one evaluation to the next.

    Raises:
      ValueError: that is not positive.
      TypeError: the Estimator is none.
    """

    def __init__(
        self, estimator: Any, input_fn: Any, steps: int | None = None, hooks: Any = None,
        name: str | None = None, every_n_iter: int = 100,
    ) -> None:  # fmt: skip
        if every_n_iter is None or every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if not isinstance(estimator, Estimator):
            raise TypeError(f"`estimator` must have type `Estimator`. Got: {type(estimator)}")
        self._estimator, self._input_fn, self._steps = estimator, input_fn, steps
        self._hooks, self._name = list(hooks or []), name
        self._timer = tf.train.SecondOrStepTimer(every_steps=every_n_iter)
        self._count = 0

    def begin(self) -> None:
        """Builds the graph of the evaluation."""
        self._timer.reset()
        self._count = 0
        self._variables = {v.op.name: v for v in tf.global_variables()}
        self._graph = tf.Graph()
        hooks = list(self._hooks)
        if self._steps is not None:
            hooks.append(evaluation.StopAfterNEvalsHook(num_evals=self._steps))
        with self._graph.as_default():
            scaffold, self._update, self._values, self._every = self._estimator._evaluation(
                self._input_fn, hooks, None
            )
            self._fed = {
                v.op.name: tf.placeholder(v.dtype.base_dtype, v.get_shape())
                for v in tf.global_variables()
                if v.op.name in self._variables
            }
            assigned = [
                tf.assign(v, self._fed[v.op.name])
                for v in tf.global_variables()
                if v.op.name in self._fed
            ]
            start = tf.group(tf.global_variables_initializer())
            with tf.control_dependencies([start]):
                start = tf.group(start, *assigned)
            self._scaffold_of = lambda feed: tf.train.Scaffold(
                init_op=start, init_feed_dict=feed, copy_from_scaffold=scaffold
            )

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Evaluates the model from which training starts."""
        self._evaluate(session)

    def before_run(self, run_context: Any) -> Any:
        """Counts the runs."""
        self._count += 1

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Evaluates, when it is time."""
        if self._timer.should_trigger_for_step(self._count):
            self._evaluate(run_context.session)

    def end(self, session: Any) -> None:
        """Evaluates the model at the end."""
        self._evaluate(session)

    def _evaluate(self, session: Any) -> None:
        self._timer.update_last_triggered_step(self._count)
        values = session.run({name: self._variables[name] for name in self._fed})
        feed = {self._fed[name]: value for name, value in values.items()}
        with self._graph.as_default():
            found = evaluation.evaluate_once(
                None, scaffold=self._scaffold_of(feed), eval_ops=self._update,
                final_ops=self._values, hooks=self._every,
            )  # fmt: skip
            results.write(
                self._estimator.eval_dir(self._name), found, found[tf.GraphKeys.GLOBAL_STEP], None
            )
