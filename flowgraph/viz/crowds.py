"""Fold long rows of siblings, where name scopes alone leave too much to see.

A loop that builds thousands of operations without a scope, or hundreds of scopes side by side,
gets invented scopes ("add_1 … add_50"), each drawn as one node with a count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.viz.model import Kind
from flowgraph.viz.reading import kind_of
from flowgraph.viz.scopes import READABLE, Scope, visible_count

BUNCHES = 24
"""A crowd of operations, or of scopes, becomes about this many nodes."""
KEPT = (Kind.PLACEHOLDER, Kind.VARIABLE)


def fold_crowds(root: Scope, folded: frozenset[str]) -> frozenset[str]:
    """Bunch the root's children, then its operations, until the picture is readable."""
    for bunch in (_bunch_scopes, _bunch_operations):
        if visible_count(root, folded) > READABLE:
            folded |= bunch(root)
    return folded


def _bunch_scopes(root: Scope) -> frozenset[str]:
    crowd = [child for child in root.children.values() if not child.machinery]
    if len(crowd) <= BUNCHES:
        return frozenset()
    machinery = {name: child for name, child in root.children.items() if child.machinery}
    root.children = dict(machinery)
    return frozenset(
        _add(root, children[0].path, children[-1].path, children=children)
        for children in _split(crowd)
    )


def _bunch_operations(root: Scope) -> frozenset[str]:
    kept = [op for op in root.operations if kind_of(op) in KEPT]
    kept = kept if len(kept) <= BUNCHES else []
    names = {op.name for op in kept}
    crowd = [op for op in root.operations if op.name not in names]
    if len(crowd) <= BUNCHES:
        return frozenset()
    root.operations = kept
    return frozenset(
        _add(root, operations[0].name, operations[-1].name, operations=operations)
        for operations in _split(crowd)
    )


def _split(crowd: Sequence[Any]) -> list[list[Any]]:
    size = -(-len(crowd) // BUNCHES)
    return [list(crowd[start : start + size]) for start in range(0, len(crowd), size)]


def _add(
    root: Scope,
    first: str,
    last: str,
    *,
    operations: Sequence[Any] = (),
    children: Sequence[Scope] = (),
) -> str:
    """Put a bunch under an invented name; an operation's name cannot hold the ellipsis."""
    path = first if first == last else f"{first} … {last}"
    root.children[path] = Scope(path, list(operations), {child.path: child for child in children})
    return path
