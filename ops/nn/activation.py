"""Activations: relu and its family, softplus, softsign, and bias_add."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor


def _activation(op_type: str, types: Any = dtypes.FLOATING, **more: Any) -> OpDef:
    return define(
        op_type,
        inputs="features: T",
        outputs="activations: T",
        attrs={"T": types, **more},
        shape=like("features"),
        traits=Trait.ELEMENTWISE,
    )


def _activation_grad(op_type: str, second: str = "features", types: Any = dtypes.FLOATING) -> OpDef:
    return define(
        op_type,
        inputs=f"gradients: T, {second}: T",
        outputs="backprops: T",
        attrs={"T": types},
        shape=like("gradients"),
        traits=Trait.ELEMENTWISE,
    )


# --- Relu -----------------------------------------------------------------------------------------
relu_op = _activation("Relu", dtypes.REAL)


@relu_op.kernel
def _(ctx: Any) -> Any:
    xp, zero = ctx.xp, ctx.dtype.type(0)
    return lambda x: xp.maximum(x, zero)


@relu_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return relu_grad_op(grad, op.outputs[0])


relu_grad_op = _activation_grad("ReluGrad", types=dtypes.REAL)


@relu_grad_op.kernel
def _(ctx: Any) -> Any:
    zero = ctx.dtype.type(0)
    return lambda grad, x: grad * (x > zero)


@relu_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [relu_grad_op(grad, op.inputs[1]), None]


def relu(features: Any, name: str | None = None) -> Tensor:
    """max(features, 0), elementwise (tf.nn.relu)."""
    return relu_op(features, name=name)  # type: ignore[no-any-return]


# --- Relu6 ----------------------------------------------------------------------------------------
relu6_op = _activation("Relu6", dtypes.REAL)


@relu6_op.kernel
def _(ctx: Any) -> Any:
    xp, zero, six = ctx.xp, ctx.dtype.type(0), ctx.dtype.type(6)
    return lambda x: xp.minimum(xp.maximum(x, zero), six)


@relu6_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return relu6_grad_op(grad, op.outputs[0])


relu6_grad_op = _activation_grad("Relu6Grad", types=dtypes.REAL)


@relu6_grad_op.kernel
def _(ctx: Any) -> Any:
    zero, six = ctx.dtype.type(0), ctx.dtype.type(6)
    return lambda grad, x: grad * ((x > zero) & (x < six))


@relu6_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [relu6_grad_op(grad, op.inputs[1]), None]


def relu6(features: Any, name: str | None = None) -> Tensor:
    """min(max(features, 0), 6), elementwise (tf.nn.relu6)."""
    with name_scope(name, "Relu6", [features]) as scope:
        return relu6_op(convert_to_tensor(features, name="features"), name=scope)  # type: ignore[no-any-return]


# --- Elu ------------------------------------------------------------------------------------------
elu_op = _activation("Elu")


@elu_op.kernel
def _(ctx: Any) -> Any:
    xp, zero = ctx.xp, ctx.dtype.type(0)
    return lambda x: xp.where(x < zero, xp.expm1(xp.minimum(x, zero)), x)


@elu_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return elu_grad_op(grad, op.outputs[0])


elu_grad_op = _activation_grad("EluGrad", "outputs")


@elu_grad_op.kernel
def _(ctx: Any) -> Any:
    xp, zero, one = ctx.xp, ctx.dtype.type(0), ctx.dtype.type(1)
    return lambda grad, y: xp.where(y < zero, grad * (y + one), grad)


@elu_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # d/dg [g (y + 1) where y < 0 else g] is the op again; d/dy is g where y < 0.
    first, y = op.inputs
    by_y = raw.Select(raw.Less(y, _zero(y)), grad * first, raw.ZerosLike(grad))
    return [elu_grad_op(grad, y), by_y]


def elu(features: Any, name: str | None = None) -> Tensor:
    """exp(features) - 1 where negative, features elsewhere (tf.nn.elu; arXiv:1511.07289)."""
    return elu_op(features, name=name)  # type: ignore[no-any-return]


# --- Selu -----------------------------------------------------------------------------------------
_SCALE = 1.0507009873554805  # arXiv:1706.02515, equation 14
_SCALE_ALPHA = 1.7580993408473768
selu_op = _activation("Selu")


@selu_op.kernel
def _(ctx: Any) -> Any:
    xp, kind = ctx.xp, ctx.dtype.type
    zero, scale, scale_alpha = kind(0), kind(_SCALE), kind(_SCALE_ALPHA)
    return lambda x: xp.where(x < zero, scale_alpha * xp.expm1(xp.minimum(x, zero)), scale * x)


@selu_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return selu_grad_op(grad, op.outputs[0])


selu_grad_op = _activation_grad("SeluGrad", "outputs")


@selu_grad_op.kernel
def _(ctx: Any) -> Any:
    xp, kind = ctx.xp, ctx.dtype.type
    zero, scale, scale_alpha = kind(0), kind(_SCALE), kind(_SCALE_ALPHA)
    return lambda grad, y: grad * xp.where(y < zero, y + scale_alpha, scale)


@selu_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    first, y = op.inputs
    by_y = raw.Select(raw.Less(y, _zero(y)), grad * first, raw.ZerosLike(grad))
    return [selu_grad_op(grad, y), by_y]


def selu(features: Any, name: str | None = None) -> Tensor:
    """The self-normalising scale * elu (tf.nn.selu; arXiv:1706.02515)."""
    return selu_op(features, name=name)  # type: ignore[no-any-return]


# --- LeakyRelu ------------------------------------------------------------------------------------
leaky_relu_op = _activation("LeakyRelu", alpha=attrs.real(0.2))


@leaky_relu_op.kernel
def _(ctx: Any) -> Any:
    xp, zero, alpha = ctx.xp, ctx.dtype.type(0), _alpha(ctx)
    return lambda x: xp.where(x > zero, x, x * alpha)


def _alpha(ctx: Any) -> Any:
    # The attribute is a float of 32 bits, as in TensorFlow, even where the tensors have 64.
    return ctx.dtype.type(np.float32(ctx.attrs["alpha"]))


@leaky_relu_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return leaky_relu_grad_op(grad, op.inputs[0], alpha=op.attrs["alpha"])


leaky_relu_grad_op = define(
    "LeakyReluGrad",
    inputs="gradients: T, features: T",
    outputs="backprops: T",
    attrs={"T": dtypes.FLOATING, "alpha": attrs.real(0.2)},
    shape=like("gradients"),
    traits=Trait.ELEMENTWISE,
)


@leaky_relu_grad_op.kernel
def _(ctx: Any) -> Any:
    xp, zero, alpha = ctx.xp, ctx.dtype.type(0), _alpha(ctx)
    return lambda grad, x: xp.where(x > zero, grad, grad * alpha)


@leaky_relu_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [leaky_relu_grad_op(grad, op.inputs[1], alpha=op.attrs["alpha"]), None]


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """features where positive, alpha * features elsewhere (tf.nn.leaky_relu)."""
    with name_scope(name, "LeakyRelu", [features]) as scope:
        tensor = convert_to_tensor(features, name="features")
        if tensor.dtype.is_integer:
            tensor = raw.Cast(tensor, DstT=dtypes.float32)
        return leaky_relu_op(tensor, alpha=alpha, name=scope)  # type: ignore[no-any-return]


# --- Softplus, Softsign ---------------------------------------------------------------------------
softplus_op = _activation("Softplus")


@softplus_op.kernel
def _(ctx: Any) -> Any:
    xp, zero = ctx.xp, ctx.dtype.type(0)
    return lambda x: xp.astype(xp.logaddexp(x, zero), ctx.dtype, copy=False)


@softplus_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return softplus_grad_op(grad, op.inputs[0])


softplus_grad_op = _activation_grad("SoftplusGrad")


@softplus_grad_op.kernel
def _(ctx: Any) -> Any:
    xp, one = ctx.xp, ctx.dtype.type(1)
    return lambda grad, x: grad / (xp.exp(-x) + one)


@softplus_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # g s(x) has the derivatives s(x) by g, and g s(x) s(-x) by x.
    first, x = op.inputs
    slope = raw.Sigmoid(x)
    return [softplus_grad_op(grad, x), grad * first * slope * raw.Sigmoid(-x)]


def softplus(features: Any, name: str | None = None) -> Tensor:
    """log(exp(features) + 1), elementwise (tf.nn.softplus)."""
    return softplus_op(features, name=name)  # type: ignore[no-any-return]


softsign_op = _activation("Softsign")


@softsign_op.kernel
def _(ctx: Any) -> Any:
    xp, one = ctx.xp, ctx.dtype.type(1)
    return lambda x: x / (xp.abs(x) + one)


@softsign_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return softsign_grad_op(grad, op.inputs[0])


softsign_grad_op = _activation_grad("SoftsignGrad")


@softsign_grad_op.kernel
def _(ctx: Any) -> Any:
    xp, one = ctx.xp, ctx.dtype.type(1)
    return lambda grad, x: grad / xp.square(xp.abs(x) + one)


@softsign_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    first, x = op.inputs
    width = raw.Abs(x) + _like(1.0, x)
    slope = raw.Sign(x) * _like(-2.0, x) / (width * width * width)
    return [softsign_grad_op(grad, x), grad * first * slope]


def softsign(features: Any, name: str | None = None) -> Tensor:
    """features / (|features| + 1), elementwise (tf.nn.softsign)."""
    return softsign_op(features, name=name)  # type: ignore[no-any-return]


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """relu of features and of -features, joined along `axis` (tf.nn.crelu; arXiv:1603.05201)."""
    with name_scope(name, "CRelu", [features]) as scope:
        tensor = convert_to_tensor(features, name="features")
        return relu(raw.ConcatV2([tensor, -tensor], axis, name=scope))


def swish(features: Any, name: str | None = None) -> Tensor:
    """features * sigmoid(features) (tf.nn.swish; arXiv:1710.05941)."""
    with name_scope(name, "swish", [features]):
        tensor = convert_to_tensor(features, name="features")
        return tensor * raw.Sigmoid(tensor)


def _zero(tensor: Tensor) -> Any:
    return _like(0, tensor)


def _like(value: float, tensor: Tensor) -> Any:
    """A Python number as a scalar array of a tensor's dtype."""
    return np.asarray(value, tensor.dtype.base_dtype.np_dtype)


# --- BiasAdd --------------------------------------------------------------------------------------
_FORMAT = attrs.choice("NHWC", "NCHW", "NDHWC", "NCDHW", default="NHWC")
bias_add_op = define(
    "BiasAdd",
    inputs="value: T, bias: T",
    outputs="output: T",
    attrs={"T": dtypes.NUMBERS, "data_format": _FORMAT},
    traits=Trait.ELEMENTWISE,
)


@bias_add_op.shape
def _(op: Operation) -> TensorShape:
    value, bias = (t.shape for t in op.inputs)
    bias = bias.with_rank(1)
    dims = value.known
    if dims is None:
        return UNKNOWN
    if len(dims) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
    axis = _channel_axis(op.attrs["data_format"], len(dims))
    size = bias.known[0] if bias.known else None
    if None not in (size, dims[axis]) and size != dims[axis]:
        raise ValueError(f"Dimensions must be equal, but are {dims[axis]} and {size}")
    return TensorShape.of((*dims[:axis], dims[axis] if size is None else size, *dims[axis + 1 :]))


def _channel_axis(data_format: str, rank: int) -> int:
    return 1 if data_format.startswith("NC") else rank - 1


@bias_add_op.kernel
def _(ctx: Any) -> Any:
    channels_first = ctx.attrs["data_format"].startswith("NC")

    def bias_add(value: Any, bias: Any) -> Any:
        axis = 1 if channels_first else value.ndim - 1
        if value.ndim < 2:
            raise InvalidArgumentError(
                f"Input tensor must be at least 2D, got shape {list(value.shape)}"
            )
        if bias.shape != (value.shape[axis],):
            raise InvalidArgumentError(
                f"Must provide as many biases as the last dimension of the input tensor: "
                f"{list(bias.shape)} vs. {list(value.shape)}"
            )
        return value + (bias.reshape((-1,) + (1,) * (value.ndim - 2)) if channels_first else bias)

    return bias_add


@bias_add_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [grad, bias_add_grad_op(grad, data_format=op.attrs["data_format"])]


bias_add_grad_op = define(
    "BiasAddGrad",
    inputs="out_backprop: T",
    outputs="output: T",
    attrs={"T": dtypes.NUMBERS, "data_format": _FORMAT},
)


@bias_add_grad_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.known
    if dims is None:
        return TensorShape([None])
    return TensorShape.of((dims[_channel_axis(op.attrs["data_format"], len(dims))],))


@bias_add_grad_op.kernel
def _(ctx: Any) -> Any:
    xp, first = ctx.xp, ctx.attrs["data_format"].startswith("NC")
    single = ctx.dtype.itemsize < 4 and ctx.dtype.kind not in "iu"
    wide = np.float32 if single else ctx.dtype

    def bias_add_grad(grad: Any) -> Any:
        axis = 1 if first else grad.ndim - 1
        others = tuple(i for i in range(grad.ndim) if i != axis)
        return xp.astype(xp.sum(grad, axis=others, dtype=wide), ctx.dtype, copy=False)

    return bias_add_grad


@bias_add_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    value = op.inputs[0]
    zeros = raw.ZerosLike(value)
    return bias_add_op(zeros, grad, data_format=op.attrs["data_format"])


def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Adds a vector to the channels of `value` (tf.nn.bias_add).

    Args:
      value: a tensor of rank 2 or more.
      bias: a vector as long as the channels.
      data_format: "NHWC" (or "N...C"), channels last, or "NCHW" ("NC..."), channels second.
      name: the operation's name.
    """
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        if data_format is not None:
            if data_format.startswith("NC"):
                data_format = "NCHW"
            elif data_format.startswith("N") and data_format.endswith("C"):
                data_format = "NHWC"
            else:
                raise ValueError(
                    f"data_format must be of the form `N...C` or `NC...`, got {data_format!r}"
                )
        tensor = convert_to_tensor(value, name="input")
        vector = convert_to_tensor(bias, dtype=tensor.dtype.base_dtype, name="bias")
        return bias_add_op(tensor, vector, data_format=data_format, name=scope)  # type: ignore[no-any-return]


__all__ = [
    "bias_add", "crelu", "elu", "leaky_relu", "relu", "relu6", "selu", "softplus", "softsign",
    "swish",
]  # fmt: skip
