"""Adds the nodes of a GraphDef to a graph (tf.import_graph_def)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import Graph, get_default_graph, name_scope
from flowgraph.core.names import check_name
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import protos
from flowgraph.graph_io.dataflow import has_dataflow_control, with_functions
from flowgraph.graph_io.export import PRODUCER
from flowgraph.graph_io.functions import Library
from flowgraph.graph_io.node_reader import NodeReader
from flowgraph.graph_io.ordering import in_order

__all__ = ["import_graph_def"]


def import_graph_def(
    graph_def: Any,
    input_map: Any = None,
    return_elements: Any = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Adds the nodes of a GraphDef to the default graph (tf.import_graph_def).

    Args:
      graph_def: a GraphDef message.
      input_map: names of tensors in `graph_def` ("x:0") -> what takes their place; "^x" -> the
        operation to wait for instead of node x.
      return_elements: names of operations ("x") and tensors ("x:0") of `graph_def` to give.
      name: the scope of all nodes, made unique; "import" when None, "" for none.
      op_dict: accepted.
      producer_op_list: the OpList of the program that wrote the graph; attributes that we do not
        know may have the defaults that it tells.

    Returns:
      The operations and tensors of `return_elements`; None when that is None.

    Raises:
      TypeError: an argument has another type.
      ValueError: a node does not fit its op, or needs one that is missing, or itself; or a name in
        `input_map` or `return_elements` is not in the graph.
      NotFoundError: there is no op of a node's type.
    """
    del op_dict
    graph_def = as_message(graph_def, "GraphDef", "graph_def must be a GraphDef proto.")
    mapped = _checked_map(input_map)
    wanted = _checked_elements(return_elements)
    _check_versions(graph_def)
    if has_dataflow_control(graph_def):
        graph_def = with_functions(graph_def)
    graph = get_default_graph()
    with name_scope(name, "import", list(mapped.values())) as scope:
        if any(not isinstance(v, (Tensor, Operation)) for v in mapped.values()):
            mapped = _converted(mapped, name)
    producer = {op.name: op for op in producer_op_list.op} if producer_op_list else {}
    version, known = graph_def.versions.producer, graph._producer
    is_new = known is None and not graph.get_operations()
    wiring = _Wiring(graph, graph_def, scope or "", mapped, producer)
    graph._producer = version if is_new else min(version, PRODUCER if known is None else known)
    found = wiring.read(wanted or ())
    return None if wanted is None else found


# --- arguments ------------------------------------------------------------------------------------
def as_message(value: Any, message: str, complaint: str) -> Any:
    """A message of ours; one of TensorFlow's own is read anew. TypeError for anything else."""
    cls = getattr(protos, message)
    if isinstance(value, cls):
        return value
    descriptor = getattr(value, "DESCRIPTOR", None)
    if getattr(descriptor, "full_name", None) != f"tensorflow.{message}":
        raise TypeError(complaint)
    return cls.FromString(value.SerializeToString())


def _checked_map(input_map: Any) -> dict[str, Any]:
    if input_map is None:
        return {}
    is_map = isinstance(input_map, Mapping)
    if not is_map or not all(isinstance(key, (str, bytes)) for key in input_map):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    return {k.decode() if isinstance(k, bytes) else k: v for k, v in input_map.items()}


def _converted(mapped: dict[str, Any], name: str | None) -> dict[str, Any]:
    if name == "":
        raise ValueError(
            "tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor "
            "values. Try calling tf.convert_to_tensor() on `input_map` values before calling "
            "tf.import_graph_def()."
        )
    with name_scope("_inputs"):
        return {
            key: value if isinstance(value, Operation) else convert_to_tensor(value)
            for key, value in mapped.items()
        }


def _checked_elements(elements: Any) -> list[str] | None:
    if elements is None:
        return None
    elements = [e.decode() if isinstance(e, bytes) else e for e in elements]
    if not all(isinstance(element, str) for element in elements):
        raise TypeError("return_elements must be a list of strings.")
    for element in elements:
        _parse(element)
    return elements  # type: ignore[no-any-return]


def _parse(name: str) -> tuple[str, int]:
    """("x", 1) of "x:1"."""
    parts = name.split(":")
    if len(parts) > 2 or (len(parts) == 2 and not parts[1].isdigit()):
        raise ValueError(f"Cannot convert {name!r} to a tensor name.")
    return parts[0], int(parts[1]) if len(parts) == 2 else 0


def _check_versions(graph_def: Any) -> None:
    versions = graph_def.versions
    if versions.producer < 0:
        raise ValueError(
            f"GraphDef producer version {versions.producer} below min producer 0 supported by "
            "TensorFlow 1.15.0.  Please regenerate your graph."
        )
    if versions.min_consumer > PRODUCER:
        raise ValueError(
            f"GraphDef min consumer version {versions.min_consumer} above current version "
            f"{PRODUCER} for TensorFlow 1.15.0.  Please upgrade TensorFlow."
        )


# --- nodes ----------------------------------------------------------------------------------------
class _Wiring:
    """Finds the inputs of the nodes of one GraphDef."""

    def __init__(
        self, graph: Graph, graph_def: Any, prefix: str, mapped: dict[str, Any], producer: Any
    ) -> None:
        self._graph, self._prefix, self._mapped = graph, prefix, mapped
        self._nodes: dict[str, Any] = {}
        for node in graph_def.node:
            check_name(node.name)
            if node.name in self._nodes:
                raise ValueError(f"Node '{node.name}' is not unique")
            self._nodes[node.name] = node
        library = Library(graph_def.library, prefix)
        newer = graph_def.versions.producer > PRODUCER
        self._reader = NodeReader(graph, library, producer.get, newer)
        self._scopes = {name[:i] for name in graph._by_name for i, c in enumerate(name) if c == "/"}
        self._names = {name: self._free_name(prefix + name) for name in self._nodes}
        self._outputs: dict[str, list[Tensor]] = {}
        self._used: set[str] = set()
        self._together: list[Operation] = []
        for key, value in mapped.items():
            if not key.startswith("^"):
                _parse(key)
            elif isinstance(value, Tensor):
                mapped[key] = value.op

    def _free_name(self, name: str) -> str:
        if name not in self._graph._by_name and name not in self._scopes:
            self._graph._names.unique(name)
            return name
        return self._graph._names.unique(name)

    def read(self, wanted: Any) -> list[Any]:
        """Adds all nodes; gives the elements that are wanted."""
        for node in in_order(self._nodes, self._source):
            self._check_references(node)
        for name in wanted:
            self._check_wanted(name)
        for node in in_order(self._nodes, self._source):
            self._add(node)
        self._share_devices()
        unused = [key for key in self._mapped if key not in self._used]
        if any(not self._is_there(key) for key in unused):
            missing = ", ".join(key for key in unused if not self._is_there(key))
            raise ValueError(
                f"Attempted to map inputs that were not found in graph_def: [{missing}]"
            )
        return [self._element(name) for name in wanted]

    def _source(self, ref: str) -> str:
        return "" if self._replaced(ref) is not None else ref.lstrip("^").split(":")[0]

    def _replaced(self, ref: str) -> Any:
        """What takes the place of an input, or None."""
        if not self._mapped:
            return None
        for key in (ref, f"{ref}:0", ref.removesuffix(":0")):
            if key in self._mapped:
                return self._mapped[key]
        return None

    def _check_references(self, node: Any) -> None:
        for ref in node.input:
            if self._replaced(ref) is not None:
                continue
            parts = ref.lstrip("^").split(":")
            if (
                parts[0] not in self._nodes
                or len(parts) > 2
                or not all(part.isdigit() for part in parts[1:])
            ):
                raise ValueError(f"Node '{node.name}': Unknown input node '{ref}'")
        for group in node.attr["_class"].list.s if "_class" in node.attr else ():
            other = group.decode().removeprefix("loc:@")
            if group.startswith(b"loc:@") and other not in self._nodes:
                raise ValueError(
                    f"Node '{node.name}' expects to be colocated with unknown node '{other}'"
                )

    def _check_wanted(self, name: str) -> None:
        if self._replaced(name) is None and _parse(name)[0] not in self._nodes:
            what = "tensor" if ":" in name else "node"
            raise ValueError(f"Requested return {what} '{name}' not found in graph def")

    def _add(self, node: Any) -> None:
        inputs, controls = [], []
        for ref in node.input:
            replaced = self._replaced(ref)
            if replaced is not None:
                self._used.update((ref, f"{ref}:0", ref.removesuffix(":0")))
            if ref.startswith("^"):
                controls.append(self._operation(ref[1:]) if replaced is None else replaced)
            else:
                inputs.append(self._tensor(node, ref) if replaced is None else replaced)
        name = self._names[node.name]
        self._outputs[node.name] = self._reader.add(node, name, inputs, controls)
        self._move_groups(self._graph._by_name[name])

    def _move_groups(self, op: Operation) -> None:
        """Puts the names of operations to be near to into the scope, and takes their device."""
        groups = op.attrs.get("_class")
        if not groups:
            return
        moved = []
        for group in groups:
            other = group.removeprefix("loc:@")
            near = self._names.get(other, other) if group.startswith("loc:@") else None
            moved.append(group if near is None else f"loc:@{near}")
        op.attrs["_class"] = moved
        self._together.append(op)

    def _share_devices(self) -> None:
        """Operations that are to be near to others have the devices of those, and no other."""
        for op in self._together:
            names = [g.removeprefix("loc:@") for g in op.attrs["_class"]]
            near = [self._graph._by_name[n] for n in names if n in self._graph._by_name]
            others = [other for other in near if other is not op]
            if others:
                op.device = next((other.device for other in others if other.device), "")

    def _operation(self, name: str) -> Operation:
        return self._graph._by_name[self._names[name]]

    def _tensor(self, node: Any, ref: str) -> Tensor:
        name, number = _parse(ref)
        outputs = self._outputs[name]
        if number >= len(outputs):
            raise ValueError(
                f"Node '{node.name}': Connecting to invalid output {number} of source node {name} "
                f"which has {len(outputs)} outputs."
            )
        return outputs[number]

    def _is_there(self, key: str) -> bool:
        """Whether a name that nothing uses as an input names something of the graph."""
        name, number = _parse(key.lstrip("^"))
        return name in self._nodes and (key[0] == "^" or number < len(self._outputs[name]))

    def _element(self, wanted: str) -> Any:
        name, number = _parse(wanted)
        if ":" not in wanted:
            replaced = self._mapped.get("^" + wanted)
            return self._operation(name) if replaced is None else replaced
        replaced = self._replaced(wanted)
        if replaced is not None:
            return replaced
        outputs = self._outputs[name]
        if number >= len(outputs):
            raise ValueError(
                f"Invalid return output {number} of node '{name}', which has {len(outputs)} "
                "output(s)"
            )
        return outputs[number]
