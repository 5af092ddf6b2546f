"""What tensorflow.python.util.tf_inspect has and Python's `inspect` has no more."""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def getargspec(obj: Callable[..., Any]) -> Any:
    """The names and defaults of a callable's arguments, as Python's getargspec told them.

    A class is asked for its `__init__`, another callable object for its `__call__`.

    Raises:
      TypeError: it cannot be called.
      ValueError: it has arguments by keyword only, for which there is no place.
    """
    if not callable(obj):
        raise TypeError(f"getargspec needs something that can be called, not {obj!r}")
    if inspect.isclass(obj):
        obj = obj.__init__
    elif not inspect.isroutine(obj) and not hasattr(obj, "func"):
        obj = type(obj).__call__
    spec = inspect.getfullargspec(obj)
    if spec.kwonlyargs:
        raise ValueError(f"{obj!r} has arguments by keyword only; ask getfullargspec")
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)
