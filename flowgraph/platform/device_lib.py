"""The devices of this machine (tensorflow.python.client.device_lib): one CPU."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_MEMORY_LIMIT = 268435456  # what TensorFlow tells of a CPU


@dataclass
class DeviceLocality:
    """Where a device is: bus, NUMA node and links, all of them unset for a CPU."""

    bus_id: int = 0
    numa_node: int = 0
    links: tuple[()] = ()


@dataclass
class DeviceAttributes:
    """A device's name, type, memory limit in bytes and description."""

    name: str
    device_type: str
    memory_limit: int
    locality: DeviceLocality = field(default_factory=DeviceLocality)
    incarnation: int = 1
    physical_device_desc: str = ""
    xla_global_id: int = -1


def list_local_devices(session_config: Any = None) -> list[DeviceAttributes]:
    """The devices there are: one CPU, whatever the `session_config`."""
    del session_config
    return [DeviceAttributes("/device:CPU:0", "CPU", _MEMORY_LIMIT)]
