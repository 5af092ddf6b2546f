"""`tf.config.threading`: kept; a session's threads are in `tf.ConfigProto`."""

from __future__ import annotations

_threads = {"inter": 0, "intra": 0}


def get_inter_op_parallelism_threads() -> int:
    """What the setter was given; 0, the system's choice, before."""
    return _threads["inter"]


def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """Kept."""
    _threads["inter"] = int(num_threads)


def get_intra_op_parallelism_threads() -> int:
    """What the setter was given; 0, the system's choice, before."""
    return _threads["intra"]


def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Kept."""
    _threads["intra"] = int(num_threads)
