"""What is known of the variable behind a resource handle: its dtype and static shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.dtypes import DType
from flowgraph.core.op_def import Trait, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor


def variable_behind(handle: Tensor) -> tuple[DType | None, TensorShape]:
    """(dtype, shape) of the variable that a handle names; (None, unknown) where nothing tells.

    A handle may come through a subgraph's captures and through identities.
    """
    while True:
        op = handle.op
        if op.type == "VarHandleOp":
            return op.attrs["dtype"], op.attrs["shape"]
        outer = getattr(op.graph, "captured_from", {}).get(handle)
        if outer is not None:
            handle = outer
        elif op.op_def.traits & Trait.VIEW and len(op.inputs) == 1:
            handle = op.inputs[0]
        else:
            return None, UNKNOWN


def state_shape(tensor: Tensor) -> TensorShape:
    """The static shape of a variable, given as a mutable tensor or as a resource handle."""
    if tensor.dtype is dtypes.resource:
        return variable_behind(tensor)[1]
    return tensor.shape


def checked(rule: Callable[[Operation], Any], attr: str) -> Callable[[Operation], Any]:
    """The shape rule, behind the check that all handles are of variables of the dtype `attr`."""

    def check(op: Operation) -> Any:
        for tensor in op.inputs:
            if tensor.dtype is dtypes.resource:
                dtype, came = variable_behind(tensor)[0], op.attrs[attr]
                if dtype not in (None, came):
                    raise ValueError(
                        f"Trying to read variable with wrong dtype. Expected {dtype.name} got "  # type: ignore[union-attr]
                        f"{came.name}"
                    )
        return rule(op)

    return check


def variable_shape(handle: Tensor, out_type: DType = dtypes.int32) -> Any:
    """The shape of the variable: an array when it is known, else a tensor that asks for it."""
    shape = variable_behind(handle)[1]
    if shape.is_fully_defined():
        return np.array(shape.as_list(), out_type.np_dtype)
    return raw.VariableShape(handle, out_type=out_type)


def zeros(handle: Tensor) -> Tensor:
    """Zeros like the variable behind a handle."""
    dtype = variable_behind(handle)[0] or dtypes.float32
    return raw.Fill(variable_shape(handle), dtype.as_numpy_dtype(0))  # type: ignore[no-any-return]
