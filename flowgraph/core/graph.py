"""`Graph`: the nodes, their names, and the scopes that are in force while nodes are added.

A graph only grows, so that compiled plans stay valid; the few rewrites there are (a control input
added later, a loop that learns to save values) count in `_rewrites`, which drops cached plans.
Collections and seeds live here; look-up by name is in `lookup.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flowgraph.core import device as devices
from flowgraph.core import interchange, lookup, names, stacks
from flowgraph.core.collections import Collections
from flowgraph.core.display import Displayed
from flowgraph.core.dtypes import DType
from flowgraph.core.errors import where
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import brackets
from flowgraph.core.source import caller_line
from flowgraph.core.tensor import Tensor

if TYPE_CHECKING:
    from flowgraph.core.op_def import OpDef


class _Controls:
    """One `control_dependencies` block: what new nodes wait for, and which nodes it has seen."""

    __slots__ = ("ops", "seen", "clears")

    def __init__(self, ops: list[Operation], clears: bool) -> None:
        self.ops, self.clears = ops, clears
        self.seen: set[Operation] = set()


class Graph(Collections, Displayed):
    """A dataflow graph (tf.Graph): operations joined by tensors."""

    def __init__(self) -> None:
        super().__init__()
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names = names.Names()
        self._scope = ""
        self._controls: list[_Controls] = []
        self._device = ""
        self._device_functions: list[Callable[[Operation], Any]] = []
        self._colocate: list[Operation] = []
        self._attr_scope: dict[str, Any] = {}
        self._gradient_override: dict[str, str] = {}
        self._finalized = False
        self._seed: int | None = None
        self._seeded_ops = 0  # random ops whose seed was left to the graph
        self._last_id = 0
        self._rewrites = 0
        self._lock = threading.RLock()
        self._unfetchable: set[Operation] = set()
        self._unfeedable: set[Tensor] = set()
        self._container = ""
        self._producer: int | None = None  # the version of what wrote the nodes, when it was read

    # --- nodes ---------------------------------------------------------------------------------
    def create_node(
        self,
        op_def: OpDef,
        inputs: Sequence[Tensor],
        dtypes: Sequence[DType],
        name: str,
        attrs: dict[str, Any],
    ) -> Operation:
        """Adds a node and infers its static shapes. `name` ends in "/" when it is final already."""
        with self._lock:
            if self._finalized:
                raise RuntimeError(
                    f"Graph is finalized and cannot be modified: {name.strip('/')!r} (op: "
                    f"{op_def.name}) cannot be added. Hint: make all operations, those of "
                    "summaries and initializers too, before the session or Supervisor starts."
                )
            for i, tensor in enumerate(inputs):
                if tensor._op.graph is not self:
                    inputs = [*inputs[:i], self._adopt(tensor, name), *inputs[i + 1 :]]
            full = name[:-1] if name.endswith("/") else self.unique_name(name)
            controls = self._control_inputs_for(inputs) if self._controls else []
            if self._gradient_override and op_def.name in self._gradient_override:
                attrs["_gradient_op_type"] = self._gradient_override[op_def.name]
            if self._attr_scope:
                attrs.update(self._attr_scope)
            op = Operation(
                self, op_def, full, inputs, dtypes, attrs, controls, self._device, caller_line()
            )
            self._place(op)
            for control in self._controls:
                control.seen.add(op)
            self._infer_shapes(op)
            return op

    def _append(self, op: Operation) -> int:
        if op.name in self._by_name:
            raise ValueError(f"Duplicate node name in graph: '{op.name}'")
        self._last_id += 1
        self._by_name[op.name] = op
        self._operations.append(op)
        return self._last_id

    def _adopt(self, tensor: Tensor, name: str) -> Tensor:
        """Called for an input of another graph; a subgraph overrides this to capture it."""
        raise ValueError(
            f"{tensor!r} must be from the same graph as the operation '{name.rstrip('/')}' that "
            f"uses it.\n{where(tensor.op)}\n"
            "  Hint: build both inside one `with graph.as_default():`."
        )

    def _place(self, op: Operation) -> None:
        for function in self._device_functions:
            op.device = devices.merge(op.device, function(op) or "")
        if self._colocate:
            groups = sorted({g.decode() for o in self._colocate for g in o.colocation_groups()})
            op.attrs["_class"] = groups
            op.device = self._colocate[-1].device or op.device

    def _infer_shapes(self, op: Operation) -> None:
        rule = op.op_def.shape_rule
        if rule is None:
            return
        try:
            shapes = rule(op)
        except (ValueError, TypeError) as error:
            self._discard(op)
            came = ", ".join(brackets(t.shape) for t in op.inputs)
            kind = ValueError if isinstance(error, ValueError) else TypeError
            raise kind(
                f"{error} for '{op.name}' (op: '{op.type}') with input shapes: {came}."
                + (f"\n  created at {op.created_at}" if op.created_at else "")
            ) from None
        if isinstance(shapes, list):
            for tensor, shape in zip(op.outputs, shapes, strict=True):
                tensor._shape = shape
        else:
            for tensor in op.outputs:
                tensor._shape = shapes

    def _discard(self, op: Operation) -> None:
        """Takes back the newest node, whose shapes contradict each other."""
        if self._operations[-1:] == [op]:
            self._operations.pop()
            del self._by_name[op.name]
        for tensor in op.inputs:
            tensor._consumers.remove(op)
        for control in op.control_inputs:
            control._control_outputs.remove(op)
        for block in self._controls:
            block.seen.discard(op)

    def _rewritten(self) -> None:
        self._rewrites += 1

    def get_operations(self) -> list[Operation]:
        """All operations in the order in which they were made."""
        return list(self._operations)

    @property
    def version(self) -> int:
        """A number that grows with every operation."""
        return self._last_id

    # --- names ---------------------------------------------------------------------------------
    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name in the current scope that no operation has yet."""
        if self._scope:
            name = f"{self._scope}/{name}"
        result = self._names.unique(name, mark_as_used)
        names.check_name(result)
        return result

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Puts the names of new nodes below `name`; yields the scope's full name with a slash.

        None or "" goes back to the root; a name that ends with "/" re-enters that very scope.
        """
        old = self._scope
        if name:
            names.check_scope(name, inner=bool(old))
        if not name:
            self._scope = ""
        elif name.endswith("/"):
            self._scope = name[:-1]
        else:
            self._scope = self.unique_name(name)
        try:
            yield self._scope + "/" if self._scope else ""
        finally:
            self._scope = old

    def get_name_scope(self) -> str:
        """The current scope, without the slash."""
        return self._scope

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Any:
        """The Tensor or Operation that `obj` is, names ("x:0", "x") or converts to."""
        return lookup.as_graph_element(self, obj, allow_tensor, allow_operation)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation called `name`; KeyError when there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, False, True)  # type: ignore[no-any-return]

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor called `name`, such as "x:0"; KeyError when there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, True, False)  # type: ignore[no-any-return]

    # --- scopes --------------------------------------------------------------------------------
    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Makes this the graph to which functions add nodes, within a `with`."""
        with stacks.graphs.pushed(self):
            yield self

    @contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """New nodes wait for these operations and tensors; None lifts the outer blocks."""
        clears = control_inputs is None
        ops = [] if clears else [self._as_control(c) for c in control_inputs]
        old = self._controls
        block = _Controls([op for op in dict.fromkeys(ops) if op is not None], clears)
        self._controls = [block] if clears else [*old, block]
        old_scopes = self._leave_control_flow() if clears else None
        try:
            yield
        finally:
            self._controls = old
            if old_scopes is not None:
                old_scopes()

    def _leave_control_flow(self) -> Callable[[], None] | None:
        return None

    def _as_control(self, value: Any) -> Operation | None:
        if hasattr(value, "_handle") and hasattr(value, "op"):
            value = value.op  # waiting for a resource variable does not read it
        if hasattr(value, "_as_graph_element"):
            value = value._as_graph_element()
        if not isinstance(value, (Tensor, Operation)):
            value = getattr(value, "op", value)  # an IndexedSlices, say
        element = self.as_graph_element(value)
        return element.op if isinstance(element, Tensor) else element

    def _control_inputs_for(self, inputs: Sequence[Tensor]) -> list[Operation]:
        result: dict[Operation, None] = {}
        producers = [t._op for t in inputs]
        for block in self._controls:
            # An input made inside the block has waited already.
            if not any(op in block.seen for op in producers):
                result.update(dict.fromkeys(block.ops))
        return list(result)

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Asks for a device for new nodes; kept in the graph, one CPU runs them all."""
        old, old_functions = self._device, self._device_functions
        if callable(device_name_or_function):
            self._device_functions = [*old_functions, device_name_or_function]
        else:
            wanted = device_name_or_function
            self._device = devices.merge(old, wanted if wanted is None else str(wanted))
        try:
            yield
        finally:
            self._device, self._device_functions = old, old_functions

    @contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """New nodes share the device of `op`."""
        target = self._as_control(op) if op is not None else None
        old = self._colocate
        self._colocate = [] if target is None else [target]
        if target is not None and not ignore_existing:
            self._colocate = [*old, target]
        try:
            yield
        finally:
            self._colocate = old

    @contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """Nodes of a type take the gradient registered under another name (RegisterGradient)."""
        if not isinstance(op_type_map, dict):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        for pair in op_type_map.items():
            if not all(isinstance(s, str) for s in pair):
                raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        old = self._gradient_override
        self._gradient_override = {**old, **op_type_map}
        try:
            yield
        finally:
            self._gradient_override = old

    @contextmanager
    def _attribute_scope(self, attrs: dict[str, Any]) -> Iterator[None]:
        old = self._attr_scope
        self._attr_scope = {**old, **attrs}
        try:
            yield
        finally:
            self._attr_scope = old

    @contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Names the container of new stateful nodes; sessions hold one container here."""
        old, self._container = self._container, container_name
        try:
            yield container_name
        finally:
            self._container = old

    # --- as a message --------------------------------------------------------------------------
    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        """The GraphDef of this graph.

        Args:
          from_version: only what was added after the graph had this `version`.
          add_shapes: whether nodes get the static shapes of their outputs, as "_output_shapes".
        """
        return interchange.writer().graph_def(self, from_version, add_shapes)

    @property
    def graph_def_versions(self) -> Any:
        """The VersionDef of this graph's GraphDef."""
        return interchange.writer().versions(self)

    # --- the whole graph -----------------------------------------------------------------------
    @property
    def seed(self) -> int | None:
        """The graph-level random seed."""
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._seed = seed

    def finalize(self) -> None:
        """Makes the graph read-only."""
        self._finalized = True

    @property
    def finalized(self) -> bool:
        """Whether the graph is read-only."""
        return self._finalized

    def _unsafe_unfinalize(self) -> None:
        self._finalized = False

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Marks a tensor as one that cannot be fed."""
        self._unfeedable.add(tensor)

    def is_feedable(self, tensor: Tensor) -> bool:
        """Whether a tensor may be fed."""
        return tensor not in self._unfeedable

    def prevent_fetching(self, op: Operation) -> None:
        """Marks an operation as one that cannot be fetched."""
        self._unfetchable.add(op)

    def is_fetchable(self, element: Any) -> bool:
        """Whether a tensor or operation may be fetched."""
        return getattr(element, "op", element) not in self._unfetchable

    def _get_control_flow_context(self) -> None:
        """None: conditionals and loops are subgraphs; libraries ask whether they are inside XLA."""
        return None

    @property
    def building_function(self) -> bool:
        """Whether this is the body of a conditional, loop or function."""
        return False


_process_graph = Graph()


def get_default_graph() -> Graph:
    """The graph to which functions add nodes now (tf.get_default_graph)."""
    stack = stacks.graphs.stack
    return stack[-1] if stack else _process_graph


def reset_default_graph() -> None:
    """Replaces the process's default graph by an empty one; not inside a graph's `with` block."""
    global _process_graph
    if stacks.graphs.stack:
        raise AssertionError("Do not use tf.reset_default_graph() to clear nested graphs.")
    _process_graph = Graph()


def graph_of_inputs(inputs: Sequence[Any]) -> Graph:
    """The graph where a node with these inputs belongs.

    Inside a subgraph's block that is the subgraph, which captures tensors of outer graphs.
    """
    graph = get_default_graph()
    if graph.building_function:
        return graph
    for value in inputs:
        if hasattr(value, "_as_graph_element"):
            value = value._as_graph_element()
        if type(value) is Tensor:
            if value._op.graph is not graph and not value._op.graph.building_function:
                return value._op.graph
            break
    return graph


@contextmanager
def name_scope(name: str | None, default_name: str | None = None, values: Any = None) -> Any:
    """Puts the names of new nodes below `name`, or `default_name` when it is None (tf.name_scope).

    Yields the scope's name with its slash. `values` tell the graph.
    """
    chosen = default_name if name is None else name
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name for name_scope must be a string, got {name!r}")
    if chosen is None and values is not None:
        raise ValueError(f"At least one of name ({name}) and default_name ({default_name}) needed.")
    graph = get_default_graph()
    if values:
        owner = graph_of_inputs([v for v in values if type(v) is Tensor])
        if owner is not graph:
            with owner.as_default(), owner.name_scope(chosen) as scope:
                yield scope
            return
    with graph.name_scope(chosen) as scope:
        yield scope


def control_dependencies(control_inputs: Any) -> Any:
    """`Graph.control_dependencies` of the default graph (tf.control_dependencies)."""
    return get_default_graph().control_dependencies(control_inputs)


def device(device_name_or_function: Any) -> Any:
    """`Graph.device` of the default graph (tf.device)."""
    return get_default_graph().device(device_name_or_function)


def colocate_with(op: Any, ignore_existing: bool = False) -> Any:
    """`Graph.colocate_with` of the default graph (tf.colocate_with)."""
    return get_default_graph().colocate_with(op, ignore_existing)


def container(container_name: str) -> Any:
    """`Graph.container` of the default graph (tf.container)."""
    return get_default_graph().container(container_name)
