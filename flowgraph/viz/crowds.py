"""Fold long rows of siblings, where name scopes alone leave too much to see.

A loop that builds thousands of operations without a scope, or hundreds of scopes side by side,
gets invented scopes ("add_1 … add_50"), each drawn as one node with a count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from flowgraph.viz.model import Kind
from flowgraph.viz.reading import describe, kind_of
from flowgraph.viz.scopes import READABLE, Scope, Wishes, visible_count

BUNCHES = 24
"""A crowd of operations, or of scopes, becomes about this many nodes."""
FEWEST = 6
"""Fewer bunches than these tell nothing of how a net is made."""
LONGEST_PREFIX = 4
KEPT = (Kind.PLACEHOLDER, Kind.VARIABLE)


ALIKE = 4
"""So many siblings in a row that are alike are shown as the first and a count of the others."""


def bunch_repeats(root: Scope, wish: Wishes) -> frozenset[str]:
    """Puts siblings that repeat their elder (layer after layer) under one invented scope each.

    Alike are scopes with the same operations, under the same names within, of the same shapes.
    Returns the invented scopes; none in a graph that is readable as it is.
    """
    if visible_count(root, frozenset(s.path for s in root.walk() if s.machinery)) <= READABLE:
        return frozenset()
    return frozenset(_repeats(root, wish))


def _repeats(scope: Scope, wish: Wishes) -> Iterator[str]:
    runs: list[tuple[Any, list[Scope]]] = []
    for child in scope.children.values():
        free = child.path not in wish.open | wish.shut and not child.machinery
        mark = _structure(child) if free else object()
        if runs and runs[-1][0] == mark:
            runs[-1][1].append(child)
        else:
            runs.append((mark, [child]))
    for _, (first, *others) in runs:
        if first.machinery:
            continue
        if len(others) + 1 < ALIKE:
            for child in (first, *others):
                yield from _repeats(child, wish)
            continue
        yield from _repeats(first, wish)
        bunched = {child.path for child in others}
        scope.children = {n: c for n, c in scope.children.items() if c.path not in bunched}
        path = _add(scope, others[0].path, others[-1].path, children=others)
        scope.children[path].alike = (len(others), first.path)
        yield path


def _structure(scope: Scope) -> Any:
    """What siblings have to share to be alike."""
    start = len(scope.path)
    return tuple(sorted(
        (op.name[start:], op.type, *(describe(t) for t in op.outputs))
        for op in scope.all_operations()
    ))  # fmt: skip


def fold_crowds(root: Scope, folded: frozenset[str], operations: Sequence[Any]) -> frozenset[str]:
    """Bunch what is at the root until the picture is readable: by names, else by counts.

    `operations` are all that are drawn, in their order.
    """
    order = {op.name: index for index, op in enumerate(operations)}
    for bunch in (_bunch_prefixes, _bunch_neighbours):
        if visible_count(root, folded) > READABLE:
            folded |= bunch(root, order)
    return folded


def _bunch_prefixes(root: Scope, order: Mapping[str, int]) -> frozenset[str]:
    """Bunches neighbours whose names begin alike: "conv2_block1_1_conv", "conv2_block1_1_bn".

    The finest grouping that is small enough is taken. Only neighbours come together: a bunch of
    what lies apart would seem to feed itself.
    """
    crowd = _in_order(root, order)
    for length in range(LONGEST_PREFIX, 0, -1):
        runs = [
            (prefix, list(items))
            for prefix, items in groupby(crowd, key=lambda item: _words(item)[:length])
        ]
        if FEWEST <= len(runs) <= BUNCHES:
            times = Counter(prefix for prefix, _ in runs)
            return frozenset(
                _gather(root, _bunch_name(prefix, items, times[prefix] > 1), items)
                for prefix, items in runs if len(items) > 1
            )  # fmt: skip
    return frozenset()


def _bunch_name(prefix: Sequence[str], items: Sequence[Any], is_repeated: bool) -> str:
    """A name that no operation can have."""
    if is_repeated:
        return f"{_name(items[0])} … {_name(items[-1])}"
    return "_".join(prefix) + "…"


def _in_order(root: Scope, order: Mapping[str, int]) -> list[Any]:
    """The root's scopes and operations as they were made; machinery and variables are left out."""
    first = {
        child.path: min((order[op.name] for op in child.all_operations()), default=0)
        for child in root.children.values() if not child.machinery
    }  # fmt: skip
    kept = {op.name for op in root.operations if kind_of(op) in KEPT}
    kept = kept if len(kept) <= BUNCHES else set()
    crowd = [child for child in root.children.values() if child.path in first]
    crowd += [op for op in root.operations if op.name not in kept]
    return sorted(crowd, key=lambda item: first.get(_name(item), order.get(_name(item), 0)))


def _name(item: Any) -> str:
    return str(item.path if isinstance(item, Scope) else item.name)


def _words(item: Any) -> tuple[str, ...]:
    return tuple(_name(item).partition("/")[0].split("_"))


def _gather(root: Scope, path: str, items: Sequence[Any]) -> str:
    """Puts scopes and operations of the root into a new scope."""
    scopes = {item.path: item for item in items if isinstance(item, Scope)}
    taken = {item.name for item in items if not isinstance(item, Scope)}
    operations = [op for op in root.operations if op.name in taken]
    root.operations = [op for op in root.operations if op.name not in taken]
    root.children = {n: c for n, c in root.children.items() if c.path not in scopes}
    root.children[path] = Scope(path, operations, scopes)
    return path


def _bunch_neighbours(root: Scope, order: Mapping[str, int]) -> frozenset[str]:
    """Bunches neighbours by counts, scopes and operations alike."""
    crowd = _in_order(root, order)
    if len(crowd) <= BUNCHES:
        return frozenset()
    return frozenset(
        _gather(root, _bunch_name((), items, True), items) if len(items) > 1 else _name(items[0])
        for items in _split(crowd)
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
