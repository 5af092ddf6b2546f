"""Keras's own defaults for layers whose computation tf.layers shares."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def defaults(**own: Any) -> Callable[[type], type]:
    """A class decorator: the constructor takes these arguments' values where none is given."""

    def decorate(cls: type) -> type:
        inherited = cls.__init__  # type: ignore[misc]
        signature = inspect.signature(inherited)
        names = [name for name in signature.parameters if name != "self"]

        @functools.wraps(inherited)
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            taken = set(names[: len(args)]) | set(kwargs)
            for key, value in own.items():
                if key not in taken:
                    kwargs[key] = value
            inherited(self, *args, **kwargs)

        changed = [
            p.replace(default=own[n]) if n in own else p for n, p in signature.parameters.items()
        ]
        __init__.__signature__ = signature.replace(parameters=changed)  # type: ignore[attr-defined]
        cls.__init__ = __init__  # type: ignore[misc]
        return cls

    return decorate
