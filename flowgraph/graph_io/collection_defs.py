"""Collections of a graph as CollectionDef messages, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import Graph
from flowgraph.graph_io import protos
from flowgraph.graph_io.proto_functions import VARIABLES, functions_of, message_class
from flowgraph.graph_io.scopes import prepend_name_scope, strip_name_scope
from flowgraph.platform import logging

UNBOUND_PREFIX = "$unbound_inputs_"
_WITH_TRAINABLE = (1, 9)  # the TensorFlow from which on a VariableDef tells `trainable`


# --- writing --------------------------------------------------------------------------------------
def add_collection_def(
    meta_graph_def: Any,
    key: Any,
    graph: Graph,
    export_scope: str | None = None,
    included: Callable[[Any], bool] = lambda _: True,
    override: Any = None,
) -> None:
    """Writes a collection into a MetaGraphDef; with a warning, nothing where that is impossible.

    Args:
      meta_graph_def: the message.
      key: the collection's name.
      graph: the graph.
      export_scope: the name scope that names lose.
      included: whether a value is written.
      override: what is written instead of the collection's values.
    """
    if not isinstance(key, (str, bytes)):
        logging.warning("Only collections with string type keys will be serialized. This key has "
                        "%s", type(key))  # fmt: skip
        return
    values = [v for v in override or graph.get_collection(key) if included(v)]
    if not values:
        return
    try:
        collection = _collection_def(key, values, export_scope)
    except (TypeError, ValueError, AttributeError) as error:
        logging.warning(
            "Issue encountered when serializing %s.\nType is unsupported, or the types of the "
            "items don't match field type in CollectionDef. Note this is a warning and probably "
            "safe to ignore.\n%s", key, error,
        )  # fmt: skip
        return
    name = key.decode() if isinstance(key, bytes) else key
    meta_graph_def.collection_def[name].CopyFrom(collection)


def _collection_def(key: Any, values: list[Any], scope: str | None) -> Any:
    collection = protos.CollectionDef()
    to_proto = functions_of(key).to_proto
    if to_proto is not None:
        messages = [to_proto(value, export_scope=scope) for value in values]
        data = [m.SerializeToString() for m in messages if m is not None]
        collection.bytes_list.value.extend(data)
        return collection
    kind = _kind(values[0])
    if kind == "node_list":
        values = [
            strip_name_scope(v.name, scope) for v in values if not scope or v.name.startswith(scope)
        ]
    elif kind == "bytes_list":
        values = [v.encode() if isinstance(v, str) else v for v in values]
    getattr(collection, kind).value.extend(values)
    return collection


def _kind(value: Any) -> str:
    """The field of a CollectionDef for values like this one."""
    if isinstance(value, (str, bytes)):
        return "bytes_list"
    if isinstance(value, int):
        return "int64_list"
    if isinstance(value, float):
        return "float_list"
    full_name = getattr(getattr(value, "DESCRIPTOR", None), "full_name", None)
    return "any_list" if full_name == "google.protobuf.Any" else "node_list"


# --- reading --------------------------------------------------------------------------------------
def restore_collections(
    meta_graph_def: Any, graph: Graph, scope: str, wanted: Callable[[Any], bool]
) -> None:
    """Fills a graph's collections with those of a MetaGraphDef, whose nodes it has already.

    Args:
      meta_graph_def: the message.
      graph: the graph; the default graph, too.
      scope: the name scope of the nodes.
      wanted: whether a collection is restored, by its name.
    """
    version = meta_graph_def.meta_info_def.tensorflow_version
    tells = not version or _version(version) >= _WITH_TRAINABLE
    reader = _Reader(graph, scope, tells)
    keys = sorted(meta_graph_def.collection_def, key=lambda k: (k != "trainable_variables", k))
    for key in keys:
        if wanted(key):
            reader.restore(key, meta_graph_def.collection_def[key])


def _version(text: str) -> tuple[int, ...]:
    return tuple([int(part) for part in text.split(".")[:2] if part.isdigit()])


class _Reader:
    """Restores collections; a variable that is in several of them is one object."""

    def __init__(self, graph: Graph, scope: str, tells_trainable: bool) -> None:
        self._graph, self._scope, self._tells = graph, scope, tells_trainable
        self._variables: dict[bytes, Any] = {}

    def restore(self, key: str, collection: Any) -> None:
        """Restores one collection."""
        kind = collection.WhichOneof("kind")
        if kind is None:
            logging.error("Cannot identify data type for collection %s. Skipping.", key)
            return
        values = getattr(collection, kind).value
        told = functions_of(key)
        if kind == "bytes_list" and told.from_proto is not None:
            for data in values:
                self._graph.add_to_collection(key, self._value(key, told, data))
        elif kind == "node_list":
            for name in values:
                name = prepend_name_scope(name, self._scope)
                self._graph.add_to_collection(key, self._graph.as_graph_element(name))
        elif kind == "bytes_list":
            if key in (GraphKeys.COND_CONTEXT, GraphKeys.WHILE_CONTEXT):
                return  # loops and conditionals are functions here
            for data in values:
                self._graph.add_to_collection(key, self._text(data))
        else:
            for value in values:
                self._graph.add_to_collection(key, int(value) if kind == "int64_list" else value)

    def _text(self, data: bytes) -> Any:
        try:
            return prepend_name_scope(data.decode(), self._scope).encode()
        except UnicodeDecodeError:
            return data

    def _value(self, key: str, told: Any, data: bytes) -> Any:
        assert told.from_proto is not None
        is_variable = key in VARIABLES
        if is_variable and data in self._variables:
            return self._variables[data]
        message = message_class(told.proto_type).FromString(data)
        if is_variable and not self._tells:
            message.trainable = key == GraphKeys.TRAINABLE_VARIABLES
        value = told.from_proto(message, import_scope=self._scope)
        if is_variable:
            self._variables[data] = value
        return value
