"""Which device gets what when there are parameter servers: tf.train.replica_device_setter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core import device as devices
from flowgraph.core.operation import Operation
from flowgraph.platform import logging as tf_logging
from flowgraph.train.server_lib import ClusterSpec

STANDARD_PS_OPS = (
    "Variable", "VariableV2", "AutoReloadVariable", "MutableHashTable", "MutableHashTableV2",
    "MutableHashTableOfTensors", "MutableHashTableOfTensorsV2", "MutableDenseHashTable",
    "MutableDenseHashTableV2", "VarHandleOp", "BoostedTreesEnsembleResourceHandleOp",
    "BoostedTreesQuantileStreamResourceHandleOp", "ResourceConditionalAccumulator",
)  # fmt: skip


def _in_turn(num_tasks: int) -> Callable[[Any], int]:
    given = 0

    def next_task(_op: Any) -> int:
        nonlocal given
        given += 1
        return (given - 1) % num_tasks

    return next_task


def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Sequence[str] | None = None,
    ps_strategy: Callable[[Any], int] | None = None,
) -> Callable[[Any], str] | None:
    """A function for `tf.device` that puts variables on parameter servers, in turn.

    tf.train.replica_device_setter.

    Args:
      ps_tasks: how many parameter servers there are; None is given when 0.
      ps_device: their job.
      worker_device: the device of everything else.
      merge_devices: whether parts of a device are merged, or the whole of one counts.
      cluster: a ClusterDef or `ClusterSpec` that tells `ps_tasks`.
      ps_ops: the types of operations that go to parameter servers.
      ps_strategy: gives the number of the server for an operation.

    Raises:
      TypeError: `ps_strategy` cannot be called, or `cluster` is none.
    """
    if cluster is not None:
        spec = cluster if isinstance(cluster, ClusterSpec) else ClusterSpec(cluster)
        tasks = spec.as_dict().get(devices.parse(ps_device).get("job", ""))
        if tasks is None:
            return None
        ps_tasks = len(tasks)
    if ps_tasks == 0:
        return None
    if not merge_devices:
        tf_logging.warning(
            "DEPRECATION: It is recommended to set merge_devices=true in replica_device_setter"
        )
    strategy = _in_turn(ps_tasks) if ps_strategy is None else ps_strategy
    if not callable(strategy):
        raise TypeError("ps_strategy must be callable")
    types = STANDARD_PS_OPS if ps_ops is None else ps_ops

    def chosen(op: Any) -> str:
        if not merge_devices and op.device:
            return op.device  # type: ignore[no-any-return]
        current = devices.parse(op.device or "")
        kind = op.type if isinstance(op, Operation) else op.op
        if not ps_device or kind not in types:
            return devices.to_string({**devices.parse(worker_device or ""), **current})
        place = devices.parse(ps_device)
        if "job" in place and current.get("job", place["job"]) == place["job"]:
            place["task"] = str(strategy(op))
        return devices.to_string({**place, **current})

    return chosen
