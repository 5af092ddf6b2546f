"""The picture model: what a drawing shows, free of TensorFlow's and of graphviz's words.

`build_picture` turns a graph (or what some tensors depend on) into nodes, nested name-scope
clusters and edges; reading.py reads the graph, boilerplate.py says which operations are only
helpers of another, scopes.py folds name scopes. dot.py writes the model as graphviz source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a node is to its reader; each has its own shape and colour."""

    PLACEHOLDER = "placeholder"
    VARIABLE = "variable"
    CONSTANT = "constant"
    OPERATION = "operation"
    GRADIENT = "gradient"


@dataclass(frozen=True, slots=True)
class Row:
    """An operation drawn below another in the same node."""

    name: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Node:
    """One thing drawn: an operation with its helpers, a stack, or (`folded` > 0) a scope."""

    name: str
    title: str
    detail: str
    kind: Kind
    operations: tuple[str, ...]
    folded: int = 0
    target: bool = False
    rows: tuple[Row, ...] = ()
    """The operations of a stack after its first."""
    heat: int | None = None
    """How hot it is in a heat map, a place in `palette.HEAT`; None when nothing was measured."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Tensors that flow from one node to another, or a control dependency."""

    source: str
    target: str
    labels: tuple[str, ...] = ()
    tensors: int = 1
    control: bool = False
    background: bool = False
    """One of the many edges into folded machinery: counted in its node, not drawn."""
    row: str = ""
    """The operation of a stack that the edge enters, when it is not the first."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """An open name scope: a box around nodes and smaller boxes."""

    path: str
    title: str
    kind: Kind
    nodes: tuple[Node, ...]
    clusters: tuple[Cluster, ...]

    def walk(self) -> Iterable[Cluster]:
        """This cluster and all within it, outermost first."""
        yield self
        for cluster in self.clusters:
            yield from cluster.walk()


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing: `root` is the cluster without a box that holds everything."""

    root: Cluster
    edges: tuple[Edge, ...]
    title: str | None = None
    compact: bool = False
    """Whether the picture is so large that space counts (variables stand beside their users)."""
    heat: str = ""
    """What a heat map's colours mean; "" in a picture that is none."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, in the order of their clusters."""
        return tuple(node for cluster in self.root.walk() for node in cluster.nodes)

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """All boxes, outermost first."""
        return tuple(self.root.walk())[1:]

    def node(self, name: str) -> Node:
        """The node that stands for an operation or a folded scope; KeyError if there is none."""
        for node in self.nodes:
            if node.name == name or any(row.name == name for row in node.rows):
                return node
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class View:
    """What is asked of a picture; see `draw`."""

    depth: int | None = None
    shapes: bool = True
    title: str | None = None
    fold: tuple[str, ...] = ()
    unfold: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    gradients: str = "auto"
    values: Any = None
    heat: Any = None


GRADIENTS = ("auto", "show", "fold", "hide")


def build_picture(
    source: Any,
    *,
    depth: int | None = None,
    shapes: bool = True,
    title: str | None = None,
    **more: Any,
) -> Picture:
    """Turn a graph, or what tensors and operations depend on, into a picture model.

    Args:
      source: a Graph, a GraphDef, a Tensor, an Operation, or a list of tensors and operations.
      depth: how many levels of name scopes are open; None opens as many as stay readable.
      shapes: whether edges and nodes tell shapes and dtypes.
      title: a heading for the picture.
      more: the other fields of `View`.

    Raises:
      TypeError: when `source` is nothing that can be drawn.
      ValueError: when `depth` is negative, or a name or pattern names nothing.
    """
    from flowgraph.viz import assembly, boilerplate, compact, crowds, notes, reading, scopes

    view = View(depth, shapes, title, **more)
    if depth is not None and depth < 0:
        raise ValueError(f"depth must be 0 or more, got {depth}")
    if view.gradients not in GRADIENTS:
        raise ValueError(f"gradients must be one of {GRADIENTS}, got {view.gradients!r}")
    reach = reading.read(source)
    if view.hide or view.gradients == "hide":
        reach = reading.without(reach, view.hide, view.gradients != "hide")
    helpers = boilerplate.find_helpers(reach)
    tree = scopes.build_tree(reach, helpers)
    wish = scopes.wishes(tree, view.fold, view.unfold, view.main, view.gradients)
    if depth is None:
        repeats = crowds.bunch_repeats(tree, wish)
        wish = scopes.Wishes(wish.shut | repeats, wish.open)
    folded = scopes.choose_folded(tree, depth, reach.targets, wish)
    if depth is None:
        folded = crowds.fold_crowds(tree, folded, reach.operations)
    stacks = compact.Stacks()
    large = scopes.visible_count(tree, folded) > scopes.TEXTBOOK
    if large:
        compact.inline_constants(reach, helpers, tree, folded)
        stacks = compact.stack_runs(reach, helpers, tree, folded)
    values = notes.values_by_tensor(reach, view.values)
    plan = assembly.Plan(reach, helpers, folded, stacks, shapes, large, values)
    return notes.heated(assembly.assemble(plan, tree, title), view.heat)
