"""Cluster resolvers that ask a cloud: Google's TPUs and instance groups, Kubernetes.

They ask through the client that they are given, or through the cloud's own Python package.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from flowgraph.train.cluster_resolvers import ClusterResolver
from flowgraph.train.server_lib import ClusterSpec

__all__ = ["GCEClusterResolver", "KubernetesClusterResolver", "TPUClusterResolver"]


def _client(service: Any, name: str, version: str, what: str) -> Any:
    """The client that was given, or one that Google's package makes."""
    if service is not None:
        return service
    try:
        discovery = importlib.import_module("googleapiclient.discovery")
    except ImportError:
        raise ImportError(
            f"googleapiclient must be installed before using the {what} cluster resolver: "
            "pip install google-api-python-client, or pass service=."
        ) from None
    return discovery.build(name, version)


class _AddressOfATask(ClusterResolver):
    """A resolver whose master is the address of a task of its cluster."""

    def master(
        self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None
    ) -> str:
        """The address of a task, of this process's own without; "" where that is not known."""
        kind = self.task_type if task_type is None else task_type
        number = self.task_id if task_id is None else task_id
        return self._address_of(kind, number, rpc_layer) or ""


class TPUClusterResolver(_AddressOfATask):
    """Tells the addresses of a Cloud TPU (tf.distribute.cluster_resolver.TPUClusterResolver).

    There is no TPU here that a session could run on: models run on the CPU.

    Args:
      tpu: its name, or its address ("grpc://...", "local"); else TPU_NAME in the environment.
      zone, project: where it is.
      job_name: the job of its tasks.
      coordinator_name, coordinator_address: one task more.
      credentials: accepted.
      service: a client of the API; None: Google's own.
      discovery_url: accepted.

    Raises:
      ValueError: no name is given, or several are.
      ImportError: a name is given, and Google's package is not installed.
    """

    def __init__(
        self,
        tpu: Any = None,
        zone: str | None = None,
        project: str | None = None,
        job_name: str = "worker",
        coordinator_name: str | None = None,
        coordinator_address: str | None = None,
        credentials: Any = "default",
        service: Any = None,
        discovery_url: str | None = None,
    ) -> None:
        if isinstance(tpu, list):
            if len(tpu) != 1:
                raise ValueError(f"At least one TPU must be specified, and not several: {tpu!r}.")
            (tpu,) = tpu
        if tpu is None:
            tpu = os.environ.get("KUBE_GOOGLE_CLOUD_TPU_ENDPOINTS") or os.environ.get("TPU_NAME")
        if tpu is None:
            raise ValueError("Please provide a TPU Name to connect to.")
        name = os.fsdecode(tpu)
        self._is_address = name in ("", "local") or name.startswith(("grpc://", "/bns"))
        self._tpu = name.removeprefix("grpc://")
        self._place = f"projects/{project}/locations/{zone}/nodes/{self._tpu}"
        self._service: Any = None
        if not self._is_address:
            self._service = _client(service, "tpu", "v1", "TPU")
        self._coordinator = {coordinator_name: [coordinator_address]} if coordinator_address else {}
        self.task_type, self.task_id, self.rpc_layer = job_name, 0, "grpc"

    def get_master(self) -> str:
        """As `master()`."""
        return self.master()

    def get_job_name(self) -> str | None:
        """The job of its tasks, where it has a name."""
        return None if self._is_address else self.task_type

    def cluster_spec(self) -> ClusterSpec:
        """The TPU's workers, and the coordinator.

        Raises:
          RuntimeError: the TPU is not ready.
        """
        if self._is_address:
            workers = [part.removeprefix("grpc://") for part in self._tpu.split(",")]
        else:
            workers = self._workers()
        return ClusterSpec({self.task_type: workers, **self._coordinator})

    def _workers(self) -> list[str]:
        nodes = self._service.projects().locations().nodes()
        told: Mapping[str, Any] = nodes.get(name=self._place).execute()
        if told.get("state", "READY") != "READY":
            raise RuntimeError(f'TPU "{self._tpu}" is not yet ready; state: "{told["state"]}"')
        return [f"{e['ipAddress']}:{e['port']}" for e in told.get("networkEndpoints", [told])]


class GCEClusterResolver(_AddressOfATask):
    """Tells the addresses of the running instances of a group on Google's Compute Engine.

    Args:
      project, zone, instance_group: which group.
      port: the port of their servers.
      task_type, task_id: the job of the instances, and this one's number.
      rpc_layer: the protocol.
      credentials: accepted.
      service: a client of the API; None: Google's own.

    Raises:
      ImportError: there is no client, and Google's package is not installed.
    """

    def __init__(
        self,
        project: str,
        zone: str,
        instance_group: str,
        port: int,
        task_type: str | None = "worker",
        task_id: int | None = 0,
        rpc_layer: str | None = "grpc",
        credentials: Any = "default",
        service: Any = None,
    ) -> None:
        self._where = {"project": project, "zone": zone}
        self._group, self._port = instance_group, port
        self._service = _client(service, "compute", "v1", "GCE")
        self.task_type, self.task_id, self.rpc_layer = task_type, task_id, rpc_layer

    def cluster_spec(self) -> ClusterSpec:
        """The instances' addresses, in order."""
        groups, workers = self._service.instanceGroups(), []
        request = groups.listInstances(
            **self._where, instanceGroup=self._group, body={"instanceState": "RUNNING"},
            orderBy="name",
        )  # fmt: skip
        while request is not None:
            response = request.execute()
            for item in response["items"]:
                name = item["instance"].rpartition("/")[2]
                found = self._service.instances().get(**self._where, instance=name).execute()
                workers.append(f"{found['networkInterfaces'][0]['networkIP']}:{self._port}")
            request = groups.listInstances_next(
                previous_request=request, previous_response=response
            )
        return ClusterSpec({self.task_type: sorted(workers)})


class KubernetesClusterResolver(_AddressOfATask):
    """Tells the addresses of pods.

    Args:
      job_to_label_mapping: {job: selectors of its pods}; None: the job "worker" of the pods with
        the label job-name=tensorflow.
      tf_server_port: the port of their servers.
      rpc_layer: the protocol.
      override_client: a client of the API; None: that of the package `kubernetes`.

    Raises:
      ImportError: there is no client, and the package is not installed.
    """

    def __init__(
        self,
        job_to_label_mapping: Mapping[str, Sequence[str]] | None = None,
        tf_server_port: int = 8470,
        rpc_layer: str | None = "grpc",
        override_client: Any = None,
    ) -> None:
        self._jobs = job_to_label_mapping or {"worker": ["job-name=tensorflow"]}
        self._port, self.rpc_layer = tf_server_port, rpc_layer
        self._client = override_client or _kubernetes()

    def cluster_spec(self) -> ClusterSpec:
        """The pods' addresses, by their names.

        Raises:
          RuntimeError: a pod is not running.
        """
        jobs = {
            job: [address for one in selectors for address in self._pods(one)]
            for job, selectors in self._jobs.items()
        }
        return ClusterSpec(jobs)

    def _pods(self, selector: str) -> list[str]:
        found = self._client.list_pod_for_all_namespaces(label_selector=selector)
        pods = sorted(found.items, key=lambda pod: pod.metadata.name)
        for pod in pods:
            if pod.status.phase != "Running":
                raise RuntimeError(
                    f'Pod "{pod.metadata.name}" is not running; phase: "{pod.status.phase}"'
                )
        return [f"{pod.status.host_ip}:{self._port}" for pod in pods]


def _kubernetes() -> Any:
    try:
        package = importlib.import_module("kubernetes")
    except ImportError:
        raise ImportError(
            "The Kubernetes Python client must be installed before using the Kubernetes Cluster "
            "Resolver: pip install kubernetes, or pass override_client=."
        ) from None
    package.config.load_kube_config()
    return package.client.CoreV1Api()
