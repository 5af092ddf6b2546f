"""Variables' own nodes, and the ops that set, change and ask about them.

A variable's value lives in a cell of the session's store (`runtime/store.py`). Ops that write take
the cell and give it on; every other op is given the array in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError, OutOfRangeError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array import strided
from flowgraph.ops.array.known import merged
from flowgraph.ops.state.handles import state_shape
from flowgraph.runtime.store import VariableCell

__all__ = ["assign", "assign_add", "assign_sub", "count_up_to", "is_variable_initialized"]

# --- VariableV2 -----------------------------------------------------------------------------------
variable_v2_op = define(
    "VariableV2",
    outputs="ref: Ref(dtype)",
    attrs={
        "shape": attrs.shape(),
        "dtype": attrs.types(),
        "container": attrs.string(""),
        "shared_name": attrs.string(""),
    },
    shape=lambda op: op.attrs["shape"],
    traits=Trait.STATEFUL,
).no_gradient()


@variable_v2_op.preset
def _(ctx: Any) -> VariableCell:
    name = ctx.attrs["shared_name"] or ctx.name
    cell: VariableCell = ctx.state.variable(name, ctx.output_dtypes[0], ctx.attrs["shape"])
    return cell


# --- Assign ---------------------------------------------------------------------------------------
assign_op = define(
    "Assign",
    inputs="ref: Ref(T), value: T",
    outputs="output_ref: Ref(T)",
    attrs={
        "T": attrs.types(),
        "validate_shape": attrs.boolean(True),
        "use_locking": attrs.boolean(True),
    },
    writes="ref",
).no_gradient()


@assign_op.shape
def _(op: Operation) -> TensorShape:
    ref, value = (t.shape for t in op.inputs)
    return merged(ref, value) if op.attrs["validate_shape"] else value


@assign_op.kernel
def _(ctx: Any) -> Any:
    validate = ctx.attrs["validate_shape"]

    def assign(cell: VariableCell, value: Any) -> VariableCell:
        cell.assign(value, validate)
        return cell

    return assign


# --- AssignAdd, AssignSub -------------------------------------------------------------------------
def _update(op_type: str, ufunc: str) -> OpDef:
    op_def = define(
        op_type,
        inputs="ref: Ref(T), value: T",
        outputs="output_ref: Ref(T)",
        attrs={"T": dtypes.NUMBERS, "use_locking": attrs.boolean(False)},
        shape=lambda op: merged(*[t.shape for t in op.inputs]),
        writes="ref",
    ).no_gradient()

    op_def.kernel(lambda ctx: combining(getattr(ctx.xp, ufunc)))
    return op_def


def combining(combine: Any) -> Any:
    """A kernel (cell, value) that writes combine(variable, value) to the variable."""

    def update(cell: VariableCell, value: Any) -> VariableCell:
        with cell.lock:
            shape = cell.read().shape
            if shape != value.shape:
                raise InvalidArgumentError(
                    "Parameters and update must be the same size, got "
                    f"{list(shape)} and {list(value.shape)}"
                )
            array = cell.writable()
            combine(array, value, out=array)
        return cell

    return update


assign_add_op = _update("AssignAdd", "add")
assign_sub_op = _update("AssignSub", "subtract")


# --- IsVariableInitialized ------------------------------------------------------------------------
is_variable_initialized_op = define(
    "IsVariableInitialized",
    inputs="ref: Ref(dtype)",
    outputs="is_initialized: bool",
    attrs={"dtype": attrs.types()},
    shape=lambda op: SCALAR,
    traits=Trait.CHEAP,
).no_gradient()


@is_variable_initialized_op.kernel
def _(ctx: Any) -> Any:
    return lambda cell: np.bool_(cell.value is not None)


# --- CountUpTo ------------------------------------------------------------------------------------
count_up_to_op = define(
    "CountUpTo",
    inputs="ref: Ref(T)",
    outputs="output: T",
    attrs={"limit": attrs.integer(), "T": dtypes.INDEX},
    writes="ref",
    traits=Trait.CHEAP,
).no_gradient()


@count_up_to_op.shape
def counted_shape(op: Operation) -> TensorShape:
    """A scalar: that of the variable."""
    shape = state_shape(op.inputs[0])
    if shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {shape.rank}")
    return SCALAR


@count_up_to_op.kernel
def counting(ctx: Any) -> Any:
    """The kernel, of either kind of variable."""
    limit = ctx.attrs["limit"]

    def count(cell: VariableCell) -> Any:
        with cell.lock:
            shape, before = cell.read().shape, cell.read()[()]
            if shape:
                raise InvalidArgumentError(f"input is not a scalar: {list(shape)}")
            if before >= limit:
                raise OutOfRangeError(f"Reached limit of {limit}")
            value = cell.writable()
            value += 1
        return before

    return count


# --- StridedSliceAssign ---------------------------------------------------------------------------
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
SLICE_ATTRS = {
    "T": attrs.types(),
    "Index": attrs.types(*dtypes.INDEX, default=dtypes.int32),
    **{mask: attrs.integer(0) for mask in _MASKS},
}
strided_slice_assign_op = define(
    "StridedSliceAssign",
    inputs="ref: Ref(T), begin: Index, end: Index, strides: Index, value: T",
    outputs="output_ref: Ref(T)",
    attrs=SLICE_ATTRS,
    shape=lambda op: op.inputs[0].shape,
    writes="ref",
).no_gradient()


@strided_slice_assign_op.kernel
def assigning_a_slice(ctx: Any) -> Any:
    """The kernel, of either kind of variable."""
    masks = strided.Masks.of(ctx.attrs)

    def assign(cell: VariableCell, begin: Any, end: Any, strides: Any, value: Any) -> VariableCell:
        with cell.lock:
            shape, first = cell.read().shape, begin.tolist()
            index = strided._checked_index(masks, first, end.tolist(), strides.tolist(), len(shape))
            try:
                wanted = cell.read()[index].shape
            except IndexError:
                raise InvalidArgumentError(strided._shrink_error(masks, first, shape)) from None
            _check_slice(wanted, value.shape)
            cell.writable()[index] = value
        return cell

    return assign


def _check_slice(wanted: tuple[int, ...], came: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(wanted, came) == wanted
    except ValueError:
        fits = False
    if not fits:
        raise InvalidArgumentError(
            f"The value to assign must fit the slice, whose shape is {list(wanted)}, but has shape "
            f"{list(came)}"
        )


# --- the functions --------------------------------------------------------------------------------
def is_ref(value: Any) -> bool:
    """Whether this is a variable of the kind that these ops take: its dtype is a ref."""
    return bool(getattr(getattr(value, "dtype", None), "is_ref_dtype", False))


def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """Sets a variable; gives the variable after it, as a mutable tensor (tf.assign).

    Args:
      ref: the variable, or its mutable tensor.
      value: of the variable's dtype.
      validate_shape: whether the value must have the variable's shape; True by default.
      use_locking: accepted; writes never tear here.
      name: the operation's name.
    """
    if not is_ref(ref) and hasattr(ref, "assign"):
        return ref.assign(value, name=name)  # type: ignore[no-any-return]
    return assign_op(  # type: ignore[no-any-return]
        ref, value, validate_shape=validate_shape, use_locking=use_locking, name=name
    )


def assign_add(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Adds to a variable; gives the variable after it (tf.assign_add)."""
    if not is_ref(ref) and hasattr(ref, "assign_add"):
        return ref.assign_add(value)  # type: ignore[no-any-return]
    return assign_add_op(ref, value, use_locking=use_locking, name=name)  # type: ignore[no-any-return]


def assign_sub(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Tensor:
    """Subtracts from a variable; gives the variable after it (tf.assign_sub)."""
    if not is_ref(ref) and hasattr(ref, "assign_sub"):
        return ref.assign_sub(value)  # type: ignore[no-any-return]
    return assign_sub_op(ref, value, use_locking=use_locking, name=name)  # type: ignore[no-any-return]


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Counts an integer variable up by one and gives its value before that (tf.count_up_to).

    At `limit`, OutOfRangeError at run time.
    """
    if not is_ref(ref) and hasattr(ref, "count_up_to"):
        return ref.count_up_to(limit)  # type: ignore[no-any-return]
    return count_up_to_op(ref, limit=limit, name=name)  # type: ignore[no-any-return]


def is_variable_initialized(ref: Any, name: str | None = None) -> Tensor:
    """Whether the variable has a value by now, a bool scalar (tf.is_variable_initialized)."""
    if not is_ref(ref) and hasattr(ref, "is_initialized"):
        return ref.is_initialized(name=name)  # type: ignore[no-any-return]
    return is_variable_initialized_op(ref, name=name)  # type: ignore[no-any-return]


def variable_op(shape: Any, dtype: Any, name: str = "Variable") -> Tensor:
    """A variable's own node, without an initial value."""
    return variable_v2_op(shape=shape, dtype=dtype, name=name)  # type: ignore[no-any-return]
