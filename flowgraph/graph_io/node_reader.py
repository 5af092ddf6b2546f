"""Nodes of a GraphDef or a function, made into operations of a graph.

`NodeReader` makes one operation of a NodeDef whose inputs are known; `wiring.py` and
`functions.py` find out what the inputs are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from flowgraph.core import attrs as attr_kinds
from flowgraph.core import dtypes
from flowgraph.core import op_def as op_defs
from flowgraph.core.build import output_dtypes
from flowgraph.core.dtypes import DType
from flowgraph.core.graph import Graph
from flowgraph.core.op_def import OpDef
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import forms
from flowgraph.graph_io.attributes import fits, from_attr_value, to_attr_value
from flowgraph.graph_io.tensor_arrays import ArrayNode, reader_of

# Attributes that later TensorFlows added, with the value at which an op does what it always did.
_LATER: dict[str, Any] = {
    "exponential_avg_factor": 1.0, "axis": -1, "blank_index": -1, "fill_mode": "CONSTANT",
    "ensure_minimum_range": 0.01, "multiply_linear_by_lr": False, "bad_indices_policy": "",
    "explicit_paddings": [], "narrow_range": False, "offset": 0, "perturb_singular": False,
    "T": "float32", "Tk": "int32", "index_type": "int32", "shape_type": "int32",
    "Tsegmentids": "int32", "Tshape": "int32", "dtype": "float32",
}  # fmt: skip
# Attributes that change nothing here.
_WITHOUT_MEANING = (
    "allowed_devices", "debug_name", "output_shapes", "grad_a", "grad_b", "grad_x", "grad_y",
    "sparse_gradient", "validate_shape",
)  # fmt: skip
_WITHOUT_EFFECT = ("DisableCopyOnRead",)  # ops that are about devices


class NodeReader:
    """Makes operations of NodeDefs, in one graph.

    Args:
      graph: where they are made.
      functions: from the name of a function to its FunctionDef; LookupError when there is none.
      producer: from an op's type to its OpDef in the program that wrote the nodes, or None.
      newer: whether that program was TensorFlow 2.
    """

    def __init__(
        self,
        graph: Graph,
        functions: Any,
        producer: Callable[[str], Any] = lambda _: None,
        newer: bool = False,
    ) -> None:
        self.graph, self.functions, self._producer = graph, functions, producer
        self.newer = newer

    def for_subgraph(self, graph: Graph) -> NodeReader:
        """A reader of the same nodes' functions, which makes operations in a subgraph."""
        return NodeReader(graph, self.functions, self._producer, self.newer)

    def add(
        self, node: Any, name: str, inputs: Sequence[Tensor], controls: Sequence[Operation]
    ) -> list[Tensor]:
        """Adds the operation of a node under a name; gives its outputs by TensorFlow's numbers.

        Raises:
          NotFoundError: there is no such op and no such function.
          ValueError: the node and its inputs do not fit the op's declaration.
        """
        called = self.functions.called_by(node)
        if called is not None:
            return self.functions.inline(self, called, node, name, inputs, controls)
        if node.op in _WITHOUT_EFFECT:
            waits = [*controls, *[t.op for t in inputs if t.op not in controls]]
            return list(self.create(node, op_defs.get("NoOp"), name, (), waits, {}).outputs)
        of_array = reader_of(node.op, self.newer)
        if of_array is not None:
            return of_array(ArrayNode(self, node, name, inputs, controls))
        if node.op == "Identity" and inputs and inputs[0].dtype is dtypes.variant:
            node.attr["T"].type = dtypes.variant.enum  # the flow of a TensorArray, say
        op_def = _definition(node, inputs)
        special = node.op in forms.LOOPS or node.op in forms.CONDITIONALS
        if special:
            return self.functions.call(self, op_def, node, name, inputs, controls)
        attrs = self.attributes(node, op_def)
        self.check_inputs(node, name, op_def, inputs, attrs)
        return list(self.create(node, op_def, name, inputs, controls, attrs).outputs)

    def create(
        self,
        node: Any,
        op_def: OpDef,
        name: str,
        inputs: Sequence[Tensor],
        controls: Sequence[Operation],
        attrs: dict[str, Any],
    ) -> Operation:
        """Adds the operation to the graph, with the node's device, under that very name."""
        with ExitStack() as scopes:
            scopes.enter_context(self.graph.control_dependencies(None))
            if controls:
                scopes.enter_context(self.graph.control_dependencies(controls))
            if node.device:
                scopes.enter_context(self.graph.device(node.device))
            types = output_dtypes(op_def, attrs)
            op = self.graph.create_node(op_def, inputs, types, name + "/", attrs)
        for control in controls:  # one that an input waits for, too, is kept all the same
            if control not in op.control_inputs:
                op._add_control_input(control)
        _keep_shapes(node, op)
        return op

    # --- attributes ----------------------------------------------------------------------------
    def attributes(self, node: Any, op_def: OpDef) -> dict[str, Any]:
        """The attributes of a node, checked; defaults stand where it has none."""
        attrs: dict[str, Any] = {}
        for key, proto in node.attr.items():
            if key in op_def.attrs:
                attrs[key] = _checked(node, op_def, key, proto)
                if op_def.attrs[key].kind == "func":
                    attrs[key] = self.functions.function(self, node, attrs[key])
            elif key[0] == "_" and key[1:] in op_def.attrs:
                attrs[key[1:]] = _checked(node, op_def, key[1:], proto)
            elif key.startswith("_"):
                if proto.WhichOneof("value") is not None and key != "_output_shapes":
                    attrs[key] = from_attr_value(proto)
            elif node.op == op_def.name and not self._is_default(node, key, proto):
                raise ValueError(
                    f"NodeDef mentions attr '{key}' not in Op<name={op_def.name}>; NodeDef: "
                    f"{_described(node)}. (Check whether your GraphDef-interpreting binary is up "
                    "to date with your GraphDef-generating binary.)"
                )
        for key, attr in op_def.attrs.items():
            if key not in attrs:
                attrs[key] = self._default(node, op_def, key, attr)
                # As in TensorFlow, the caller's GraphDef tells the defaults afterwards.
                is_told = attrs[key] is not None or attr.kind == "shape"
                if is_told and attr.kind not in ("python", "func") and node.op == op_def.name:
                    node.attr[key].CopyFrom(to_attr_value(attrs[key], attr.kind, str))
        return attrs

    def _is_default(self, node: Any, key: str, proto: Any) -> bool:
        """Whether an attribute that we do not know makes no difference."""
        declared = self._producer(node.op)
        for attr in declared.attr if declared is not None else ():
            told = attr.name == key and attr.HasField("default_value")
            if told and from_attr_value(attr.default_value) == from_attr_value(proto):
                return True
        if key not in _LATER:
            return key in _WITHOUT_MEANING
        value = from_attr_value(proto)
        if isinstance(value, DType):
            return bool(value.name == _LATER[key])
        if isinstance(value, float):
            return abs(value - _LATER[key]) < 1e-6
        return bool(value == _LATER[key])

    def _default(self, node: Any, op_def: OpDef, key: str, attr: Any) -> Any:
        if attr.kind == "python":
            return self.functions.python_object(node, key)
        if attr.default is attr_kinds.REQUIRED:
            raise ValueError(
                f"NodeDef missing attr '{key}' from Op<name={op_def.name}>; NodeDef: "
                f"{_described(node)}"
            )
        default = attr.default
        return list(default) if isinstance(default, (list, tuple)) else default

    # --- inputs --------------------------------------------------------------------------------
    def check_inputs(
        self, node: Any, name: str, op_def: OpDef, inputs: Sequence[Tensor], attrs: dict[str, Any]
    ) -> None:
        """ValueError when number or types of the inputs are not what the op takes."""
        expected = _input_types(op_def, attrs)
        if len(expected) != len(inputs):
            types = ", ".join(_type_name(t.base_dtype) for t in expected)
            raise ValueError(
                f"NodeDef expected inputs '{types}' do not match {len(inputs)} inputs specified; "
                f"Op<name={op_def.name}>; NodeDef: {_described(node)}"
            )
        for i, (tensor, wanted) in enumerate(zip(inputs, expected, strict=True)):
            if not wanted.is_compatible_with(tensor.dtype):
                raise ValueError(
                    f"Input {i} of node {name} was passed {_type_name(tensor.dtype)} from "
                    f"{tensor.name} incompatible with expected {_type_name(wanted)}."
                )


def _definition(node: Any, inputs: Sequence[Tensor]) -> OpDef:
    is_variant = bool(inputs) and inputs[0].dtype.name == "variant"
    try:
        return op_defs.get(forms.own_type(node.op, is_variant))
    except LookupError:
        from flowgraph.core.errors import NotFoundError

        raise NotFoundError(
            f"Op type not registered '{node.op}' in this program: node '{node.name}' of the "
            "GraphDef needs it. The library of the GraphDef has no function of that name, either."
        ) from None


def _checked(node: Any, op_def: OpDef, key: str, proto: Any) -> Any:
    attr = op_def.attrs[key]
    try:
        if not fits(proto, attr):
            raise ValueError(f"AttrValue had value with type {_came(proto)} when {attr.kind}")
        return attr_kinds.convert(op_def.name, key, attr, from_attr_value(proto))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{error} expected for attr '{key}'; NodeDef: {_described(node)}; "
            f"Op<name={op_def.name}>"
            if str(error).startswith("AttrValue")
            else f"Bad attr '{key}' of node '{node.name}': {error}; Op<name={op_def.name}>"
        ) from None


def _came(proto: Any) -> str:
    """What kind of value an AttrValue has."""
    field = proto.WhichOneof("value")
    if field == "list":
        full = [f.name for f, _ in proto.list.ListFields()]
        return f"list({full[0] if full else ''})"
    return {"i": "int", "f": "float", "b": "bool", "s": "string"}.get(field, str(field))


def _input_types(op_def: OpDef, attrs: dict[str, Any]) -> list[DType]:
    types: list[DType] = []
    for arg in op_def.inputs:
        if arg.type_list_attr is not None:
            types += attrs[arg.type_list_attr]
            continue
        dtype: Any = arg.dtype if arg.type_attr is None else attrs[arg.type_attr]
        count = 1 if arg.number_attr is None else attrs[arg.number_attr]
        types += [dtype.as_ref if arg.is_ref else dtype] * count
    return types


def _type_name(dtype: DType) -> str:
    """A dtype as TensorFlow's C++ side calls it."""
    base = dtype.base_dtype.name
    name = {"float32": "float", "float64": "double", "float16": "half"}.get(base, base)
    return f"{name}_ref" if dtype.is_ref_dtype else name


def _described(node: Any) -> str:
    """A node in one line, as error messages have it."""
    attrs = ", ".join(f"{k}={_came(v)}" for k, v in sorted(node.attr.items()))
    inputs = ", ".join(node.input)
    return f"{{{{node {node.name}}}}} = {node.op}[{attrs}]({inputs})"


def _keep_shapes(node: Any, op: Operation) -> None:
    """Adds what the writer knew of the outputs' static shapes."""
    if "_output_shapes" not in node.attr:
        return
    shapes = from_attr_value(node.attr["_output_shapes"])
    for tensor, shape in zip(op.outputs, shapes, strict=False):
        if tensor.shape.is_compatible_with(shape):
            tensor.set_shape(shape)
