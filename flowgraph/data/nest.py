"""The nesting of elements: tuples, namedtuples, dicts and attrs objects; a list is one value.

A list in an element is a tensor of its values, which is where this differs from `tf.nest`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flowgraph.core.sparse_tensor import SparseTensorValue
from flowgraph.ops.control.nest import _keys, _parts, _rebuild

__all__ = [
    "assert_same_structure", "assert_shallow_structure", "flatten", "flatten_up_to",
    "is_sequence", "map_structure", "map_structure_up_to", "pack_sequence_as",
]  # fmt: skip


def is_sequence(value: Any) -> bool:
    """Whether a value has parts."""
    if isinstance(value, SparseTensorValue):
        return False
    return isinstance(value, (tuple, Mapping)) or hasattr(type(value), "__attrs_attrs__")


def flatten(structure: Any) -> list[Any]:
    """The single values, in order."""
    if not is_sequence(structure):
        return [structure]
    return [leaf for part in _parts(structure) for leaf in flatten(part)]


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """Puts single values into the form of a structure; ValueError for another number of them."""
    if not (is_sequence(flat_sequence) or isinstance(flat_sequence, list)):
        raise TypeError("flat_sequence must be a sequence")
    values, size = list(flat_sequence), len(flatten(structure))
    if not is_sequence(structure):
        if len(values) != 1:
            raise ValueError(f"Structure is a scalar but len(flat_sequence) == {len(values)} > 1")
        return values[0]
    if size != len(values):
        raise ValueError(
            f"Could not pack sequence. Structure had {size} elements, but flat_sequence had "
            f"{len(values)} elements.  Structure: {structure}, flat_sequence: {values}."
        )
    return _pack(structure, iter(values))


def _pack(structure: Any, values: Any) -> Any:
    if not is_sequence(structure):
        return next(values)
    return _rebuild(structure, [_pack(part, values) for part in _parts(structure)])


def map_structure(func: Callable[..., Any], *structure: Any, **check_types_dict: Any) -> Any:
    """The structure with `func` of each value (one of each structure) in its place.

    The one keyword is `check_types`: whether the structures must be of the same types.
    """
    check_types = check_types_dict.pop("check_types", True)
    if check_types_dict:
        raise ValueError(
            "Only valid keyword argument for `map_structure` is `check_types`, got: "
            f"{', '.join(check_types_dict)}"
        )
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types)
    columns = zip(*map(flatten, structure), strict=True)
    return pack_sequence_as(structure[0], [func(*values) for values in columns])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """ValueError or TypeError unless both are nested alike."""
    if is_sequence(nest1) != is_sequence(nest2):
        raise ValueError(
            f"The two structures don't have the same nested structure. First structure: {nest1}, "
            f"second structure: {nest2}."
        )
    if not is_sequence(nest1):
        return
    if check_types and not _alike(nest1, nest2):
        raise TypeError(
            "The two structures don't have the same sequence type. First structure has type "
            f"{type(nest1)}, while second structure has type {type(nest2)}."
        )
    if check_types and isinstance(nest1, Mapping) and set(nest1) != set(nest2):
        raise ValueError(
            "The two dictionaries don't have the same set of keys. First structure has keys "
            f"{list(nest1)}, while second structure has keys {list(nest2)}"
        )
    first, second = _parts(nest1), _parts(nest2)
    if len(first) != len(second):
        raise ValueError(
            "The two structures don't have the same number of elements, so they don't have the "
            f"same nested structure. First structure: {nest1}. Second structure: {nest2}."
        )
    for a, b in zip(first, second, strict=True):
        assert_same_structure(a, b, check_types)


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return True
    return type(a) is type(b) or (
        hasattr(a, "_fields") and getattr(b, "_fields", None) == a._fields
        and type(a).__name__ == type(b).__name__
    )  # fmt: skip


def assert_shallow_structure(shallow_tree: Any, input_tree: Any, check_types: bool = True) -> None:
    """ValueError or TypeError unless the first is nested as the second, or less deep."""
    if not is_sequence(shallow_tree):
        return
    if not is_sequence(input_tree):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. Input has type: "
            f"{type(input_tree)}."
        )
    if check_types and not _alike(shallow_tree, input_tree):
        raise TypeError(
            "The two structures don't have the same sequence type. Input structure has type "
            f"{type(input_tree)}, while shallow structure has type {type(shallow_tree)}."
        )
    if len(_parts(input_tree)) != len(_parts(shallow_tree)):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(_parts(input_tree))}, while shallow structure has length "
            f"{len(_parts(shallow_tree))}."
        )
    if check_types and isinstance(shallow_tree, Mapping) and set(shallow_tree) != set(input_tree):
        raise ValueError(
            "The two structures don't have the same keys. Input structure has keys "
            f"{_keys(input_tree)}, while shallow structure has keys {_keys(shallow_tree)}."
        )
    for a, b in zip(_parts(shallow_tree), _parts(input_tree), strict=True):
        assert_shallow_structure(a, b, check_types)


def flatten_up_to(shallow_tree: Any, input_tree: Any) -> list[Any]:
    """The parts of the second where the first has single values."""
    assert_shallow_structure(shallow_tree, input_tree)
    return _up_to(shallow_tree, input_tree)


def _up_to(shallow: Any, structure: Any) -> list[Any]:
    if not is_sequence(shallow):
        return [structure]
    pairs = zip(_parts(shallow), _parts(structure), strict=True)
    return [leaf for a, b in pairs for leaf in _up_to(a, b)]


def map_structure_up_to(shallow_tree: Any, func: Callable[..., Any], *inputs: Any) -> Any:
    """The first structure with `func` of the parts of the others at each of its values."""
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    for tree in inputs:
        assert_shallow_structure(shallow_tree, tree)
    columns = zip(*[_up_to(shallow_tree, tree) for tree in inputs], strict=True)
    return pack_sequence_as(shallow_tree, [func(*values) for values in columns])
