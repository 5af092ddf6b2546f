"""Make a large picture smaller without hiding structure.

A straight run of operations that keeps its shape (Conv2D, BiasAdd, Relu) becomes one node with a
row for each, and a constant used once is named in the formula of the operation that uses it.
Small pictures keep every node: they are read as a textbook's figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flowgraph.viz.boilerplate import Helpers
from flowgraph.viz.model import Kind
from flowgraph.viz.reading import Reach, constant_text, describe, kind_of
from flowgraph.viz.scopes import Scope


@dataclass(slots=True)
class Stacks:
    """`head`: operation -> first of its stack; `rows`: first -> the others, in order."""

    head: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Any]] = field(default_factory=dict)


def open_scopes(scope: Scope, folded: frozenset[str]) -> Iterable[Scope]:
    """The scopes whose operations are visible."""
    if scope.path not in folded:
        yield scope
        for child in scope.children.values():
            yield from open_scopes(child, folded)


def inline_constants(reach: Reach, helpers: Helpers, tree: Scope, folded: frozenset[str]) -> None:
    """A short constant with a single visible user becomes a helper of that user."""
    visible = {op.name for scope in open_scopes(tree, folded) for op in scope.operations}
    for scope in open_scopes(tree, folded):
        for op in scope.operations:
            if kind_of(op) is not Kind.CONSTANT or op.name in reach.targets:
                continue
            users = _visible_users(reach, helpers, visible, op)
            if len(users) == 1 and constant_text(op) is not None:
                helpers.owner[op.name] = users.pop()


def stack_runs(reach: Reach, helpers: Helpers, tree: Scope, folded: frozenset[str]) -> Stacks:
    """Find the straight runs within each open scope."""
    stacks = Stacks()
    visible = {op.name for scope in open_scopes(tree, folded) for op in scope.operations}
    for scope in open_scopes(tree, folded):
        here = {op.name: op for op in scope.operations if not helpers.is_helper(op.name)}
        for op in here.values():
            before = here.get(_predecessor(helpers, op) or "")
            if before is not None and _may_follow(reach, helpers, visible, before, op):
                head = stacks.head.setdefault(before.name, before.name)
                stacks.head[op.name] = head
                stacks.rows.setdefault(head, []).append(op)
    return stacks


def _visible_users(reach: Reach, helpers: Helpers, visible: set[str], op: Any) -> set[str]:
    users = {helpers.drawn_as(user.name) for user, _ in reach.consumers[op.name]}
    return {user for user in users if user in visible}


def _predecessor(helpers: Helpers, op: Any) -> str | None:
    """The one drawn operation, besides variables and constants, that this one works on."""
    if op.control_inputs or kind_of(op) not in (Kind.OPERATION, Kind.GRADIENT):
        return None
    sources = set()
    for tensor in op.inputs:
        name = helpers.drawn_as(tensor.op.name)
        if name is not None and name != op.name and not _is_state(tensor.op):
            sources.add(name)
    return sources.pop() if len(sources) == 1 else None


def _is_state(op: Any) -> bool:
    while op.type in ("Identity", "ReadVariableOp") and len(op.inputs):
        op = op.inputs[0].op
    return kind_of(op) in (Kind.VARIABLE, Kind.CONSTANT)


def _may_follow(reach: Reach, helpers: Helpers, visible: set[str], before: Any, op: Any) -> bool:
    if before.name in reach.targets or kind_of(before) is not kind_of(op):
        return False
    if _visible_users(reach, helpers, visible, before) - {before.name} != {op.name}:
        return False
    if len(before.outputs) != 1 or len(op.outputs) != 1:
        return False
    return describe(before.outputs[0]) == describe(op.outputs[0])
