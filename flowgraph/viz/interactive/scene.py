"""A graph as the data of an interactive pane: all scopes with what is in them, and details.

It is the picture that `draw` makes with every scope open, which the page's script folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowgraph.viz import (
    assembly,
    boilerplate,
    compact,
    crowds,
    graph_def,
    notes,
    reading,
    scopes,
)
from flowgraph.viz.interactive import details
from flowgraph.viz.interactive.details import Table
from flowgraph.viz.model import Cluster, Kind, Picture
from flowgraph.viz.reading import Reach

CROWD = 60
"""More things than this in one scope are put into invented ones."""
_BUNCHES = 24
_MOST_IN_FUNCTIONS = 5000
"""Operations in functions that a pane has room for."""
_KEPT = (Kind.PLACEHOLDER, Kind.VARIABLE)
_NONE: frozenset[str] = frozenset()
_ELLIPSIS = " … "
Json = dict[str, Any]


def graph_pane(
    source: Any,
    title: str = "Graph",
    *,
    values: Mapping[str, Json] | None = None,
    texts: Mapping[str, Any] | None = None,
    depth: int | None = None,
    fold: Sequence[str] = (),
    unfold: Sequence[str] = (),
    main: Sequence[str] = (),
    hide: Sequence[str] = (),
    gradients: str = "auto",
    with_lines: bool = True,
) -> Json:
    """The pane of a graph, or of what some tensors depend on.

    Args:
      source: as for `draw`.
      title: what the pane's tab says.
      values: tensor's name -> what `values.summary` tells of it.
      texts: tensor's name -> its value, to be told on edges in few words.
      depth, fold, unfold, main, hide, gradients: as for `draw`; they say what is folded at first.
      with_lines: whether operations tell the user's line; those of a GraphDef never do.

    Raises:
      TypeError, ValueError: as `draw`.
    """
    reach = reading.read(source)
    if hide or gradients == "hide":
        reach = reading.without(reach, hide, gradients != "hide")
    helpers = boilerplate.find_helpers(reach)
    tree = scopes.build_tree(reach, helpers)
    wish = scopes.wishes(tree, fold, unfold, main, gradients)
    if depth is None:
        repeats = crowds.bunch_repeats(tree, wish)
        wish = scopes.Wishes(wish.shut | repeats, wish.open)
    folded = scopes.choose_folded(tree, depth, reach.targets, wish)
    if depth is None:
        folded = _overview(tree, folded, reach.targets, wish)
    large = sum(1 for _ in tree.all_operations()) > scopes.TEXTBOOK
    if large:
        compact.inline_constants(reach, helpers, tree, _NONE)
    told = notes.values_by_tensor(reach, texts)
    plan = assembly.Plan(reach, helpers, _NONE, compact.Stacks(), True, large, told)
    picture = assembly.assemble(plan, tree, None)
    marks = {scope.path: scope for scope in tree.walk()}
    with_lines = with_lines and not graph_def.is_graph_def(source)
    return _pane(reach, picture, marks, folded, title, values or {}, with_lines)


def _overview(
    tree: scopes.Scope, folded: frozenset[str], targets: frozenset[str], wish: scopes.Wishes
) -> frozenset[str]:
    """What is folded at first: more than `draw` folds, as the rest is a click away."""
    shut = scopes.Wishes(wish.shut | (folded - wish.open), wish.open)
    deepest = max(scope.depth for scope in tree.walk())
    for level in range(deepest, -1, -1):
        if scopes.visible_count(tree, folded) <= scopes.TEXTBOOK:
            break
        folded = scopes.choose_folded(tree, level, targets, shut)
    return folded


def _pane(
    reach: Reach,
    picture: Picture,
    marks: Mapping[str, scopes.Scope],
    folded: frozenset[str],
    title: str,
    values: Mapping[str, Json],
    with_lines: bool,
) -> Json:
    numbers = {op.name: k for k, op in enumerate(reach.operations)}
    places = {node.name: k for k, node in enumerate(picture.nodes)}
    labels = Table()
    edges = [
        [places[e.source], places[e.target], [labels.number(x) for x in e.labels], e.tensors,
         int(e.control)]
        for e in picture.edges
    ]  # fmt: skip
    nodes = [
        {"title": n.title, "detail": n.detail, "kind": n.kind.value, "target": n.target,
         "ops": _own_first(n.name, [numbers[name] for name in n.operations], numbers)}
        for n in picture.nodes
    ]  # fmt: skip
    tree = _Tree(picture, places, marks, folded).root()
    pane = {"kind": "graph", "title": title, "nodes": nodes, "edges": edges, "tree": tree,
            "labels": labels.values, "values": _by_place(values, numbers)}  # fmt: skip
    functions = _Functions(with_lines)
    pane |= _operations(reach, numbers, with_lines, functions)
    return pane | {"functions": functions.panes}


def _own_first(name: str, members: list[int], numbers: Mapping[str, int]) -> list[int]:
    own = numbers[name]
    return [own, *(number for number in members if number != own)]


def _by_place(values: Mapping[str, Json], numbers: Mapping[str, int]) -> Json:
    found = {}
    for tensor, told in values.items():
        name, _, index = tensor.rpartition(":")
        if name in numbers:
            found[f"{numbers[name]}:{index}"] = told
    return found


class _Functions:
    """The panes of the functions that operations run: the branches of a cond, a loop's body."""

    def __init__(self, with_lines: bool) -> None:
        self.panes: list[Json] = []
        self._with_lines = with_lines
        self._left = _MOST_IN_FUNCTIONS

    def linked(self, op: Any, told: Sequence[tuple[str, str]]) -> tuple[Any, ...]:
        """Attributes, those that are functions with the number of their pane."""
        return tuple((n, text, *self._place(op, n)) for n, text in told)

    def _place(self, op: Any, name: str) -> tuple[int, ...]:
        function = op.attrs.get(name)
        if not hasattr(function, "get_operations"):
            return ()
        size = len(function.get_operations())
        if not 0 < size <= self._left:
            return ()
        self._left -= size
        title = f"{op.name}: {name}"
        self.panes.append(graph_pane(function, title, with_lines=self._with_lines))
        return (len(self.panes) - 1,)


def _operations(
    reach: Reach, numbers: Mapping[str, int], with_lines: bool, functions: _Functions
) -> Json:
    """The operations in columns; `types`, `specs`, `lines`, `attributes` are tables."""
    types, specs, lines, attributes = Table(), Table(), Table(), Table()
    columns: dict[str, list[Any]] = {
        key: [] for key in ("name", "type", "inputs", "controls", "outputs", "line", "attributes")
    }
    for op in reach.operations:
        made = getattr(op, "created_at", None) if with_lines else None
        told = functions.linked(op, details.attributes(op))
        inputs = [t for t in op.inputs if t.op.name in numbers]
        columns["name"].append(op.name)
        columns["type"].append(types.number(op.type))
        columns["inputs"].append([x for t in inputs for x in (numbers[t.op.name], t.value_index)])
        columns["controls"].append(
            [numbers[c.name] for c in op.control_inputs if c.name in numbers]
        )
        columns["outputs"].append([specs.number(details.spec(t)) for t in op.outputs])
        columns["line"].append(lines.number(made, details.line))
        columns["attributes"].append(attributes.number(told))
    return {"ops": columns, "types": types.values, "specs": specs.values, "lines": lines.values,
            "attributes": attributes.values}  # fmt: skip


class _Tree:
    """The clusters as nested data; what is crowded gets invented scopes."""

    def __init__(
        self,
        picture: Picture,
        places: Mapping[str, int],
        marks: Mapping[str, scopes.Scope],
        folded: frozenset[str],
    ) -> None:
        self._picture, self._places, self._marks, self._folded = picture, places, marks, folded

    def root(self) -> Json:
        """The scope around everything, which is open."""
        return self._scope(self._picture.root, True)

    def _scope(self, cluster: Cluster, is_open: bool) -> Json:
        is_open = is_open and cluster.path not in self._folded and _ELLIPSIS not in cluster.path
        nodes, inner = self._sparse(cluster)
        mark = self._marks.get(cluster.path)
        told: Json = {
            "path": cluster.path or "the graph", "title": cluster.title, "kind": cluster.kind.value,
            "open": is_open, "nodes": nodes,
            "scopes": [self._scope(c, is_open) for c in inner],
        }  # fmt: skip
        if mark is not None and mark.machinery:
            told["machinery"] = "gradients" if reading.in_gradients(cluster.path) else "machinery"
        if mark is not None and mark.alike:
            told["alike"] = f"{mark.alike[0]} × like {mark.alike[1]}"
        return told

    def _sparse(self, cluster: Cluster) -> tuple[list[int], list[Cluster]]:
        """The numbers of the nodes, and the scopes, that lie directly in a scope."""
        nodes, inner = list(cluster.nodes), list(cluster.clusters)
        if len(nodes) + len(inner) > CROWD:
            kept = [node for node in nodes if node.kind in _KEPT]
            kept = kept if len(kept) <= _BUNCHES else []
            crowd = [node for node in nodes if node not in kept] if kept else nodes
            if len(inner) > _BUNCHES:
                inner = [_bunch(cluster, [], part) for part in _split(inner)]
            if len(crowd) > _BUNCHES:
                inner += [_bunch(cluster, part, []) for part in _split(crowd)]
                nodes = kept
        return [self._places[node.name] for node in nodes], inner


def _split(crowd: Sequence[Any]) -> list[list[Any]]:
    size = max(2, -(-len(crowd) // _BUNCHES))
    return [list(crowd[start : start + size]) for start in range(0, len(crowd), size)]


def _bunch(around: Cluster, nodes: Sequence[Any], clusters: Sequence[Cluster]) -> Cluster:
    """An invented scope, which is folded: no scope's own name has the ellipsis."""
    paths = [node.name for node in nodes] + [cluster.path for cluster in clusters]
    titles = [thing.title for thing in (*nodes, *clusters)]
    path, title = (words[0] + _ELLIPSIS + words[-1] for words in (paths, titles))
    return Cluster(path, title, around.kind, tuple(nodes), tuple(clusters))
