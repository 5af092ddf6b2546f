"""Cuts a tall picture into columns: where one node alone joins what is above to what is below.

A layer after the other makes a picture of a thousand points' height, of which a screen shows half.
As in a flowchart, an edge that is cut ends in a numbered circle, and goes on at the top of the next
column from one of the same number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, combinations, pairwise
from typing import TYPE_CHECKING, Any

from flowgraph.viz.model import Edge, Node, Picture

if TYPE_CHECKING:
    import networkx as nx

TALL = 640.0
"""Points of height from which on a picture is cut."""
COLUMN = 440.0
MOST_COLUMNS = 4
MOST_PLACES = 30
"""Of more places than these only some are tried."""
WORTH = 0.75
"""Cuts that leave a taller part of a picture than this are not made."""
WIDE = 3.0
"""So many nodes for each one of the longest path: the picture is no chain, and wide already."""
_NODE, _ROW, _LINE, _EDGE, _LABEL, _BOX, _END = 24.0, 18.0, 10.0, 18.0, 22.0, 22.0, 35.0


Cut = tuple[Edge, ...]
"""Edges of one source that are cut together."""


def cuts(picture: Picture, columns: int | None = None) -> tuple[Cut, ...]:
    """Where to cut, from top to bottom; nowhere when the picture is not tall, or cannot be cut.

    Args:
      picture: what is drawn.
      columns: how many columns at most; None chooses.

    Raises:
      ValueError: `columns` is not positive.
    """
    if columns is not None and columns < 1:
        raise ValueError(f"columns must be 1 or more, got {columns}")
    shown = [edge for edge in picture.edges if not edge.background]
    path, places = _longest(picture, shown)
    height = places[-1] if places else 0.0
    wanted = columns or _columns(height, len(picture.nodes) / max(1, len(places)))
    if wanted < 2:
        return ()
    found = _free(picture, shown, path)
    free = list(found)
    free = free[:: max(1, -(-len(free) // MOST_PLACES))]
    choices = chain.from_iterable(combinations(free, count) for count in range(wanted))
    best = min(choices, key=lambda choice: _tallest(choice, places) + _END * len(choice))
    if columns is None and _tallest(best, places) > WORTH * height:
        return ()
    return tuple(found[index] for index in best)


def _tallest(choice: Sequence[int], places: Sequence[float]) -> float:
    """The height of the tallest column when a path is cut at these places."""
    ends = [0.0, *(places[index] for index in choice), places[-1]]
    return max(
        end - start + _END * ((i > 0) + (i < len(choice)))
        for i, (start, end) in enumerate(pairwise(ends))
    )


def _columns(height: float, breadth: float) -> int:
    if height < TALL or breadth > WIDE:
        return 1
    return min(MOST_COLUMNS, round(height / COLUMN))


def _longest(picture: Picture, shown: Sequence[Edge]) -> tuple[list[Edge], list[float]]:
    """The edges of the tallest path, and how far down each of its nodes ends."""
    import networkx as nx

    nodes = {node.name: node for node in picture.nodes}
    homes = {node.name: c.path for c in picture.root.walk() for node in c.nodes}
    graph: nx.DiGraph[str] = nx.DiGraph()
    for edge in shown:
        box = _BOX if homes[edge.source] != homes[edge.target] else 0.0
        label = _LABEL if edge.labels else 0.0
        height = _height(nodes[edge.source]) + _EDGE + box + label
        graph.add_edge(edge.source, edge.target, height=height, edge=edge)
    if not graph or not nx.is_directed_acyclic_graph(graph):  # folding may close a circle
        return [], []
    names = nx.dag_longest_path(graph, weight="height")
    path = [graph.edges[pair] for pair in pairwise(names)]
    places, down = [], 0.0
    for step in path:
        places.append(down := down + step["height"])
    return [step["edge"] for step in path], [*places, down + _height(nodes[names[-1]])]


def _height(node: Node) -> float:
    return _NODE + _ROW * len(node.rows) + _LINE * node.detail.count("\n")


def _free(picture: Picture, shown: Sequence[Edge], path: Sequence[Edge]) -> dict[int, Cut]:
    """The places on the path that may be cut, and the edges there: no box is split, either."""
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph()
    going: dict[str, list[Edge]] = {}
    for edge in shown:
        graph.add_edge(edge.source, edge.target)
        going.setdefault(edge.source, []).append(edge)
    boxes = [{n.name for inner in box.walk() for n in inner.nodes} for box in picture.clusters]
    found: dict[int, Cut] = {}
    for index, edge in enumerate(path):
        together = tuple(going[edge.source])
        alone = tuple(e for e in together if e.target == edge.target)
        for cut in dict.fromkeys((alone, together)):
            if index not in found and _divides(graph, cut, boxes):
                found[index] = cut
    return found


def _divides(graph: Any, cut: Cut, boxes: Iterable[set[str]]) -> bool:
    """Whether nothing but these edges joins their source to their targets, and boxes stay whole."""
    import networkx as nx

    if any(edge.control or edge.row for edge in cut):
        return False
    rest = nx.restricted_view(graph, [], [(edge.source, edge.target) for edge in cut])
    above = nx.node_connected_component(rest, cut[0].source)
    if any(edge.target in above for edge in cut):
        return False
    return all(box <= above or not box & above for box in boxes)
