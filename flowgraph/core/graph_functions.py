"""Functions on the default graph's collections, by TensorFlow's names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.core.graph import get_default_graph, name_scope


def add_to_collection(name: Any, value: Any) -> None:
    """Appends to a collection of the default graph (tf.add_to_collection)."""
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Appends to several collections of the default graph (tf.add_to_collections)."""
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """A copy of a collection of the default graph (tf.get_collection)."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """A collection of the default graph itself (tf.get_collection_ref)."""
    return get_default_graph().get_collection_ref(key)


@contextmanager
def op_scope(values: Any, name: str | None, default_name: str | None = None) -> Iterator[str]:
    """The older form of `name_scope` (tf.op_scope)."""
    with name_scope(name, default_name, values) as scope:
        yield scope
