"""Makes a graph of its own for fed values of known shapes, where all that follows is known better.

A graph built for any batch knows little of its shapes: gradients have to ask at run time along
which axes a value was broadcast, and what is computed element by element falls apart into many
steps. Once a call has proved hot, the shapes that it is fed with are known. Each operation that the
fetches need gets a twin whose inputs and outputs have the static shapes that follow from these;
the operations' own shape rules tell them. The plan made of the twins is for these shapes alone.

An op that calls subgraphs says with `OpDef.refine` how they learn of it. What a list holds follows
in the same way (core/elements.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.compiler.lower import prune
from flowgraph.core.elements import Known
from flowgraph.core.function import RefinedFunction
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

Fetch = Tensor | Operation


def refine_shapes(
    fetches: Sequence[Fetch], feeds: Sequence[Tensor], shapes: Sequence[TensorShape | None]
) -> tuple[list[Fetch], list[Tensor]]:
    """The fetches and feeds in a graph of twins, for feeds of these shapes; None: as declared."""
    refinement = _Refinement()
    given = [
        refinement.input(tensor, tensor.shape if shape is None else shape, None)
        for tensor, shape in zip(feeds, shapes, strict=True)
    ]
    refinement.build([f if isinstance(f, Operation) else f.op for f in fetches], set(feeds))
    return [refinement.of(f) for f in fetches], given


def refine_function(function: Any, like: Sequence[Known]) -> RefinedFunction:
    """The subgraph for inputs of which as much is known as of `like`."""
    refinement = _Refinement()
    inputs = [
        refinement.input(tensor, tensor.shape.merge_with(other.shape), other.elements)
        for tensor, other in zip(function.inputs, like, strict=True)
    ]
    fed = set(function.inputs)
    refinement.build([t.op for t in function.outputs if t not in fed], fed)
    return RefinedFunction(function, inputs, [refinement.of(t) for t in function.outputs])


class _Refinement:
    """The twins of a graph's operations and tensors; `_better` are those of which more is known."""

    def __init__(self) -> None:
        self._operations: dict[Operation, Operation] = {}
        self._tensors: dict[Tensor, Tensor] = {}
        self._better: set[Tensor] = set()

    def of(self, fetch: Any) -> Any:
        """The twin of a tensor or operation."""
        found = self._tensors if isinstance(fetch, Tensor) else self._operations
        return found.get(fetch, fetch)

    def input(self, tensor: Tensor, shape: TensorShape, elements: Any) -> Tensor:
        """The twin of what comes from outside, with this shape."""
        twin = self._twin(tensor, tensor.op, shape, elements)
        if elements is not None or shape.known != tensor.shape.known:
            self._better.add(twin)
        return twin

    def build(self, targets: Sequence[Operation], fed: set[Tensor]) -> None:
        """Makes the twins of all operations that the targets need."""
        needed = prune(targets, fed)
        stack = needed[::-1]
        while stack:
            op = stack[-1]
            missing = [
                t.op for t in op.inputs if t not in fed and t.op not in self._operations
            ]  # it may be younger than what takes it
            stack += missing
            if not missing:
                stack.pop()
                if op not in self._operations:
                    self._operations[op] = self._made(op)
        for op in needed:
            self._operations[op].control_inputs = [self.of(c) for c in op.control_inputs]

    def _made(self, op: Operation) -> Operation:
        inputs = [self._tensors.get(t, t) for t in op.inputs]
        twin = op.replaced_by(op.op_def, inputs, op.attrs)
        # A list without elements is known to have none, whatever it is made of.
        better = op.op_def.elements_rule is not None or not self._better.isdisjoint(inputs)
        shapes, elements = _inferred(twin) if better else (None, None)
        twin.outputs = [
            self._tensors[t]  # it is fed
            if t in self._tensors
            else self._twin(t, twin, _merged(t, shapes), elements and elements[t.value_index])
            for t in op.outputs
        ]
        if better:
            self._better.update(twin.outputs)
        return twin

    def _twin(self, tensor: Tensor, op: Operation, shape: TensorShape, elements: Any) -> Tensor:
        twin = Tensor(op, tensor.value_index, tensor.dtype)
        twin._shape, twin._consumers = shape, tensor._consumers
        twin._origin = tensor.origin
        if isinstance(elements, np.ndarray):
            twin._value = elements
        elif elements is not None:
            twin._elements = elements
        self._tensors[tensor] = twin
        return twin


def _inferred(twin: Operation) -> tuple[Any, Any]:
    """(the outputs' shapes, what lists among them hold) by the op's own rules, None where none."""
    definition = twin.op_def
    try:
        if definition.refine_rule is not None:
            twin.attrs = {**twin.attrs, **definition.refine_rule(twin, refine_function)}
        shapes = None if definition.shape_rule is None else definition.shape_rule(twin)
        elements = None if definition.elements_rule is None else definition.elements_rule(twin)
    except Exception:  # what contradicts itself is for the run to tell
        return None, None
    count = len(twin.outputs)
    if shapes is not None and not isinstance(shapes, list):
        shapes = [shapes] * count
    if elements is not None and not isinstance(elements, list):
        elements = [elements] + [None] * (count - 1)
    return shapes, elements


def _merged(tensor: Tensor, shapes: Sequence[TensorShape] | None) -> TensorShape:
    shape = tensor.shape
    if shapes is None or not shape.is_compatible_with(shapes[tensor.value_index]):
        return shape
    return shape.merge_with(shapes[tensor.value_index])
