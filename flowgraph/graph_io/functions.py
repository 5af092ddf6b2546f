"""Functions of a GraphDef's library: called as subgraphs, or put in the place of their call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.errors import NotFoundError
from flowgraph.core.function import FuncGraph
from flowgraph.core.op_def import OpDef, raw
from flowgraph.core.op_def import get as get_op
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import forms
from flowgraph.graph_io.attributes import from_attr_value
from flowgraph.graph_io.node_reader import NodeReader
from flowgraph.graph_io.ordering import in_order
from flowgraph.ops.control import python as python_ops
from flowgraph.ops.control._loop_gradient import Body
from flowgraph.ops.control._subgraph import is_stateful

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_MOST_NESTED = 200  # calls inside of calls: more of them are a function that calls itself


class Library:
    """The functions of one GraphDef, and how nodes call them."""

    def __init__(self, library: Any, prefix: str) -> None:
        self._defs = {f.signature.name: f for f in library.function}
        self._prefix = prefix
        self._depth = 0

    def definition(self, name: str, caller: Any) -> Any:
        """A FunctionDef; NotFoundError when there is none of that name."""
        if name not in self._defs:
            raise NotFoundError(f"Function '{name}' that node '{caller.name}' calls is not defined")
        return self._defs[name]

    def called_by(self, node: Any) -> Any:
        """The function in whose place a node stands, or None."""
        if node.op in self._defs:
            return self._defs[node.op]
        if node.op in _CALLS:
            return self.definition(node.attr["f"].func.name, node)
        return None

    def python_object(self, node: Any, key: str) -> Any:
        """The Python function behind a token; ValueError when this process has none."""
        token = node.attr["token"].s.decode()
        found = python_ops.function_of(token) if key == "function" else None
        if found is None:
            raise ValueError(
                f"Node '{node.name}' calls the Python function {token!r} of a tf.py_func, which "
                "was written by another process: a GraphDef cannot hold Python functions"
            )
        return found

    # --- in the place of the call --------------------------------------------------------------
    def inline(
        self,
        reader: NodeReader,
        function: Any,
        node: Any,
        name: str,
        inputs: Sequence[Tensor],
        controls: Sequence[Operation],
    ) -> list[Tensor]:
        """Puts a function's nodes into the graph, below the call's name; gives its outputs."""
        arguments = function.signature.input_arg
        if len(arguments) != len(inputs):
            raise ValueError(
                f"NodeDef expected {len(arguments)} inputs do not match {len(inputs)} inputs "
                f"specified; node '{name}' calls function '{function.signature.name}'"
            )
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise ValueError(f"Function '{function.signature.name}' calls itself: node '{name}'")
        known = {arg.name: t for arg, t in zip(arguments, inputs, strict=True)}
        body = _FunctionBody(self, reader, function, name + "/", known, controls)
        outputs, waits = body.build()
        self._depth -= 1
        self._stand_in(reader, node, name, outputs, [*controls, *waits])
        return outputs

    def _stand_in(
        self,
        reader: NodeReader,
        node: Any,
        name: str,
        outputs: Sequence[Tensor],
        controls: Sequence[Operation],
    ) -> None:
        """Adds an operation that has the call's name, and its outputs where they can be copied."""
        plain = bool(outputs) and all(t.dtype.name not in ("resource", "variant") for t in outputs)
        op_def = raw.IdentityN if plain else raw.NoOp
        attrs = {"T": [t.dtype.base_dtype for t in outputs]} if plain else {}
        waits = list(dict.fromkeys(controls))
        if not plain:
            waits += [t.op for t in outputs if t.op not in waits]
        reader.create(node, op_def, name, outputs if plain else [], waits, attrs)

    # --- called ----------------------------------------------------------------------------------
    def call(
        self,
        reader: NodeReader,
        op_def: OpDef,
        node: Any,
        name: str,
        inputs: Sequence[Tensor],
        controls: Sequence[Operation],
    ) -> list[Tensor]:
        """Adds a loop or conditional whose subgraphs are functions."""
        make = self._loop if node.op in forms.LOOPS else self._conditional
        return make(reader, op_def, node, name, list(inputs), controls)

    def function(self, reader: NodeReader, node: Any, called: Any) -> FuncGraph:
        """A function that a node's kernel calls with values of its own choice."""
        function = self.definition(called.name, node)
        graph = FuncGraph(str(reader.graph.unique_name(called.name)), reader.graph)
        known = {}
        for arg in function.signature.input_arg:
            dtype = dtypes.as_dtype(arg.type)
            known[arg.name] = graph.add_input(dtype, TensorShape(None), arg.name)
        inside = reader.for_subgraph(graph)
        graph.outputs, _ = _FunctionBody(self, inside, function, self._prefix, known, ()).build()
        return graph

    def _subgraph(
        self,
        reader: NodeReader,
        node: Any,
        called: Any,
        name: str,
        inputs: Sequence[Tensor],
        shapes: Sequence[TensorShape] | None = None,
        kind: Any = FuncGraph,
    ) -> FuncGraph:
        """A function as a subgraph; with `shapes` for its arguments, they may change."""
        function = self.definition(called.name, node)
        arguments = function.signature.input_arg
        if len(arguments) != len(inputs):
            raise ValueError(
                f"Function '{called.name}' takes {len(arguments)} arguments, but node "
                f"'{node.name}' has {len(inputs)} for it"
            )
        scope = name.rpartition("/")[0]
        graph: FuncGraph = kind(scope, reader.graph)
        known = {}
        for i, (arg, tensor) in enumerate(zip(arguments, inputs, strict=True)):
            dtype = dtypes.as_dtype(arg.type) if arg.type else tensor.dtype.base_dtype
            shape = tensor.shape if shapes is None else shapes[i]
            inner = graph.add_input(dtype.as_ref if arg.is_ref else dtype, shape, arg.name)
            known[arg.name] = inner
            if shapes is None or dtype.name == "resource":
                _capture(graph, tensor, inner)
        inside = reader.for_subgraph(graph)
        body = _FunctionBody(self, inside, function, self._prefix, known, ())
        graph.outputs, _ = body.build()
        return graph

    def _conditional(
        self,
        reader: NodeReader,
        op_def: OpDef,
        node: Any,
        name: str,
        inputs: list[Tensor],
        controls: Sequence[Operation],
    ) -> list[Tensor]:
        given = inputs[1:]
        attrs: dict[str, Any] = {}
        if "Tcond" in op_def.attrs:
            attrs["Tcond"] = inputs[0].dtype.base_dtype
            called = {k: node.attr[k].func for k in ("then_branch", "else_branch")}
        else:
            called = dict(enumerate(node.attr["branches"].list.func))  # type: ignore[arg-type]
        graphs = {k: self._subgraph(reader, node, f, name, given) for k, f in called.items()}
        first, *others = graphs.values()
        types = [t.dtype.base_dtype for t in first.outputs]
        attrs["Tout"] = from_attr_value(node.attr["Tout"]) or types
        attrs["Tin"] = from_attr_value(node.attr["Tin"]) or [t.dtype.base_dtype for t in given]
        for graph in (first, *others):
            _check_outputs(node, graph, attrs["Tout"])
        op_def = _plainest(op_def, node, graphs.values())
        attrs.update(graphs if "Tcond" in op_def.attrs else {"branches": list(graphs.values())})
        reader.check_inputs(node, name, op_def, inputs, attrs)
        return list(reader.create(node, op_def, name, inputs, controls, attrs).outputs)

    def _body(
        self, reader: NodeReader, node: Any, name: str, inputs: list[Tensor]
    ) -> tuple[Body, list[TensorShape]]:
        """(the body of a loop, the static shapes that hold in all iterations)."""
        told = from_attr_value(node.attr["output_shapes"])
        shapes = told or [t.shape for t in inputs]
        while True:
            called = node.attr["body"].func
            body: Any = self._subgraph(reader, node, called, name, inputs, shapes, Body)
            _check_outputs(node, body, [t.dtype.base_dtype for t in inputs])
            after = [t.shape for t in body.outputs]
            joined = [_joined(a, b) for a, b in zip(shapes, after, strict=True)]
            if told or [s.known for s in joined] == [s.known for s in shapes]:
                return body, shapes
            shapes = joined

    def _loop(
        self,
        reader: NodeReader,
        op_def: OpDef,
        node: Any,
        name: str,
        inputs: list[Tensor],
        controls: Sequence[Operation],
    ) -> list[Tensor]:
        body, shapes = self._body(reader, node, name, inputs)
        called = node.attr["cond"].func
        condition = self._subgraph(reader, node, called, name, inputs, shapes)
        carried = _carried(body)
        for graph in (body, condition):
            for i, tensor in enumerate(inputs):
                if i not in carried:
                    _capture(graph, tensor, graph.inputs[i])
        body.outputs = [body.outputs[i] for i in carried]
        attrs = {
            "T": from_attr_value(node.attr["T"]) or [t.dtype.base_dtype for t in inputs],
            "Tout": [inputs[i].dtype.base_dtype for i in carried],
            "cond": condition,
            "body": body,
            "carried": carried,
            "output_shapes": [shapes[i] for i in carried],
            "parallel_iterations": node.attr["parallel_iterations"].i or 10,
            "back_prop": True,
        }
        op_def = _plainest(op_def, node, (body, condition))
        reader.check_inputs(node, name, op_def, inputs, attrs)
        op = reader.create(node, op_def, name, inputs, controls, attrs)
        outputs = list(inputs)
        for i, tensor in zip(carried, op.outputs, strict=True):
            outputs[i] = tensor
        return outputs


def _plainest(op_def: OpDef, node: Any, graphs: Iterable[FuncGraph]) -> OpDef:
    """The op without state where the node does not tell, and no subgraph has any."""
    told = "Tin" in node.attr or "T" in node.attr
    if told or any(map(is_stateful, graphs)):
        return op_def
    return get_op(f"Stateless{op_def.name.removeprefix('Stateless')}")


def _carried(body: FuncGraph) -> list[int]:
    """The inputs of a loop that change: all but those at the end, and handles, handed on as is."""
    same = [a is b for a, b in zip(body.inputs, body.outputs, strict=True)]
    changing = [i for i, t in enumerate(same) if not t]
    last = changing[-1] if changing else -1
    return [
        i
        for i, tensor in enumerate(body.inputs)
        if not same[i]
        or (i < last and tensor.dtype.name != "resource" and not tensor.dtype.is_ref_dtype)
    ]


def _capture(graph: FuncGraph, outer: Tensor, inner: Tensor) -> None:
    """Notes that an input of a subgraph stands for a tensor outside, which stays what it is."""
    graph.captures.setdefault(outer, inner)
    graph.captured_from[inner] = outer


def _check_outputs(node: Any, graph: FuncGraph, types: Sequence[Any]) -> None:
    came = [t.dtype.base_dtype for t in graph.outputs]
    if came != list(types):
        raise ValueError(
            f"A function of node '{node.name}' gives [{', '.join(t.name for t in came)}], where "
            f"[{', '.join(t.name for t in types)}] is expected"
        )


def _joined(start: TensorShape, end: TensorShape) -> TensorShape:
    """The static shape that holds before and after an iteration."""
    return (
        start if start == end or start.rank is None else (start.most_specific_compatible_shape(end))
    )


class _FunctionBody:
    """The nodes of one function, wired by the names of output arguments."""

    def __init__(
        self,
        library: Library,
        reader: NodeReader,
        function: Any,
        prefix: str,
        known: dict[str, Tensor],
        controls: Sequence[Operation],
    ) -> None:
        self._library, self._reader, self._function = library, reader, function
        self._prefix, self._known, self._controls = prefix, known, controls
        self._outputs: dict[str, dict[str, list[Tensor]]] = {}
        self._ops: dict[str, Operation] = {}

    def build(self) -> tuple[list[Tensor], list[Operation]]:
        """Adds the nodes; gives the outputs, and the operations that have to run besides."""
        function, graph = self._function, self._reader.graph
        nodes = {n.name: n for n in function.node_def}
        for node in in_order(nodes, lambda ref: ref.lstrip("^").split(":")[0]):
            self._add(node)
        outputs = []
        for arg in function.signature.output_arg:
            tensor = self._tensor(function.ret[arg.name], function.signature)
            outputs.append(self._own(graph, tensor))
        waits = [self._ops[name] for name in function.control_ret.values() if name in self._ops]
        return outputs, waits

    @staticmethod
    def _own(graph: Any, tensor: Tensor) -> Tensor:
        return tensor if tensor.graph is graph else graph.capture(tensor)

    def _add(self, node: Any) -> None:
        reader = self._reader
        self._check_attributes(node)
        data = [ref for ref in node.input if not ref.startswith("^")]
        inputs = [self._tensor(ref, node) for ref in data]
        waits = [self._ops[r[1:]] for r in node.input if r.startswith("^") and r[1:] in self._ops]
        name = _free_name(reader.graph, self._prefix + node.name)
        if not inputs:
            waits = [*waits, *[op for op in self._controls if op not in waits]]
        outputs = reader.add(node, name, inputs, waits)
        self._ops[node.name] = reader.graph.get_operation_by_name(name)
        self._outputs[node.name] = self._by_argument(node, outputs)

    def _check_attributes(self, node: Any) -> None:
        """ValueError when a node depends on attributes of the function itself."""
        if any(v.WhichOneof("value") == "placeholder" for v in node.attr.values()):
            raise ValueError(
                f"Function '{self._function.signature.name}' has attributes of its own, on which "
                f"node '{node.name}' depends: such functions cannot be read"
            )

    def _by_argument(self, node: Any, outputs: list[Tensor]) -> dict[str, list[Tensor]]:
        called = self._library.called_by(node)
        if called is not None and node.op not in _CALLS:
            names = [arg.name for arg in called.signature.output_arg]
            return {n: [t] for n, t in zip(names, outputs, strict=True)}
        if called is not None or node.op in forms.LOOPS:
            return {"output": outputs}
        groups: dict[str, list[Tensor]] = {}
        op = self._ops[node.name]
        for tensor in outputs:
            argument, _ = forms.output_argument(tensor) if tensor.op is op else ("output", 0)
            groups.setdefault(argument, []).append(tensor)
        return groups

    def _tensor(self, ref: str, user: Any) -> Tensor:
        parts = ref.split(":")
        if len(parts) == 1 and ref in self._known:
            return self._known[ref]
        try:
            outputs = self._outputs[parts[0]]
            if len(parts) == 1:
                return next(iter(outputs.values()))[0]
            if parts[1].isdigit():  # the number among all outputs
                return [t for group in outputs.values() for t in group][int(parts[1])]
            return outputs[parts[1]][int(parts[2]) if len(parts) > 2 else 0]
        except (KeyError, IndexError, ValueError, StopIteration):
            raise ValueError(
                f"Node '{user.name}': Unknown input node '{ref}' in function "
                f"'{self._function.signature.name}'"
            ) from None


def _free_name(graph: Any, name: str) -> str:
    """The name where it is free, else with a number; in use from now on."""
    root = graph.root() if isinstance(graph, FuncGraph) else graph
    if name in graph._by_name or name in root._by_name:
        return str(graph._names.unique(name))
    graph._names.unique(name)
    return name
