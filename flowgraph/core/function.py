"""`FuncGraph`: a subgraph that an op calls, as the branch of a conditional or the body of a loop.

A tensor of an outer graph that is used inside is captured: it becomes an input of the subgraph, and
of the op that calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.dtypes import DType
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.core.op_def import Trait
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

# (dtype, shape, name) -> a tensor without a value of its own; set by the op that is one.
_make_input: list[Callable[[DType, TensorShape, str], Tensor]] = []


def set_input_maker(function: Callable[[DType, TensorShape, str], Tensor]) -> None:
    """Tells how an input of a subgraph is made; called once, by the op library."""
    _make_input[:] = [function]


class FuncGraph(Graph):
    """A subgraph with `inputs` and `outputs`, both lists of its own tensors.

    `captures` maps outer tensors to inputs, in the order in which they were met. `outer_controls`
    are operations of outer graphs that nodes inside have to wait for. Names and numbers of nodes
    are unique in the whole graph, as they are in TensorFlow, where all nodes are in one graph.
    With `own_seeds` it counts its random ops itself, as a function does there.
    """

    own_seeds = False

    def __init__(self, name: str, outer: Graph) -> None:
        super().__init__()
        self.name = name
        self.outer = outer
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.captures: dict[Tensor, Tensor] = {}
        self.captured_from: dict[Tensor, Tensor] = {}  # the same, from inside to outside
        self.outer_controls: list[Operation] = []
        self._seed = outer.seed
        self._device = outer._device
        self._gradient_override = outer._gradient_override
        self._collections = outer._collections  # what is added inside belongs to the whole
        self._names = outer._names
        self._scope = name
        self._last_id = outer._last_id

    @property
    def building_function(self) -> bool:
        """True."""
        return True

    def add_input(self, dtype: DType, shape: TensorShape, name: str) -> Tensor:
        """Adds an argument."""
        scope = self.name_scope(self.name + "/" if self.name else None)
        with self.as_default(), super().control_dependencies(None), scope:
            tensor = _make_input[0](dtype.base_dtype, shape, name)
        tensor._dtype = dtype  # of a variable: the handle itself comes in
        self.inputs.append(tensor)
        return tensor

    def capture(self, tensor: Tensor) -> Tensor:
        """The inner tensor that stands for `tensor`, which may be of an outer graph."""
        if tensor.graph is self:
            return tensor
        if tensor not in self.captures:
            if not self.can_capture(tensor.graph):
                raise ValueError(
                    f"{tensor!r} belongs to graph {tensor.graph!r}, which is not an outer graph of "
                    f"'{self.name}'. A tensor made inside a conditional or loop can only be used "
                    "outside as one of its outputs."
                )
            if isinstance(self.outer, FuncGraph) and tensor.graph is not self.outer:
                return self.capture(self.outer.capture(tensor))
            inner = self.add_input(tensor.dtype, tensor.shape, f"captured_{len(self.captures)}")
            self.captures[tensor] = inner
            self.captured_from[inner] = tensor
        return self.captures[tensor]

    def _adopt(self, tensor: Tensor, name: str) -> Tensor:
        return self.capture(tensor)

    def can_capture(self, graph: Graph) -> bool:
        """Whether tensors of `graph` can be used here."""
        outer = self.outer
        return graph is outer or (isinstance(outer, FuncGraph) and outer.can_capture(graph))

    def _append(self, op: Operation) -> int:
        whole = self.root()
        with whole._lock:
            self._last_id = whole._last_id
            number = whole._last_id = super()._append(op)
        return number

    def _rewritten(self) -> None:
        super()._rewritten()
        self.outer._rewritten()

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Any:
        """As `Graph.as_graph_element`; a tensor of an outer graph is captured."""
        if hasattr(obj, "_as_graph_element"):
            obj = obj._as_graph_element()
        if isinstance(obj, Tensor) and obj.graph is not self and allow_tensor:
            return self.capture(obj)
        return super().as_graph_element(obj, allow_tensor, allow_operation)

    def _as_control(self, value: Any) -> Operation | None:
        if hasattr(value, "_handle") and hasattr(value, "op"):
            value = value.op
        if hasattr(value, "_as_graph_element"):
            value = value._as_graph_element()
        op = value if isinstance(value, Operation) else getattr(value, "op", None)
        if isinstance(op, Operation) and op.graph is not self:
            self.outer_controls.append(op)
            return None
        return super()._as_control(value)

    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Any:
        """As `Graph.colocate_with`; an operation of an outer graph has no say here."""
        graph = getattr(op, "graph", self)
        return super().colocate_with(op if graph is self else None, ignore_existing)

    def root(self) -> Graph:
        """The outermost graph, where variables live."""
        outer: Graph = self.outer
        return outer.root() if isinstance(outer, FuncGraph) else outer


class RefinedFunction:
    """A subgraph for inputs of known shapes: the twins of its inputs and outputs.

    Whatever else one may ask of a subgraph, the one that it was made of tells.
    """

    def __init__(self, function: Any, inputs: list[Tensor], outputs: list[Tensor]) -> None:
        self._function, self.inputs, self.outputs = function, inputs, outputs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def subgraphs(op: Operation) -> list[Any]:
    """The subgraphs that an operation calls."""
    found = []
    for value in op.attrs.values():
        parts = value if isinstance(value, list) else [value]
        found += [part for part in parts if isinstance(part, FuncGraph | RefinedFunction)]
    return found


def outermost_graph() -> Graph:
    """The graph where variables are made now, whatever conditional or loop is being built."""
    graph = get_default_graph()
    return graph.root() if isinstance(graph, FuncGraph) else graph


def sharing_memory(tensor: Tensor) -> set[Tensor]:
    """The tensors whose memory this one may share, itself and those of outer graphs among them."""
    found, stack = {tensor}, [tensor]
    while stack:
        tensor = stack.pop()
        op = tensor.op
        new: list[Tensor] = []
        if tensor.dtype.is_ref_dtype or op.op_def.traits & Trait.VIEW:
            new += op.inputs
        if not op.inputs and isinstance(op.graph, FuncGraph):
            outer = op.graph.captured_from.get(tensor.origin)
            new += [] if outer is None else [outer]
        stack += [t for t in new if t not in found]
        found.update(new)
    return found
