"""`RunConfig` of tf.contrib.learn."""

from __future__ import annotations

import hashlib
from typing import Any

import flowgraph as tf
from flowgraph.estimator.run_config import RunConfig as _RunConfig
from flowgraph.estimator.run_config import TaskType

_UNSET: Any = object()
# What `uid` passes over: where and how a model runs, not what it computes.
_DEFAULT_UID_WHITE_LIST = [
    "tf_random_seed", "save_summary_steps", "save_checkpoints_steps", "save_checkpoints_secs",
    "session_config", "keep_checkpoint_max", "keep_checkpoint_every_n_hours",
    "log_step_count_steps",
]  # fmt: skip


class Environment:
    """Where a task runs."""

    CLOUD = "cloud"
    GOOGLE = "google"
    LOCAL = "local"


class RunConfig(_RunConfig):
    """How an Estimator runs (tf.contrib.learn.RunConfig).

    Args:
      master: the sessions' target.
      num_cores: how many cores a session uses; all when 0.
      log_device_placement: whether devices are logged.
      gpu_memory_fraction: accepted.
      evaluation_master: the target of sessions that evaluate.
      others: see `tf.estimator.RunConfig`.
    """

    def __init__(
        self, master: str | None = None, num_cores: int = 0, log_device_placement: bool = False,
        gpu_memory_fraction: float = 1, tf_random_seed: int | None = None,
        save_summary_steps: int = 100, save_checkpoints_secs: Any = _UNSET,
        save_checkpoints_steps: Any = None, keep_checkpoint_max: int = 5,
        keep_checkpoint_every_n_hours: float = 10000, log_step_count_steps: int = 100,
        protocol: str | None = None, evaluation_master: str = "", model_dir: Any = None,
        session_config: Any = None, session_creation_timeout_secs: float = 7200,
    ) -> None:  # fmt: skip
        secs = save_checkpoints_secs
        if secs is _UNSET:
            secs = 600 if save_checkpoints_steps is None else None
        super().__init__(
            model_dir=model_dir, tf_random_seed=tf_random_seed,
            save_summary_steps=save_summary_steps, save_checkpoints_steps=save_checkpoints_steps,
            save_checkpoints_secs=secs, session_config=session_config,
            keep_checkpoint_max=keep_checkpoint_max,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            log_step_count_steps=log_step_count_steps, protocol=protocol,
            session_creation_timeout_secs=session_creation_timeout_secs,
        )  # fmt: skip
        self._tf_config = tf.ConfigProto(
            inter_op_parallelism_threads=num_cores, intra_op_parallelism_threads=num_cores,
            log_device_placement=log_device_placement,
        )  # fmt: skip
        self._master = master or self._master
        self._evaluation_master = evaluation_master or self._evaluation_master
        self._environment = Environment.LOCAL

    @property
    def environment(self) -> str:
        """Where the task runs."""
        return self._environment

    @property
    def tf_config(self) -> Any:
        """The sessions' configuration."""
        return self._tf_config

    def uid(self, whitelist: Any = None) -> str:
        """A number of the configuration, without the properties of a list."""
        left_out = _DEFAULT_UID_WHITE_LIST if whitelist is None else whitelist
        names = sorted(name.lstrip("_") for name in vars(self))
        told = [f"{n}={getattr(self, '_' + n)}" for n in names if n not in left_out]
        return hashlib.md5(", ".join(told).encode()).hexdigest()


__all__ = ["Environment", "RunConfig", "TaskType"]
