"""Moments, batch normalisation, l2 losses and normalisation, and other small compositions."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw, scalar
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.reduction import reduce_sum

l2_loss_op = define(
    "L2Loss", inputs="t: T", outputs="output: T", attrs={"T": dtypes.FLOATING}, shape=scalar
)


@l2_loss_op.kernel
def _(ctx: Any) -> Any:
    half, dtype = ctx.dtype.type(0.5), ctx.dtype

    def l2_loss(t: Any) -> Any:
        flat = t.reshape(-1)
        if dtype.itemsize < 4:
            flat = flat.astype("float32")
        return dtype.type(flat @ flat) * half

    return l2_loss


@l2_loss_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return op.inputs[0] * grad  # type: ignore[operator]


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """sum(t ** 2) / 2 (tf.nn.l2_loss)."""
    return l2_loss_op(t, name=name)  # type: ignore[no-any-return]


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance of `x` along `axes` (tf.nn.moments).

    Args:
      x: a tensor.
      axes: the axes to average over.
      shift: accepted, not used.
      name: a name scope.
      keep_dims: keep the reduced axes with size 1; the old name of `keepdims`.
      keepdims: see `keep_dims`.
    """
    del shift
    keep = bool(keepdims if keep_dims is None else keep_dims)
    with name_scope(name, "moments", [x]):
        tensor = convert_to_tensor(x)
        narrow = tensor.dtype.base_dtype in (dtypes.float16, dtypes.bfloat16)
        y = raw.Cast(tensor, DstT=dtypes.float32) if narrow else tensor
        mean = raw.Mean(y, axes, keep_dims=True, name="mean")
        variance = raw.Mean(
            raw.SquaredDifference(y, raw.StopGradient(mean)), axes, keep_dims=True, name="variance"
        )
        if not keep:
            squeezed = [int(a) for a in (axes if isinstance(axes, (list, tuple)) else [axes])]
            mean, variance = _squeeze(mean, squeezed), _squeeze(variance, squeezed)
        if narrow:
            mean = raw.Cast(mean, DstT=tensor.dtype)
            variance = raw.Cast(variance, DstT=tensor.dtype)
        return mean, variance


def _squeeze(tensor: Tensor, axes: list[int]) -> Tensor:
    # Squeezing no axis would squeeze all of size 1.
    return raw.Squeeze(tensor, squeeze_dims=axes) if axes else tensor  # type: ignore[no-any-return]


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Tensor:
    """scale * (x - mean) / sqrt(variance + variance_epsilon) + offset (tf.nn.batch_normalization).

    `offset` and `scale` may be None. arXiv:1502.03167.
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        inverse = raw.Rsqrt(variance + variance_epsilon)
        if scale is not None:
            inverse = inverse * scale
        x = convert_to_tensor(x)
        shift = -mean * inverse if offset is None else offset - mean * inverse
        return x * _as(inverse, x) + _as(shift, x)  # type: ignore[no-any-return]


def _as(tensor: Tensor, like: Tensor) -> Tensor:
    same = tensor.dtype.base_dtype is like.dtype.base_dtype
    return tensor if same else raw.Cast(tensor, DstT=like.dtype.base_dtype)


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """`batch_normalization` under its old name (tf.nn.batch_norm_with_global_normalization)."""
    t, m, v = (new if old is None else old for old, new in ((t, input), (m, mean), (v, variance)))
    return batch_normalization(
        t, m, v, beta, gamma if scale_after_normalization else None, variance_epsilon, name
    )


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Tensor:
    """x / sqrt(max(sum(x ** 2), epsilon)) along `axis`, formerly `dim` (l2_normalize)."""
    axis = dim if axis is None else axis
    with name_scope(name, "l2_normalize", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        total = reduce_sum(raw.Square(tensor), axis, keepdims=True)
        floor = tensor.dtype.base_dtype.as_numpy_dtype(epsilon)
        return raw.Mul(tensor, raw.Rsqrt(raw.Maximum(total, floor)), name=scope)  # type: ignore[no-any-return]


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The fraction of zeros in `value`, a float32 scalar (tf.nn.zero_fraction)."""
    with name_scope(name, "zero_fraction", [value]) as scope:
        tensor = convert_to_tensor(value, name="value")
        zero = tensor.dtype.base_dtype.as_numpy_dtype(0)
        zeros = raw.Cast(raw.Equal(tensor, zero), DstT=dtypes.float32)
        flat = raw.Reshape(zeros, [-1])
        return raw.Mean(flat, 0, keep_dims=False, name=scope)  # type: ignore[no-any-return]


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """matmul(x, weights) + biases (tf.nn.xw_plus_b)."""
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        product = raw.MatMul(
            convert_to_tensor(x, name="x"), convert_to_tensor(weights, name="weights")
        )
        return raw.BiasAdd(product, convert_to_tensor(biases, name="biases"), name=scope)  # type: ignore[no-any-return]


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """relu(matmul(x, weights) + biases) (tf.nn.relu_layer)."""
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        product = raw.MatMul(
            convert_to_tensor(x, name="x"), convert_to_tensor(weights, name="weights")
        )
        sum_ = raw.BiasAdd(product, convert_to_tensor(biases, name="biases"))
        return raw.Relu(sum_, name=scope)  # type: ignore[no-any-return]


__all__ = [
    "batch_norm_with_global_normalization", "batch_normalization", "l2_loss", "l2_normalize",
    "moments", "relu_layer", "xw_plus_b", "zero_fraction",
]  # fmt: skip
