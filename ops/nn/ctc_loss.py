"""The functions of the loss of connectionist temporal classification, and of its labels."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import boolean_mask
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import ones_like, sequence_mask
from flowgraph.ops.array.reshape import transpose
from flowgraph.ops.array.selecting import unique as unique_of
from flowgraph.ops.control.functional import map_fn
from flowgraph.ops.nn.ctc import ctc_loss_dense_op, ctc_loss_op

__all__ = ["collapse_repeated", "ctc_loss", "ctc_loss_v2", "ctc_unique_labels"]


def ctc_loss(
    labels: Any,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """Minus the log probability that an alignment spells the labels (tf.nn.ctc_loss).

    (Graves et al. 2006, "Connectionist Temporal Classification".) The last class is the blank.

    Args:
      labels: a `SparseTensor` int32 [batch, longest].
      inputs: logits, float32 [time, batch, classes]; `logits` is its newer name.
      sequence_length: int32 [batch], how many steps each example has.
      preprocess_collapse_repeated: merge equal neighbours among the labels first.
      ctc_merge_repeated: a label may last several steps; a repeated one needs a blank between.
      ignore_longer_outputs_than_inputs: a loss of 0 where labels are more than steps, instead of
        an error.
      time_major: False: inputs are [batch, time, classes].

    Returns:
      The losses, float32 [batch].

    Raises:
      TypeError: labels are no `SparseTensor`.
      InvalidArgumentError: when run, labels or lengths do not fit.
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    tensor = convert_to_tensor(inputs if logits is None else logits, name="inputs")
    if not time_major:
        tensor = transpose(tensor, [1, 0, 2])
    loss, _ = ctc_loss_op(
        tensor, labels.indices, labels.values, sequence_length,
        preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )  # fmt: skip
    return loss  # type: ignore[no-any-return]


def ctc_loss_v2(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`ctc_loss` of dense or sparse labels, and with any class as the blank (tf.nn.ctc_loss_v2).

    Args:
      labels: [batch, longest], padded, or a `SparseTensor`.
      logits: [time, batch, classes].
      label_length: [batch], how many labels each example has; None for sparse labels.
      logit_length: [batch], how many steps each example has.
      logits_time_major: False: logits are [batch, time, classes].
      unique: accepted, see `ctc_unique_labels`; it saves nothing here.
      blank_index: the class of the blank, by default 0; negative ones count from the end. It has to
        be given for sparse labels.
      name: the scope of the operations.

    Returns:
      The losses [batch].

    Raises:
      ValueError: labels are sparse and blank_index is None.
    """
    del unique
    if isinstance(labels, SparseTensor):
        return _of_sparse(labels, logits, logit_length, logits_time_major, blank_index)
    with name_scope(name, "ctc_loss_dense", [logits, labels, label_length, logit_length]):
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        label_length = convert_to_tensor(label_length, name="label_length")
        logit_length = convert_to_tensor(logit_length, name="logit_length")
        if not logits_time_major:
            logits = transpose(logits, [1, 0, 2])
        if blank_index:
            place = _place(blank_index, logits)
            parts = [logits[:, :, place : place + 1], logits[:, :, :place]]
            logits = concat([*parts, logits[:, :, place + 1 :]], 2)
            below = raw.Cast(raw.Less(labels, _like(place, labels)), DstT=labels.dtype)
            labels = labels + below
        return ctc_loss_dense_op(logits, labels, label_length, logit_length)[0]  # type: ignore[no-any-return]


def _of_sparse(
    labels: SparseTensor, logits: Any, lengths: Any, time_major: bool, blank_index: int | None
) -> Tensor:
    if blank_index is None:
        raise ValueError("blank_index must be given when using SparseTensor labels.")
    logits = convert_to_tensor(logits, name="logits")
    place, classes = _place(blank_index, logits), logits.shape.with_rank(3)[2].value
    if classes is None or place != classes - 1:
        parts = [logits[:, :, :place], logits[:, :, place + 1 :]]
        logits = concat([*parts, logits[:, :, place : place + 1]], 2)
        below = raw.Less(labels.values, _like(place, labels.values))
        values = raw.Select(below, labels.values, labels.values - 1)  # type: ignore[operator]
        labels = SparseTensor(labels.indices, values, labels.dense_shape)
    return ctc_loss(labels, logits, lengths, time_major=time_major)


def _place(blank_index: int, logits: Tensor) -> Any:
    """The blank's class, not counted from the end."""
    if blank_index >= 0:
        return blank_index
    classes = logits.shape.with_rank(3)[2].value
    return (raw.Shape(logits)[2] if classes is None else classes) + blank_index


def _like(number: Any, tensor: Tensor) -> Any:
    dtype = tensor.dtype.base_dtype
    return (
        raw.Cast(number, DstT=dtype) if isinstance(number, Tensor) else dtype.as_numpy_dtype(number)
    )


def ctc_unique_labels(labels: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Each row's different labels, and where each label is among them (tf.nn.ctc_unique_labels).

    Args:
      labels: [batch, longest], padded with 0.
      name: a name scope.

    Returns:
      (int64 [batch, longest] padded with 0, int32 [batch, longest]).
    """
    with name_scope(name, "ctc_unique_labels", [labels]):
        labels = convert_to_tensor(labels, name="labels")

        def of_row(row: Tensor) -> list[Tensor]:
            found, places = unique_of(row)
            rest = raw.Size(places) - raw.Size(found)
            padded = raw.Pad(found, [[0, rest]])
            return [raw.Cast(padded, DstT=dtypes.int64), places]

        return tuple(map_fn(of_row, labels, dtype=[dtypes.int64, dtypes.int32]))


def collapse_repeated(
    labels: Any, seq_length: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Merges equal neighbours of each row into one (tf.nn.collapse_repeated).

    Args:
      labels: [batch, longest].
      seq_length: [batch], how many labels each row has.
      name: a name scope.

    Returns:
      (the labels that are left [batch, the longest then], padded with 0; how many each row has).
    """
    with name_scope(name, "collapse_repeated_labels", [labels, seq_length]):
        labels = convert_to_tensor(labels, name="labels")
        seq_length = convert_to_tensor(seq_length, name="seq_length")
        first = raw.Cast(ones_like(labels[:, :1]), DstT=dtypes.bool_)
        new = concat([first, raw.NotEqual(labels[:, 1:], labels[:, :-1])], 1)
        shape = raw.Shape(labels)
        new = raw.LogicalAnd(new, sequence_mask(seq_length, maxlen=shape[1]))
        counts = raw.Sum(raw.Cast(new, DstT=dtypes.int32), [1], keep_dims=False)
        longest = raw.Max(counts, [0], keep_dims=False)
        kept = raw.Reshape(sequence_mask(counts, maxlen=longest), [-1])
        places = boolean_mask(raw.Range(0, raw.Size(kept), 1), kept)
        flat = raw.ScatterNd(
            raw.ExpandDims(places, 1),
            boolean_mask(raw.Reshape(labels, [-1]), raw.Reshape(new, [-1])),
            raw.Shape(kept),
        )
        collapsed = raw.Reshape(flat, concat([shape[:1], [longest]], 0))
        return collapsed, raw.Cast(counts, DstT=seq_length.dtype)
