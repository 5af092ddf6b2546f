"""Accumulators of gradients: the ops that make them, add to them and take from them.

Taking waits (`Trait.BLOCKS`) until enough gradients have come. TensorFlow has the dense ones twice,
with handles that are references and that are resources; Python's classes use the latter. The
accumulators themselves are in `_accumulator_store.py`, the classes in `accumulators.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, UNKNOWN, TensorShape
from flowgraph.ops.array.known import merged
from flowgraph.ops.state import _accumulator_store as store

_DTYPE = {"dtype": attrs.types(*dtypes.NUMBERS)}
_REF, _RESOURCE = "Ref(string)", "resource"
_PAIR = TensorShape.of((2,))


def _state_of(handle: Any) -> Any:
    """The accumulator: a reference is it, a resource is an array that holds it."""
    return handle.item() if isinstance(handle, np.ndarray) else handle


# --- ConditionalAccumulator, ResourceConditionalAccumulator, SparseConditionalAccumulator ---------
def _accumulator(op_type: str, handle: str, kind: type[store.Accumulator]) -> OpDef:
    op_def = define(
        op_type,
        outputs=f"handle: {handle}",
        attrs={
            **_DTYPE,
            "shape": attrs.shape(),
            "container": attrs.string(""),
            "shared_name": attrs.string(""),
            "reduction_type": attrs.choice("MEAN", "SUM", default="MEAN"),
        },
        shape=lambda op: SCALAR if handle == _RESOURCE else _PAIR,
        traits=Trait.STATEFUL,
    ).no_gradient()

    @op_def.preset
    def _(ctx: Any) -> Any:
        name = ctx.attrs["shared_name"] or ctx.name
        mean = ctx.attrs["reduction_type"] == "MEAN"
        key = ("accumulator", ctx.attrs["container"], kind.kind, name)
        found = ctx.state.state(
            key, lambda: kind(name, ctx.attrs["dtype"], ctx.attrs["shape"], mean)
        )
        return found.handle if handle == _RESOURCE else found

    return op_def


accumulator_op = _accumulator("ConditionalAccumulator", _REF, store.Accumulator)
resource_accumulator_op = _accumulator(
    "ResourceConditionalAccumulator", _RESOURCE, store.Accumulator
)
sparse_accumulator_op = _accumulator("SparseConditionalAccumulator", _REF, store.SparseAccumulator)


# --- AccumulatorNumAccumulated, AccumulatorSetGlobalStep, and their twins -------------------------
def _counted(op_type: str, handle: str) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"handle: {handle}",
        outputs="num_accumulated: int32",
        shape=lambda op: SCALAR,
        traits=Trait.STATEFUL | Trait.CHEAP,
    ).no_gradient()
    op_def.kernel(lambda ctx: lambda handle: np.int32(_state_of(handle).count))
    return op_def


def _stepped(op_type: str, handle: str) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"handle: {handle}, new_global_step: int64",
        shape=_scalar_second,
        traits=Trait.STATEFUL | Trait.CHEAP,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        def set_step(handle: Any, step: Any) -> tuple[()]:
            _state_of(handle).set_step(int(step))
            return ()

        return set_step

    return op_def


def _scalar_second(op: Operation) -> list[TensorShape]:
    merged(op.inputs[1].shape, SCALAR)
    return []


num_accumulated_op = _counted("AccumulatorNumAccumulated", _REF)
resource_num_accumulated_op = _counted("ResourceAccumulatorNumAccumulated", _RESOURCE)
set_global_step_op = _stepped("AccumulatorSetGlobalStep", _REF)
resource_set_global_step_op = _stepped("ResourceAccumulatorSetGlobalStep", _RESOURCE)


# --- AccumulatorApplyGradient, AccumulatorTakeGradient, and their twins ---------------------------
def _applied(op_type: str, handle: str) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"handle: {handle}, local_step: int64, gradient: dtype",
        attrs=_DTYPE,
        shape=_scalar_second,
        traits=Trait.STATEFUL | Trait.BLOCKS,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        check = _checking(ctx.input_dtypes[2])

        def apply(handle: Any, step: Any, gradient: Any) -> tuple[()]:
            check(_state_of(handle)).apply(int(step), gradient)
            return ()

        return apply

    return op_def


def _taken(op_type: str, handle: str) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"handle: {handle}, num_required: int32",
        outputs="average: dtype",
        attrs=_DTYPE,
        shape=_average_shape,
        traits=Trait.STATEFUL | Trait.BLOCKS,
    ).no_gradient()
    op_def.kernel(_bind_take)
    return op_def


def _average_shape(op: Operation) -> TensorShape:
    _scalar_second(op)
    shape = op.inputs[0].op.attrs.get("shape")
    return shape if isinstance(shape, TensorShape) else UNKNOWN


def _bind_take(ctx: Any) -> Any:
    dtype = ctx.attrs["dtype"]
    check = _checking(dtype)
    return lambda handle, required: check(_state_of(handle)).take(int(required))


def _checking(dtype: dtypes.DType) -> Callable[[Any], Any]:
    def check(accumulator: Any) -> Any:
        if accumulator.dtype is not dtype:
            raise TypeError(
                f"Expected dtype {accumulator.dtype.name} of {accumulator.kind} "
                f"'{accumulator.name}', got {dtype.name}"
            )
        return accumulator

    return check


apply_gradient_op = _applied("AccumulatorApplyGradient", _REF)
resource_apply_gradient_op = _applied("ResourceAccumulatorApplyGradient", _RESOURCE)
take_gradient_op = _taken("AccumulatorTakeGradient", _REF)
resource_take_gradient_op = _taken("ResourceAccumulatorTakeGradient", _RESOURCE)

# --- SparseAccumulatorApplyGradient, SparseAccumulatorTakeGradient --------------------------------
sparse_apply_gradient_op = define(
    "SparseAccumulatorApplyGradient",
    inputs="handle: Ref(string), local_step: int64, gradient_indices: int64, "
    "gradient_values: dtype, gradient_shape: int64",
    attrs={**_DTYPE, "has_known_shape": attrs.boolean()},
    shape=_scalar_second,
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()


@sparse_apply_gradient_op.kernel
def _(ctx: Any) -> Any:
    check, known = _checking(ctx.attrs["dtype"]), ctx.attrs["has_known_shape"]

    def apply(handle: Any, step: Any, indices: Any, values: Any, shape: Any) -> tuple[()]:
        gradient = indices, values, shape if known else None
        check(_state_of(handle)).apply(int(step), gradient)
        return ()

    return apply


sparse_take_gradient_op = define(
    "SparseAccumulatorTakeGradient",
    inputs="handle: Ref(string), num_required: int32",
    outputs="indices: int64, values: dtype, shape: int64",
    attrs=_DTYPE,
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()
sparse_take_gradient_op.kernel(_bind_take)


@sparse_take_gradient_op.shape
def _(op: Operation) -> list[TensorShape]:
    _scalar_second(op)
    # Values may have more dimensions than the declared shape.
    return [TensorShape.of((None,)), UNKNOWN, TensorShape.of((None,))]
