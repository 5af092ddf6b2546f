"""What is known of a tensor's value before any run: whole values, and vectors that are shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

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
    if definition.is_stateful() or definition.bind is None or definition.traits & Trait.CALLS:
        return None
    if not op.inputs or any(t.dtype.is_ref_dtype for t in op.inputs):
        return None
    size = tensor.shape.num_elements()
    if size is None or size > _MAX_FOLDED_ELEMENTS:
        return None
    return _evaluate(op, tensor.value_index)


def _captured_from(tensor: Tensor) -> Tensor | None:
    """The tensor of an outer graph that this input of a subgraph stands for."""
    captured = getattr(tensor.graph, "captured_from", None)
    return captured.get(tensor) if captured else None


def _evaluate(op: Operation, index: int) -> Any:
    values = []
    for tensor in op.inputs:
        value = constant_value(tensor)
        if value is None:
            return None
        values.append(value)
    assert op.op_def.bind is not None
    with np.errstate(all="ignore"):
        try:
            result = op.op_def.bind(kernel_context(op))(*values)
        except (ValueError, IndexError, ZeroDivisionError):
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
        if value.ndim == 0:
            return TensorShape(None)
        return TensorShape([None if d == -1 else int(d) for d in value])
    length = tensor.shape.known
    if length is None or length[0] is None:
        return TensorShape(None)
    return TensorShape([None] * length[0])
