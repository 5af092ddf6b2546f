"""Max pooling whose window's size and strides are inputs: MaxPoolV2 and its gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn import _conv_reference as reference
from flowgraph.ops.nn._depth_pooling import bind_pooling
from flowgraph.ops.nn.pooling import pooled_shape

_WINDOWS_KEPT = 16
_PLACES = ("padding", "data_format")


def _static_shape(op: Operation) -> TensorShape:
    """The shape of the pooled images, as far as the window is known."""
    x, (ksize, strides) = op.inputs[0].shape.with_rank(4), op.inputs[-2:]
    for tensor in (ksize, strides):
        tensor.shape.with_rank(1).merge_with(TensorShape([4]))
    sizes, steps = constant_value(ksize), constant_value(strides)
    if sizes is None or steps is None:
        return TensorShape([None] * 4)
    return pooled_shape(op, x, sizes.tolist(), steps.tolist())


def _pooled_like_output(op: Operation) -> TensorShape:
    op.inputs[0].shape.merge_with(op.inputs[2].shape)
    return _static_shape(op).merge_with(op.inputs[1].shape)


def _define(
    op_type: str, inputs: str, shape: Callable[[Operation], TensorShape], bind: Any, **default: Any
) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"{inputs}, ksize: int32, strides: int32",
        outputs="output: T",
        attrs={
            "T": attrs.types(*dtypes.REAL, **default),
            "padding": attrs.choice("SAME", "VALID"),
            "data_format": attrs.choice("NHWC", "NCHW", default="NHWC"),
        },
        shape=shape,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        places = {name: ctx.attrs[name] for name in _PLACES}

        @lru_cache(_WINDOWS_KEPT)
        def bound(ksize: tuple[int, ...], strides: tuple[int, ...]) -> Any:
            return bind_pooling(bind, ctx.xp, ksize=ksize, strides=strides, **places)

        def pool(*inputs: Any) -> Any:
            *images, ksize, strides = inputs
            return bound(tuple(ksize.tolist()), tuple(strides.tolist()))(*images)

        return pool

    return op_def


_THREE = "orig_input: T, orig_output: T, grad: T"
max_pool_v2_op = _define(
    "MaxPoolV2", "input: T", _static_shape, reference.bind_max_pool, default=dtypes.float32
)
max_pool_grad_v2_op = _define(
    "MaxPoolGradV2", _THREE, lambda op: op.inputs[0].shape.with_rank(4),
    reference.bind_max_pool_grad, default=dtypes.float32,
)  # fmt: skip
max_pool_grad_grad_v2_op = _define(
    "MaxPoolGradGradV2", _THREE, _pooled_like_output, reference.bind_max_pool_grad_grad
)


@max_pool_v2_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, ksize, strides = op.inputs
    places = {name: op.attrs[name] for name in _PLACES}
    return [max_pool_grad_v2_op(x, op.outputs[0], grad, ksize, strides, **places), None, None]


def _next(op: Operation, next_op: OpDef, grad: Tensor) -> list[Any]:
    x, y, _, ksize, strides = op.inputs
    places = {name: op.attrs[name] for name in _PLACES}
    further = next_op(x, y, grad, ksize, strides, **places)
    return [raw.ZerosLike(x), raw.ZerosLike(y), further, None, None]


@max_pool_grad_v2_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return _next(op, max_pool_grad_grad_v2_op, grad)


@max_pool_grad_grad_v2_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return _next(op, max_pool_grad_v2_op, grad)
