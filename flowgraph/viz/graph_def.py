"""Read a GraphDef for a picture: through the importer, or as it is where that cannot build it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.errors import OpError
from flowgraph.core.shapes import TensorShape

_MOST_IMPORTED = 5000
"""A larger GraphDef is folded anyway, so that shapes are not worth the time to build it."""
_CLOSES_LOOPS = frozenset({"NextIteration", "RefNextIteration"})


@dataclass(eq=False, slots=True)
class TensorView:
    """An output of a node, with what its attributes tell."""

    op: OperationView
    value_index: int
    dtype: Any
    shape: Any

    @property
    def name(self) -> str:
        """As TensorFlow names tensors."""
        return f"{self.op.name}:{self.value_index}"


@dataclass(eq=False, slots=True)
class OperationView:
    """A node as pictures read operations; outputs are those that somebody takes."""

    name: str
    type: str
    dtype: Any
    shape: Any
    inputs: list[TensorView] = field(default_factory=list)
    control_inputs: list[OperationView] = field(default_factory=list)
    attrs: dict[str, Any] = field(default_factory=dict)
    made: dict[int, TensorView] = field(default_factory=dict)
    node_def: Any = None
    """The node itself, whose attributes are not converted."""

    def output(self, index: int) -> TensorView:
        """The output with this number."""
        return self.made.setdefault(index, TensorView(self, index, self.dtype, self.shape))

    @property
    def outputs(self) -> list[TensorView]:
        """The outputs in their order, at least the first."""
        self.output(0)
        return [self.made[index] for index in sorted(self.made)]


def is_graph_def(source: Any) -> bool:
    """Whether something is a GraphDef, flowgraph's or protobuf's."""
    return hasattr(source, "node") and hasattr(source, "versions")


def operations(graph_def: Any) -> Sequence[Any]:
    """The operations of a GraphDef.

    Raises:
      ValueError: a name is there twice, an input is not there, or nodes wait for each other.
    """
    views = _views(graph_def)
    _check_order(views)
    if len(views) <= _MOST_IMPORTED:
        from flowgraph.core.graph import Graph
        from flowgraph.graph_io.importer import import_graph_def

        graph = Graph()
        try:
            with graph.as_default():
                import_graph_def(graph_def, name="")
            return graph.get_operations()
        except (ValueError, TypeError, LookupError, OpError):
            pass  # an op of another library, say: it is drawn without shapes
    return views


def _views(graph_def: Any) -> list[OperationView]:
    found: dict[str, OperationView] = {}
    for node in graph_def.node:
        if node.name in found:
            raise ValueError(f"the GraphDef has two nodes that are called {node.name!r}")
        found[node.name] = OperationView(node.name, node.op, *_told(node), node_def=node)
    for node in graph_def.node:
        view = found[node.name]
        for name in node.input:
            source, _, index = name.lstrip("^").partition(":")
            if source not in found:
                raise ValueError(f"node {node.name!r} takes {name!r}, which the GraphDef has not")
            if name.startswith("^"):
                view.control_inputs.append(found[source])
            else:
                view.inputs.append(found[source].output(int(index or 0)))
    return list(found.values())


def _told(node: Any) -> tuple[Any, Any]:
    """(dtype, static shape) of a node's outputs, as far as its attributes tell."""
    dtype, shape = dtypes.float32, TensorShape(None)
    for name in ("dtype", "T", "DstT", "output_type"):
        if name in node.attr and node.attr[name].type:
            dtype = dtypes.as_dtype(node.attr[name].type)
    if "shape" in node.attr and node.attr["shape"].HasField("shape"):
        told = node.attr["shape"].shape
        if not told.unknown_rank:
            shape = TensorShape([None if d.size < 0 else d.size for d in told.dim])
    return dtype, shape


def _check_order(views: Iterable[OperationView]) -> None:
    """Raises when nodes wait for each other, but for loops, which NextIteration closes."""
    done: set[str] = set()
    for root in views:
        path: dict[str, None] = {}
        stack = [(root, False)]
        while stack:
            op, left = stack.pop()
            if left:
                path.pop(op.name)
                done.add(op.name)
                continue
            if op.name in path:
                names = list(path)
                ring = [*names[names.index(op.name) :], op.name]
                shown = " <- ".join(ring if len(ring) <= 8 else [*ring[:4], "…", *ring[-3:]])
                raise ValueError(f"the GraphDef has a cycle: {shown}")
            if op.name in done:
                continue
            path[op.name] = None
            stack.append((op, True))
            if op.type not in _CLOSES_LOOPS:
                stack += [(t.op, False) for t in op.inputs if t.op.name not in done]
                stack += [(c, False) for c in op.control_inputs if c.name not in done]
