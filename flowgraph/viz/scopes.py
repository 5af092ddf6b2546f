"""The tree of name scopes, and which of them are folded into one node.

A scope that holds a single operation (besides constants) gets no box: its name becomes part of
the operation's title. Machinery (gradients, the optimizer, the saver) is folded before layers.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Sequence
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
ROUTINE = re.compile(
    r"^(num_present|broadcast_weights|assert_\w+|Assert|Regularizer|Initializer|"
    r"\w*_?[Rr]egularizer|static_\w+|stopped_gradients)(_\d+)?$"
)
"""Scopes that layers and losses make for their own ends; nobody looks for them."""
SAVERS = frozenset({"SaveV2", "RestoreV2", "Save", "Restore"})


@dataclass(slots=True)
class Scope:
    """A name scope with the drawn operations directly in it."""

    path: str
    operations: list[Any] = field(default_factory=list)
    children: dict[str, Scope] = field(default_factory=dict)
    machinery: bool = False
    alike: tuple[int, str] | None = None
    """Of an invented scope: how many scopes are in it, and which one they repeat."""

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
    _adopt(root, reach, helpers)
    _dissolve(root)
    _mark_machinery(root)
    return root


def _adopt(root: Scope, reach: Reach, helpers: Helpers) -> None:
    """A variable that only an optimizer uses (Adam's beta1_power) stands in the optimizer's scope.

    What a Saver does with it does not count.
    """
    users: dict[str, set[str]] = {}
    for op in reach.operations:
        drawn = helpers.drawn_as(op.name)
        if drawn is not None and op.type not in SAVERS:
            for tensor in op.inputs:
                users.setdefault(helpers.drawn_as(tensor.op.name) or "", set()).add(drawn)
    for optimizer in [scope for scope in root.walk() if is_optimizer(scope)]:
        for scope in root.walk():
            taken = [
                op for op in scope.operations
                if kind_of(op) is Kind.VARIABLE and op.name not in reach.targets
                and (of := users.get(op.name, set()) - {op.name})
                and all(user.startswith(optimizer.path + "/") for user in of)
            ]  # fmt: skip
            if taken and scope is not optimizer:
                scope.operations = [op for op in scope.operations if op not in taken]
                optimizer.operations += taken


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


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which scopes the user wants folded (`shut`) or not (`open`), whatever else is chosen."""

    shut: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()


def wishes(
    root: Scope, fold: Sequence[str], unfold: Sequence[str], main: Sequence[str], gradients: Any
) -> Wishes:
    """Finds the scopes that are meant: by patterns of their paths ("conv*", "net/block_?").

    `main` opens what it names and folds all else; `gradients` opens or folds those.
    """
    paths = [scope.path for scope in root.walk() if scope.path]
    shut = _matching(paths, fold, "fold")
    opened = _matching(paths, [*unfold, *main], "unfold" if not main else "main")
    grads = {p for p in paths if GRADIENT_SCOPE.match(p.rpartition("/")[2])}
    if gradients == "show":
        opened |= {p for p in paths if any(p == g or p.startswith(g + "/") for g in grads)}
    elif gradients == "fold":
        shut |= grads
    around = {p[:k] for p in opened for k in range(len(p)) if p[k] == "/"}
    if main:
        inside = {p for p in paths if any(p.startswith(o + "/") for o in opened)}
        shut |= set(paths) - opened - around - inside
    return Wishes(frozenset(shut), frozenset(opened | around) - shut)


def _matching(paths: Sequence[str], patterns: Sequence[str], word: str) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        hit = set(fnmatch.filter(paths, pattern))
        if not hit:
            near = ", ".join(difflib.get_close_matches(pattern, paths, 3) or sorted(paths)[:3])
            hint = f": there are {near}" if near else ""
            raise ValueError(f"{word}={pattern!r} matches no scope that is drawn{hint}")
        found |= hit
    return found


def choose_folded(
    root: Scope, depth: int | None, targets: frozenset[str], wish: Wishes = Wishes()
) -> frozenset[str]:
    """The outermost scopes to draw as one node each.

    With a depth, all scopes below it. Without: nothing in a picture small enough for a textbook;
    else routine and machinery (unless the user asked for something in it), and then as few levels
    as keep the rest readable. What the user wishes open or shut is so.
    """
    if depth is not None:
        return _outermost(root, depth, set(), wish)
    deepest = max(scope.depth for scope in root.walk())
    machinery = {scope.path for scope in root.walk() if scope.machinery}
    asked = {path for path in machinery if any(t.startswith(path + "/") for t in targets)}
    last = {scope.path: scope.path.rpartition("/")[2] for scope in root.walk()}
    routine = {path for path, name in last.items() if ROUTINE.match(name)}
    attempts = [(deepest, set[str](), TEXTBOOK), (deepest, routine | machinery - asked, READABLE)]
    attempts += [(level, routine | machinery, READABLE) for level in range(deepest, -1, -1)]
    folded: frozenset[str] = frozenset()
    for level, first, limit in attempts:
        folded = _outermost(root, level, first, wish)
        if visible_count(root, folded) <= limit:
            break
    return folded


def _outermost(scope: Scope, depth: int, always: set[str], wish: Wishes) -> frozenset[str]:
    path = scope.path
    if path in wish.shut:
        return frozenset({path})
    if path and path not in wish.open and (scope.depth > depth or path in always):
        return frozenset({path})
    return frozenset().union(*(_outermost(c, depth, always, wish) for c in scope.children.values()))


def visible_count(scope: Scope, folded: frozenset[str]) -> int:
    """How many nodes a picture has when these scopes are folded."""
    if scope.path in folded:
        return 1
    return len(scope.operations) + sum(visible_count(c, folded) for c in scope.children.values())
