"""Softmax, log-softmax, and the cross-entropies built on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes, errors
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, broadcast
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import zeros_like
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.control.value_checks import assert_equal


def _wide(ctx: Any) -> Any:
    """The dtype to compute in: sums of half precision are taken in single."""
    return np.dtype(np.float32) if ctx.dtype.itemsize < 4 else ctx.dtype


# --- Softmax, LogSoftmax --------------------------------------------------------------------------
softmax_op = define(
    "Softmax", inputs="logits: T", outputs="softmax: T", attrs={"T": dtypes.FLOATING},
    shape=lambda op: op.inputs[0].shape.with_rank_at_least(1),
)  # fmt: skip


@softmax_op.kernel
def _(ctx: Any) -> Any:
    xp, wide, dtype = ctx.xp, _wide(ctx), ctx.dtype

    def softmax(logits: Any) -> Any:
        _check_vector(logits)
        x = xp.astype(logits, wide, copy=False)
        if x.size == 0:
            return xp.zeros(x.shape, dtype=dtype)
        e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
        return xp.astype(e / xp.sum(e, axis=-1, keepdims=True), dtype, copy=False)

    return softmax


def _check_vector(logits: Any) -> None:
    if not logits.ndim:
        raise errors.InvalidArgumentError("logits must have >= 1 dimension, got a scalar")


@softmax_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    y = op.outputs[0]
    return (grad - raw.Sum(grad * y, -1, keep_dims=True)) * y


log_softmax_op = define(
    "LogSoftmax", inputs="logits: T", outputs="logsoftmax: T", attrs={"T": dtypes.FLOATING},
    shape=lambda op: op.inputs[0].shape.with_rank_at_least(1),
)  # fmt: skip


@log_softmax_op.kernel
def _(ctx: Any) -> Any:
    xp, wide, dtype = ctx.xp, _wide(ctx), ctx.dtype

    def log_softmax(logits: Any) -> Any:
        _check_vector(logits)
        x = xp.astype(logits, wide, copy=False)
        if x.size == 0:
            return xp.zeros(x.shape, dtype=dtype)
        x = x - xp.max(x, axis=-1, keepdims=True)
        return xp.astype(x - xp.log(xp.sum(xp.exp(x), axis=-1, keepdims=True)), dtype, copy=False)

    return log_softmax


@log_softmax_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return grad - raw.Sum(grad, -1, keep_dims=True) * raw.Exp(op.outputs[0])


def softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """exp(logits) / sum(exp(logits)) along `axis`, the last one when None (tf.nn.softmax).

    `dim` is the old name of `axis`.
    """
    return _along_axis(softmax_op, logits, _one(axis, dim, "axis", "dim"), name)


def log_softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """logits - log(sum(exp(logits))) along `axis`, the last one when None (tf.nn.log_softmax)."""
    return _along_axis(log_softmax_op, logits, _one(axis, dim, "axis", "dim"), name)


def _one(new: Any, old: Any, new_name: str, old_name: str) -> Any:
    if old is not None:
        if new is not None:
            raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
        return old
    return new


def _along_axis(op: Any, logits: Any, axis: int | None, name: str | None) -> Tensor:
    tensor = convert_to_tensor(logits)
    rank = tensor.shape.rank
    if axis is None or axis == -1 or (rank is not None and axis == rank - 1):
        return op(tensor, name=name)  # type: ignore[no-any-return]
    if rank is None:
        raise TypeError("softmax along an axis other than the last needs logits of known rank")
    if not -rank <= axis < rank:
        raise errors.InvalidArgumentError(
            None, None, f"Dimension (axis = {axis}) must be in the range [{-rank}, {rank})"
        )
    order = list(range(rank))
    order[axis % rank], order[-1] = order[-1], order[axis % rank]
    with name_scope(name, op.name):
        return raw.Transpose(op(raw.Transpose(tensor, order)), order)  # type: ignore[no-any-return]


# --- cross-entropy of softmax, with probabilities as labels ---------------------------------------
softmax_xent_op = define(
    "SoftmaxCrossEntropyWithLogits",
    inputs="features: T, labels: T",
    outputs="loss: T, backprop: T",
    attrs={"T": dtypes.FLOATING},
)


@softmax_xent_op.shape
def _(op: Operation) -> list[TensorShape]:
    logits, labels = op.inputs[0].shape, op.inputs[1].shape
    try:
        shape = broadcast(logits, labels).with_rank(2)
    except ValueError as error:
        if logits.rank != 2 or labels.rank != 2:
            raise
        raise ValueError(f"logits {logits} and labels {labels} must have one shape") from error
    assert shape.known is not None
    return [TensorShape.of(shape.known[:1]), shape]


def _broadcast_rows(xp: Any, features: Any, labels: Any) -> Any:
    try:
        shape = xp.broadcast_shapes(features.shape, labels.shape)
    except ValueError:
        raise errors.InvalidArgumentError(
            "logits and labels must be broadcastable: logits_size="
            f"{list(features.shape)} labels_size={list(labels.shape)}"
        ) from None
    if len(shape) != 2:
        raise errors.InvalidArgumentError(
            "logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional"
        )
    return xp.broadcast_to(features, shape), xp.broadcast_to(labels, shape)


@softmax_xent_op.kernel
def _(ctx: Any) -> Any:
    xp, wide, dtype = ctx.xp, _wide(ctx), ctx.dtype

    def cross_entropy(features: Any, labels: Any) -> Any:
        if features.shape != labels.shape or features.ndim != 2:
            features, labels = _broadcast_rows(xp, features, labels)
        logits, probs = xp.astype(features, wide, copy=False), xp.astype(labels, wide, copy=False)
        shape = xp.broadcast_shapes(logits.shape, probs.shape)
        if 0 in shape:
            return xp.zeros(shape[:1], dtype=dtype), xp.zeros(shape, dtype=dtype)
        x = logits - xp.max(logits, axis=-1, keepdims=True)
        e = xp.exp(x)
        total = xp.sum(e, axis=-1, keepdims=True)
        # A label of 0 contributes nothing, whatever its logarithm is.
        terms = xp.where(probs == 0, wide.type(0), probs * (xp.log(total) - x))
        loss = xp.sum(terms, axis=-1)
        back = e / total - probs
        return xp.astype(loss, dtype, copy=False), xp.astype(back, dtype, copy=False)

    return cross_entropy


@softmax_xent_op.gradient
def _(op: Operation, grad_loss: Tensor, grad_back: Tensor) -> Any:
    logits = op.inputs[0]
    column = raw.ExpandDims(grad_loss, -1)
    grad = column * op.outputs[1]
    if grad_back is not None and not _is_zeros(grad_back):
        # The second output is softmax - labels, and has the derivatives of both.
        y = softmax_op(logits)
        grad = grad + (grad_back - raw.Sum(grad_back * y, -1, keep_dims=True)) * y
        return [grad, column * -log_softmax_op(logits) - grad_back]
    return [grad, column * -log_softmax_op(logits)]


def _is_zeros(tensor: Tensor) -> bool:
    """Whether a gradient is zeros made for an output that nothing used."""
    if tensor.op.type == "ZerosLike":
        return True
    from flowgraph.core.static import constant_value

    value = constant_value(tensor)
    return value is not None and not value.any()


def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: int | None = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """The cross-entropy of softmax(logits) to `labels` (tf.nn's function of this name).

    Args:
      labels: probabilities, of the shape of `logits`; gradients flow into them too.
      logits: unscaled log-probabilities [..., classes].
      axis: the axis of the classes, the last one when None; `dim` is its old name.
      name: a name for the operation.

    Returns:
      A tensor of the shape of `logits` without `axis`.
    """
    axis = _one(axis, dim, "axis", "dim")
    axis = -1 if axis is None else axis
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        narrow = logits.dtype in (dtypes.float16, dtypes.bfloat16)
        precise = raw.Cast(logits, DstT=dtypes.float32) if narrow else logits
        labels = labels if labels.dtype == precise.dtype else raw.Cast(labels, DstT=precise.dtype)
        rank = precise.shape.rank
        if axis != -1 and (rank is None or axis != rank - 1):
            order = _to_the_end(axis, precise)
            precise, labels = raw.Transpose(precise, order), raw.Transpose(labels, order)
        outer = precise.shape.known
        loss, _ = softmax_xent_op(_as_matrix(precise), _as_matrix(labels), name=scope)
        if rank != 2:
            loss = raw.Reshape(loss, raw.Shape(precise)[:-1])
            if outer is not None:
                loss.set_shape(outer[:-1])
        return raw.Cast(loss, DstT=logits.dtype) if narrow else loss  # type: ignore[no-any-return]


def _to_the_end(axis: int, tensor: Tensor) -> Any:
    """The permutation that puts an axis behind all others."""
    rank = tensor.shape.rank
    if rank is not None:
        return [i for i in range(rank) if i != axis % rank] + [axis % rank]
    count = raw.Rank(tensor)
    at = axis if axis >= 0 else count + axis
    others = [raw.Range(0, at, 1), raw.Range(at + 1, count, 1)]
    return raw.ConcatV2([*others, raw.Reshape(at, [1])], 0)


def _as_matrix(tensor: Tensor) -> Tensor:
    rank = tensor.shape.rank
    if rank == 2:
        return tensor
    dims = tensor.shape.known
    if dims is not None and dims[-1] is not None:
        return raw.Reshape(tensor, [-1, dims[-1]])  # type: ignore[no-any-return]
    last = raw.Shape(tensor)[-1:]
    return raw.Reshape(tensor, raw.ConcatV2([np.array([-1], np.int32), last], 0))  # type: ignore[no-any-return]


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: int | None = None,
) -> Tensor:
    """As the _v2 function, without gradients into `labels` (softmax_cross_entropy_with_logits)."""
    _named_only("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = raw.StopGradient(
            convert_to_tensor(labels, name="labels"), name="labels_stop_gradient"
        )
        chosen = dim if axis is None else axis
        return softmax_cross_entropy_with_logits_v2(labels, logits, axis=chosen, name=scope)


def _named_only(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    if sentinel is not None:
        raise ValueError(
            f"Only call `{function}` with named arguments (labels=..., logits=..., ...)"
        )
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


# --- cross-entropy of softmax, with class numbers as labels ---------------------------------------
sparse_softmax_xent_op = define(
    "SparseSoftmaxCrossEntropyWithLogits",
    inputs="features: T, labels: Tlabels",
    outputs="loss: T, backprop: T",
    attrs={"T": dtypes.FLOATING, "Tlabels": attrs.types(*dtypes.INDEX, default=dtypes.int64)},
)


@sparse_softmax_xent_op.shape
def _(op: Operation) -> list[TensorShape]:
    features = op.inputs[0].shape.with_rank(2)
    labels = op.inputs[1].shape.with_rank(1)
    assert features.known is not None
    batch = TensorShape.of(features.known[:1]).merge_with(labels)
    assert batch.known is not None
    return [batch, TensorShape.of((batch.known[0], features.known[1]))]


@sparse_softmax_xent_op.kernel
def _(ctx: Any) -> Any:
    xp, wide, dtype = ctx.xp, _wide(ctx), ctx.dtype

    def cross_entropy(features: Any, labels: Any) -> Any:
        _check_labels(features, labels)
        logits = xp.astype(features, wide, copy=False)
        if logits.size == 0:
            return xp.zeros(logits.shape[:1], dtype=dtype), xp.zeros(logits.shape, dtype=dtype)
        x = logits - xp.max(logits, axis=-1, keepdims=True)
        e = xp.exp(x)
        total = xp.sum(e, axis=-1, keepdims=True)
        chosen = xp.reshape(xp.astype(labels, xp.int64, copy=False), (-1, 1))
        loss = (xp.log(total) - xp.take_along_axis(x, chosen, axis=1))[:, 0]
        one_hot = xp.arange(x.shape[1]) == chosen
        back = e / total - one_hot
        return xp.astype(loss, dtype, copy=False), xp.astype(back, dtype, copy=False)

    return cross_entropy


def _check_labels(features: Any, labels: Any) -> None:
    if features.ndim != 2:
        raise ValueError(f"logits must be 2-D, but got shape {list(features.shape)}")
    if labels.ndim != 1:
        raise ValueError(f"labels must be 1-D, but got shape {list(labels.shape)}")
    if labels.shape != features.shape[:1]:
        raise ValueError(
            f"logits and labels must have the same first dimension, got logits shape "
            f"{list(features.shape)} and labels shape {list(labels.shape)}"
        )
    classes = features.shape[1]
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(
            f"Received a label value of {wrong} which is outside the valid range of "
            f"[0, {classes}).  Label values: {' '.join(map(str, labels[:100].tolist()))}"
        )


@sparse_softmax_xent_op.gradient
def _(op: Operation, grad_loss: Tensor, grad_back: Tensor) -> Any:
    grad = raw.ExpandDims(grad_loss, -1) * op.outputs[1]
    if grad_back is not None and not _is_zeros(grad_back):
        y = softmax_op(op.inputs[0])
        grad = grad + (grad_back - raw.Sum(grad_back * y, -1, keep_dims=True)) * y
    return [grad, None]


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross-entropy of softmax(logits) to class numbers.

    Args:
      labels: integers in [0, classes), of shape [...].
      logits: unscaled log-probabilities [..., classes].
      name: a name for the operation.

    Returns:
      A tensor of the shape of `labels` (tf.nn.sparse_softmax_cross_entropy_with_logits).
    """
    function = "sparse_softmax_cross_entropy_with_logits"
    _named_only(function, _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels = convert_to_tensor(labels, name="labels")
        logits = convert_to_tensor(logits, name="logits")
        narrow = logits.dtype in (dtypes.float16, dtypes.bfloat16)
        precise = raw.Cast(logits, DstT=dtypes.float32) if narrow else logits
        _check_sparse_shapes(labels.shape, precise.shape)
        shape = shape_of(labels)
        if precise.shape.rank == 2:
            loss, _ = sparse_softmax_xent_op(precise, labels, name=name)
        else:
            flat = raw.Reshape(labels, [-1])
            with control_dependencies(_rank_checks(labels, precise)):
                loss, _ = sparse_softmax_xent_op(_as_matrix(precise), flat, name=name)
            loss = raw.Reshape(loss, shape)
            loss.set_shape(labels.shape)
        return raw.Cast(loss, DstT=logits.dtype) if narrow else loss  # type: ignore[no-any-return]


def _rank_checks(labels: Tensor, logits: Tensor) -> list[Any]:
    """For the run what the static shapes leave open: that labels have one dimension less."""
    if labels.shape.is_fully_defined() and logits.shape[:-1].is_fully_defined():
        return []
    return [assert_equal(raw.Rank(labels), raw.Rank(logits) - 1)]


def _check_sparse_shapes(labels: TensorShape, logits: TensorShape) -> None:
    if logits.rank == 0:
        raise ValueError(f"Logits cannot be scalars - received shape {logits}.")
    if None not in (logits.rank, labels.rank) and labels.rank != logits.rank - 1:  # type: ignore[operator]
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {labels.rank}) should equal rank of logits "
            f"minus 1 (received {logits.rank})."
        )
    defined = labels.is_fully_defined() and logits.is_fully_defined()
    if defined and labels.known != logits.known[:-1]:  # type: ignore[index]
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {labels}) should equal the shape "
            f"of logits except for the last dimension (received {logits})."
        )


# --- cross-entropy of independent sigmoids --------------------------------------------------------
def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None,
    targets: Any = None,
) -> Tensor:  # fmt: skip
    """The cross-entropy of sigmoid(logits) to `labels`, elementwise, without overflow.

    max(x, 0) - x z + log(1 + exp(-|x|)) for logits x and labels z, as TensorFlow documents it
    (tf.nn.sigmoid_cross_entropy_with_logits). `targets` is the name of `labels` before 1.0.
    """
    labels = _one(labels, targets, "labels", "targets")
    _named_only("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        x = convert_to_tensor(logits, name="logits")
        z = _labels_of(labels, x, "labels")
        _same_shape(x, z, "logits and labels")
        zeros = zeros_like(x)
        positive = raw.GreaterEqual(x, zeros)
        relu_x = raw.Select(positive, x, zeros)
        negative_abs = raw.Select(positive, -x, x)
        return raw.Add(relu_x - x * z, raw.Log1p(raw.Exp(negative_abs)), name=scope)  # type: ignore[no-any-return]


def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = None, name: str | None = None,
    targets: Any = None,
) -> Tensor:  # fmt: skip
    """`sigmoid_cross_entropy_with_logits` with positive labels weighted by `pos_weight`.

    (1 - z) x + (1 + (w - 1) z) (log(1 + exp(-|x|)) + max(-x, 0)); tf.nn's function of this name.
    """
    labels = _one(labels, targets, "labels", "targets")
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        x = convert_to_tensor(logits, name="logits")
        z = _labels_of(labels, x, "targets")
        _same_shape(x, z, "logits and targets")
        weight = 1 + (pos_weight - 1) * z
        tail = raw.Log1p(raw.Exp(-raw.Abs(x))) + raw.Relu(-x)
        return raw.Add((1 - z) * x, weight * tail, name=scope)  # type: ignore[no-any-return]


def _labels_of(labels: Any, logits: Tensor, name: str) -> Tensor:
    """A tensor keeps its dtype, of which the ops then complain; numbers take the logits'."""
    dtype = None if isinstance(labels, Tensor) else logits.dtype.base_dtype
    return convert_to_tensor(labels, dtype=dtype, name=name)


def _same_shape(x: Tensor, z: Tensor, what: str) -> None:
    if not x.shape.is_compatible_with(z.shape):
        raise ValueError(f"{what} must have the same shape ({x.shape} vs {z.shape})")


__all__ = [
    "log_softmax", "sigmoid_cross_entropy_with_logits", "softmax",
    "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits", "weighted_cross_entropy_with_logits",
]  # fmt: skip
