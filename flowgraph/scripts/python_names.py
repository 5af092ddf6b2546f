"""The names that Python's library had when scripts for TensorFlow 1 were written, and has no more.

Only `flowgraph run` puts them back, in its own process.
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import threading
import time
from typing import Any


def put_back() -> None:
    """Gives modules and classes the names that they lack."""
    for name in collections.abc.__all__:
        _add(collections, name, getattr(collections.abc, name))
    _add(time, "clock", time.perf_counter)
    _add(inspect, "getargspec", _getargspec)
    _add(threading.Thread, "isAlive", threading.Thread.is_alive)


def _add(holder: Any, name: str, value: Any) -> None:
    if name not in vars(holder):
        setattr(holder, name, value)


ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")


def _getargspec(function: Any) -> ArgSpec:
    """inspect.getargspec: the first four of what getfullargspec gives."""
    return ArgSpec(*inspect.getfullargspec(function)[:4])
