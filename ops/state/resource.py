"""Resource variables: their handles, and the ops that read, set and ask about them.

A handle's value is the variable's cell in the session's store (`ResourceCell` of runtime/store.py).
A read is a snapshot: later writes leave it as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError, NotFoundError
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, UNKNOWN, TensorShape
from flowgraph.ops.array import indexing
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.known import merged
from flowgraph.ops.state import variable
from flowgraph.ops.state.handles import checked, state_shape, variable_shape
from flowgraph.runtime.store import ResourceCell

# --- VarHandleOp ----------------------------------------------------------------------------------
var_handle_op = define(
    "VarHandleOp",
    outputs="resource: resource",
    attrs={
        "container": attrs.string(""),
        "shared_name": attrs.string(""),
        "dtype": attrs.types(),
        "shape": attrs.shape(),
    },
    shape=lambda op: SCALAR,
    traits=Trait.STATEFUL,
).no_gradient()


@var_handle_op.preset
def _(ctx: Any) -> ResourceCell:
    name = ctx.attrs["shared_name"] or ctx.name
    dtype, shape = ctx.attrs["dtype"], ctx.attrs["shape"]
    key = ("resource variable", ctx.attrs["container"], name)
    cell: ResourceCell = ctx.state.state(key, lambda: ResourceCell(name, dtype, shape))
    if cell.dtype is not dtype or not cell.shape.is_compatible_with(shape):
        raise InvalidArgumentError(
            f"Resource {name} exists already as {cell!r}, and not as {dtype.name}{shape}"
        )
    return cell


# --- ReadVariableOp -------------------------------------------------------------------------------
read_variable_op = define(
    "ReadVariableOp",
    inputs="resource: resource",
    outputs="value: dtype",
    attrs={"dtype": attrs.types()},
    shape=checked(lambda op: state_shape(op.inputs[0]), "dtype"),
    traits=Trait.STATEFUL | Trait.SNAPSHOT | Trait.CHEAP,
)


@read_variable_op.kernel
def _(ctx: Any) -> Any:
    return ResourceCell.read


@read_variable_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return grad


# --- AssignVariableOp, AssignAddVariableOp, AssignSubVariableOp -----------------------------------
def _assigned(op: Operation) -> TensorShape:
    return merged(state_shape(op.inputs[0]), op.inputs[1].shape)


def _assignment(op_type: str, allowed: Any, bind: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="resource: resource, value: dtype",
        attrs={"dtype": attrs.types(*allowed)},
        shape=checked(_assigned, "dtype"),
        writes="resource",
    ).no_gradient()
    op_def.kernel(bind)
    return op_def


assign_variable_op = _assignment("AssignVariableOp", (), lambda ctx: ResourceCell.assign)
assign_add_variable_op = _assignment(
    "AssignAddVariableOp", dtypes.NUMBERS, lambda ctx: variable.combining(ctx.xp.add)
)
assign_sub_variable_op = _assignment(
    "AssignSubVariableOp", dtypes.NUMBERS, lambda ctx: variable.combining(ctx.xp.subtract)
)

# --- VarIsInitializedOp, VariableShape, DestroyResourceOp -----------------------------------------
var_is_initialized_op = define(
    "VarIsInitializedOp",
    inputs="resource: resource",
    outputs="is_initialized: bool",
    shape=lambda op: SCALAR,
    traits=Trait.STATEFUL | Trait.CHEAP,
).no_gradient()


@var_is_initialized_op.kernel
def _(ctx: Any) -> Any:
    return lambda cell: np.bool_(cell.value is not None)


variable_shape_op = define(
    "VariableShape",
    inputs="input: resource",
    outputs="output: out_type",
    attrs={"out_type": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    shape=lambda op: TensorShape.of((state_shape(op.inputs[0]).rank,)),
    traits=Trait.STATEFUL | Trait.CHEAP,
).no_gradient()


@variable_shape_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype
    return lambda cell: np.array(cell.read().shape, dtype)


@variable_shape_op.static
def _(op: Operation) -> Any:
    shape = state_shape(op.inputs[0])
    if not shape.is_fully_defined():
        return None
    return np.array(shape.as_list(), op.attrs["out_type"].np_dtype)


@variable_shape_op.shape_value
def _(op: Operation) -> TensorShape | None:
    return state_shape(op.inputs[0])


destroy_resource_op = define(
    "DestroyResourceOp",
    inputs="resource: resource",
    attrs={"ignore_lookup_error": attrs.boolean(True)},
    writes="resource",
    traits=Trait.CHEAP,
).no_gradient()


@destroy_resource_op.kernel
def _(ctx: Any) -> Any:
    ignore = ctx.attrs["ignore_lookup_error"]

    def destroy(cell: ResourceCell) -> None:
        if not isinstance(cell, ResourceCell):
            raise InvalidArgumentError(f"Only variables can be destroyed, not {cell!r}")
        if not cell.clear() and not ignore:
            raise NotFoundError(f"Resource localhost/{cell.name} does not exist.")

    return destroy


# --- ResourceCountUpTo, ResourceStridedSliceAssign ------------------------------------------------
resource_count_up_to_op = define(
    "ResourceCountUpTo",
    inputs="resource: resource",
    outputs="output: T",
    attrs={"limit": attrs.integer(), "T": attrs.types(*dtypes.INDEX)},
    shape=checked(variable.counted_shape, "T"),
    writes="resource",
    traits=Trait.CHEAP,
).no_gradient()
resource_count_up_to_op.kernel(variable.counting)

resource_strided_slice_assign_op = define(
    "ResourceStridedSliceAssign",
    inputs="ref: resource, begin: Index, end: Index, strides: Index, value: T",
    attrs=variable.SLICE_ATTRS,
    shape=checked(lambda op: UNKNOWN, "T"),
    writes="ref",
).no_gradient()
resource_strided_slice_assign_op.kernel(variable.assigning_a_slice)

# --- ResourceGather -------------------------------------------------------------------------------
resource_gather_op = define(
    "ResourceGather",
    inputs="resource: resource, indices: Tindices",
    outputs="output: dtype",
    attrs={
        "batch_dims": attrs.integer(0),
        "validate_indices": attrs.boolean(True),
        "dtype": attrs.types(),
        "Tindices": attrs.types(*dtypes.INDEX),
    },
    traits=Trait.STATEFUL,
)


def _gathered_shape(op: Operation) -> TensorShape:
    batch = op.attrs["batch_dims"]
    if batch < 0:
        raise ValueError(f"batch_dims is negative ({batch})")
    dims = state_shape(op.inputs[0]).with_rank_at_least(batch + 1).known
    theirs = op.inputs[1].shape.with_rank_at_least(batch).known
    if dims is None or theirs is None:
        return UNKNOWN
    shared = TensorShape.of(dims[:batch]).merge_with(TensorShape.of(theirs[:batch])).known or ()
    return TensorShape.of((*shared, *theirs[batch:], *dims[batch + 1 :]))


resource_gather_op.shape(checked(_gathered_shape, "dtype"))


@resource_gather_op.kernel
def _(ctx: Any) -> Any:
    batch = ctx.attrs["batch_dims"]
    if batch:
        return lambda cell, i: indexing._take_in_batches(cell.read(), i, batch, batch)
    return lambda cell, indices: _rows(cell.read(), indices)


def _rows(params: Any, indices: Any) -> Any:
    if not params.ndim:
        raise InvalidArgumentError("params must be at least 1 dimensional")
    return indexing._take(params, indices, 0)


@resource_gather_op.gradient
def _(op: Operation, grad: Any) -> Any:
    handle, indices = op.inputs
    batch = op.attrs["batch_dims"]
    if batch:
        params = raw.ReadVariableOp(handle, dtype=op.attrs["dtype"])  # only its shape is used
        grad = convert_to_tensor(grad)
        return [indexing._dense_gradient(params, indices, batch, batch, grad), None]
    shape = variable_shape(handle)
    count = raw.ExpandDims(indexing._size(indices), 0)
    values = raw.Reshape(grad, concat([count, shape[1:]], 0))
    whole = convert_to_tensor(shape)
    return [IndexedSlices(values, raw.Reshape(indices, count), whole), None]


# --- ResourceGatherNd -----------------------------------------------------------------------------
resource_gather_nd_op = define(
    "ResourceGatherNd",
    inputs="resource: resource, indices: Tindices",
    outputs="output: dtype",
    attrs={"dtype": attrs.types(), "Tindices": attrs.types(*dtypes.INDEX)},
    shape=checked(lambda op: indexing.gathered_nd_shape(
        state_shape(op.inputs[0]), op.inputs[1].shape
    ), "dtype"),
    traits=Trait.STATEFUL,
)  # fmt: skip


@resource_gather_nd_op.kernel
def _(ctx: Any) -> Any:
    assert indexing.gather_nd_op.bind is not None
    take = indexing.gather_nd_op.bind(ctx)
    return lambda cell, indices: take(cell.read(), indices)


@resource_gather_nd_op.gradient
def _(op: Operation, grad: Any) -> Any:
    handle, indices = op.inputs
    kind = indices.dtype.base_dtype
    shape, known = variable_shape(handle, kind), indices.shape.known
    if known is not None and len(known) == 2 and known[1] == 1:
        rows = raw.Squeeze(indices, squeeze_dims=[-1])
        return [IndexedSlices(convert_to_tensor(grad), rows, convert_to_tensor(shape)), None]
    return [raw.ScatterNd(indices, grad, shape), None]
