"""`tf.train.Example`, `SequenceExample` and their parts as protocol buffer messages.

The classes are made when they are first asked for, since protobuf is slow to import, in a pool of
their own, so that TensorFlow's own definitions can be loaded in the same process. The bytes are
those of TensorFlow's example.proto and feature.proto.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flowgraph.core.errors import InvalidArgumentError

_PACKAGE = "tensorflow"
# Message -> its fields: (name, number, type, label). A type that is no message is protobuf's own
# name of a scalar; "map" is a map of strings to that message; "oneof" names the choice "kind".
_MESSAGES: dict[str, tuple[tuple[str, int, str, str], ...]] = {
    "BytesList": (("value", 1, "bytes", "repeated"),),
    "FloatList": (("value", 1, "float", "repeated"),),
    "Int64List": (("value", 1, "int64", "repeated"),),
    "Feature": (
        ("bytes_list", 1, "BytesList", "oneof"),
        ("float_list", 2, "FloatList", "oneof"),
        ("int64_list", 3, "Int64List", "oneof"),
    ),
    "Features": (("feature", 1, "Feature", "map"),),
    "FeatureList": (("feature", 1, "Feature", "repeated"),),
    "FeatureLists": (("feature_list", 1, "FeatureList", "map"),),
    "Example": (("features", 1, "Features", "optional"),),
    "SequenceExample": (
        ("context", 1, "Features", "optional"),
        ("feature_lists", 2, "FeatureLists", "optional"),
    ),
}
NAMES = tuple(_MESSAGES)


def message(name: str) -> Any:
    """The class of a message; AttributeError when there is none of that name."""
    if name not in _MESSAGES:
        raise AttributeError(f"There is no message {name!r}")
    return _classes()[name]


@cache
def _classes() -> dict[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(
        name="flowgraph/example.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        declared = file.message_type.add(name=name)
        for field in fields:
            _declare(declared, *field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


def _declare(message_type: Any, name: str, number: int, kind: str, label: str) -> None:
    """Adds a field to a message's descriptor."""
    field = message_type.field.add(name=name, number=number)
    many = label in ("repeated", "map")
    field.label = field.LABEL_REPEATED if many else field.LABEL_OPTIONAL
    if label == "oneof":
        if not message_type.oneof_decl:
            message_type.oneof_decl.add(name="kind")
        field.oneof_index = 0
    if label == "map":
        kind = _declare_entry(message_type, name, kind)
    if kind in ("bytes", "float", "int64", "string"):
        field.type = getattr(field, f"TYPE_{kind.upper()}")
    else:
        field.type, field.type_name = field.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"


def _declare_entry(message_type: Any, name: str, value: str) -> str:
    """Adds the message that is an entry of a map from strings; gives its name."""
    entry = message_type.nested_type.add(name=name.title().replace("_", "") + "Entry")
    entry.options.map_entry = True
    _declare(entry, "key", 1, "string", "optional")
    _declare(entry, "value", 2, value, "optional")
    return f"{message_type.name}.{entry.name}"


def example_of_json(text: bytes) -> bytes:
    """The serialised Example that JSON describes; InvalidArgumentError when it describes none."""
    from google.protobuf import json_format

    example = message("Example")()
    try:
        json_format.Parse(text, example)
    except (json_format.ParseError, UnicodeDecodeError) as error:
        raise InvalidArgumentError(f"Error while parsing JSON: {error}") from None
    return example.SerializeToString(deterministic=True)  # type: ignore[no-any-return]
