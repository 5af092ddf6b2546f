"""BiasAddV1: the first form of bias_add, which knows no data format."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

bias_add_v1_op = define(
    "BiasAddV1",
    inputs="value: T, bias: T",
    outputs="output: T",
    attrs={"T": dtypes.NUMBERS},
    traits=Trait.ELEMENTWISE,
)


@bias_add_v1_op.shape
def _(op: Operation) -> TensorShape:
    value, bias = op.inputs[0].shape.with_rank_at_least(2), op.inputs[1].shape.with_rank(1)
    if value.known is None:
        return value
    return value[:-1].concatenate(value[-1:].merge_with(bias))


@bias_add_v1_op.kernel
def _(ctx: Any) -> Any:
    def bias_add(value: Any, bias: Any) -> Any:
        if value.ndim < 2 or bias.shape != value.shape[-1:]:
            raise ValueError(
                f"Must provide as many biases as the last dimension of the input tensor: "
                f"{list(bias.shape)} vs. {list(value.shape)}"
            )
        return value + bias

    return bias_add


@bias_add_v1_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    others = raw.Range(0, raw.Rank(grad) - 1, 1)
    return [grad, raw.Sum(grad, others, keep_dims=False)]
