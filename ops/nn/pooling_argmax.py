"""Max pooling that also tells where each maximum was."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn._window import parse_window
from flowgraph.ops.nn.conv import four, window_shape

_WINDOW = {
    "ksize": attrs.ints(),
    "strides": attrs.ints(),
    "padding": attrs.choice("SAME", "VALID"),
    "include_batch_in_index": attrs.boolean(False),
}
argmax_op = define(
    "MaxPoolWithArgmax",
    inputs="input: T",
    outputs="output: T, argmax: Targmax",
    attrs={
        **_WINDOW,
        "Targmax": attrs.types(*dtypes.INDEX, default=dtypes.int64),
        "T": attrs.types(*dtypes.REAL),
    },
)


def _pooled_shape(op: Operation, x: TensorShape) -> TensorShape:
    known = x.with_rank(4).known
    assert known is not None
    return window_shape(op, x, op.attrs["ksize"][1:3], known[3])


@argmax_op.shape
def _(op: Operation) -> list[TensorShape]:
    return [_pooled_shape(op, op.inputs[0].shape)] * 2


@argmax_op.kernel
def _(ctx: Any) -> Any:
    a = ctx.attrs
    window = parse_window(a["strides"], a["padding"], (1, 1, 1, 1), "NHWC", ())
    size, index = tuple(a["ksize"][1:3]), ctx.output_dtypes[1].np_dtype

    def pool(x: Any) -> Any:
        batch, height, width, channels = x.shape
        rows, columns = window.spans((height, width), size)
        best = np.full((batch, rows.output, columns.output, channels), -1, np.int64)
        values = np.zeros(best.shape, x.dtype)
        for i in range(size[0]):
            y = np.arange(rows.output) * rows.stride + i - rows.before
            for j in range(size[1]):
                z = np.arange(columns.output) * columns.stride + j - columns.before
                _take(x, values, best, y, z)
        if a["include_batch_in_index"]:
            best += np.arange(batch).reshape(-1, 1, 1, 1) * (height * width * channels)
        return values, best.astype(index)

    return pool


def _take(x: Any, values: Any, best: Any, y: Any, z: Any) -> None:
    """Compares the elements at rows y and columns z with the best so far; the first one wins."""
    inside = ((y >= 0) & (y < x.shape[1]))[:, None] & ((z >= 0) & (z < x.shape[2]))
    rows, columns = np.clip(y, 0, x.shape[1] - 1), np.clip(z, 0, x.shape[2] - 1)
    seen = x[:, rows[:, None], columns]
    better = inside[..., None] & ((best < 0) | (seen > values))
    places = (rows[:, None] * x.shape[2] + columns)[..., None] * x.shape[3] + np.arange(x.shape[3])
    np.copyto(values, seen, where=better)
    np.copyto(best, np.broadcast_to(places, best.shape), where=better)


@argmax_op.gradient
def _(op: Operation, grad: Tensor, _: Any) -> Any:
    return argmax_grad_op(op.inputs[0], grad, op.outputs[1], **_window(op))


def _window(op: Operation) -> dict[str, Any]:
    return {name: op.attrs[name] for name in _WINDOW}


# --- its gradients --------------------------------------------------------------------------------
_GRAD_ATTRS = {**_WINDOW, "Targmax": attrs.types(*dtypes.INDEX), "T": attrs.types(*dtypes.REAL)}
argmax_grad_op = define(
    "MaxPoolGradWithArgmax", inputs="input: T, grad: T, argmax: Targmax", outputs="output: T",
    attrs=_GRAD_ATTRS, shape=lambda op: op.inputs[0].shape.with_rank(4),
)  # fmt: skip
argmax_grad_grad_op = define(
    "MaxPoolGradGradWithArgmax", inputs="input: T, grad: T, argmax: Targmax", outputs="output: T",
    attrs=_GRAD_ATTRS,
)  # fmt: skip


@argmax_grad_grad_op.shape
def _(op: Operation) -> TensorShape:
    x = op.inputs[0].shape.merge_with(op.inputs[1].shape)
    return _pooled_shape(op, x).merge_with(op.inputs[2].shape)


def _flat_places(op_attrs: Any, x: Any, argmax: Any) -> Any:
    """The places in the flat batch; InvalidArgumentError where one is not in its image."""
    places = argmax.reshape(len(argmax), -1).astype(np.int64)
    if not op_attrs["include_batch_in_index"]:
        places += np.arange(len(argmax))[:, np.newaxis] * prod(x.shape[1:])
    if places.size and not 0 <= places.min() <= places.max() < x.size:
        raise InvalidArgumentError(f"argmax leads out of the images of shape {list(x.shape)}")
    return places.ravel()


@argmax_grad_op.kernel
def _(ctx: Any) -> Any:
    def backward(x: Any, grad: Any, argmax: Any) -> Any:
        if x.ndim != 4 or grad.shape != argmax.shape or len(argmax) != len(x):
            raise InvalidArgumentError(
                f"grad {list(grad.shape)} and argmax {list(argmax.shape)} must have one shape, and "
                f"the batch of the input {list(x.shape)}"
            )
        wide = grad.dtype if grad.dtype.kind in "iu" else np.float64
        total = np.zeros(x.size, wide)
        np.add.at(total, _flat_places(ctx.attrs, x, argmax), grad.ravel().astype(wide))
        return total.reshape(x.shape).astype(ctx.dtype)

    return backward


@argmax_grad_grad_op.kernel
def _(ctx: Any) -> Any:
    def backward(x: Any, grad: Any, argmax: Any) -> Any:
        if x.ndim != 4 or grad.shape != x.shape or len(argmax) != len(x):
            raise InvalidArgumentError(
                f"grad {list(grad.shape)} must have the shape of the input {list(x.shape)}"
            )
        return grad.ravel()[_flat_places(ctx.attrs, x, argmax)].reshape(argmax.shape)

    return backward


@argmax_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, _, argmax = op.inputs
    return [raw.ZerosLike(x), argmax_grad_grad_op(x, grad, argmax, **_window(op)), None]


@argmax_grad_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, _, argmax = op.inputs
    return [raw.ZerosLike(x), argmax_grad_op(x, grad, argmax, **_window(op)), None]


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    Targmax: Any = None,
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> tuple[Tensor, Tensor]:
    """The greatest value of each window, and where it is (tf.nn.max_pool_with_argmax).

    Args:
      input: images [batch, height, width, channels].
      ksize, strides: four numbers.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      Targmax: int64 or int32, the dtype of the places; `output_dtype` is its newer name.
      name: the operation's name.
      include_batch_in_index: count places over the whole batch, not in each image.

    Returns:
      (values, places): a place is (row * width + column) * channels + channel.

    Raises:
      ValueError: another data format.
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    kind = Targmax if Targmax is not None else output_dtype or dtypes.int64
    found = argmax_op(
        input, ksize=four(ksize, "NHWC", "ksize"), strides=four(strides, "NHWC", "strides"),
        padding=padding, Targmax=kind, include_batch_in_index=include_batch_in_index, name=name,
    )  # fmt: skip
    return found[0], found[1]
