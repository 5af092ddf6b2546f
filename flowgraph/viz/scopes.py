"""The tree of name scopes, and which of them are folded into one node.

A scope that holds a single operation (besides constants) gets no box: its name becomes part of
the operation's title. Machinery (gradients, the optimizer, the saver) is folded before layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flowgraph.viz.boilerplate import Helpers
from flowgraph.viz.model import Kind
from flowgraph.viz.reading import GRADIENT_SCOPE, Reach, kind_of

APPLY = re.compile(r"^(Resource)?(Sparse)?Apply")
TEXTBOOK = 24
"""A picture with at most this many nodes is drawn whole, like a textbook's figure."""
READABLE = 60
"""More visible nodes than this do not fit on a laptop screen, so scopes are folded."""
SAVERS = frozenset({"SaveV2", "RestoreV2", "Save", "Restore"})


@dataclass(slots=True)
class Scope:
    """A name scope with the drawn operations directly in it."""

    path: str
    operations: list[Any] = field(default_factory=list)
    children: dict[str, Scope] = field(default_factory=dict)
    machinery: bool = False

    def walk(self) -> Iterable[Scope]:
        """This scope and all below it, outermost first."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def all_operations(self) -> Iterable[Any]:
        """The drawn operations in this scope and below."""
        for scope in self.walk():
            yield from scope.operations

    @property
    def depth(self) -> int:
        """0 for the root, 1 for a top-level scope."""
        return self.path.count("/") + 1 if self.path else 0


def build_tree(reach: Reach, helpers: Helpers) -> Scope:
    """Sort the drawn operations into their scopes and dissolve scopes that hold only one."""
    root = Scope("")
    drawn = [op for op in reach.operations if not helpers.is_helper(op.name)]
    scopes = {_parent(op.name) for op in drawn}
    for op in drawn:
        path = op.name if op.name in scopes else _parent(op.name)
        _descend(root, path).operations.append(op)
    _dissolve(root)
    _mark_machinery(root)
    return root


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _descend(root: Scope, path: str) -> Scope:
    scope = root
    for part in path.split("/") if path else ():
        name = f"{scope.path}/{part}" if scope.path else part
        scope = scope.children.setdefault(part, Scope(name))
    return scope


def _dissolve(scope: Scope) -> None:
    for part, child in list(scope.children.items()):
        _dissolve(child)
        if not child.children and _speaking(child.operations) <= 1:
            scope.operations += child.operations
            del scope.children[part]


def _speaking(operations: Iterable[Any]) -> int:
    return sum(kind_of(op) is not Kind.CONSTANT for op in operations)


def _mark_machinery(root: Scope) -> None:
    for scope in root.walk():
        last = scope.path.rpartition("/")[2]
        scope.machinery = (
            bool(GRADIENT_SCOPE.match(last))
            or is_optimizer(scope)
            or any(op.type in SAVERS for op in scope.operations)
        )


def is_optimizer(scope: Scope) -> bool:
    """TF puts a variable's update at <optimizer>/update_<variable>/Apply<Optimizer>."""
    prefix = f"{scope.path}/update_" if scope.path else "update_"
    return bool(scope.path) and any(
        APPLY.match(op.type) and op.name.startswith(prefix) for op in scope.all_operations()
    )


def choose_folded(root: Scope, depth: int | None, targets: frozenset[str]) -> frozenset[str]:
    """The outermost scopes to draw as one node each.

    With a depth, all scopes below it. Without: nothing in a picture small enough for a textbook;
    else the machinery (unless the user asked for something in it), and then as few levels as
    keep the rest readable.
    """
    if depth is not None:
        return _outermost(root, depth, set())
    deepest = max(scope.depth for scope in root.walk())
    machinery = {scope.path for scope in root.walk() if scope.machinery}
    asked = {path for path in machinery if any(t.startswith(path + "/") for t in targets)}
    attempts = [(deepest, set[str](), TEXTBOOK), (deepest, machinery - asked, READABLE)]
    attempts += [(level, machinery, READABLE) for level in range(deepest, -1, -1)]
    folded: frozenset[str] = frozenset()
    for level, first, limit in attempts:
        folded = _outermost(root, level, first)
        if visible_count(root, folded) <= limit:
            break
    return folded


def _outermost(scope: Scope, depth: int, always: set[str]) -> frozenset[str]:
    if scope.path and (scope.depth > depth or scope.path in always):
        return frozenset({scope.path})
    return frozenset().union(*(_outermost(c, depth, always) for c in scope.children.values()))


def visible_count(scope: Scope, folded: frozenset[str]) -> int:
    """How many nodes a picture has when these scopes are folded."""
    if scope.path in folded:
        return 1
    return len(scope.operations) + sum(visible_count(c, folded) for c in scope.children.values())
