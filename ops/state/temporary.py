"""Variables of other kinds: TensorFlow's first one, and those that live for a part of one run."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError, NotFoundError
from flowgraph.core.op_def import Trait, define, like
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.ops.state.variable import variable_v2_op
from flowgraph.runtime.store import VariableCell

# --- Variable -------------------------------------------------------------------------------------
variable_op = define(
    "Variable",
    outputs="ref: Ref(dtype)",
    attrs={
        "shape": attrs.shape(),
        "dtype": attrs.types(),
        "container": attrs.string(""),
        "shared_name": attrs.string(""),
    },
    traits=Trait.STATEFUL,
).no_gradient()
variable_op.preset(variable_v2_op.preset_value)


@variable_op.shape
def _(op: Operation) -> TensorShape:
    # The shape of a scalar stands for an unknown one, too.
    shape: TensorShape = op.attrs["shape"]
    return shape if shape.rank else UNKNOWN


# --- TemporaryVariable, DestroyTemporaryVariable --------------------------------------------------
temporary_variable_op = define(
    "TemporaryVariable",
    outputs="ref: Ref(dtype)",
    attrs={"shape": attrs.shape(), "dtype": attrs.types(), "var_name": attrs.string("")},
    shape=lambda op: op.attrs["shape"],
    traits=Trait.STATEFUL,
).no_gradient()


@temporary_variable_op.kernel
def _(ctx: Any) -> Any:
    name = ctx.attrs["var_name"] or ctx.name
    dtype, shape = ctx.output_dtypes[0], ctx.attrs["shape"]
    if not shape.is_fully_defined():
        raise InvalidArgumentError(
            f"The shape of a temporary variable must be fully defined, not {shape}"
        )

    def make() -> VariableCell:
        cell = VariableCell(name, dtype, shape)
        cell.value = np.zeros(shape.as_list(), dtype.np_dtype)
        return cell

    return make


destroy_temporary_variable_op = define(
    "DestroyTemporaryVariable",
    inputs="ref: Ref(T)",
    outputs="value: T",
    attrs={"T": attrs.types(), "var_name": attrs.string()},
    shape=like("ref"),
    writes="ref",
).no_gradient()


@destroy_temporary_variable_op.kernel
def _(ctx: Any) -> Any:
    name = ctx.attrs["var_name"]

    def destroy(cell: VariableCell) -> Any:
        with cell.lock:
            if cell.name != name or cell.value is None:
                raise NotFoundError(f"There is no temporary variable {name!r} here")
            value, cell.value = cell.value, None
        return value

    return destroy
