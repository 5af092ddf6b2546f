"""Python functions as operations, with nested structures in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.shapes import as_shape
from flowgraph.ops.control import nest
from flowgraph.ops.control.python import py_func as _py_func


def py_func(
    func: Callable[..., Any],
    args: Any = (),
    kwargs: dict[str, Any] | None = None,
    output_types: Any = None,
    output_shapes: Any = None,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """`tf.py_func` of a function with keyword arguments and a structure of results.

    Args:
        func: gets arrays as `args` and `kwargs` are structured.
        args: a list or tuple of tensors, or of structures of them.
        kwargs: tensors, or structures of them, by name.
        output_types: the results' types, in the structure in which they come; or a function of
            the arguments that gives them.
        output_shapes: likewise their shapes.
        stateful: whether it may give different results for the same arguments.
        name: of the op.

    Raises:
        TypeError: `args` or `kwargs` is of another kind.
    """
    kwargs = {} if kwargs is None else kwargs
    if not isinstance(args, (list, tuple)):
        raise TypeError(f"args must be list and not {type(args)}. args: {args}")
    if not isinstance(kwargs, dict):
        raise TypeError(f"kwargs must be dict and not {type(kwargs)}. args: {kwargs}")
    if callable(output_types) and not isinstance(output_types, type):
        output_types = output_types(*args, **kwargs)
    if callable(output_shapes):
        output_shapes = output_shapes(*args, **kwargs)
    given = (list(args), kwargs)

    def call(*arrays: Any) -> list[Any]:
        plain, named = nest.pack_sequence_as(given, list(arrays))
        return nest.flatten(func(*plain, **named))

    found = _py_func(call, nest.flatten(given), nest.flatten(output_types), stateful, name)
    if output_shapes is not None:
        for tensor, shape in zip(found, nest.flatten_up_to(output_types, output_shapes)):
            tensor.set_shape(as_shape(shape))
    return nest.pack_sequence_as(output_types, list(found))
