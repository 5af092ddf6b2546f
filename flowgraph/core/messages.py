"""Protocol buffer messages made from tables, in a pool of their own.

A table is text. `file core/framework/graph` names TensorFlow's .proto file to which what follows
belongs; a message's name stands on a line of its own, with a dot when it is inside another one, and
each field below it, indented: number, type, name, and the oneof that it is a part of. A type is
protobuf's own, a message's or an enum's name; `*` is before one that repeats, and `{string}` before
the values of a map from strings. `enum Name` is followed by its values.

protobuf is imported when the first class is asked for, since that is slow; the pool is ours, so
that TensorFlow's own definitions can be loaded in the same process. The bytes are TensorFlow's.
"""

from __future__ import annotations

import re
import threading
from functools import cached_property
from types import SimpleNamespace
from typing import Any, NamedTuple

_PACKAGE = "tensorflow"
_SCALARS = frozenset(
    ["bool", "bytes", "double", "fixed32", "float", "int32", "int64", "string", "uint32", "uint64"]
)
_ANY = ".google.protobuf.Any"
_FIELD = re.compile(
    r"^ +(?P<number>\d+) (?:\{(?P<key>\w+)\}|(?P<many>\*))?(?P<type>[\w.]+) (?P<name>\w+)"
    r"(?: (?P<oneof>\w+))?$"
)
_pool: list[Any] = []
_lock = threading.RLock()


class _Declared(NamedTuple):
    """A message or enum of a table: its file, whether it is an enum, and the lines below it."""

    file: str
    is_enum: bool
    lines: list[str]


class Schema:
    """The messages and enums of one table, by name.

    Args:
      name: of the table, unlike any other's.
      table: the text.
      uses: the tables whose messages its fields have as types.
    """

    def __init__(self, name: str, table: str, uses: tuple[Schema, ...] = ()) -> None:
        self.name, self._table, self._uses = name, table, uses

    @cached_property
    def declared(self) -> dict[str, _Declared]:
        """What the table declares, inner messages ("AttrValue.ListValue") among it."""
        found: dict[str, _Declared] = {}
        file = ""
        for line in self._table.strip("\n").splitlines():
            if line.startswith(" "):
                found[next(reversed(found))].lines.append(line)
            elif line.startswith("file "):
                file = line.removeprefix("file ")
            else:
                is_enum = line.startswith("enum ")
                found[line.removeprefix("enum ")] = _Declared(file, is_enum, [])
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the outermost messages and enums."""
        return tuple([name for name in self.declared if "." not in name])

    @cached_property
    def enum_values(self) -> dict[str, int]:
        """The numbers of the values of all enums."""
        words = [w for d in self.declared.values() if d.is_enum for w in " ".join(d.lines).split()]
        return {name: int(number) for name, _, number in (word.partition("=") for word in words)}

    def get(self, name: str) -> Any:
        """A message's class or an enum; AttributeError when the table has none of that name."""
        if name not in self.declared:
            raise AttributeError(f"There is no message {name!r}")
        return self._classes[name]

    def modules(self) -> dict[str, SimpleNamespace]:
        """By TensorFlow's file ("core/framework/graph"): what its `_pb2` module would hold."""
        modules: dict[str, SimpleNamespace] = {}
        for name in self.names:
            module = modules.setdefault(self.declared[name].file, SimpleNamespace())
            made = self.get(name)
            setattr(module, name, made)
            if self.declared[name].is_enum:
                module.__dict__.update(made.items())
        return modules

    @cached_property
    def _classes(self) -> dict[str, Any]:
        from google.protobuf import message_factory
        from google.protobuf.internal import enum_type_wrapper

        pool = self._add()
        classes: dict[str, Any] = {}
        for name, declared in self.declared.items():
            full = f"{_PACKAGE}.{name}"
            classes[name] = (
                enum_type_wrapper.EnumTypeWrapper(pool.FindEnumTypeByName(full))
                if declared.is_enum
                else message_factory.GetMessageClass(pool.FindMessageTypeByName(full))
            )
        return classes

    def _add(self) -> Any:
        """Adds the table to the pool, once; gives the pool."""
        with _lock:
            pool = _the_pool()
            if self.name not in pool.flowgraph_tables:
                pool.flowgraph_tables.add(self.name)
                for other in self._uses:
                    other._add()
                pool.pool.Add(self._file())
            return pool.pool

    def _file(self) -> Any:
        from google.protobuf import descriptor_pb2

        file = descriptor_pb2.FileDescriptorProto(
            name=self._path, package=_PACKAGE, syntax="proto3"
        )
        file.dependency.extend([other._path for other in self._uses])
        if _ANY in self._table:
            file.dependency.append("google/protobuf/any.proto")
        parents: dict[str, Any] = {}
        for name, declared in self.declared.items():
            outer, _, own = name.rpartition(".")
            if declared.is_enum:
                enums = parents[outer].enum_type if outer else file.enum_type
                _declare_enum(enums.add(name=own), declared.lines)
            else:
                messages = parents[outer].nested_type if outer else file.message_type
                parents[name] = messages.add(name=own)
                for line in declared.lines:
                    _declare(parents[name], name, line, self._enums)
        return file

    @property
    def _path(self) -> str:
        return f"flowgraph/{self.name}.proto"

    @cached_property
    def _enums(self) -> frozenset[str]:
        """The enums that a field may have as its type."""
        own = [name for name, declared in self.declared.items() if declared.is_enum]
        return frozenset(own).union(*[other._enums for other in self._uses])


def _the_pool() -> Any:
    if not _pool:
        from google.protobuf import any_pb2, descriptor_pool

        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
        _pool.append(SimpleNamespace(pool=pool, flowgraph_tables=set()))
    return _pool[0]


def _declare_enum(enum: Any, lines: list[str]) -> None:
    for word in " ".join(lines).split():
        name, _, number = word.partition("=")
        enum.value.add(name=name, number=int(number))


def _declare(message: Any, full_name: str, line: str, enums: frozenset[str]) -> None:
    """Adds the field that a line of a table describes."""
    match = _FIELD.match(line)
    if match is None:
        raise ValueError(f"Cannot read the field {line!r} of {full_name}")
    field = message.field.add(name=match["name"], number=int(match["number"]))
    many = match["key"] or match["many"]
    field.label = field.LABEL_REPEATED if many else field.LABEL_OPTIONAL
    kind = match["type"]
    if match["oneof"]:
        known = [oneof.name for oneof in message.oneof_decl]
        if match["oneof"] not in known:
            message.oneof_decl.add(name=match["oneof"])
            known.append(match["oneof"])
        field.oneof_index = known.index(match["oneof"])
    if match["key"]:
        entry = message.nested_type.add(name=_entry_name(match["name"]))
        entry.options.map_entry = True
        inner = f"{full_name}.{entry.name}"
        _declare(entry, inner, f"  1 {match['key']} key", enums)
        _declare(entry, inner, f"  2 {kind} value", enums)
        kind = inner
    if kind in _SCALARS:
        field.type = getattr(field, f"TYPE_{kind.upper()}")
    else:
        field.type = field.TYPE_ENUM if kind in enums else field.TYPE_MESSAGE
        field.type_name = kind if kind.startswith(".") else f".{_PACKAGE}.{kind}"


def _entry_name(field: str) -> str:
    """protobuf's name of the message that is an entry of a map."""
    return field.title().replace("_", "") + "Entry"
