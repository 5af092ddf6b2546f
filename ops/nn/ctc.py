"""The loss of connectionist temporal classification as ops; its functions are in `ctc_loss.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn._ctc_alignment import loss_and_gradient

_NO_SECOND = (
    "Currently there is no way to take the second derivative of ctc_loss: its gradient comes out "
    "of the same kernel."
)

# --- CTCLoss --------------------------------------------------------------------------------------
ctc_loss_op = define(
    "CTCLoss",
    inputs="inputs: float32, labels_indices: int64, labels_values: int32, sequence_length: int32",
    outputs="loss: float32, gradient: float32",
    attrs={
        "preprocess_collapse_repeated": attrs.boolean(False),
        "ctc_merge_repeated": attrs.boolean(True),
        "ignore_longer_outputs_than_inputs": attrs.boolean(False),
    },
    traits=Trait.HEAVY,
)


def merged_inputs(op: Operation, lengths: Tensor) -> TensorShape:
    """The inputs' shape, the batch known from the lengths too."""
    inputs = op.inputs[0].shape.with_rank(3)
    return inputs.merge_with(TensorShape([None, lengths.shape.with_rank(1)[0], None]))


@ctc_loss_op.shape
def _(op: Operation) -> list[TensorShape]:
    inputs = merged_inputs(op, op.inputs[3])
    rows = op.inputs[1].shape.with_rank(2)[:1]
    rows.merge_with(op.inputs[2].shape.with_rank(1))
    return [inputs[1:2], inputs]


@ctc_loss_op.kernel
def _(ctx: Any) -> Any:
    a = ctx.attrs
    collapse, ignore = a["preprocess_collapse_repeated"], a["ignore_longer_outputs_than_inputs"]

    def ctc_loss(inputs: Any, indices: Any, values: Any, lengths: Any) -> Any:
        check_inputs(inputs, lengths, InvalidArgumentError)
        time, batch, classes = inputs.shape
        if batch == 0 or lengths.min() < 0:
            raise InvalidArgumentError("batch_size must not be 0, nor a sequence_length negative")
        rows = _rows(indices, values, batch)
        sizes = np.bincount(rows, minlength=batch)
        long = sizes > lengths
        if not ignore and long.any():
            worst = int(np.flatnonzero(long)[0])
            raise InvalidArgumentError(
                f"Not enough time for target transition sequence (required: {sizes[worst]}, "
                f"available: {lengths[worst]}) in batch {worst}: see "
                "ignore_longer_outputs_than_inputs"
            )
        labels, counts = _sequences(rows, values, classes, collapse, batch)
        if not time:
            return np.zeros(batch, np.float32), np.zeros(inputs.shape, np.float32)
        with np.errstate(all="ignore"):
            loss, gradient = loss_and_gradient(
                inputs.astype(np.float64), labels, counts, np.where(long, 0, lengths),
                classes - 1, a["ctc_merge_repeated"],
            )  # fmt: skip
        return loss.astype(np.float32), gradient.astype(np.float32)

    return ctc_loss


def check_inputs(inputs: Any, lengths: Any, error: type[Exception]) -> None:
    """InvalidArgumentError for wrong ranks, `error` for lengths that do not fit."""
    if inputs.ndim != 3 or lengths.ndim != 1:
        raise InvalidArgumentError(
            f"inputs must have 3 dimensions and sequence_length 1, got shapes {list(inputs.shape)} "
            f"and {list(lengths.shape)}"
        )
    if len(lengths) != inputs.shape[1]:
        raise error(
            f"len(sequence_length) != batch_size: {len(lengths)} lengths for {inputs.shape[1]}"
        )
    if len(lengths) and lengths.max() > len(inputs):
        raise error(f"sequence_length {lengths.max()} exceeds the {len(inputs)} time steps")


def _rows(indices: Any, values: Any, batch: int) -> Any:
    """The example of each label; InvalidArgumentError unless they are sorted and each has some."""
    if indices.ndim != 2 or indices.shape != (values.size, 2) or values.ndim != 1:
        raise InvalidArgumentError(
            f"labels_indices and labels_values must contain the same number of rows, got shapes "
            f"{list(indices.shape)} and {list(values.shape)}"
        )
    rows, columns = indices[:, 0], indices[:, 1]
    if indices.size and (indices.min() < 0 or rows.max() >= batch):
        raise InvalidArgumentError(f"label SparseTensor is not valid: an index outside of {batch}")
    step = np.diff(rows)
    if ((step < 0) | ((step == 0) & (np.diff(columns) <= 0))).any():
        raise InvalidArgumentError("label SparseTensor is not valid: its indices are out of order")
    empty = np.setdiff1d(np.arange(batch), rows)
    if empty.size:
        raise InvalidArgumentError(f"Labels length is zero in batch {empty[0]}")
    return rows


def _sequences(rows: Any, values: Any, classes: int, collapse: bool, batch: int) -> Any:
    """(labels [batch, longest], how many each row has), without nulls and what is merged."""
    again = np.zeros(len(values), bool)
    again[1:] = collapse & (np.diff(values) == 0) & (np.diff(rows) == 0)
    null = values >= classes - 1
    nulls = np.r_[0, np.cumsum(null)]
    start = np.searchsorted(rows, np.arange(batch))
    label = ~null & ~again
    if (label & (nulls[1:] > nulls[start[rows]])).any():
        raise InvalidArgumentError(
            f"Saw a non-null label after a null one (index >= {classes - 1}): {values.tolist()}"
        )
    if (values < 0).any():
        raise InvalidArgumentError(f"All labels must be nonnegative integers: {values.tolist()}")
    rows, values = rows[label], values[label]
    counts = np.bincount(rows, minlength=batch)
    columns = np.arange(len(rows)) - np.searchsorted(rows, np.arange(batch))[rows]
    labels = np.full((batch, counts.max()), classes - 1)
    labels[rows, columns] = values
    return labels, counts


@ctc_loss_op.gradient
def _(op: Operation, grad: Tensor, _: Tensor) -> Any:
    return [_times(grad, op.outputs[1]), None, None, None]


def _times(grad: Tensor, gradient: Tensor) -> Tensor:
    kept = raw.PreventGradient(gradient, message=_NO_SECOND)
    return raw.Mul(raw.Reshape(grad, [1, -1, 1]), kept)  # type: ignore[no-any-return]


# --- CTCLossDense, an op of ours: TensorFlow makes a loop of a hundred ops of it ------------------
ctc_loss_dense_op = define(
    "CTCLossDense",
    inputs="logits: T, labels: Tlabels, label_length: Tlength, logit_length: Tsteps",
    outputs="loss: T, gradient: T",
    attrs={
        "T": attrs.types(dtypes.float32, dtypes.float64),
        **{name: attrs.types(*dtypes.INDEX) for name in ("Tlabels", "Tlength", "Tsteps")},
    },
    traits=Trait.HEAVY,
)


@ctc_loss_dense_op.shape
def _(op: Operation) -> list[TensorShape]:
    logits = merged_inputs(op, op.inputs[3])
    batch = (
        logits[1:2].merge_with(op.inputs[2].shape).merge_with(op.inputs[1].shape.with_rank(2)[:1])
    )
    return [batch, logits.merge_with(TensorShape([None, batch[0], None]))]


@ctc_loss_dense_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def ctc_loss(logits: Any, labels: Any, counts: Any, steps: Any) -> Any:
        check_inputs(logits, steps, InvalidArgumentError)
        if labels.ndim != 2 or not labels.shape[:1] == counts.shape == steps.shape:
            raise InvalidArgumentError(
                f"labels {list(labels.shape)}, label_length {list(counts.shape)} and logit_length "
                f"{list(steps.shape)} must have one batch"
            )
        inside = np.arange(labels.shape[1]) < counts[:, np.newaxis]
        used = labels[inside]
        if used.size and not 0 <= used.min() <= used.max() < logits.shape[2]:
            raise InvalidArgumentError(f"labels must be of [0, {logits.shape[2]}), got {used}")
        if counts.size and not 0 <= counts.min() <= counts.max() <= labels.shape[1]:
            raise InvalidArgumentError(f"label_length must be of [0, {labels.shape[1]}]: {counts}")
        if not len(logits):
            return np.zeros(len(steps), dtype), np.zeros(logits.shape, dtype)
        with np.errstate(all="ignore"):
            loss, gradient = loss_and_gradient(
                logits.astype(np.float64), np.where(inside, labels, 0), counts, steps, 0, True
            )
        return loss.astype(dtype), gradient.astype(dtype)

    return ctc_loss


@ctc_loss_dense_op.gradient
def _(op: Operation, grad: Tensor, _: Tensor) -> Any:
    return [_times(grad, op.outputs[1]), None, None, None]
