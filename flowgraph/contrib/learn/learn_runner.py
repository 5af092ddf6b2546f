"""`run`: makes an `Experiment` and calls the method that its task asks for."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.contrib.learn.experiment import Experiment
from flowgraph.contrib.learn.run_config import TaskType
from flowgraph.platform import logging

_SCHEDULES = {
    TaskType.MASTER: "train_and_evaluate", TaskType.PS: "run_std_server",
    TaskType.WORKER: "train", TaskType.CHIEF: "train", TaskType.EVALUATOR: "continuous_eval",
}  # fmt: skip


def run(
    experiment_fn: Any, output_dir: Any = None, schedule: str | None = None,
    run_config: Any = None, hparams: Any = None,
) -> Any:  # fmt: skip
    """Makes an experiment and runs it (tf.contrib.learn.learn_runner.run).

    Args:
      experiment_fn: a function of (run_config, hparams), or of `output_dir` where that is given,
        that gives an `Experiment`.
      output_dir: the directory of checkpoints.
      schedule: the experiment's method; by the task of the configuration when None:
        `train_and_evaluate` where there is no cluster.
      run_config: a `RunConfig` with a directory.
      hparams: what the function gets as `hparams`.

    Returns:
      What the method gives.

    Raises:
      ValueError: arguments are missing or given twice, or there is no such method.
      TypeError: the function is not callable, or gives something else.
    """
    if output_dir is not None and run_config is not None:
        raise ValueError(
            "Cannot provide both `output_dir` and `run_config`. If you provide `run_config`, set "
            "its `model_dir`."
        )
    if not callable(experiment_fn):
        raise TypeError(f"Experiment builder {experiment_fn} is not callable.")
    if run_config is not None:
        if not run_config.model_dir:
            raise ValueError("Must specify a model directory `model_dir` in `run_config`.")
        experiment = experiment_fn(run_config=run_config, hparams=hparams)
    else:
        if not output_dir:
            raise ValueError("Must specify an output directory")
        experiment = experiment_fn(output_dir=os.fspath(output_dir))
    if not isinstance(experiment, Experiment):
        raise TypeError(
            f"Experiment builder did not return an Experiment instance, got {type(experiment)} "
            "instead."
        )
    schedule = schedule or _schedule(run_config or experiment.estimator.config)
    method = getattr(experiment, schedule, None)
    if not callable(method):
        raise ValueError(
            f"Schedule references non-existent task {schedule}: an Experiment has no such method."
        )
    logging.debug("Running schedule %s.", schedule)
    return method()


def _schedule(config: Any) -> str:
    """The method that a task calls."""
    if not config.cluster_spec:
        return "train_and_evaluate"
    if config.task_type not in _SCHEDULES:
        raise ValueError(f"No default schedule for task type: {config.task_type}")
    return _SCHEDULES[config.task_type]
