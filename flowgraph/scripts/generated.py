"""`tensorflow.python.ops.gen_nn_ops` and its kind: each op as a function of its arguments in order.

TensorFlow writes these modules from its ops: `MaxPoolGrad` is `max_pool_grad`, or `_max_pool_grad`
in the older ones. Scripts take gradient ops from them, for guided backpropagation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from flowgraph.core import op_def

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])")


def snake(op_type: str) -> str:
    """The function's name, `max_pool_grad` for "MaxPoolGrad", `conv2d` for "Conv2D".

    A word begins at a capital letter that follows a small one, or is followed by one.
    """
    return _WORD.sub("_", op_type).lower()


@cache
def _types() -> dict[str, str]:
    return {snake(op_type): op_type for op_type in op_def.registered()}


def __getattr__(name: str) -> Callable[..., Any]:
    op_type = _types().get(name.removeprefix("_")) if not name.startswith("__") else None
    if op_type is None:
        raise AttributeError(f"No op of TensorFlow is called {name!r}")
    return _function(op_type, name)


def __dir__() -> list[str]:
    return sorted(_types())


def _function(op_type: str, name: str) -> Callable[..., Any]:
    declared = op_def.get(op_type)
    names = [arg.name for arg in declared.inputs]
    told = {a for arg in declared.inputs
            for a in (arg.type_attr, arg.number_attr, arg.type_list_attr)}  # fmt: skip
    attrs = [n for n in declared.attrs if n not in told]

    def call(*args: Any, name: str | None = None, **kwargs: Any) -> Any:
        return declared(name=name, **dict(zip([*names, *attrs], args, strict=False)), **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Adds a node of type {op_type}: inputs {', '.join(names)}, then attributes."
    return call
