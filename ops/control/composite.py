"""Structures whose leaves may be made of several tensors, as an `IndexedSlices` is.

`tf.cond` and `tf.while_loop` carry the tensors and put the leaves together again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import nest

Parts = Callable[[Any], list[Tensor]]
Rebuild = Callable[[Any, list[Tensor]], Any]
_kinds: list[tuple[type, Parts, Rebuild]] = []


def register(kind: type, parts: Parts, rebuild: Rebuild) -> None:
    """Tells the tensors of a class: `parts(value)`, and `rebuild(like, tensors)` for the way back.

    `rebuild` gives something like the first value whose tensors are others.
    """
    _kinds.append((kind, parts, rebuild))


def as_leaf(value: Any) -> Any:
    """The value itself when its class is registered, else as a tensor."""
    if any(isinstance(value, kind) for kind, _, _ in _kinds):
        return value
    return convert_to_tensor(value)


def parts_of(leaf: Any) -> list[Tensor]:
    """The tensors of a leaf."""
    for kind, parts, _ in _kinds:
        if isinstance(leaf, kind):
            return parts(leaf)
    return [convert_to_tensor(leaf)]


def flatten(structure: Any) -> list[Tensor]:
    """The tensors of all leaves, in order."""
    return [tensor for leaf in nest.flatten(structure) for tensor in parts_of(leaf)]


def _rebuilt(like: Any, tensors: list[Tensor]) -> Any:
    for kind, _, rebuild in _kinds:
        if isinstance(like, kind):
            return rebuild(like, tensors)
    return tensors[0]


def map_leaves(function: Callable[[Tensor], Any], structure: Any) -> Any:
    """The structure with other tensors; operations stay."""
    flat = nest.flatten(structure)
    leaves = [
        v if isinstance(v, Operation) else _rebuilt(v, [function(t) for t in parts_of(v)])
        for v in flat
    ]
    return nest.pack_sequence_as(structure, leaves) if nest.is_nested(structure) else leaves[0]


def pack(structure: Any, tensors: Sequence[Tensor]) -> Any:
    """Puts flat tensors into the form of a structure, whose leaves are converted already."""
    left = list(tensors)
    leaves = []
    for leaf in nest.flatten(structure):
        count = len(parts_of(leaf))
        leaves.append(_rebuilt(leaf, left[:count]))
        left = left[count:]
    return nest.pack_sequence_as(structure, leaves) if nest.is_nested(structure) else leaves[0]


register(
    IndexedSlices,
    lambda s: [s.values, s.indices] + ([] if s.dense_shape is None else [s.dense_shape]),
    lambda like, tensors: IndexedSlices(*tensors),
)
register(
    SparseTensor,
    lambda sparse: [sparse.indices, sparse.values, sparse.dense_shape],
    lambda like, tensors: SparseTensor(*tensors),
)
