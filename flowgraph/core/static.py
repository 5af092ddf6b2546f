"""What is known of a tensor's value before any run: whole values, and vectors that are shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.errors import OpError
from flowgraph.core.op_def import KernelContext, Trait
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

_MAX_FOLDED_ELEMENTS = 1 << 16  # a bigger value is never needed by a shape rule


def kernel_context(op: Operation, **more: Any) -> KernelContext:
    """What `op`'s kernel may know when it is bound."""
    return KernelContext(
        xp=np,
        name=op.name,
        type=op.type,
        attrs=op.attrs,
        input_dtypes=tuple([t.dtype.base_dtype for t in op.inputs]),
        output_dtypes=tuple([t.dtype.base_dtype for t in op.outputs]),
        input_shapes=tuple([t.shape for t in op.inputs]),
        output_shapes=tuple([t.shape for t in op.outputs]),
        op=op,
        **more,
    )


def constant_value(tensor: Any, partial: bool = False) -> Any:
    """The tensor's value when it does not depend on a run, else None (tf.get_static_value).

    `partial` is accepted for TensorFlow's sake; see `constant_value_as_shape`.
    """
    del partial
    if not isinstance(tensor, Tensor):
        tensor = getattr(tensor, "_static_tensor", None)
        if tensor is None:
            return None
    # An explicit stack: a chain of constants may be longer than Python's own allows.
    known: dict[Tensor, Any] = {}
    stack = [tensor]
    while stack:
        waits_for = _evaluate(stack[-1], known)
        if waits_for is None:
            stack.pop()
        else:
            stack.append(waits_for)
    return known[tensor]


def _evaluate(tensor: Tensor, known: dict[Tensor, Any]) -> Tensor | None:
    """Puts the tensor's value into `known`, or returns the input whose value that takes first."""
    value = _without_inputs(tensor)
    if value is None and _is_foldable(tensor):
        values = []
        for source in tensor.op.inputs:
            if source not in known:
                return source
            if known[source] is None:
                break
            values.append(known[source])
        else:
            value = _run(tensor.op, values, tensor.value_index)
    known[tensor] = value
    return None


def _without_inputs(tensor: Tensor) -> Any:
    """The value that the operation tells without those of its inputs."""
    if tensor._value is not None:
        return tensor._value
    op = tensor.op
    definition = op.op_def
    if definition.preset_value is not None and not definition.is_stateful():
        return definition.preset_value(kernel_context(op))
    if definition.static_value is not None:
        value = definition.static_value(op)
        if value is not None:
            return value
    if definition.traits & Trait.MUST_BE_FED:
        outer = _captured_from(tensor)
        return None if outer is None else constant_value(outer)
    return None


def _is_foldable(tensor: Tensor) -> bool:
    """Whether the kernel may be run on the values of the inputs, where those are known."""
    op, definition = tensor.op, tensor.op.op_def
    if definition.traits & (Trait.CALLS | Trait.STATEFUL | Trait.MUST_BE_FED):
        return False
    if definition.bind is None or definition.preset_value is not None:
        return False
    if not op.inputs or any(t.dtype.is_ref_dtype for t in op.inputs):
        return False
    size = tensor.shape.num_elements()
    return size is not None and size <= _MAX_FOLDED_ELEMENTS


def _captured_from(tensor: Tensor) -> Tensor | None:
    """The tensor of an outer graph that this input of a subgraph stands for."""
    captured = getattr(tensor.graph, "captured_from", None)
    return captured.get(tensor.origin) if captured else None


def _run(op: Operation, values: list[Any], index: int) -> Any:
    assert op.op_def.bind is not None
    with np.errstate(all="ignore"):
        try:
            result = op.op_def.bind(kernel_context(op))(*values)
        except (OpError, ValueError, IndexError, ZeroDivisionError):
            return None  # the run will say what is wrong
    return np.asarray(result if op.op_def.single_output else result[index])


def constant_value_as_shape(tensor: Tensor) -> TensorShape:
    """The shape that a vector of sizes describes; what is not known, or -1, is None."""
    op = tensor.op
    if op.op_def.traits & Trait.MUST_BE_FED:
        outer = _captured_from(tensor)
        if outer is not None:
            return constant_value_as_shape(outer)
    if op.op_def.static_shape_value is not None:
        shape = op.op_def.static_shape_value(op)
        if shape is not None:
            return shape
    value = constant_value(tensor)
    if value is not None:
        if value.ndim == 0 and value != -1:
            raise ValueError("Shape must be rank 1 but is rank 0: a shape is a vector, or -1")
        if value.ndim == 0:
            return TensorShape(None)
        return TensorShape([None if d == -1 else int(d) for d in value])
    length = tensor.shape.known
    if length is not None and len(length) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(length)}")
    if length is None or length[0] is None:
        return TensorShape(None)
    return TensorShape([None] * length[0])
