"""TensorFlow 1's TensorArrays in graphs that are read, as lists of tensors.

There an array is a resource, and a float called the flow orders what is done to it. Here the flow
is the array: each write gives a list with one more element. Lists of tensors that TensorFlow 2
makes of rows are arrays, too, since it reads their elements by index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.op_def import get as op_definition
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io.tensors import shape_of_proto


class ArrayNode:
    """A node about a TensorArray, and where its operations are made."""

    def __init__(
        self,
        reader: Any,
        node: Any,
        name: str,
        inputs: Sequence[Tensor],
        controls: Sequence[Operation],
    ) -> None:
        self._reader, self._node, self._name = reader, node, name
        self.inputs, self._controls = inputs, controls

    def dtype(self, key: str) -> dtypes.DType:
        """The data type that an attribute is."""
        return dtypes.as_dtype(self._node.attr[key].type)

    def constant(self, name: str, value: Any) -> Tensor:
        """A constant beside the operation."""
        array = np.asarray(value, np.int32)
        attrs = {"value": array, "dtype": dtypes.int32}
        op_def = op_definition("Const")
        op = self._reader.create(self._node, op_def, f"{self._name}/{name}", (), (), attrs)
        return op.outputs[0]  # type: ignore[no-any-return]

    def element_shape(self) -> Tensor:
        """The shape of all elements, as lists are told it."""
        sizes: Any = -1
        if "element_shape" in self._node.attr:
            known = shape_of_proto(self._node.attr["element_shape"].shape).known
            sizes = -1 if known is None else [-1 if d is None else d for d in known]
        return self.constant("element_shape", sizes)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Puts further operations below the node's name."""
        graph = self._reader.graph
        with graph.as_default(), graph.name_scope(f"{self._name}/"):
            with graph.control_dependencies(None):
                yield

    def make(self, op_type: str, inputs: Sequence[Tensor], **attrs: Any) -> Tensor:
        """Makes the operation that has the node's name; gives its output."""
        op_def = op_definition(op_type)
        full = {**{k: a.default for k, a in op_def.attrs.items()}, **attrs}
        op = self._reader.create(self._node, op_def, self._name, inputs, self._controls, full)
        return op.outputs[0]  # type: ignore[no-any-return]


def _array(node: ArrayNode) -> list[Tensor]:
    # Both what names the array and its flow are the list.
    shape = node.constant("element_shape", -1)
    kinds = {"element_dtype": node.dtype("dtype"), "shape_type": dtypes.int32}
    return [node.make("TensorListReserve", [shape, node.inputs[0]], **kinds)] * 2


def _write(node: ArrayNode) -> list[Tensor]:
    _, index, value, flow = node.inputs
    kinds = {"element_dtype": node.dtype("T"), "resize_if_index_out_of_bounds": True}
    return [node.make("TensorListSetItem", [flow, index, value], **kinds)]


def _scatter(node: ArrayNode) -> list[Tensor]:
    _, indices, value, flow = node.inputs
    kinds = {"element_dtype": node.dtype("T"), "resize_if_index_out_of_bounds": True}
    made = node.make("TensorListScatterIntoExistingList", [flow, value, indices], **kinds)
    return [made]


def _read(node: ArrayNode) -> list[Tensor]:
    _, index, flow = node.inputs
    inputs = [flow, index, node.element_shape()]
    return [node.make("TensorListGetItem", inputs, element_dtype=node.dtype("dtype"))]


def _gather(node: ArrayNode) -> list[Tensor]:
    _, indices, flow = node.inputs
    inputs = [flow, indices, node.element_shape()]
    return [node.make("TensorListGather", inputs, element_dtype=node.dtype("dtype"))]


def _size(node: ArrayNode) -> list[Tensor]:
    return [node.make("TensorListLength", [node.inputs[1]])]


# --- lists of TensorFlow 2 ------------------------------------------------------------------------
def _from_rows(node: ArrayNode) -> list[Tensor]:
    rows = node.inputs[0]
    with node.beside():
        count = raw.StridedSlice(raw.Shape(rows), [0], [1], [1], shrink_axis_mask=1)
        array = raw.TensorListReserve(
            np.int32(-1), count, element_dtype=rows.dtype.base_dtype, shape_type=dtypes.int32
        )
        numbers = raw.Range(np.int32(0), count, np.int32(1))
    kinds = {"element_dtype": rows.dtype.base_dtype, "resize_if_index_out_of_bounds": False}
    made = node.make("TensorListScatterIntoExistingList", [array, rows, numbers], **kinds)
    return [made]


def _stacked(node: ArrayNode) -> list[Tensor]:
    array, shape = node.inputs
    with node.beside():
        numbers = raw.Range(np.int32(0), raw.TensorListLength(array), np.int32(1))
    kind = node.dtype("element_dtype")
    return [node.make("TensorListGather", [array, numbers, shape], element_dtype=kind)]


_NEWER = {"TensorListFromTensor": _from_rows, "TensorListStack": _stacked}
_READERS: dict[str, Callable[[ArrayNode], list[Tensor]]] = {
    "TensorArrayV3": _array, "TensorArrayWriteV3": _write, "TensorArrayScatterV3": _scatter,
    "TensorArrayReadV3": _read, "TensorArrayGatherV3": _gather, "TensorArraySizeV3": _size,
}  # fmt: skip


def reader_of(op_type: str, newer: bool) -> Callable[[ArrayNode], list[Tensor]] | None:
    """What makes operations of a node about a TensorArray; None for any other type.

    Args:
      op_type: the node's type.
      newer: whether TensorFlow 2 wrote the node.

    Raises:
      ValueError: the type is one of gradients of arrays, which lists do not have.
    """
    if op_type.startswith("TensorArrayGrad"):
        raise ValueError(
            f"Nodes of type {op_type} cannot be read: they belong to the gradient of a loop of "
            "TensorFlow 1. Hint: read the graph without its training nodes (extract_sub_graph), "
            "and call tf.gradients again."
        )
    return _READERS.get(op_type) or (_NEWER.get(op_type) if newer else None)
