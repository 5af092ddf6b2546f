"""`tf.config.experimental`: devices. There is one CPU, and no GPU."""

from __future__ import annotations

from typing import Any, NamedTuple


class PhysicalDevice(NamedTuple):
    """A device of this machine."""

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device as graphs name it."""

    name: str
    device_type: str


class VirtualDeviceConfiguration(NamedTuple):
    """A part of a GPU's memory, in megabytes."""

    memory_limit: int | None = None


_CPU = PhysicalDevice("/physical_device:CPU:0", "CPU")
_kept: dict[str, Any] = {"policy": "silent", "synchronous": True, "virtual": {}}


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of a type: one CPU, no GPU."""
    return [_CPU] if device_type in (None, "CPU") else []


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The same, as graphs name them."""
    return [LogicalDevice("/device:CPU:0", "CPU") for _ in list_physical_devices(device_type)]


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that may be used: all."""
    return list_physical_devices(device_type)


def _known(devices: Any) -> list[PhysicalDevice]:
    listed = list(devices) if isinstance(devices, (list, set)) else [devices]
    for device in listed:
        if device != _CPU:
            raise ValueError(f"Unrecognized device: {device!r}. There is {_CPU.name} alone.")
    return listed


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Checks the devices; the CPU is always used. ValueError for one that there is not."""
    del device_type
    if devices:
        _known(devices)


def get_memory_growth(device: Any) -> bool:
    """ValueError: a CPU's memory always grows, and there is no GPU."""
    raise ValueError(f"Cannot get memory growth of {_known(device)[0].name}: it is no GPU.")


def set_memory_growth(device: Any, enable: bool) -> None:
    """ValueError: a CPU's memory always grows, and there is no GPU."""
    del enable
    raise ValueError(f"Cannot set memory growth of {_known(device)[0].name}: it is no GPU.")


def get_virtual_device_configuration(device: Any) -> Any:
    """What `set_virtual_device_configuration` was given; None before."""
    return _kept["virtual"].get(_known(device)[0])


def set_virtual_device_configuration(device: Any, virtual_devices: Any) -> None:
    """Kept; one CPU runs all nodes."""
    _kept["virtual"][_known(device)[0]] = list(virtual_devices)


def get_device_policy() -> str:
    """What `set_device_policy` was given; "silent" before."""
    return str(_kept["policy"])


def set_device_policy(device_policy: str | None) -> None:
    """Kept. ValueError for a policy that TensorFlow has not."""
    if device_policy not in (None, "silent", "silent_for_int32", "warn", "explicit"):
        raise ValueError(f"Not a valid device policy: {device_policy!r}")
    _kept["policy"] = device_policy or "silent"


def get_synchronous_execution() -> bool:
    """What `set_synchronous_execution` was given; True before."""
    return bool(_kept["synchronous"])


def set_synchronous_execution(enable: bool) -> None:
    """Kept: it is about eager runs."""
    _kept["synchronous"] = bool(enable)
