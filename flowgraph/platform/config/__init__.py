"""`tf.config`: devices, threads and optimizers of TensorFlow's eager runs.

Sessions take their settings from `tf.ConfigProto`, as in TensorFlow. What is set here is kept, so
that scripts which set it before their graph go on; it changes nothing.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core import errors
from flowgraph.core.lazy import face as _face

_soft_placement = [False]


def get_soft_device_placement() -> bool:
    """What `set_soft_device_placement` was given; False before."""
    return _soft_placement[0]


def set_soft_device_placement(enabled: bool) -> None:
    """Kept: one CPU runs all nodes, whatever device they ask for."""
    _soft_placement[0] = bool(enabled)


def experimental_list_devices() -> list[str]:
    """The names of the devices: one CPU."""
    return ["/job:localhost/replica:0/task:0/device:CPU:0"]


def experimental_run_functions_eagerly(run_eagerly: bool) -> None:
    """Does nothing: there are no functions that are traced."""
    del run_eagerly


def experimental_connect_to_host(remote_host: Any = None, job_name: str = "worker") -> None:
    """Tells that other hosts are not reached (UnimplementedError)."""
    raise errors.UnimplementedError(
        f"flowgraph runs in one process: it does not connect to {remote_host!r} as {job_name!r}."
    )


def experimental_connect_to_cluster(
    cluster_spec_or_resolver: Any,
    job_name: str = "localhost",
    task_index: int = 0,
    protocol: str | None = None,
    make_master_device_default: bool = True,
) -> None:
    """Tells that other hosts are not reached (UnimplementedError)."""
    del task_index, protocol, make_master_device_default
    experimental_connect_to_host(cluster_spec_or_resolver, job_name)


_LAZY = {name: f"{__name__}.{name}" for name in ("experimental", "optimizer", "threading")}
__getattr__, __dir__, __all__ = _face(__name__, {}, _LAZY)
