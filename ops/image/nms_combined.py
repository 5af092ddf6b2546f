"""Non-max suppression of a batch of images and of several classes at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.ops.array.known import integer
from flowgraph.ops.image._suppression import Boxes, suppress
from flowgraph.ops.image.nms import LOWEST, dims, same

combined_op = define(
    "CombinedNonMaxSuppression",
    inputs="boxes: float32, scores: float32, max_output_size_per_class: int32, "
    "max_total_size: int32, iou_threshold: float32, score_threshold: float32",
    outputs="nmsed_boxes: float32, nmsed_scores: float32, nmsed_classes: float32, "
    "valid_detections: int32",
    attrs={"pad_per_class": attrs.boolean(False), "clip_boxes": attrs.boolean(True)},
)


@combined_op.shape
def _(op: Operation) -> list[TensorShape]:
    batch, anchors, spread, width = dims(op.inputs[0], 4)
    scored, same_anchors, classes = dims(op.inputs[1], 3)
    batch = same(batch, scored)
    same(anchors, same_anchors)
    same(width, 4)
    for scalar in op.inputs[2:]:
        scalar.shape.with_rank(0)
    if None not in (spread, classes) and spread not in (1, classes):
        raise ValueError(
            "third dimension of boxes must be either 1 or equal to the third dimension of scores, "
            f"got {spread} and {classes}"
        )
    total, per_class = integer(op.inputs[3]), integer(op.inputs[2])
    if total is not None and total <= 0:
        raise ValueError(f"max_total_size should be > 0, got {total}")
    size = total
    if op.attrs["pad_per_class"]:
        if per_class is not None and per_class <= 0:
            raise ValueError(f"max_output_size_per_class must be > 0, got {per_class}")
        known = total is not None and per_class is not None and classes is not None
        size = min(total, per_class * classes) if known else None  # type: ignore[operator, type-var]
    rows = TensorShape.of((batch, size))
    return [TensorShape.of((batch, size, 4)), rows, rows, TensorShape.of((batch,))]


@combined_op.kernel
def _(ctx: Any) -> Any:
    pad_per_class, clip = ctx.attrs["pad_per_class"], ctx.attrs["clip_boxes"]

    def run(boxes: Any, scores: Any, per_class: Any, total: Any, limit: Any, least: Any) -> Any:
        _check_combined(boxes, scores, per_class, total, limit, least)
        size, batch, classes = int(total), len(boxes), scores.shape[2]
        if pad_per_class:
            size = min(size, int(per_class) * classes)
        found = np.zeros((batch, size, 4), np.float32)
        values, kinds = np.zeros((2, batch, size), np.float32)
        valid = np.zeros(batch, np.int32)
        for i in range(batch):
            at, kind = _best(boxes[i], scores[i], int(per_class), limit, least)
            at, kind = at[:size], kind[:size]
            valid[i] = n = len(at)
            found[i, :n] = boxes[i][at, kind if boxes.shape[2] > 1 else 0]
            values[i, :n], kinds[i, :n] = scores[i][at, kind], kind
        return (np.clip(found, 0, 1) if clip else found), values, kinds, valid

    return run


def _best(
    boxes: Any, scores: Any, per_class: int, limit: Any, least: Any
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(boxes, classes) that stay of one image, by falling score."""
    shared = Boxes(boxes[:, 0]) if boxes.shape[1] == 1 else None
    chosen = [
        suppress(shared or Boxes(boxes[:, k]), scores[:, k], per_class, limit, least)[0]
        for k in range(scores.shape[1])
    ]
    at = np.concatenate(chosen) if chosen else np.zeros(0, np.intp)
    kind = np.repeat(np.arange(len(chosen)), [len(c) for c in chosen])
    order = np.argsort(-scores[at, kind], kind="stable")
    return at[order], kind[order]


def _check_combined(
    boxes: Any, scores: Any, per_class: Any, total: Any, limit: Any, least: Any
) -> None:
    scalars = {
        "max_size_per_class": per_class, "max_total_size": total,
        "iou_threshold": limit, "score_threshold": least,
    }  # fmt: skip
    for name, value in scalars.items():
        if np.ndim(value):
            raise InvalidArgumentError(f"{name} must be 0-D, got shape {list(value.shape)}")
    if total <= 0 or per_class <= 0:
        raise InvalidArgumentError(
            f"max_total_size and max_size_per_class must be > 0, got {total} and {per_class}"
        )
    if not 0 <= limit <= 1:
        raise InvalidArgumentError(f"iou_threshold must be in [0, 1], got {float(limit)}")
    if boxes.ndim != 4 or boxes.shape[3] != 4:
        raise InvalidArgumentError(
            f"boxes must be 4-D with 4 columns, got shape {list(boxes.shape)}"
        )
    if scores.ndim != 3 or scores.shape[:2] != boxes.shape[:2]:
        raise InvalidArgumentError(
            f"scores has incompatible shape: {list(scores.shape)} for boxes {list(boxes.shape)}"
        )
    if boxes.shape[2] not in (1, scores.shape[2]):
        raise InvalidArgumentError(
            "third dimension of boxes must be either 1 or the number of classes, got "
            f"{boxes.shape[2]} for {scores.shape[2]} classes"
        )


def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = LOWEST,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> Any:
    """`non_max_suppression` of many images and classes (tf.image.combined_non_max_suppression).

    Args:
      boxes: float32 [batch, n, q, 4]; q is 1 for boxes that all classes share, or the number of
        classes.
      scores: float32 [batch, n, classes].
      max_output_size_per_class: int32 scalar, the most boxes to keep of a class.
      max_total_size: int32 scalar, the most boxes to keep of an image.
      iou_threshold: the overlap above which a box is removed.
      score_threshold: boxes of this score or less are removed.
      pad_per_class: whether the outputs are no longer than all classes can fill.
      clip_boxes: whether the boxes found are cut to [0, 1].
      name: the scope of the new operations.

    Returns:
      (boxes [batch, size, 4], scores, classes as float32 [batch, size], counts of valid ones
      [batch]), the rest padded with zeros.

    Raises:
      ValueError: shapes or sizes that do not fit.
    """
    with name_scope(name, "combined_non_max_suppression"):
        limits = [
            convert_to_tensor(value, dtype=dtypes.float32, name=key)
            for key, value in (
                ("iou_threshold", iou_threshold), ("score_threshold", score_threshold),
            )
        ]  # fmt: skip
        return combined_op(
            boxes, scores, max_output_size_per_class, max_total_size, *limits,
            pad_per_class=pad_per_class, clip_boxes=clip_boxes,
        )  # fmt: skip
