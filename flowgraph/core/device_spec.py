"""`tf.DeviceSpec`: a device string in parts."""

from __future__ import annotations

from typing import Any

from flowgraph.core import device


class DeviceSpec:
    """The parts of a device string, each None where it is left open (tf.DeviceSpec).

    Raises:
      ValueError: a string that is parsed has a part that is not known.
    """

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        self.job = job
        self.replica = None if replica is None else int(replica)
        self.task = None if task is None else int(task)
        self.device_type = device_type
        self.device_index = None if device_index is None else int(device_index)

    @staticmethod
    def from_string(spec: str) -> DeviceSpec:
        """The parts of a string such as "/job:worker/task:1/device:CPU:0"."""
        return DeviceSpec().parse_from_string(spec)

    def parse_from_string(self, spec: str) -> DeviceSpec:
        """Replaces all parts by those of a string, and returns itself."""
        parts = device.parse(spec)
        kind, _, index = parts.get("device", "").partition(":")
        self.__init__(  # type: ignore[misc]
            parts.get("job"),
            _number(parts.get("replica")),
            _number(parts.get("task")),
            kind or None,
            _number(index if index not in ("", "*") else None),
        )
        return self

    def merge_from(self, dev: DeviceSpec) -> None:
        """Takes the parts that `dev` tells."""
        for name in ("job", "replica", "task", "device_type", "device_index"):
            if getattr(dev, name) is not None:
                setattr(self, name, getattr(dev, name))

    def make_merged_spec(self, dev: DeviceSpec) -> DeviceSpec:
        """A new one: these parts, and over them those that `dev` tells."""
        merged = self.replace()
        merged.merge_from(dev)
        return merged

    def replace(self, **kwargs: Any) -> DeviceSpec:
        """A new one with some parts replaced."""
        names = ("job", "replica", "task", "device_type", "device_index")
        return DeviceSpec(**{**{name: getattr(self, name) for name in names}, **kwargs})

    def to_string(self) -> str:
        """The string, its parts in TensorFlow's order."""
        told = {"job": self.job, "replica": self.replica, "task": self.task}
        parts = {name: str(value) for name, value in told.items() if value is not None}
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            parts["device"] = f"{self.device_type}:{index}"
        return device.to_string(parts)

    __str__ = to_string  # what a scope takes

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, DeviceSpec) and self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
