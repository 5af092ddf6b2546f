"""`tf.contrib.framework.nest` (tensorflow.python.util.nest): nested structures, whole.

`tf.nest` has the half that is public; see `flowgraph.ops.control.nest` for how structures are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flowgraph.ops.control.nest import _keys as _sorted_keys
from flowgraph.ops.control.nest import _parts as _parts_of
from flowgraph.ops.control.nest import _rebuild as _rebuilt
from flowgraph.ops.control.nest import (
    assert_same_structure,
    flatten,
    flatten_up_to,
    is_nested,
    map_structure,
    pack_sequence_as,
)

__all__ = [
    "assert_same_structure", "assert_shallow_structure", "flatten", "flatten_dict_items",
    "flatten_up_to", "flatten_with_joined_string_paths", "flatten_with_tuple_paths",
    "flatten_with_tuple_paths_up_to", "get_traverse_shallow_structure", "is_nested", "is_sequence",
    "is_sequence_or_composite", "map_structure", "map_structure_up_to", "map_structure_with_paths",
    "map_structure_with_tuple_paths", "map_structure_with_tuple_paths_up_to", "pack_sequence_as",
    "yield_flat_paths",
]  # fmt: skip

is_sequence = is_sequence_or_composite = is_nested
Path = tuple[Any, ...]


def flatten_dict_items(dictionary: Mapping[Any, Any]) -> dict[Any, Any]:
    """A dictionary of single values, of one whose keys and values have the same nesting.

    Raises:
        TypeError: it is no dictionary.
        ValueError: a key's nesting is not its value's, or a key comes twice.
    """
    if not isinstance(dictionary, Mapping):
        raise TypeError("input must be a dictionary")
    flat: dict[Any, Any] = {}
    for key, value in dictionary.items():
        names = flatten(key) if is_nested(key) else [key]
        values = flatten(value) if is_nested(key) else [value]
        if is_nested(key) and len(names) != len(values):
            raise ValueError(
                f"Could not flatten dictionary. Key had {len(names)} elements, but value had "
                f"{len(values)} elements. Key: {names}, value: {values}."
            )
        for name, single in zip(names, values, strict=True):
            if name in flat:
                raise ValueError(f"Could not flatten dictionary: key {name} is not unique.")
            flat[name] = single
    return flat


def assert_shallow_structure(shallow_tree: Any, input_tree: Any, check_types: bool = True) -> None:
    """Raises TypeError or ValueError unless the second has the nesting of the first, or more."""
    if not is_nested(shallow_tree):
        return
    if not is_nested(input_tree):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. "
            f"Input has type: {type(input_tree)}."
        )
    same = type(shallow_tree) is type(input_tree) or (
        isinstance(shallow_tree, Mapping) and isinstance(input_tree, Mapping)
    )
    if check_types and not same:
        raise TypeError(
            "The two structures don't have the same sequence type. Input structure has type "
            f"{type(input_tree)}, while shallow structure has type {type(shallow_tree)}."
        )
    shallow, deep = _named(shallow_tree), _named(input_tree)
    if len(shallow) != len(deep):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(deep)}, while shallow structure has length {len(shallow)}."
        )
    if isinstance(shallow_tree, Mapping) and set(shallow_tree) != set(input_tree):
        raise ValueError(
            "The two structures don't have the same keys. Input structure has keys "
            f"{list(input_tree)}, while shallow structure has keys {list(shallow_tree)}."
        )
    for (_, part), (_, other) in zip(shallow, deep, strict=True):
        assert_shallow_structure(part, other, check_types)


def map_structure_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, check_types: bool = True
) -> Any:
    """Calls `func` on the parts of structures where the first has single values."""
    return map_structure_with_tuple_paths_up_to(
        shallow_tree, lambda _, *values: func(*values), *inputs, check_types=check_types
    )


def map_structure_with_tuple_paths_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, check_types: bool = True
) -> Any:
    """The same, where `func` gets each place as a tuple of keys and numbers first."""
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    for tree in inputs:
        assert_shallow_structure(shallow_tree, tree, check_types)
    columns = zip(*(flatten_up_to(shallow_tree, tree) for tree in inputs), strict=True)
    paths = yield_flat_paths(shallow_tree)
    results = [func(path, *values) for path, values in zip(paths, columns, strict=True)]
    return pack_sequence_as(shallow_tree, results)


def map_structure_with_tuple_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Calls `func` on each place, a tuple of keys and numbers, and the values that are there."""
    for other in structure[1:]:
        assert_same_structure(structure[0], other, **kwargs)
    return map_structure_with_tuple_paths_up_to(
        structure[0], func, *structure, check_types=kwargs.get("check_types", True)
    )


def map_structure_with_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """The same, where a place is text with slashes."""
    return map_structure_with_tuple_paths(
        lambda path, *values: func("/".join(map(str, path)), *values), *structure, **kwargs
    )


def yield_flat_paths(nest: Any) -> Iterator[Path]:
    """The places of the single values, each a tuple of keys and numbers."""
    if not is_nested(nest):
        yield ()
        return
    for name, part in _named(nest):
        for path in yield_flat_paths(part):
            yield (name, *path)


def flatten_with_tuple_paths(structure: Any) -> list[tuple[Path, Any]]:
    """The single values, each with its place before it."""
    return list(zip(yield_flat_paths(structure), flatten(structure), strict=True))


def flatten_with_tuple_paths_up_to(
    shallow_structure: Any, input_structure: Any, check_types: bool = True
) -> list[tuple[Path, Any]]:
    """The parts where the first structure has single values, each with its place before it."""
    assert_shallow_structure(shallow_structure, input_structure, check_types)
    values = flatten_up_to(shallow_structure, input_structure)
    return list(zip(yield_flat_paths(shallow_structure), values, strict=True))


def flatten_with_joined_string_paths(structure: Any, separator: str = "/") -> list[tuple[str, Any]]:
    """The single values, each with its place as text before it."""
    return [
        (separator.join(map(str, path)), value)
        for path, value in flatten_with_tuple_paths(structure)
    ]


def get_traverse_shallow_structure(traverse_fn: Callable[[Any], Any], structure: Any) -> Any:
    """A structure of booleans: down to where `traverse_fn` says False of a part.

    Args:
        traverse_fn: tells of a part whether to go into it, or of each of its parts as a structure
            of booleans.
        structure: what is gone through.

    Raises:
        TypeError: `traverse_fn` gives something else.
    """
    told = traverse_fn(structure)
    if not is_nested(structure):
        if not isinstance(told, bool):
            raise TypeError(f"traverse_fn returned a non-bool at a leaf: {told!r}")
        return told
    if isinstance(told, bool):
        if not told:
            return False
        inside = [get_traverse_shallow_structure(traverse_fn, p) for p in _parts_of(structure)]
        return _rebuilt(structure, inside)
    assert_shallow_structure(told, structure)
    inside = [
        get_traverse_shallow_structure(traverse_fn, part) if go else False
        for go, part in zip(_parts_of(told), _parts_of(structure), strict=True)
    ]
    return _rebuilt(structure, inside)


def _named(structure: Any) -> list[tuple[Any, Any]]:
    """The parts of a structure with their keys, fields' names or numbers."""
    parts = _parts_of(structure)
    if isinstance(structure, Mapping):
        return list(zip(_sorted_keys(structure), parts, strict=True))
    if hasattr(structure, "_fields"):
        return list(zip(structure._fields, parts, strict=True))
    if hasattr(type(structure), "__attrs_attrs__"):
        names = [a.name for a in type(structure).__attrs_attrs__]
        return list(zip(names, parts, strict=True))
    return list(enumerate(parts))
