"""Nested structures: lists, tuples, namedtuples, dicts and attrs objects around single values.

TensorFlow's tf.nest: dicts are walked in the order of their sorted keys, strings are single values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MappingView
from typing import Any, NamedTuple

from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.sparse_tensor import SparseTensor, SparseTensorValue
from flowgraph.core.tensor import Tensor


def is_nested(value: Any) -> bool:
    """Whether `value` is a sequence or dict, and so has parts."""
    kinds = (list, tuple, Mapping, MappingView)
    return isinstance(value, kinds) or hasattr(type(value), "__attrs_attrs__")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [value[key] for key in _keys(value)]
    if isinstance(value, (list, tuple, MappingView)):
        return list(value)
    return [getattr(value, a.name) for a in type(value).__attrs_attrs__]


def _keys(mapping: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError:
        raise TypeError("nest only supports dicts with sortable keys.") from None


def _rebuild(value: Any, parts: list[Any]) -> Any:
    """Something like `value` with other parts."""
    kind: Any = list if isinstance(value, MappingView) else type(value)
    if isinstance(value, Mapping):
        by_key = dict(zip(_keys(value), parts, strict=True))
        if hasattr(value, "default_factory"):
            return kind(value.default_factory, {key: by_key[key] for key in value})
        return kind((key, by_key[key]) for key in value)
    if hasattr(value, "_fields") or hasattr(kind, "__attrs_attrs__"):
        return kind(*parts)
    return kind(parts)


# --- values that are made of tensors --------------------------------------------------------------
class _Sparse(NamedTuple):
    indices: Any
    values: Any
    dense_shape: Any


class _Slices(NamedTuple):
    values: Any
    indices: Any


class _SlicesOfShape(NamedTuple):
    values: Any
    indices: Any
    dense_shape: Any


def _opened(structure: Any) -> Any:
    """The structure with the parts of sparse tensors and indexed slices in their places."""
    if is_nested(structure) and not isinstance(structure, SparseTensorValue):
        return _rebuild(structure, [_opened(part) for part in _parts(structure)])
    if isinstance(structure, (SparseTensor, SparseTensorValue)):
        return _Sparse(structure.indices, structure.values, structure.dense_shape)
    if isinstance(structure, IndexedSlices):
        if structure.dense_shape is None:
            return _Slices(structure.values, structure.indices)
        return _SlicesOfShape(structure.values, structure.indices, structure.dense_shape)
    return structure


def _closed(structure: Any) -> Any:
    """The way back from `_opened`."""
    if isinstance(structure, _Sparse):
        tensors = all(isinstance(part, Tensor) for part in structure)
        return (SparseTensor if tensors else SparseTensorValue)(*structure)
    if isinstance(structure, (_Slices, _SlicesOfShape)):
        return IndexedSlices(*structure)
    if not is_nested(structure):
        return structure
    return _rebuild(structure, [_closed(part) for part in _parts(structure)])


# --- the functions --------------------------------------------------------------------------------
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The single values of a structure, in order; [structure] when it has no parts.

    `expand_composites` goes into sparse tensors and indexed slices, too, here and below.
    """
    if expand_composites:
        structure = _opened(structure)
    if not is_nested(structure):
        return [structure]
    return [leaf for part in _parts(structure) for leaf in flatten(part)]


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """Puts the values of a flat sequence into the form of `structure`.

    Raises:
      ValueError: there are too many or too few of them.
    """
    if expand_composites:
        return _closed(pack_sequence_as(_opened(structure), flat_sequence))
    if not is_nested(flat_sequence):
        raise TypeError(f"flat_sequence must be a sequence, got {flat_sequence!r}")
    values = list(flat_sequence)
    size = len(flatten(structure))
    if size != len(values):
        if not is_nested(structure):
            raise ValueError(f"Structure is a scalar but len(flat_sequence) == {len(values)} > 1")
        raise ValueError(
            f"Could not pack sequence. Structure had {size} elements, but flat_sequence had "
            f"{len(values)} elements.  Structure: {structure}, flat_sequence: {values}."
        )
    return _pack(structure, iter(values))


def _pack(structure: Any, values: Any) -> Any:
    if not is_nested(structure):
        return next(values)
    return _rebuild(structure, [_pack(part, values) for part in _parts(structure)])


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Raises ValueError or TypeError unless both have the same nesting."""
    if expand_composites:
        nest1, nest2 = _opened(nest1), _opened(nest2)
    try:
        _check_same(nest1, nest2, check_types)
    except (ValueError, TypeError) as error:
        raise type(error)(
            f"The two structures don't have the same nested structure.\n\nFirst structure: "
            f"{nest1}\n\nSecond structure: {nest2}\n\n{error}"
        ) from None


def _check_same(a: Any, b: Any, check_types: bool) -> None:
    if is_nested(a) != is_nested(b):
        more, less = (a, b) if is_nested(a) else (b, a)
        raise ValueError(f"{more!r} is a sequence, while {less!r} is not")
    if not is_nested(a):
        return
    if check_types and type(a) is not type(b):
        same_fields = hasattr(a, "_fields") and getattr(b, "_fields", None) == a._fields
        if not same_fields and not (isinstance(a, Mapping) and isinstance(b, Mapping)):
            raise TypeError(
                "The two namedtuples or sequences don't have the same sequence type. First has "
                f"type {type(a).__name__}, while second has type {type(b).__name__}"
            )
    if isinstance(a, Mapping) and set(a) != set(b):
        raise ValueError(
            f"The two dictionaries don't have the same set of keys. First has keys "
            f"{list(a)}, while second has keys {list(b)}"
        )
    first, second = _parts(a), _parts(b)
    if len(first) != len(second):
        raise ValueError(
            "The two structures don't have the same number of elements. First has "
            f"{len(first)}, second has {len(second)}"
        )
    for p, q in zip(first, second, strict=True):
        _check_same(p, q, check_types)


def map_structure(
    func: Callable[..., Any],
    *structure: Any,
    check_types: bool = True,
    expand_composites: bool = False,
) -> Any:
    """Calls `func` on each single value (one of each structure), and keeps the nesting."""
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    if expand_composites:
        opened = [_opened(one) for one in structure]
        return _closed(map_structure(func, *opened, check_types=check_types))
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types)
    columns = zip(*[flatten(s) for s in structure], strict=True)
    return pack_sequence_as(structure[0], [func(*values) for values in columns])


def flatten_up_to(shallow: Any, structure: Any) -> list[Any]:
    """The parts of `structure` at the places where `shallow` has single values."""
    if not is_nested(shallow):
        return [structure]
    if not is_nested(structure):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. "
            f"Input has type: {type(structure)}."
        )
    first, second = _parts(shallow), _parts(structure)
    if len(first) != len(second):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(second)}, while shallow structure has length {len(first)}."
        )
    return [leaf for p, q in zip(first, second, strict=True) for leaf in flatten_up_to(p, q)]


__all__ = [
    "assert_same_structure",
    "flatten",
    "flatten_up_to",
    "is_nested",
    "map_structure",
    "pack_sequence_as",
]
