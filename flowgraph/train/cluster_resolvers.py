"""Cluster resolvers: who is in a cluster, read from arguments, TF_CONFIG or Slurm's variables.

flowgraph runs in one process; the resolvers tell a script the names and addresses that it asks for.
"""

from __future__ import annotations

import abc
import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from flowgraph.train.server_lib import ClusterSpec

__all__ = [
    "ClusterResolver", "SimpleClusterResolver", "SlurmClusterResolver", "TFConfigClusterResolver",
    "UnionClusterResolver",
]  # fmt: skip


def _url(address: str, rpc_layer: str | None) -> str:
    return f"{rpc_layer}://{address}" if rpc_layer else address


class ClusterResolver(abc.ABC):
    """What a cluster resolver can be asked (tf.distribute.cluster_resolver.ClusterResolver).

    Subclasses have `task_type`, `task_id` and `rpc_layer`, too.
    """

    task_type: str | None = None
    task_id: int | None = None
    rpc_layer: str | None = None

    @abc.abstractmethod
    def cluster_spec(self) -> ClusterSpec:
        """The cluster as it is now."""

    @abc.abstractmethod
    def master(
        self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None
    ) -> str:
        """The address of a task's session, its own where no task is named."""

    def num_accelerators(
        self, task_type: str | None = None, task_id: int | None = None, config_proto: Any = None
    ) -> Mapping[str, int]:
        """{kind of device: how many}: there is no device but the CPU, so nothing."""
        return {}

    @property
    def environment(self) -> str:
        """The empty string: not inside of Google."""
        return ""

    def _address_of(
        self, task_type: str | None, task_id: int | None, rpc_layer: str | None
    ) -> str | None:
        """The address of the task that is named, None where none is."""
        if task_type is None or task_id is None:
            return None
        address = self.cluster_spec().task_address(task_type, task_id)
        return _url(address, rpc_layer or self.rpc_layer)


class SimpleClusterResolver(ClusterResolver):
    """Tells what it was given.

    Args:
      cluster_spec: a `tf.train.ClusterSpec`.
      master: the address of a session where no task is named.
      task_type, task_id: which task this process is.
      environment: what the property of that name says.
      num_accelerators: what the method of that name gives.
      rpc_layer: the protocol, put before addresses.

    Raises:
      TypeError: `cluster_spec` is no ClusterSpec, or `master` no string.
    """

    def __init__(
        self,
        cluster_spec: ClusterSpec,
        master: str = "",
        task_type: str | None = None,
        task_id: int | None = None,
        environment: str = "",
        num_accelerators: Mapping[str, int] | None = None,
        rpc_layer: str | None = None,
    ) -> None:
        if not isinstance(cluster_spec, ClusterSpec):
            raise TypeError(f"cluster_spec must be a ClusterSpec, not {cluster_spec!r}.")
        if not isinstance(master, str):
            raise TypeError(f"master must be a string, not {master!r}.")
        self.task_type, self.task_id, self.rpc_layer = task_type, task_id, rpc_layer
        self._cluster_spec, self._master = cluster_spec, master
        self._environment, self._accelerators = environment, num_accelerators

    def cluster_spec(self) -> ClusterSpec:
        """The cluster that was given."""
        return self._cluster_spec

    def master(
        self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None
    ) -> str:
        """The task's address, or the master that was given."""
        named = self._address_of(task_type, task_id, rpc_layer)
        return named or _url(self._master, rpc_layer or self.rpc_layer)

    @property
    def environment(self) -> str:
        """What was given."""
        return self._environment

    def num_accelerators(
        self, task_type: str | None = None, task_id: int | None = None, config_proto: Any = None
    ) -> Mapping[str, int]:
        """What was given."""
        return self._accelerators or {}


class UnionClusterResolver(ClusterResolver):
    """The clusters of several resolvers as one; all else is the first one's.

    Args:
      *args: the resolvers.
      rpc_layer, task_type, task_id: instead of the first one's.

    Raises:
      TypeError: one is no ClusterResolver.
      ValueError: there is none.
    """

    def __init__(
        self,
        *args: ClusterResolver,
        rpc_layer: str | None = None,
        task_type: str | None = None,
        task_id: int | None = None,
    ) -> None:
        if not args:
            raise ValueError("At least one ClusterResolver is required.")
        if not all(isinstance(one, ClusterResolver) for one in args):
            raise TypeError("All arguments must be a sub-class of `ClusterResolver.`")
        self._parts, first = args, args[0]
        self.rpc_layer = rpc_layer or first.rpc_layer
        self.task_type = task_type or first.task_type
        self.task_id = task_id or first.task_id

    def cluster_spec(self) -> ClusterSpec:
        """All jobs; the tasks of a job that several have, one after the other.

        Raises:
          KeyError: two resolvers number a job's tasks, and give a number twice.
        """
        clusters = [part.cluster_spec().as_dict() for part in self._parts]
        merged: dict[str, Any] = {}
        for job in dict.fromkeys(job for cluster in clusters for job in cluster):
            parts = [cluster[job] for cluster in clusters if job in cluster]
            if all(isinstance(part, list) for part in parts):
                merged[job] = [address for part in parts for address in part]
            else:
                merged[job] = _joined(parts)
        return ClusterSpec(merged)

    def master(
        self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None
    ) -> str:
        """The task's address, or the first one's master."""
        named = self._address_of(task_type, task_id, rpc_layer)
        return named or self._parts[0].master(rpc_layer=rpc_layer)

    @property
    def environment(self) -> str:
        """The first one's."""
        return self._parts[0].environment

    def num_accelerators(
        self, task_type: str | None = None, task_id: int | None = None, config_proto: Any = None
    ) -> Mapping[str, int]:
        """The first one's."""
        return self._parts[0].num_accelerators(task_type, task_id, config_proto)


def _joined(parts: list[Any]) -> dict[int, str]:
    joined: dict[int, str] = {}
    for part in parts:
        tasks = dict(enumerate(part)) if isinstance(part, list) else part
        if twice := set(tasks) & set(joined):
            raise KeyError(f"Duplicate keys detected when merging two ClusterSpecs: {twice!r}")
        joined.update(tasks)
    return joined


class TFConfigClusterResolver(ClusterResolver):
    """Tells what the environment variable TF_CONFIG has, read anew each time it is asked.

    Args:
      task_type, task_id, rpc_layer: instead of TF_CONFIG's.
      environment: what the property of that name says.
    """

    def __init__(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
        environment: str | None = None,
    ) -> None:
        self._given = {"type": task_type, "index": task_id, "rpc_layer": rpc_layer}
        self._environment = environment

    @property
    def task_type(self) -> str | None:  # type: ignore[override]
        """The job of this process."""
        found = self._task("type")
        return None if found is None else str(found)

    @task_type.setter
    def task_type(self, value: str | None) -> None:
        self._given["type"] = value

    @property
    def task_id(self) -> int | None:  # type: ignore[override]
        """The number of this process in its job."""
        found = self._task("index")
        return None if found is None else int(found)

    @task_id.setter
    def task_id(self, value: int | None) -> None:
        self._given["index"] = value

    def _task(self, key: str) -> Any:
        of_config = _tf_config().get("task", {}) if self._given["type"] is None else {}
        return of_config.get(key) if self._given[key] is None else self._given[key]

    @property
    def rpc_layer(self) -> str | None:  # type: ignore[override]
        """The protocol."""
        given: Any = self._given["rpc_layer"]
        return _tf_config().get("rpc_layer") if given is None else given

    @rpc_layer.setter
    def rpc_layer(self, value: str | None) -> None:
        self._given["rpc_layer"] = value

    @property
    def environment(self) -> str:
        """What was given."""
        return self._environment  # type: ignore[return-value]

    def cluster_spec(self) -> ClusterSpec:
        """The cluster of TF_CONFIG, empty where it has none."""
        return ClusterSpec(_tf_config().get("cluster", {}))

    def master(
        self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None
    ) -> str:
        """TF_CONFIG's session_master, or a task's address; "" for the only task there is.

        Raises:
          RuntimeError: no task is named, here or in TF_CONFIG.
        """
        if (master := _tf_config().get("session_master")) is not None:
            return str(master)
        cluster = self.cluster_spec()
        if sum(len(cluster.job_tasks(job)) for job in cluster.jobs) < 2:
            return ""
        kind = self.task_type if task_type is None else task_type
        number = self.task_id if task_id is None else task_id
        named = self._address_of(kind, number, None)
        if named is None:
            raise RuntimeError("TF_CONFIG has a cluster and no task: name task_type and task_id.")
        return named


def _tf_config() -> dict[str, Any]:
    return json.loads(os.environ.get("TF_CONFIG", "{}"))  # type: ignore[no-any-return]


class SlurmClusterResolver(ClusterResolver):
    """Tells of the nodes that Slurm gave to a job, with one port a task on each.

    Args:
      jobs: {job: how many tasks}.
      port_base: the first port on a node.
      gpus_per_node, gpus_per_task: how many there are, and how many a task takes.
      tasks_per_node: SLURM_NTASKS_PER_NODE where it is None.
      auto_set_gpu: whether `cluster_spec()` sets CUDA_VISIBLE_DEVICES.
      rpc_layer: the protocol.

    Raises:
      RuntimeError: more devices or tasks are wanted than there are.
      KeyError: Slurm did not start this process.
    """

    def __init__(
        self,
        jobs: Mapping[str, int],
        port_base: int = 8888,
        gpus_per_node: int = 1,
        gpus_per_task: int = 1,
        tasks_per_node: int | None = None,
        auto_set_gpu: bool = True,
        rpc_layer: str | None = "grpc",
    ) -> None:
        by_mpi = "OMPI_COMM_WORLD_RANK" in os.environ
        rank, size = (
            ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE") if by_mpi
            else ("SLURM_PROCID", "SLURM_NTASKS")
        )  # fmt: skip
        self._rank = int(os.environ[rank])
        per_node = os.environ.get("SLURM_NTASKS_PER_NODE")
        if tasks_per_node is None and per_node is None:
            raise RuntimeError("Neither `tasks_per_node` or SLURM_NTASKS_PER_NODE is set.")
        self._tasks_per_node = int(per_node or 0) if tasks_per_node is None else tasks_per_node
        if self._tasks_per_node * gpus_per_task > gpus_per_node:
            raise RuntimeError("Requested more GPUs per node then available.")
        if sum(jobs.values()) != int(os.environ[size]):
            raise RuntimeError("Requested more tasks then assigned tasks.")
        self._jobs, self._port_base = dict(sorted(jobs.items())), port_base
        self._gpus_per_node, self._gpus_per_task = gpus_per_node, gpus_per_task
        self._auto_set_gpu, self.rpc_layer = auto_set_gpu, rpc_layer

    def _resolve_hostnames(self) -> list[str]:
        told = subprocess.run(["scontrol", "show", "hostname"], capture_output=True, check=True)
        return told.stdout.decode().split()

    def cluster_spec(self) -> ClusterSpec:
        """The cluster of the nodes that `scontrol` names; tells this process its task, too."""
        tasks = [
            f"{host}:{self._port_base + k}"
            for host in self._resolve_hostnames()
            for k in range(self._tasks_per_node)
        ]
        jobs, first = {}, 0
        for job, count in self._jobs.items():
            jobs[job] = tasks[first : first + count]
            if first <= self._rank < first + count:
                self.task_type, self.task_id = job, self._rank - first
            first += count
        if self._auto_set_gpu:
            start = self._rank % self._tasks_per_node * self._gpus_per_task
            mine = range(start, start + self._gpus_per_task)
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, mine))
        return ClusterSpec(jobs)

    def get_task_info(self) -> tuple[str | None, int | None]:
        """(the job, the number in it) of this process, once `cluster_spec()` has told."""
        return self.task_type, self.task_id

    def master(
        self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None
    ) -> str:
        """The address of a task, of this process's own without; "" before that is known."""
        kind = self.task_type if task_type is None else task_type
        number = self.task_id if task_id is None else task_id
        return self._address_of(kind, number, rpc_layer) or ""

    def num_accelerators(
        self, task_type: str | None = None, task_id: int | None = None, config_proto: Any = None
    ) -> Mapping[str, int]:
        """The GPUs of a node, as they were given."""
        return {"GPU": self._gpus_per_node}
