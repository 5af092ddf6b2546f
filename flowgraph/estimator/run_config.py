"""`RunConfig`: how an Estimator saves, logs and starts its sessions."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

import flowgraph as tf
from flowgraph.estimator.functions import arguments_of
from flowgraph.platform import logging

_UNSET: Any = object()
_SAVE_ERROR = "`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set."


class TaskType:
    """What a task of a cluster does."""

    MASTER = "master"
    PS = "ps"
    WORKER = "worker"
    CHIEF = "chief"
    EVALUATOR = "evaluator"


# What `replace` may change: a check of values other than None, and what is said.
_CHECKS: dict[str, tuple[Any, str]] = {
    "model_dir": (bool, "model_dir should be non-empty"),
    "tf_random_seed": (lambda seed: isinstance(seed, int), "tf_random_seed must be integer."),
    "save_summary_steps": (lambda n: n >= 0, "save_summary_steps should be >= 0"),
    "save_checkpoints_steps": (lambda n: n >= 0, "save_checkpoints_steps should be >= 0"),
    "save_checkpoints_secs": (lambda n: n >= 0, "save_checkpoints_secs should be >= 0"),
    "session_config": (
        lambda config: isinstance(config, tf.ConfigProto),
        "session_config must be instance of ConfigProto",
    ),
    "keep_checkpoint_max": (lambda n: n >= 0, "keep_checkpoint_max should be >= 0"),
    "keep_checkpoint_every_n_hours": (
        lambda n: n > 0, "keep_checkpoint_every_n_hours should be > 0",
    ),
    "log_step_count_steps": (lambda n: n > 0, "log_step_count_steps should be > 0"),
    "train_distribute": (lambda given: True, ""),
    "device_fn": (
        lambda given: callable(given) and arguments_of(given) == ("op",),
        'device_fn must be callable with exactly one argument "op".',
    ),
    "protocol": (
        lambda name: name in ("grpc", "grpc+verbs"), "protocol should be grpc or grpc+verbs",
    ),
    "eval_distribute": (lambda given: True, ""),
    "experimental_distribute": (lambda given: True, ""),
    "experimental_max_worker_delay_secs": (
        lambda n: isinstance(n, int),
        "experimental_max_worker_delay_secs must be an integer if set.",
    ),
    "session_creation_timeout_secs": (
        lambda n: n > 0, "session_creation_timeout_secs should be > 0",
    ),
}  # fmt: skip


class RunConfig:
    """How an Estimator runs (tf.estimator.RunConfig).

    There is one machine: clusters are known by TF_CONFIG alone, and a distribution strategy is
    accepted and trains on the one CPU.

    Args:
      model_dir: the directory of checkpoints and summaries.
      tf_random_seed: the graphs' random seed.
      save_summary_steps: how many steps from one summary to the next.
      save_checkpoints_steps: how many steps from one checkpoint to the next.
      save_checkpoints_secs: how many seconds, instead; 600 when neither is given.
      session_config: a `tf.ConfigProto`.
      keep_checkpoint_max: how many checkpoints are kept; all when 0.
      keep_checkpoint_every_n_hours: one is kept for good every so many hours.
      log_step_count_steps: how many steps from one line of the log to the next.
      train_distribute, eval_distribute, experimental_distribute: distribution strategies.
      device_fn: gives an operation's device.
      protocol, experimental_max_worker_delay_secs: of clusters.
      session_creation_timeout_secs: how long a worker waits for its session.

    Raises:
      ValueError: an argument is out of range, or both intervals are given.
    """

    def __init__(
        self, model_dir: Any = None, tf_random_seed: int | None = None,
        save_summary_steps: int | None = 100, save_checkpoints_steps: Any = _UNSET,
        save_checkpoints_secs: Any = _UNSET, session_config: Any = None,
        keep_checkpoint_max: int | None = 5, keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int | None = 100, train_distribute: Any = None,
        device_fn: Any = None, protocol: str | None = None, eval_distribute: Any = None,
        experimental_distribute: Any = None, experimental_max_worker_delay_secs: Any = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:  # fmt: skip
        given = dict(locals())
        steps, secs = save_checkpoints_steps, save_checkpoints_secs
        if steps is _UNSET and secs is _UNSET:
            steps, secs = None, 600
        steps, secs = (None if n is _UNSET else n for n in (steps, secs))
        if steps is not None and secs is not None:
            raise ValueError(_SAVE_ERROR)
        task = json.loads(os.environ.get("TF_CONFIG", "{}") or "{}")
        if task:
            logging.info("TF_CONFIG environment variable: %s", task)
        for name in _CHECKS:
            setattr(self, f"_{name}", given[name])
        self._save_checkpoints_steps, self._save_checkpoints_secs = steps, secs
        self._model_dir = _directory(task, model_dir)
        _check_all(self)
        self._read_task(task)

    def _read_task(self, told: dict[str, Any]) -> None:
        """Which task of which cluster this is, from TF_CONFIG."""
        self._service = told.get("service")
        jobs, task = told.get("cluster", {}), told.get("task", {})
        if self._service is not None and not isinstance(self._service, dict):
            raise TypeError(
                f'If "service" is set in TF_CONFIG, it must be a dict. Given {self._service}'
            )
        self._cluster_spec = tf.train.ClusterSpec(jobs)
        self._task_type = task.get("type", TaskType.WORKER)
        self._task_id = int(task.get("index", 0))
        self._global_id_in_cluster: int | None = 0
        self._is_chief, self._num_ps_replicas, self._num_worker_replicas = True, 0, 1
        self._evaluation_master = told.get("eval_session_master", "")
        self._master = told.get("session_master", "")
        if not jobs:
            if self._task_type != TaskType.WORKER:
                raise ValueError('If "cluster" is not set in TF_CONFIG, task type must be WORKER.')
            if self._task_id != 0:
                raise ValueError('If "cluster" is not set in TF_CONFIG, task index must be 0.')
            return
        chief = TaskType.MASTER if TaskType.MASTER in jobs else TaskType.CHIEF
        _check_task(self._cluster_spec, task, chief)
        if self._task_type == TaskType.EVALUATOR:
            self._cluster_spec = tf.train.ClusterSpec({})
            self._is_chief, self._num_worker_replicas = False, 0
            self._master, self._global_id_in_cluster = "", None
            return
        self._is_chief = self._task_type == chief
        counts = {job: self._cluster_spec.num_tasks(job) for job in self._cluster_spec.jobs}
        self._num_ps_replicas = counts.get(TaskType.PS, 0)
        self._num_worker_replicas = counts.get(TaskType.WORKER, 0) + counts[chief]
        rest = sorted(job for job in counts if job not in (chief, TaskType.PS))
        order = [chief, *rest, TaskType.PS]
        before = order[: order.index(self._task_type)]
        self._global_id_in_cluster = sum(counts[job] for job in before) + self._task_id
        if "session_master" not in told:
            self._master = self._address(counts)

    def _address(self, counts: dict[str, int]) -> str:
        """The target of sessions: the task's own server; none where it is the only task."""
        if sum(counts.values()) == 1:
            return ""
        tasks = self._cluster_spec.job_tasks(self._task_type)
        return f"{self._protocol or 'grpc'}://{tasks[self._task_id]}"

    def replace(self, **kwargs: Any) -> RunConfig:
        """A copy with other values; ValueError for what cannot be replaced."""
        return self._replaced(**kwargs)

    def _replaced(self, **kwargs: Any) -> Any:
        made = copy.copy(self)
        for key, value in kwargs.items():
            if key not in _CHECKS:
                raise ValueError(
                    f"Replacing {key} is not supported. Allowed properties are {list(_CHECKS)}."
                )
            setattr(made, f"_{key}", value)
        steps, secs = kwargs.get("save_checkpoints_steps"), kwargs.get("save_checkpoints_secs")
        if steps is not None and secs is not None:
            raise ValueError(_SAVE_ERROR)
        if steps is not None:
            made._save_checkpoints_secs = None
        elif secs is not None:
            made._save_checkpoints_steps = None
        _check_all(made)
        return made


def _directory(task: dict[str, Any], given: Any) -> str | None:
    given = tf.compat.path_to_str(given)
    told = task.get("model_dir")
    if given == "":
        raise ValueError("model_dir should be non-empty.")
    if told == "":
        raise ValueError("model_dir in TF_CONFIG should be non-empty.")
    if told and given and told != given:
        raise ValueError(
            "`model_dir` provided in RunConfig construct, if set, must have the same value as the "
            f'model_dir in TF_CONFIG. model_dir: {given}\nTF_CONFIG["model_dir"]: {told}.\n'
        )
    return given or told


def _check_task(cluster: Any, task: dict[str, Any], chief: str) -> None:
    """Raises ValueError when a task is none of its cluster, or there is not one chief."""
    kind, jobs = task.get("type"), cluster.jobs
    if chief not in jobs:
        raise ValueError(f'If "cluster" is set in TF_CONFIG, it must have one "{chief}" node.')
    if cluster.num_tasks(chief) > 1:
        raise ValueError(f'The "cluster" in TF_CONFIG must have only one "{chief}" node.')
    if chief == TaskType.MASTER and TaskType.CHIEF in jobs:
        raise ValueError("If `master` node exists in `cluster`, job `chief` is not supported.")
    if not kind:
        raise ValueError('If "cluster" is set in TF_CONFIG, task type must be set.')
    if task.get("index") is None:
        raise ValueError('If "cluster" is set in TF_CONFIG, task index must be set.')
    index = int(task["index"])
    if index < 0:
        raise ValueError("Task index must be non-negative number.")
    if kind == TaskType.EVALUATOR:
        if chief == TaskType.MASTER:
            raise ValueError(
                "If `master` node exists in `cluster`, task_type `evaluator` is not supported."
            )
        return
    if kind not in jobs:
        raise ValueError(
            f"{kind} is not a valid task_type in the cluster_spec:\n{cluster}\n\nNote that these "
            "values may be coming from the TF_CONFIG environment variable."
        )
    if index >= cluster.num_tasks(kind):
        raise ValueError(
            f"{index} is not a valid task_id for task_type {kind} in the cluster_spec:\n{cluster}"
            "\n\nNote that these values may be coming from the TF_CONFIG environment variable."
        )


def _check_all(config: Any) -> None:
    for name, (check, message) in _CHECKS.items():
        value = getattr(config, f"_{name}")
        if value is not None and not check(value):
            raise ValueError(message)


def _property(name: str, words: str) -> property:
    return property(lambda self: getattr(self, f"_{name}"), doc=words)


for _name in _CHECKS:
    setattr(RunConfig, _name, _property(_name, f"The argument `{_name}`."))
for _name, _words in (
    ("cluster_spec", "The cluster that TF_CONFIG tells of."),
    ("evaluation_master", "The target of sessions that evaluate."),
    ("is_chief", "Whether this task starts the model and saves it."),
    ("master", "The target of sessions that train."),
    ("num_ps_replicas", "How many parameter servers the cluster has."),
    ("num_worker_replicas", "How many workers the cluster has."),
    ("task_id", "The number of this task."),
    ("task_type", "What this task does."),
    ("global_id_in_cluster", "The number of this task among all."),
    ("service", "What TF_CONFIG tells of a service."),
):
    setattr(RunConfig, _name, _property(_name, _words))
