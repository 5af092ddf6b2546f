"""Ops that hand their input on: identity, gradient stops, and the check for NaN and infinity."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import OpDef, Trait, define, like
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import sizes
from flowgraph.ops.control import composite

__all__ = [
    "check_numerics",
    "guarantee_const",
    "identity",
    "identity_n",
    "prevent_gradient",
    "stop_gradient",
]


def _same(op_type: str, **more: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="input: T",
        outputs="output: T",
        attrs={"T": attrs.types(), **more},
        shape=like("input"),
        traits=Trait.VIEW | Trait.CHEAP,
    )
    op_def.kernel(lambda ctx: lambda x: x)
    op_def.shape_value(_sizes_of_input)
    op_def.simplify(lambda step: step.input(0))
    return op_def


def _sizes_of_input(op: Operation) -> TensorShape | None:
    if not op.inputs[0].dtype.is_integer:
        return None
    found = sizes(op.inputs[0])
    return None if found is None else TensorShape.of(found)


# --- Identity -------------------------------------------------------------------------------------
identity_op = _same("Identity")


@identity_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return grad


def identity(input: Any, name: str | None = None) -> Any:
    """A tensor with the same value and shape (tf.identity).

    Of a `SparseTensor` or `IndexedSlices`, another one of identities of its tensors.
    """
    if isinstance(input, (SparseTensor, IndexedSlices)):
        return composite.map_leaves(identity, input)
    return identity_op(input, name=name)  # type: ignore[no-any-return]


# --- IdentityN ------------------------------------------------------------------------------------
identity_n_op = define(
    "IdentityN",
    inputs="input: *T",
    outputs="output: *T",
    attrs={"T": attrs.type_list()},
    shape=lambda op: [t.shape for t in op.inputs],
    traits=Trait.VIEW | Trait.CHEAP,
)
identity_n_op.kernel(lambda ctx: lambda *xs: xs)
identity_n_op.simplify(lambda step: [step.input(i) for i in range(len(step.op.inputs))])


@identity_n_op.gradient
def _(op: Operation, *grads: Any) -> Any:
    return list(grads)


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """Tensors with the same values, none of which comes before all are there (tf.identity_n)."""
    return identity_n_op(input, name=name)  # type: ignore[no-any-return]


# --- StopGradient, PreventGradient, GuaranteeConst ------------------------------------------------
stop_gradient_op = _same("StopGradient").no_gradient()
guarantee_const_op = _same("GuaranteeConst")
prevent_gradient_op = _same("PreventGradient", message=attrs.string(""))


@guarantee_const_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return grad


@prevent_gradient_op.gradient
def _(op: Operation, grad: Any) -> Any:
    raise LookupError(f"Gradient explicitly disabled. Reason: {op.attrs['message']}")


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """The input itself, which counts as a constant for gradients (tf.stop_gradient)."""
    return stop_gradient_op(input, name=name)  # type: ignore[no-any-return]


def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Tensor:
    """The input itself; asking for its gradient is a LookupError with `message`."""
    return prevent_gradient_op(input, message=message, name=name)  # type: ignore[no-any-return]


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """The input itself, promised to be constant (tf.guarantee_const)."""
    return guarantee_const_op(input, name=name)  # type: ignore[no-any-return]


# --- CheckNumerics --------------------------------------------------------------------------------
check_numerics_op = define(
    "CheckNumerics",
    inputs="tensor: T",
    outputs="output: T",
    attrs={"T": dtypes.FLOATING, "message": attrs.string()},
    shape=like("tensor"),
    traits=Trait.VIEW | Trait.STATEFUL,
)


@check_numerics_op.kernel
def _(ctx: Any) -> Any:
    xp, message = ctx.xp, ctx.attrs["message"]

    def check(x: Any) -> Any:
        if not xp.all(xp.isfinite(x)):
            nan, inf = bool(np.any(np.isnan(x))), bool(np.any(np.isinf(x)))
            found = " and ".join(["Inf"] * inf + ["NaN"] * nan)
            raise InvalidArgumentError(f"{message} : Tensor had {found} values")
        return x

    return check


@check_numerics_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return check_numerics_op(
        grad,
        message="Not a number (NaN) or infinity (Inf) values detected in gradient. "
        + op.attrs["message"],
    )


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """The tensor itself; InvalidArgumentError at run time when it has NaN or infinity.

    `message` begins the error's text (tf.check_numerics, tf.debugging.check_numerics).
    """
    return check_numerics_op(convert_to_tensor(tensor), message=message, name=name)  # type: ignore[no-any-return]
