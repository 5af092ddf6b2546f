"""What makes one layer: a unit is an operation with weights of its own, or one that pools.

A scope that holds one unit is a layer, with its bias, its activation and its reshaping; a scope
that holds several is opened. What stands outside of such scopes joins the layer that it follows.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx

from flowgraph.core.collections import GraphKeys
from flowgraph.core.op_def import Trait
from flowgraph.viz.boilerplate import Helpers
from flowgraph.viz.costs import PRODUCTS
from flowgraph.viz.reading import PLACEHOLDERS, VARIABLES

POOLS = frozenset({
    "MaxPool", "MaxPoolV2", "AvgPool", "MaxPool3D", "AvgPool3D", "MaxPoolWithArgmax",
    "FractionalMaxPool", "FractionalAvgPool", "ResizeBilinear", "ResizeNearestNeighbor",
})  # fmt: skip
"""Op types that are layers of their own though they have no weights."""
SUMS = frozenset({"Add", "AddV2", "BiasAdd", "BiasAddV1"})
JOINS = frozenset({"Add", "AddV2", "AddN", "ConcatV2", "Concat"})
FOLLOWERS = frozenset({"BiasAdd", "BiasAddV1", "Softmax", "LogSoftmax", "LRN", "Squeeze"})
"""What belongs to the layer before it, besides what works element by element."""


@dataclass(frozen=True, slots=True)
class Units:
    """`of` maps an operation's name to the unit that it is part of, `reads` to its variables.

    `beside` maps a scope to the variables in it that no operation of the net reads.
    """

    of: dict[str, str]
    reads: dict[str, tuple[Any, ...]]
    beside: dict[str, tuple[Any, ...]]

    def variables_of(self, operations: Sequence[Any]) -> tuple[Any, ...]:
        """The variables that operations read, and those that lie beside them (moving means)."""
        found = {v.name: v for op in operations for v in self.reads.get(op.name, ())}
        for scope in dict.fromkeys(parent(name) for name in list(found)):
            found.update({v.name: v for v in self.beside.get(scope, ())})
        return tuple(found.values())


def parent(name: str) -> str:
    """The scope in which a name lies."""
    return name.rpartition("/")[0]


def common_scope(names: Iterable[str]) -> str:
    """The innermost scope that holds all names; "" when they share none."""
    return os.path.commonpath(["/" + n for n in names]).strip("/")


def is_primary(op: Any) -> bool:
    """Whether an operation is a layer by itself."""
    return op.type in PRODUCTS or op.type in POOLS


def find_units(forward: Sequence[Any], helpers: Helpers) -> Units:
    """The units among the operations of a net."""
    bookkeeping = _bookkeeping(forward)
    reads = {op.name: read for op in forward if (read := _variables_read(op, bookkeeping))}
    read_names = {v.name for read in reads.values() for v in read}
    scopes = {parent(name) for name in read_names} - {""}
    biases = _biases(forward, reads)
    joined = networkx.Graph()  # variables that make one layer are connected
    of: dict[str, str] = {}
    for op in forward:
        weights = [v.name for v in reads.get(op.name, ()) if v.name not in biases]
        if op.type in POOLS or (op.type in PRODUCTS and not weights):
            of[op.name] = op.name
        elif weights:
            of[op.name] = weights[0]
            networkx.add_path(joined, weights)
    _join_scopes(joined, forward, of, reads)
    leader = {name: min(group) for group in networkx.connected_components(joined) for name in group}
    units = {op: leader.get(unit, unit) for op, unit in of.items()}
    return Units(units, reads, _beside(forward, read_names | bookkeeping, scopes))


def _bookkeeping(forward: Sequence[Any]) -> set[str]:
    """Variables that are no weights: the global step, optimizers' powers and slots."""
    if not forward:
        return set()
    graph = forward[0].graph
    trained = {v.op.name for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)}
    variables = {op.name: op for op in graph.get_operations() if op.type in VARIABLES}
    return {
        name for name, op in variables.items()
        if name not in trained and (op.attrs["shape"].rank == 0 or _is_slot(name, variables))
    }  # fmt: skip


def _is_slot(name: str, variables: Container[str]) -> bool:
    """Whether a variable is named below another ("net/w/Adam", in a scope "net/net/w/Adam")."""
    *parts, _ = name.split("/")
    ends = range(1, len(parts) + 1)
    return any("/".join(parts[:k]) in variables or "/".join(parts[-k:]) in variables for k in ends)


def _variables_read(op: Any, bookkeeping: set[str]) -> tuple[Any, ...]:
    """The variables whose values an operation takes, through their reads and casts."""
    found = {}
    for tensor in op.inputs:
        source = tensor.op
        while source.type in ("Identity", "ReadVariableOp", "Cast", "Enter") and len(source.inputs):
            source = source.inputs[0].op
        if source.type in VARIABLES and source.name not in bookkeeping:
            found[source.name] = source
    return tuple(found.values())


def _beside(
    forward: Sequence[Any], known: set[str], scopes: set[str]
) -> dict[str, tuple[Any, ...]]:
    """Scope of weights -> the variables in it that only updates use: moving means."""
    found: dict[str, tuple[Any, ...]] = {}
    for op in forward[0].graph.get_operations() if forward else ():
        scope = parent(op.name)
        if op.type in VARIABLES and op.name not in known and scope in scopes:
            found[scope] = (*found.get(scope, ()), op)
    return found


def _biases(forward: Sequence[Any], reads: dict[str, tuple[Any, ...]]) -> set[str]:
    """Variables that are added to what a product just gave."""
    found: set[str] = set()
    for op in forward:
        if op.type in SUMS and any(t.op.type in PRODUCTS for t in op.inputs):
            found.update(v.name for v in reads.get(op.name, ()))
    return found


def _join_scopes(
    joined: Any, forward: Sequence[Any], of: dict[str, str], reads: dict[str, tuple[Any, ...]]
) -> None:
    """Weights that no product takes make one layer a scope, and join that of the scope's product.

    So gamma and beta are one batch normalisation, which is part of the convolution around it.
    """
    products = {v.name for op in forward if op.type in PRODUCTS for v in reads.get(op.name, ())}
    others = {v.name for op in forward if op.name in of for v in reads.get(op.name, ())} - products
    by_scope: dict[str, list[str]] = {}
    for name in others:
        if parent(name):
            by_scope.setdefault(parent(name), []).append(name)
    around: dict[str, list[str]] = {}
    for name in products:
        around.setdefault(parent(name), []).append(name)
    for scope, names in by_scope.items():
        networkx.add_path(joined, names)
        owners = around.get(scope) or around.get(parent(scope) or "/", [])
        if len(owners) == 1:
            joined.add_edge(owners[0], names[0])
    for op in forward:  # a separable convolution is two products and one layer
        before = op.inputs[0].op if len(op.inputs) else None
        if before is not None and before.type == "DepthwiseConv2dNative" and op.type == "Conv2D":
            pair = [of.get(before.name, ""), of.get(op.name, "")]
            if all(pair) and parent(pair[0]) == parent(pair[1]) != "":
                joined.add_edge(*pair)


def assign(forward: Sequence[Any], found: Units, helpers: Helpers) -> dict[str, str]:
    """Operation -> the layer that it belongs to, named by its scope."""
    held = _units_by_scope(found)
    groups: dict[str, str] = {}
    for op in forward:
        scope = _layer_scope(op.name, held)
        if scope == op.name:
            scope = _loose(op, found, groups)
        groups[op.name] = scope
    return _named(groups, found)


def _units_by_scope(found: Units) -> dict[str, set[str]]:
    """Scope (or operation) -> the units within it."""
    held: dict[str, set[str]] = {}
    for name, unit in found.of.items():
        parts = name.split("/")
        for k in range(1, len(parts) + 1):
            held.setdefault("/".join(parts[:k]), set()).add(unit)
    return held


def _layer_scope(name: str, held: dict[str, set[str]]) -> str:
    """The outermost scope around an operation that holds one unit at most."""
    parts = name.split("/")
    for k in range(1, len(parts)):
        scope = "/".join(parts[:k])
        if len(held.get(scope, ())) <= 1:
            return scope
    return name


def _loose(op: Any, found: Units, groups: dict[str, str]) -> str:
    """The layer of an operation that stands in a scope of several: its unit's, or the one before.

    What joins two layers (a residual's sum, a concatenation) is a layer of its own.
    """
    if op.name in found.of:
        return "unit:" + found.of[op.name]
    inputs = [
        t.op for t in op.inputs
        if t.op.name in groups and not (t.op.type in PLACEHOLDERS and not t.shape.rank)
    ]  # fmt: skip
    before = dict.fromkeys(groups[o.name] for o in inputs)
    follows = op.type in FOLLOWERS or op.op_def.traits & Trait.ELEMENTWISE
    if len(before) == 1 and follows and inputs[0].type not in PLACEHOLDERS:
        return next(iter(before))
    return op.name


def _named(groups: dict[str, str], found: Units) -> dict[str, str]:
    """Units that stand in no scope of their own are called after their first operation."""
    first: dict[str, str] = {}
    for name, group in groups.items():
        if group.startswith("unit:") and name in found.of:
            first.setdefault(group, name)
    return {name: first.get(group, group) for name, group in groups.items()}
