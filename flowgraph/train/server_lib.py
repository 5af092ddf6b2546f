"""Clusters and servers (tf.train): there is one process here, which takes every part itself."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Mapping
from typing import Any

from flowgraph.core import errors
from flowgraph.graph_io import protos
from flowgraph.runtime import servers

_ports = itertools.count(40000)  # of addresses that leave it open; nothing listens there


class ClusterSpec:
    """Which jobs there are, and the addresses of their tasks (tf.train.ClusterSpec).

    Args:
      cluster: {job: list of addresses, or {number: address}}, a ClusterDef or another ClusterSpec.

    Raises:
      TypeError: it is of another kind.
    """

    def __init__(self, cluster: Any) -> None:
        if isinstance(cluster, Mapping):
            self._tasks = {job: _numbered(job, tasks) for job, tasks in cluster.items()}
        elif isinstance(cluster, protos.ClusterDef):
            self._tasks = {job.name: dict(job.tasks) for job in cluster.job}
        elif isinstance(cluster, ClusterSpec):
            self._tasks = {job: dict(tasks) for job, tasks in cluster._tasks.items()}
        else:
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network "
                "addresses, or a `ClusterDef` protocol buffer"
            )
        self._cluster_def = self._make_cluster_def()

    def _make_cluster_def(self) -> Any:
        made = protos.ClusterDef()
        for name in sorted(self._tasks, key=str):
            if not isinstance(name, (str, bytes)):
                raise TypeError(f"Job name {name!r} must be bytes or unicode")
            job = made.job.add(name=name)
            for number, address in sorted(self._tasks[name].items()):
                if not isinstance(address, (str, bytes)):
                    raise TypeError(f"Task address {address!r} must be bytes or unicode")
                job.tasks[number] = os.fsdecode(address)
        return made

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def __eq__(self, other: object) -> bool:
        return self._tasks == (other._tasks if isinstance(other, ClusterSpec) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        jobs = self.as_dict()
        return f"ClusterSpec({{{', '.join(f'{k!r}: {jobs[k]!r}' for k in sorted(jobs))}}})"

    def as_dict(self) -> dict[str, Any]:
        """{job: addresses}, a list where the numbers have no gaps."""
        found: dict[str, Any] = {}
        for job, tasks in self._tasks.items():
            numbers = sorted(tasks)
            dense = bool(numbers) and numbers == list(range(len(numbers)))
            found[job] = self.job_tasks(job) if dense else {i: tasks[i] for i in numbers}
        return found

    def as_cluster_def(self) -> Any:
        """The ClusterDef."""
        return self._cluster_def

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._tasks)

    def _job(self, job_name: str) -> dict[int, str]:
        try:
            return self._tasks[job_name]
        except KeyError:
            raise ValueError(f"No such job in cluster: {job_name!r}") from None

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has; ValueError when there is no such job."""
        return len(self._job(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """The numbers of a job's tasks."""
        return sorted(self._job(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """A task's address; ValueError when there is no such task."""
        try:
            return self._job(job_name)[task_index]
        except KeyError:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}") from None

    def job_tasks(self, job_name: str) -> list[str | None]:
        """The addresses of a job's tasks by number, None where there is a gap."""
        job = self._job(job_name)
        return [job.get(i) for i in range(max(job) + 1)]


def _numbered(job: Any, tasks: Any) -> dict[int, str]:
    if isinstance(tasks, (list, tuple)):
        return dict(enumerate(tasks))
    if isinstance(tasks, Mapping):
        return dict(tasks)
    raise TypeError(
        f"The tasks for job {job!r} must be a list or a dictionary from integers to strings."
    )


class Server:
    """A server of a cluster (tf.train.Server): this very process, whichever task it is.

    Sessions with its `target` run here. A parameter server has nothing to do: `join` returns, with
    a warning, when the process is told that it is one.

    Args:
      server_or_cluster_def: a ServerDef, or what `ClusterSpec` takes.
      job_name: this process's job.
      task_index: its number.
      protocol: accepted; "grpc" by default.
      config: a `ConfigProto`, accepted.
      start: whether it starts now.

    Raises:
      TypeError: there is no cluster in the argument.
      ValueError: the job or the task has to be named.
      InternalError: the cluster has no such job.
      InvalidArgumentError: the job has no such task.
    """

    def __init__(
        self,
        server_or_cluster_def: Any,
        job_name: str | None = None,
        task_index: int | None = None,
        protocol: str | None = None,
        config: Any = None,
        start: bool = True,
    ) -> None:
        self._config = config
        self._server_def = _server_def(server_or_cluster_def, job_name, task_index, protocol)
        self._port = next(_ports)
        if start:
            self.start()

    def start(self) -> None:
        """Starts it: the sessions of its target share their state from now on."""
        servers.start(self.target)

    def join(self) -> None:
        """Waits for the end of the server, which has none: until the process is stopped."""
        threading.Event().wait()

    @property
    def server_def(self) -> Any:
        """The ServerDef."""
        return self._server_def

    @property
    def target(self) -> str:
        """What `tf.Session` is given to run here."""
        name, index = self._server_def.job_name, self._server_def.task_index
        tasks = {job.name: job.tasks for job in self._server_def.cluster.job}
        if name not in tasks:
            raise errors.InternalError(None, None, f'Job "{name}" was not defined in cluster')
        if index not in tasks[name]:
            said = f'Task {index} was not defined in job "{name}"'
            raise errors.InvalidArgumentError(None, None, said)
        address = tasks[name][index]
        host, colon, port = address.rpartition(":")
        return f"grpc://{host}{colon}{self._port if port == '0' else port}"

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """A server without others (tf.train.Server.create_local_server)."""
        return Server({"local": ["localhost:0"]}, protocol="grpc", config=config, start=start)


def _server_def(
    given: Any, job_name: str | None, task_index: int | None, protocol: str | None
) -> Any:
    made = protos.ServerDef()
    if isinstance(given, protos.ServerDef):
        made.MergeFrom(given)
    else:
        try:
            spec = ClusterSpec(given)
        except TypeError:
            raise TypeError(
                "Could not convert `server_or_cluster_def` to a `tf.train.ServerDef` or "
                "`tf.train.ClusterSpec`."
            ) from None
        job_name = _only(spec.jobs, "job_name") if job_name is None else job_name
        if task_index is None:
            task_index = _only(spec.task_indices(job_name), "task_index")
        protocol = protocol or "grpc"
        made.cluster.MergeFrom(spec.as_cluster_def())
    if job_name is not None:
        made.job_name = job_name
    if task_index is not None:
        made.task_index = task_index
    if protocol is not None:
        made.protocol = protocol
    return made


def _only(found: list[Any], what: str) -> Any:
    if len(found) != 1:
        raise ValueError(f"Must specify an explicit `{what}`.")
    return found[0]
