"""Non-max suppression: of boxes that overlap much, only the one of the highest score stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer
from flowgraph.ops.image._suppression import Boxes, Overlaps, suppress

LOWEST = float("-inf")
_T = attrs.types(dtypes.float16, dtypes.float32, default=dtypes.float32)


# --- shapes ---------------------------------------------------------------------------------------
def dims(tensor: Tensor, rank: int) -> tuple[int | None, ...]:
    return tensor.shape.with_rank(rank).known  # type: ignore[no-any-return]


def same(a: int | None, b: int | None) -> int | None:
    if None not in (a, b) and a != b:
        raise ValueError(f"Dimensions must be equal, but are {a} and {b}")
    return b if a is None else a


def _shapes(op: Operation) -> Any:
    """One vector of indices, as long as the run finds; padded, as long as asked for."""
    count, width = dims(op.inputs[0], 2)
    same(count, dims(op.inputs[1], 1)[0])
    same(width, count if op.type == "NonMaxSuppressionWithOverlaps" else 4)
    for scalar in op.inputs[2:]:
        scalar.shape.with_rank(0)
    size = None
    if op.attrs.get("pad_to_max_output_size"):
        size = integer(op.inputs[2])
        if size is not None and size < 0:
            raise ValueError(f"Dimension size, given by scalar input 2, must be >= 0, got {size}")
    vector = TensorShape.of((size,))
    vectors = [vector for arg in op.op_def.outputs if arg.name != "valid_outputs"]
    if len(op.op_def.outputs) == 1:
        return vector
    return [*vectors, SCALAR]


# --- NonMaxSuppression, V2 to V5 and WithOverlaps -------------------------------------------------
def _check(
    first: Any, scores: Any, scalars: dict[str, Any], what: str = "boxes", limit: bool = True
) -> None:
    for name, value in scalars.items():
        if np.ndim(value):
            raise InvalidArgumentError(f"{name} must be 0-D, got shape {list(value.shape)}")
    if scalars["max_output_size"] < 0:
        raise InvalidArgumentError(
            f"max_output_size must be non-negative, got {int(scalars['max_output_size'])}"
        )
    if limit and not 0 <= scalars["iou_threshold"] <= 1:
        raise InvalidArgumentError(
            f"iou_threshold must be in [0, 1], got {float(scalars['iou_threshold'])}"
        )
    if first.ndim != 2:
        raise InvalidArgumentError(f"{what} must be 2-D, got shape {list(first.shape)}")
    if what == "boxes" and first.shape[1] != 4:
        raise InvalidArgumentError(f"boxes must have 4 columns, got {first.shape[1]}")
    if what == "overlaps" and first.shape[1] != len(first):
        raise InvalidArgumentError(f"overlaps must be square, got shape {list(first.shape)}")
    if scores.ndim != 1:
        raise InvalidArgumentError(f"scores must be 1-D, got shape {list(scores.shape)}")
    if len(scores) != len(first):
        raise InvalidArgumentError(
            f"scores has incompatible shape: {len(scores)} of {len(first)} {what}"
        )


_SCALARS = ("max_output_size", "iou_threshold", "score_threshold", "soft_nms_sigma")


def _suppression(
    op_type: str, inputs: str, outputs: str, op_attrs: dict[str, Any], fixed: Sequence[str] = ()
) -> OpDef:
    """Declares an op of boxes, scores and as many of `_SCALARS` as it has inputs for.

    `fixed` names those that are attributes.
    """
    kind = "T" if "T" in op_attrs else "float32"
    op_def = define(
        op_type,
        inputs=f"boxes: {kind}, scores: {kind}, {inputs}",
        outputs=outputs,
        attrs=op_attrs,
        shape=_shapes,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        given = {name: np.float32(ctx.attrs[name]) for name in fixed}
        padded = ctx.attrs.get("pad_to_max_output_size", False)
        count = len(ctx.output_dtypes)

        def run(boxes: Any, scores: Any, *numbers: Any) -> Any:
            scalars = {**dict(zip(_SCALARS, numbers, strict=False)), **given}
            _check(boxes, scores, scalars)
            chosen, kept = suppress(
                Boxes(boxes), scores, int(scalars["max_output_size"]), scalars["iou_threshold"],
                scalars.get("score_threshold", LOWEST), scalars.get("soft_nms_sigma", 0.0),
            )  # fmt: skip
            valid = np.array(len(chosen), np.int32)
            if padded:
                rest = (0, max(int(scalars["max_output_size"]) - len(chosen), 0))
                chosen, kept = np.pad(chosen, rest), np.pad(kept, rest)
            return (
                chosen if count == 1 else (chosen, valid) if count == 2 else (chosen, kept, valid)
            )

        return run

    return op_def


_PAD = {"pad_to_max_output_size": attrs.boolean(False)}
_TYPES = {"T": _T, "T_threshold": _T}
non_max_suppression_op = _suppression(
    "NonMaxSuppression", "max_output_size: int32", "selected_indices: int32",
    {"iou_threshold": attrs.real(0.5)}, fixed=["iou_threshold"],
).no_gradient()  # fmt: skip
non_max_suppression_v2_op = _suppression(
    "NonMaxSuppressionV2", "max_output_size: int32, iou_threshold: T_threshold",
    "selected_indices: int32", _TYPES,
).no_gradient()  # fmt: skip
_THRESHOLDS = "max_output_size: int32, iou_threshold: T_threshold, score_threshold: T_threshold"
non_max_suppression_v3_op = _suppression(
    "NonMaxSuppressionV3", _THRESHOLDS, "selected_indices: int32", _TYPES
)
non_max_suppression_v4_op = _suppression(
    "NonMaxSuppressionV4", _THRESHOLDS, "selected_indices: int32, valid_outputs: int32",
    {**_TYPES, **_PAD},
)  # fmt: skip
non_max_suppression_v5_op = _suppression(
    "NonMaxSuppressionV5",
    "max_output_size: int32, iou_threshold: T, score_threshold: T, soft_nms_sigma: T",
    "selected_indices: int32, selected_scores: T, valid_outputs: int32",
    {"T": _T, **_PAD},
)
non_max_suppression_with_overlaps_op = define(
    "NonMaxSuppressionWithOverlaps",
    inputs="overlaps: float32, scores: float32, max_output_size: int32, "
    "overlap_threshold: float32, score_threshold: float32",
    outputs="selected_indices: int32",
    shape=_shapes,
).no_gradient()


@non_max_suppression_with_overlaps_op.kernel
def _(ctx: Any) -> Any:
    def run(overlaps: Any, scores: Any, size: Any, limit: Any, least: Any) -> Any:
        scalars = {"max_output_size": size, "overlap_threshold": limit, "score_threshold": least}
        _check(overlaps, scores, scalars, "overlaps", limit=False)
        return suppress(Overlaps(overlaps), scores, int(size), limit, least)[0]

    return run


# --- public functions -----------------------------------------------------------------------------
def _thresholds(**numbers: Any) -> list[Tensor]:
    return [convert_to_tensor(value, name=name) for name, value in numbers.items()]


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = LOWEST,
    name: str | None = None,
) -> Tensor:
    """The boxes that stay when each removes those it overlaps much (tf.image.non_max_suppression).

    Args:
      boxes: [n, 4]: y1, x1, y2, x2 of two opposite corners, of any scale; float16 or float32.
      scores: [n], of the same dtype; boxes of higher ones go first.
      max_output_size: int32 scalar, the most boxes to keep.
      iou_threshold: the intersection over union above which a box is removed, of [0, 1].
      score_threshold: boxes of this score or less are removed.
      name: the scope of the new operations.

    Returns:
      An int32 vector of indices of boxes, by falling score.

    Raises:
      ValueError: shapes that do not fit (InvalidArgumentError where only the run tells).
    """
    with name_scope(name, "non_max_suppression"):
        limits = _thresholds(iou_threshold=iou_threshold, score_threshold=score_threshold)
        return non_max_suppression_v3_op(boxes, scores, max_output_size, *limits)  # type: ignore[no-any-return]


def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = LOWEST,
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """`non_max_suppression` with scores (tf.image.non_max_suppression_with_scores).

    With a `soft_nms_sigma` above 0 a box that overlaps another loses score, by exp(-iou ** 2 /
    (2 sigma)), instead of being removed (Bodla et al., "Soft-NMS", 2017).

    Returns:
      (int32 indices of boxes, their scores).
    """
    with name_scope(name, "non_max_suppression_with_scores"):
        limits = _thresholds(
            iou_threshold=iou_threshold,
            score_threshold=score_threshold,
            soft_nms_sigma=soft_nms_sigma,
        )
        chosen, kept, _ = non_max_suppression_v5_op(
            boxes, scores, max_output_size, *limits, pad_to_max_output_size=False
        )
        return chosen, kept


def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = LOWEST,
    pad_to_max_output_size: bool = False,
    name: str | None = None,
) -> Any:
    """`non_max_suppression` of a fixed length (tf.image.non_max_suppression_padded).

    Returns:
      (int32 indices, padded with zeros to max_output_size if asked for; how many are valid).
    """
    with name_scope(name, "non_max_suppression_padded"):
        limits = _thresholds(iou_threshold=iou_threshold, score_threshold=score_threshold)
        return non_max_suppression_v4_op(
            boxes, scores, max_output_size, *limits,
            pad_to_max_output_size=pad_to_max_output_size,
        )  # fmt: skip


def non_max_suppression_with_overlaps(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any = 0.5,
    score_threshold: Any = LOWEST,
    name: str | None = None,
) -> Tensor:
    """`non_max_suppression` by given overlaps [n, n] (tf.image.non_max_suppression_overlaps)."""
    with name_scope(name, "non_max_suppression_overlaps"):
        (limit,) = _thresholds(overlap_threshold=overlap_threshold)
        return non_max_suppression_with_overlaps_op(  # type: ignore[no-any-return]
            overlaps, scores, max_output_size, limit, score_threshold
        )
