"""Evaluating checkpoints: once, or each new one (tf.contrib.slim.evaluation)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import summary, train
from flowgraph.train import evaluation
from flowgraph.train.checkpoint_management import checkpoints_iterator, wait_for_new_checkpoint

__all__ = ["checkpoints_iterator", "evaluate_once", "evaluation_loop", "wait_for_new_checkpoint"]
_USE_DEFAULT = 0


def _hooks(num_evals: int, logdir: str, summary_op: Any, feed_dict: Any, hooks: Any) -> list[Any]:
    if summary_op is _USE_DEFAULT:
        summary_op = summary.merge_all()
    made: list[Any] = [evaluation.StopAfterNEvalsHook(num_evals)]
    if summary_op is not None:
        made.append(
            evaluation.SummaryAtEndHook(log_dir=logdir, summary_op=summary_op, feed_dict=feed_dict)
        )
    return made + list(hooks or [])


def _saver(variables_to_restore: Any) -> Any:
    return None if variables_to_restore is None else train.Saver(variables_to_restore)


def evaluate_once(
    master: str,
    checkpoint_path: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    session_config: Any = None,
    hooks: Any = None,
) -> Any:
    """Restores a checkpoint, runs `eval_op` so many times, and gives the value of `final_op`.

    Args:
      master: the session's target.
      checkpoint_path: the checkpoint.
      logdir: where the summary is written at the end.
      num_evals: how many times `eval_op` is run.
      initial_op: what is run first.
      initial_op_feed_dict: what is fed to it.
      eval_op: what is run, such as the updates of metrics.
      eval_op_feed_dict: what is fed to it.
      final_op: what is computed at the end.
      final_op_feed_dict: what is fed to it.
      summary_op: what makes the summary; all of the graph by default, None: none.
      summary_op_feed_dict: what is fed to it.
      variables_to_restore: the variables; all when None.
      session_config: the session's configuration.
      hooks: further hooks.
    """
    return evaluation.evaluate_once(
        checkpoint_path, master=master,
        scaffold=train.Scaffold(
            init_op=initial_op, init_feed_dict=initial_op_feed_dict,
            saver=_saver(variables_to_restore),
        ),
        eval_ops=eval_op, feed_dict=eval_op_feed_dict, final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict, config=session_config,
        hooks=_hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks),
    )  # fmt: skip


def evaluation_loop(
    master: str,
    checkpoint_dir: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    init_fn: Callable[..., Any] | None = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    eval_interval_secs: float = 60,
    max_number_of_evaluations: int | None = None,
    session_config: Any = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
    hooks: Any = None,
) -> Any:
    """As `evaluate_once`, of each new checkpoint of a directory; gives the last value.

    It ends after `max_number_of_evaluations`, or when no checkpoint comes for `timeout` seconds.
    """
    return evaluation.evaluate_repeatedly(
        checkpoint_dir, master=master,
        scaffold=train.Scaffold(
            init_op=initial_op, init_feed_dict=initial_op_feed_dict, init_fn=init_fn,
            saver=_saver(variables_to_restore),
        ),
        eval_ops=eval_op, feed_dict=eval_op_feed_dict, final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict, eval_interval_secs=eval_interval_secs,
        hooks=_hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks),
        config=session_config, max_number_of_evaluations=max_number_of_evaluations,
        timeout=timeout, timeout_fn=timeout_fn,
    )  # fmt: skip
