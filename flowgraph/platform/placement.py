"""`tf.debugging.set_log_device_placement`: kept; a session logs by its `tf.ConfigProto`."""

from __future__ import annotations

_logs = [False]


def get_log_device_placement() -> bool:
    """What `set_log_device_placement` was given; False before."""
    return _logs[0]


def set_log_device_placement(enabled: bool) -> None:
    """Kept: it is about eager runs."""
    _logs[0] = bool(enabled)
