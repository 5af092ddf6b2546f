"""Write a picture model as graphviz source: shapes, colours, labels, the legend.

The colours are Okabe and Ito's, which the colour-blind can tell apart; each kind of node also
has its own shape, so that a picture survives a black-and-white printer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from flowgraph.viz import palette
from flowgraph.viz.columns import Cut
from flowgraph.viz.model import Cluster, Edge, Kind, Node, Picture
from flowgraph.viz.palette import escape as _escape

FONT = "Helvetica"
INK, FAINT = palette.INK, palette.FAINT

STYLES: dict[Kind, dict[str, str]] = {
    Kind.PLACEHOLDER: {"shape": "parallelogram", "fixedsize": "true",
                       "fillcolor": palette.BLUE_FILL, "color": palette.BLUE},
    Kind.VARIABLE: {"shape": "cylinder", "fillcolor": palette.ORANGE_FILL, "color": palette.ORANGE},
    Kind.CONSTANT: {"shape": "ellipse", "fillcolor": palette.YELLOW_FILL, "color": palette.OLIVE},
    Kind.OPERATION: {"shape": "box", "style": "rounded,filled", "fillcolor": palette.PAPER,
                     "color": palette.SOFT},
    Kind.GRADIENT: {"shape": "octagon", "margin": "0.03,0.0", "fillcolor": palette.PURPLE_FILL,
                    "color": palette.PURPLE},
}  # fmt: skip
FOLDED = {"shape": "box3d", "style": "filled", "margin": "0.12,0.08"}
CLUSTER_FILL = {Kind.OPERATION: (palette.LANE, "#E9EDF1"), Kind.GRADIENT: ("#FBF3F7", "#F5E6EE")}
CONTROL = {"style": "dashed", "color": palette.FAINT, "arrowhead": "vee"}
CUT = {"shape": "circle", "fixedsize": "true", "width": "0.24", "height": "0.24",
       "fillcolor": palette.LANE, "color": palette.FAINT, "fontsize": "10",
       "class": "cut"}  # fmt: skip
SIDE = (Kind.PLACEHOLDER, Kind.VARIABLE, Kind.CONSTANT)
"""Kinds that stand beside the main line of a picture."""
MANY = 60
"""With more nodes the layout's network simplex is cut short: it may take minutes otherwise."""
MOST_LABELS = 2
WRAP = 22


def to_dot(picture: Picture, *, legend: bool = True, cut: Sequence[Cut] = ()) -> str:
    """The graphviz source of a picture; edges that are `cut` go on in another column."""
    import graphviz

    graph = graphviz.Digraph("flowgraph")
    gap = "0.13" if picture.compact else "0.26"
    graph.attr("graph", rankdir="TB", nodesep="0.2", ranksep=gap, bgcolor=palette.PAPER,
               fontname=FONT, fontcolor=INK, fontsize="11", pad="0.1", newrank="true")  # fmt: skip
    if len(picture.nodes) > MANY:
        graph.attr("graph", nslimit="2", nslimit1="2")
    graph.attr("node", fontname=FONT, fontcolor=INK, fontsize="11", style="filled",
               height="0.3", width="0.5", margin="0.11,0.045", penwidth="1.1")  # fmt: skip
    graph.attr("edge", fontname=FONT, fontcolor=FAINT, fontsize="9", color=palette.SOFT,
               arrowsize="0.6")  # fmt: skip
    if picture.title:
        graph.attr("graph", label=f"<<B>{_escape(picture.title)}</B>>", labelloc="t")
    _write_cluster(graph, picture.root, 0, bool(picture.heat))
    beside = _write_edges(graph, picture, cut)
    if legend:
        _write_legend(graph, picture, beside, cut)
    return str(graph.source)


def _id(name: str) -> str:
    """A node's identifier: colons would be ports, backslashes escapes, <...> markup."""
    return re.sub(r"[:\\<>%]", lambda letter: f"%{ord(letter[0]):x}", name)


def _wrapped(title: str) -> list[str]:
    """A long name in lines, broken before a capital or after a slash or an underscore."""
    lines = [""]
    for part in re.findall(r".[^A-Z/_]*[/_]?", title):
        if lines[-1] and len(lines[-1]) + len(part) > WRAP:
            lines.append("")
        lines[-1] += part
    return [line for line in lines if line]


def _label(title: str, detail: str) -> str:
    lines = [f"<B>{_escape(line)}</B>" for line in _wrapped(title)]
    lines += [
        f'<FONT POINT-SIZE="9" COLOR="#444444">{_escape(line)}</FONT>'
        for line in detail.split("\n")
        if line
    ]
    return "<" + "<BR/>".join(lines) + ">"


def _write_node(graph: Any, node: Node, heat: bool) -> None:
    if node.rows:
        graph.node(_id(node.name), label=_stack_label(node, heat), shape="plain", style="",
                   tooltip=_tooltip(node), **{"class": node.kind.value})  # fmt: skip
    else:
        style = _node_style(node, heat)
        graph.node(_id(node.name), label=_label(node.title, node.detail), **style)


def _write_cluster(graph: Any, cluster: Cluster, level: int, heat: bool) -> None:
    for node in cluster.nodes:
        _write_node(graph, node, heat)
    for child in cluster.clusters:
        fills = CLUSTER_FILL[child.kind]
        with graph.subgraph(name=f"cluster_{_id(child.path)}") as box:
            box.attr(label=f"<<B>{_escape(child.title)}</B>>", style="rounded,filled",
                     fillcolor=fills[level % 2], color=palette.RULE, fontsize="10",
                     fontcolor="#555555", labeljust="l", margin="7",
                     tooltip=_escape(child.path),
                     **{"class": f"scope {child.kind.value}"})  # fmt: skip
            _write_cluster(box, child, level + 1, heat)


def _node_style(node: Node, heat: bool = False) -> dict[str, str]:
    style = dict(STYLES[node.kind]) | {"class": node.kind.value}
    if node.kind is Kind.PLACEHOLDER and not node.folded:
        style |= _slanted_size(node)
    if node.folded:
        style |= FOLDED
        if node.kind is Kind.OPERATION:
            style["fillcolor"] = palette.FOLDED_FILL
    if heat:
        style["fillcolor"] = palette.PAPER if node.heat is None else palette.HEAT[node.heat]
    if node.target:
        style["penwidth"] = "2.6"
    style["tooltip"] = _tooltip(node)
    return style


def _slanted_size(node: Node) -> dict[str, str]:
    """A parallelogram that fits its text (graphviz would make it twice as large)."""
    details = node.detail.split("\n") if node.detail else []
    title = 0.095 * len(node.title)
    slant = (0.4 if details else 0.32) + 0.12 * max(0, len(details) - 1)
    width = max([title, 0.3, *(0.07 * len(line) for line in details)]) + slant
    height = 0.12 + (0.18 if node.title else 0) + 0.14 * len(details)
    return {"width": f"{width:.2f}", "height": f"{height:.2f}"}


def _tooltip(node: Node) -> str:
    names = list(node.operations[:12])
    if len(node.operations) > len(names):
        names.append(f"and {len(node.operations) - len(names)} more")
    return _escape("\n".join(names)).replace("\\", "\\\\")


def _write_edges(graph: Any, picture: Picture, cut: Sequence[Cut]) -> set[str]:
    """Write what is shown; returns the nodes that stand beside their user."""
    nodes = {node.name: node for node in picture.nodes}
    shown = [edge for edge in picture.edges if not edge.background]
    beside = _beside(picture, shown, nodes) if picture.compact else set()
    for edge in shown:
        source, target = nodes[edge.source], nodes[edge.target]
        if edge.source in beside:
            _write_flat(graph, source, target, _row_index(target, edge))
        else:
            number = next((k for k, edges in enumerate(cut, 1) if edge in edges), 0)
            is_first = bool(number) and edge == cut[number - 1][0]
            _write_edge(graph, edge, source, target, number, is_first)
    if cut:
        _write_columns(graph, _starts(picture, beside, cut)[0], len(cut))
    return beside


def _starts(picture: Picture, beside: set[str], cut: Sequence[Cut]) -> list[str]:
    """The nodes at the top, which nothing flows into as far as edges are drawn.

    Where there are columns, the first one's come first, then what is joined to none of them.
    """
    import networkx as nx

    shown = [edge for edge in picture.edges if not edge.background]
    starts = {edge.source for edge in shown} - {edge.target for edge in shown} - beside
    ordered = [node.name for node in picture.nodes if node.name in starts]
    if not cut:
        return ordered
    graph = nx.DiGraph([(edge.source, edge.target) for edge in shown])
    first = nx.ancestors(graph, cut[0][0].source) | {cut[0][0].source}
    joined = nx.node_connected_component(graph.to_undirected(), cut[0][0].source)
    alone = [name for name in ordered if name not in joined]
    return [name for name in ordered if name in first] + alone


def _write_columns(graph: Any, first: str, cuts: int) -> None:
    """All columns begin at the top, the first at the left."""
    tops = [_id(first), *(_cut_id(number, "in") for number in range(1, cuts + 1))]
    with graph.subgraph() as rank:
        rank.attr(rank="same")
        for left, right in pairwise(tops):
            rank.edge(left, right, style="invis", weight="0")


def _write_edge(
    graph: Any, edge: Edge, source: Node, target: Node, cut: int, is_first: bool
) -> None:
    tail, head = _id(source.name), _id(target.name)
    if source.rows:
        tail += f":{len(source.rows)}:s"
    if target.rows:
        row = _row_index(target, edge)
        head += f":{row}" + ("" if row else ":n")
    attributes = {"weight": "1" if source.kind in SIDE else "6"}
    if edge.control:
        attributes |= CONTROL
    elif text := _edge_text(edge):
        attributes["label"] = text
    if cut:
        if is_first:
            for end in ("out", "in"):
                graph.node(_cut_id(cut, end), label=str(cut), tooltip=f"goes on at the other {cut}",
                           **CUT)  # fmt: skip
            graph.edge(tail, _cut_id(cut, "out"), **attributes)
        tail = _cut_id(cut, "in")
        attributes.pop("label", None)
    graph.edge(tail, head, **attributes)


def _cut_id(number: int, end: str) -> str:
    return f"cut {number} {end}"


def _row_index(target: Node, edge: Edge) -> int:
    return [row.name for row in target.rows].index(edge.row) + 1 if edge.row else 0


def _beside(picture: Picture, shown: list[Edge], nodes: dict[str, Node]) -> set[str]:
    """Variables to put beside their only user, which saves a rank of the layout per layer."""
    homes = {node.name: c.path for c in picture.root.walk() for node in c.nodes}
    uses = Counter(edge.source for edge in shown)
    taken: dict[tuple[str, bool], str] = {}
    for edge in shown:
        source, target = nodes[edge.source], nodes[edge.target]
        together = homes[source.name] == homes[target.name] and not target.folded
        if source.kind is Kind.VARIABLE and together and uses[source.name] == 1:
            taken.setdefault((target.name, bool(edge.row)), source.name)
    return set(taken.values())


def _write_flat(graph: Any, source: Node, target: Node, row: int) -> None:
    """The first operation's variable stands at the left, those of later rows at the right."""
    with graph.subgraph() as rank:
        rank.attr(rank="same")
        port = f":{row}" if target.rows else ""
        if row:
            rank.edge(f"{_id(target.name)}{port}:e", f"{_id(source.name)}:w", dir="back")
        else:
            rank.edge(f"{_id(source.name)}:e", f"{_id(target.name)}{port}:w")


def _edge_text(edge: Edge) -> str:
    lines = [f"{edge.tensors} tensors"] if edge.tensors > 1 and edge.labels else []
    lines += edge.labels[:MOST_LABELS]
    if len(edge.labels) > MOST_LABELS:
        lines.append("…")
    lines = [part.replace("\\", "\\\\") for line in lines for part in line.split("\n")]
    return "".join(f"  {line}  \\l" for line in lines)


def _stack_label(node: Node, heat: bool) -> str:
    """A table with a row, and a port for edges, for each operation of a stack."""
    style = STYLES[node.kind]
    rows = [(node.title, node.detail), *((row.title, row.detail) for row in node.rows)]
    cells = "<HR/>".join(
        f'<TR><TD PORT="{index}">{_label(title, detail)[1:-1]}</TD></TR>'
        for index, (title, detail) in enumerate(rows)
    )
    border = 2.6 if node.target else 1.1
    fill = style["fillcolor"]
    if heat:
        fill = palette.PAPER if node.heat is None else palette.HEAT[node.heat]
    return (
        f'<<TABLE STYLE="ROUNDED" BORDER="{border}" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="3" COLOR="{style["color"]}" BGCOLOR="{fill}">{cells}</TABLE>>'
    )


def _scale(picture: Picture) -> list[Node]:
    """The legend of a heat map: a box of each colour, the outer ones with words."""
    if not picture.heat:
        return []
    low, _, high = picture.heat.partition(" to ")
    words = [low, *[""] * (len(palette.HEAT) - 2), high]
    return [
        Node(f"legend heat {level}", "", text, Kind.OPERATION, (), heat=level)
        for level, text in enumerate(words)
    ]


def _write_legend(graph: Any, picture: Picture, beside: set[str], cut: Sequence[Cut]) -> None:
    """A line above the picture with the node shapes that occur in it."""
    kinds = [kind for kind in Kind if any(n.kind is kind and not n.folded for n in picture.nodes)]
    samples = [Node(f"legend {kind.value}", "", kind.value, kind, ()) for kind in kinds]
    if any(node.folded for node in picture.nodes):
        samples.append(Node("legend folded", "", "folded scope", Kind.OPERATION, (), 1))
    samples += _scale(picture)
    controls = any(edge.control for edge in picture.edges)
    with graph.subgraph(name="cluster_legend") as box:
        box.attr(label="", color=palette.GRID, style="rounded", margin="5")
        for sample in samples:
            style = {"height": "0.2", "width": "0.3", "margin": "0.06,0.02"}
            style |= _node_style(sample, bool(picture.heat))
            style["tooltip"] = "legend"
            box.node(sample.name, label=_label("", sample.detail), **style)
        if controls:
            box.node("legend control", label=_label("", "- - >  runs after"), shape="plaintext",
                     style="", height="0.2", margin="0")  # fmt: skip
        if cut:
            box.node("legend cut", label=_label("", "(1)  goes on at the other (1)"),
                     shape="plaintext", style="", height="0.2", margin="0")  # fmt: skip
    for name in _starts(picture, beside, cut):
        graph.edge(samples[0].name, _id(name), style="invis", weight="0")
