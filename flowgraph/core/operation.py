"""`Operation`: a node of the graph, with its inputs, outputs, attributes and the user's line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flowgraph.core import attrs as attr_kinds
from flowgraph.core import interchange, stacks
from flowgraph.core.display import Displayed
from flowgraph.core.dtypes import DType
from flowgraph.core.source import Line
from flowgraph.core.tensor import Tensor

if TYPE_CHECKING:
    from flowgraph.core.graph import Graph
    from flowgraph.core.op_def import OpDef


_AS_MESSAGES = ("shape", "tensor", "func")  # kinds of attributes


class Operation(Displayed):
    """A node of a `Graph` (tf.Operation); made by calling an op's function, not directly."""

    __slots__ = (
        "_id", "name", "type", "graph", "op_def", "inputs", "outputs", "control_inputs", "attrs",
        "device", "created_at", "_control_outputs", "__dict__", "__weakref__",
    )  # fmt: skip

    _origin: Operation | None = None

    def __init__(
        self,
        graph: Graph,
        op_def: OpDef,
        name: str,
        inputs: Sequence[Tensor],
        output_dtypes: Sequence[DType],
        attrs: dict[str, Any],
        control_inputs: list[Operation],
        device: str,
        created_at: Line | None,
    ) -> None:
        self.graph = graph
        self.op_def = op_def
        self.name = name
        self.type = op_def.name
        self.inputs: tuple[Tensor, ...] = tuple(inputs)
        self.outputs = [Tensor(self, i, dtype) for i, dtype in enumerate(output_dtypes)]
        self.control_inputs = control_inputs
        self._control_outputs: list[Operation] = []
        self.attrs = attrs
        self.device = device
        self.created_at = created_at
        for tensor in inputs:
            tensor._consumers.append(self)
        for op in control_inputs:
            op._control_outputs.append(self)
        self._id: int = graph._append(self)

    @property
    def control_outputs(self) -> list[Operation]:
        """The operations that wait for this one by a control dependency."""
        return list(self._control_outputs)

    @property
    def node_def(self) -> Any:
        """The NodeDef that describes this operation in a GraphDef."""
        return interchange.writer().node_def(self)

    @property
    def traceback(self) -> list[tuple[str, int, str, str]]:
        """The user's line as (file, line, function, text); empty when it is not known."""
        line = self.created_at
        return [] if line is None else [(line.file, line.number, line.function, line.text)]

    def get_attr(self, name: str) -> Any:
        """The value of an attribute; ValueError when the operation has none of that name.

        As in TensorFlow, strings come as bytes; shapes, arrays and subgraphs come as messages.
        """
        if name not in self.attrs:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
        value = self.attrs[name]
        attr = self.op_def.attrs.get(name)
        if attr is not None and attr.kind.removeprefix("list(").rstrip(")") in _AS_MESSAGES:
            return interchange.writer().attribute(self, name)
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, list):
            return [v.encode() if isinstance(v, str) else v for v in value]
        return value

    def colocation_groups(self) -> list[bytes]:
        """The names of the groups that must share this operation's device."""
        groups = self.attrs.get("_class")
        if groups is None:
            return [f"loc:@{self.name}".encode()]
        return [g.encode() for g in groups]

    def values(self) -> tuple[Tensor, ...]:
        """The outputs as a tuple."""
        return tuple(self.outputs)

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs this operation in `session` or the default session."""
        stacks.session_for(self.graph, session, "execute operation").run(self, feed_dict)

    def input_named(self, name: str) -> Tensor:
        """The input that the op's declaration calls `name` (which is not a list)."""
        index = 0
        for arg in self.op_def.inputs:
            if arg.name == name:
                return self.inputs[index]
            if arg.number_attr is not None:
                index += self.attrs[arg.number_attr]
            elif arg.type_list_attr is not None:
                index += len(self.attrs[arg.type_list_attr])
            else:
                index += 1
        raise ValueError(f"{self.type} has no input '{name}'")

    def replaced_by(
        self, op_def: OpDef, inputs: Sequence[Tensor], attrs: dict[str, Any]
    ) -> Operation:
        """Another way to this one's outputs, for a plan: a node of no graph, by the same name."""
        other = object.__new__(Operation)
        other.graph, other.name, other.device = self.graph, self.name, self.device
        other.created_at, other._id = self.created_at, self._id
        other.op_def, other.type, other.attrs = op_def, op_def.name, attrs
        other.inputs, other.outputs = tuple(inputs), self.outputs
        other.control_inputs, other._control_outputs = [], []
        other._origin = self.origin
        return other

    @property
    def origin(self) -> Operation:
        """The node of a graph that this one stands for in a plan: as a rule itself.

        What a session keeps for an operation, it keeps for this.
        """
        return self if self._origin is None else self._origin

    def _set_attr(self, name: str, value: Any) -> None:
        attr = self.op_def.attrs.get(name)
        self.attrs[name] = (
            value if attr is None else attr_kinds.convert(self.type, name, attr, value)
        )

    def _add_control_input(self, op: Operation) -> None:
        self._add_control_inputs([op])

    def _add_control_inputs(self, ops: Sequence[Operation]) -> None:
        for op in ops:
            self.control_inputs.append(op)
            op._control_outputs.append(self)
        self.graph._rewritten()

    def _update_input(self, index: int, tensor: Tensor) -> None:
        self.inputs[index]._consumers.remove(self)
        self.inputs = (*self.inputs[:index], tensor, *self.inputs[index + 1 :])
        tensor._consumers.append(self)
        self.graph._rewritten()

    def _append_inputs(self, tensors: Sequence[Tensor]) -> None:
        """Gives the operation more inputs: how a loop learns to save what its gradient needs."""
        self.inputs = (*self.inputs, *tensors)
        for tensor in tensors:
            tensor._consumers.append(self)
        self.graph._rewritten()

    def _append_output(self, dtype: DType, shape: Any) -> Tensor:
        """Gives the operation one more output; see `_append_inputs`."""
        tensor = Tensor(self, len(self.outputs), dtype)
        tensor.set_shape(shape)
        self.outputs.append(tensor)
        self.graph._rewritten()
        return tensor

    def __str__(self) -> str:
        return str(self.node_def)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"
