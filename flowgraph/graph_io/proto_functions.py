"""How what collections hold becomes messages, and back (TF's register_proto_function)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flowgraph.core.collections import GraphKeys

VARIABLES = (
    GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES,
    GraphKeys.MODEL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES, GraphKeys.MOVING_AVERAGE_VARIABLES,
    GraphKeys.CONCATENATED_VARIABLES,
)  # fmt: skip


class ProtoFunctions(NamedTuple):
    """Of one collection: the message's name or class, and the ways there and back."""

    proto_type: Any
    to_proto: Callable[..., Any] | None
    from_proto: Callable[..., Any] | None


def _variable_def(variable: Any, export_scope: str | None = None) -> Any:
    from flowgraph.graph_io.variable_defs import variable_def

    return variable_def(variable, export_scope)


def _variable_of(message: Any, import_scope: str | None = None) -> Any:
    from flowgraph.graph_io.variable_defs import variable_of

    return variable_of(message, import_scope)


_OF_VARIABLES = ProtoFunctions("VariableDef", _variable_def, _variable_of)
_registered: dict[Any, ProtoFunctions] = dict.fromkeys(
    (*VARIABLES, GraphKeys.GLOBAL_STEP), _OF_VARIABLES
)


def register_proto_function(
    collection_name: Any,
    proto_type: Any = None,
    to_proto: Callable[..., Any] | None = None,
    from_proto: Callable[..., Any] | None = None,
) -> None:
    """Tells how the values of a collection become messages, and back.

    Args:
      collection_name: the collection.
      proto_type: the message's class, or the name of one in `protos`.
      to_proto: (value, export_scope) -> message, or None to leave the value out.
      from_proto: (message, import_scope) -> value.

    Raises:
      TypeError: a function is not callable.
    """
    for function in (to_proto, from_proto):
        if function is not None and not callable(function):
            raise TypeError("to_proto and from_proto must be callable.")
    _registered[collection_name] = ProtoFunctions(proto_type, to_proto, from_proto)


def functions_of(collection_name: Any) -> ProtoFunctions:
    """What is registered for a collection; all None when nothing is."""
    return _registered.get(collection_name) or ProtoFunctions(None, None, None)


def message_class(proto_type: Any) -> Any:
    """The class of a message that may be given by name."""
    from flowgraph.graph_io import protos

    return getattr(protos, proto_type) if isinstance(proto_type, str) else proto_type
