"""What conditionals and loops share: building subgraphs, what they write, and gradient graphs.

The gradient of an op that calls a subgraph is an op that calls the gradient of the subgraph: a
`GradientGraph`, in which tensors of the forward subgraph can be used. How their values get there
is told by `_from_forward`: a conditional hands them out as outputs, a loop keeps lists of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flowgraph.compiler.lower import prune, written_inputs
from flowgraph.core.backward import Backward
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.function import FuncGraph, sharing_memory
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.core.op_def import get as op_definition
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.tensor_list import empty_list, snapshot_op
from flowgraph.ops.gradients import aggregate, zeros_for


@contextmanager
def plainly(graph: Graph, scope: str | None = None) -> Iterator[None]:
    """Adds nodes to `graph` free of the scopes and control dependencies in force."""
    if scope is None and isinstance(graph, FuncGraph) and graph.name:
        scope = graph.name + "/"
    with graph.as_default(), graph.name_scope(scope), graph.colocate_with(None):
        if graph._controls:
            with graph.control_dependencies(None):
                yield
        else:
            yield


def join_captures(graphs: Sequence[FuncGraph], explicit: int = 0) -> list[Tensor]:
    """Gives all graphs the same captured inputs, behind `explicit` arguments of their own.

    Returns what they stand for outside: the inputs of the op that calls the graphs.
    """
    captured = list(dict.fromkeys(t for graph in graphs for t in graph.captures))
    for graph in graphs:
        arguments = graph.inputs[:explicit]
        graph.inputs = arguments + [graph.capture(t) for t in captured]
    return captured


def outer_controls(graphs: Sequence[FuncGraph]) -> list[Operation]:
    """The operations outside that nodes inside wait for: the calling op does it for them."""
    return list(dict.fromkeys(op for graph in graphs for op in graph.outer_controls))


def is_stateful(graph: FuncGraph) -> bool:
    """Whether a node inside has an effect, or differs from run to run."""
    return any(op.op_def.is_stateful() for op in graph.get_operations())


# --- state ----------------------------------------------------------------------------------------
def changed_memory(graph: FuncGraph) -> set[Tensor]:
    """The tensors, inside and outside, whose memory a call of the graph writes to."""
    inputs = set(graph.inputs)
    found: set[Tensor] = set()
    for op in prune([t.op for t in graph.outputs if t not in inputs], inputs):
        for i in written_inputs(op):
            found |= sharing_memory(op.inputs[i])
    return found


def written(graph: FuncGraph) -> set[int]:
    """The numbers of the inputs whose state a call of the graph changes."""
    changed = changed_memory(graph)
    return {i for i, t in enumerate(graph.inputs) if t in changed}


def is_safe(graph: FuncGraph, tensor: Tensor) -> bool:
    """Whether the memory of a tensor inside stays as it is while the graph runs on."""
    if tensor.dtype.is_ref_dtype:
        return False
    return sharing_memory(tensor).isdisjoint(changed_memory(graph))


def safe_to_keep(graph: FuncGraph, tensor: Tensor) -> Tensor:
    """The tensor, or a copy of it where it may be the memory of a variable that is written."""
    if is_safe(graph, tensor):
        return tensor
    for user in tensor.consumers():
        if user.op_def is snapshot_op:
            return user.outputs[0]
    with plainly(graph):
        return snapshot_op(tensor)  # type: ignore[no-any-return]


# --- gradients ------------------------------------------------------------------------------------
class GradientGraph(FuncGraph):
    """The gradient of a subgraph, whose tensors can be used inside."""

    def __init__(self, name: str, outer: Graph, forward: FuncGraph) -> None:
        super().__init__(name, outer)
        self.forward = forward
        self._stands_for: dict[Tensor, Tensor] = {}

    def can_capture(self, graph: Graph) -> bool:
        """Whether tensors of `graph` can be used here: those of the forward subgraph, too."""
        return graph is self.forward or super().can_capture(graph)

    def capture(self, tensor: Tensor) -> Tensor:
        """The inner tensor for one of the forward subgraph or of an outer graph."""
        if tensor.graph is not self.forward:
            return super().capture(tensor)
        if tensor not in self._stands_for:
            self._stands_for[tensor] = self._bring(tensor)
        return self._stands_for[tensor]

    def _bring(self, tensor: Tensor) -> Tensor:
        outer = self.forward.captured_from.get(tensor)
        is_handle = tensor.dtype.name == "resource"
        if outer is not None and (is_handle or is_safe(self.forward, tensor)):
            return self.capture(outer)  # every call had the same value
        op = tensor.op
        if op.op_def.preset_value is not None and not op.op_def.is_stateful():
            with plainly(self):
                attrs = dict(op.attrs)
                return self.create_node(op.op_def, [], [tensor.dtype], op.type, attrs).outputs[0]
        return self._from_forward(tensor)

    def _from_forward(self, tensor: Tensor) -> Tensor:
        raise NotImplementedError

    def create_node(
        self,
        op_def: Any,
        inputs: Sequence[Tensor],
        dtypes: Any,
        name: str,
        attrs: dict[str, Any],
    ) -> Operation:
        """As `Graph.create_node`; of a forward tensor only the shape is kept where that will do."""
        if op_def.static_value is not None and len(inputs) == 1 and dtypes[0].is_integer:
            tensor = inputs[0]
            if tensor.graph is self.forward and tensor not in self.forward.captured_from:
                with plainly(self.forward):
                    op = self.forward.create_node(op_def, inputs, dtypes, op_def.name, attrs)
                op_def, inputs, attrs = self._instead(op.outputs[0])
        return super().create_node(op_def, inputs, dtypes, name, attrs)

    def _instead(self, tensor: Tensor) -> tuple[Any, list[Tensor], dict[str, Any]]:
        """What gives the value of a forward tensor here: a constant, or what stands for it."""
        value = constant_value(tensor)
        if value is None:
            return op_definition("Identity"), [self.capture(tensor)], {"T": tensor.dtype}
        return op_definition("Const"), [], {"value": value, "dtype": tensor.dtype}

    def backward(self, ys: list[Tensor], grads: list[Any], xs: list[Tensor]) -> list[Any]:
        """Adds the gradients of forward tensors here; dense, None where there is none."""
        with self.as_default():
            found = Backward(self, aggregate, zeros_like).run(ys, grads, xs)
            return [None if g is None else self.capture(convert_to_tensor(g)) for g in found]


def zeros_like(tensor: Tensor) -> Tensor:
    """Zeros like a tensor, in the default graph; of a forward tensor only the shape is kept."""
    dtype = tensor.dtype.base_dtype
    if dtype.name in ("variant", "resource") or tensor.shape.is_fully_defined():
        return convert_to_tensor(zeros_for(tensor))
    return raw.Fill(raw.Shape(tensor), dtype.as_numpy_dtype(0))  # type: ignore[no-any-return]


def dummy(graph: FuncGraph, like: Tensor) -> Tensor:
    """A value that nobody uses, of the dtype of a tensor in another branch."""
    dtype = like.dtype.base_dtype
    with plainly(graph):
        if dtype.name == "variant":
            return empty_list(dtype)
        return convert_to_tensor(b"" if dtype.name == "string" else dtype.as_numpy_dtype(0))


def dense(grads: Sequence[Any]) -> list[Any]:
    """Gradients as tensors of the default graph; None stays."""
    graph: Any = get_default_graph()
    result: list[Any] = []
    for grad in grads:
        tensor = None if grad is None else convert_to_tensor(grad)
        if tensor is not None and tensor.graph is not graph:
            tensor = graph.capture(tensor)
        result.append(tensor)
    return result
