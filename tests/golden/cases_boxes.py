"""Cases of boxes on pictures: non-max suppression, drawing, sampled crops."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Array, Draw, Family, given, real

family = Family("boxes")
FLAT: Any = {"gradient": False, "numeric": False, "second": False}


def case(name: str, build: Any, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **{**FLAT, **flags})


def boxes(*shape: int, dtype: str = "float32") -> Draw:
    """Boxes [..., 4] that overlap each other, some with their corners swapped."""

    def draw(rng: np.random.RandomState) -> Array:
        center, side = rng.uniform(0, 1, (*shape, 2)), rng.uniform(0.1, 0.5, (*shape, 2))
        corners = np.concatenate([center - side, center + side], -1)
        swapped = corners[..., [2, 3, 0, 1]]
        return np.where(rng.uniform(size=(*shape, 1)) < 0.2, swapped, corners).astype(dtype)

    return draw


def scores(*shape: int, dtype: str = "float32") -> Draw:
    return real(*shape, low=0, high=1, dtype=dtype)


# --- non-max suppression --------------------------------------------------------------------------
def nms(function: str, *args: Any, **more: Any) -> Any:
    return lambda tf, x, s, *rest: getattr(tf.image, function)(x, s, *rest, *args, **more)


def raw(op_type: str, **more: Any) -> Any:
    def build(tf: Any, *inputs: Any) -> Any:
        out = getattr(tf.raw_ops, op_type)(
            boxes=inputs[0], scores=inputs[1], max_output_size=inputs[2], **more
        )
        return list(out) if isinstance(out, tuple) else out

    return build


PLAIN = "non_max_suppression"
for size in (0, 3, 100):
    case(f"{PLAIN} {size}", nms(PLAIN, size), boxes(40), scores(40))
for limit in (0.0, 0.1, 0.8, 1.0):
    case(f"{PLAIN} by {limit}", nms(PLAIN, 50, limit), boxes(40), scores(40))
case(f"{PLAIN} above a score", nms(PLAIN, 20, 0.5, 0.6), boxes(40), scores(40))
case(f"{PLAIN} of many", nms(PLAIN, 300, 0.6), boxes(300), scores(300))
case(f"{PLAIN} of none", nms(PLAIN, 20), boxes(0), scores(0))
case(f"{PLAIN} of equal scores", nms(PLAIN, 20), boxes(20), given(np.full(20, 0.5), "float32"))
case(f"{PLAIN} of one box twice", nms(PLAIN, 20, 1.0), given([[0, 0, 1, 1]] * 3, "float32"),
     given([0.1, 0.3, 0.2], "float32"))  # fmt: skip
case(f"{PLAIN} at the threshold", nms(PLAIN, 20, 0.5),
     given([[0, 0, 1, 1], [0, 0, 1, 2], [0, 0, 0, 1]], "float32"),
     given([0.9, 0.8, 0.1], "float32"))  # fmt: skip
case(f"{PLAIN} by a tensor", nms(PLAIN), boxes(9), scores(9), given(4, "int32"))
case("NonMaxSuppression", raw("NonMaxSuppression", iou_threshold=0.3), boxes(20), scores(20),
     given(7, "int32"))  # fmt: skip
case("NonMaxSuppression, negative scores", raw("NonMaxSuppression"), boxes(20),
     real(20, low=-5, high=-1, dtype="float32"), given(7, "int32"))  # fmt: skip
for dtype in ("float16", "float32"):
    one = np.array(0.4, dtype)
    some = boxes(30, dtype=dtype), scores(30, dtype=dtype), given(12, "int32")
    case(f"V2 {dtype}", raw("NonMaxSuppressionV2", iou_threshold=one), *some)
    case(f"V3 {dtype}", raw("NonMaxSuppressionV3", iou_threshold=one,
         score_threshold=one), *some)  # fmt: skip
    for pad in (False, True):
        case(f"V4 {dtype} {pad}", raw("NonMaxSuppressionV4", iou_threshold=one,
             score_threshold=one, pad_to_max_output_size=pad), *some)  # fmt: skip
        for sigma in (0.0, 0.5):
            case(f"V5 {dtype} {pad} {sigma}", raw("NonMaxSuppressionV5", iou_threshold=one,
                 score_threshold=one, soft_nms_sigma=np.array(sigma, dtype),
                 pad_to_max_output_size=pad), *some)  # fmt: skip
for sigma in (0.0, 0.1, 0.5, 3.0):
    case(f"with scores {sigma}", nms("non_max_suppression_with_scores", 15,
         soft_nms_sigma=sigma), boxes(25), scores(25))  # fmt: skip
    case(f"with scores {sigma} above one", nms("non_max_suppression_with_scores", 40, 0.6, 0.2,
         sigma), boxes(25), scores(25))  # fmt: skip
for pad in (False, True):
    # TensorFlow 2 made another op of this function.
    case(f"padded {pad}", nms("non_max_suppression_padded", 60, pad_to_max_output_size=pad),
         boxes(25), scores(25), golden_build=lambda tf, x, s, pad=pad: list(
         tf.raw_ops.NonMaxSuppressionV4(boxes=x, scores=s, max_output_size=60, iou_threshold=0.5,
         score_threshold=float("-inf"), pad_to_max_output_size=pad)), nodes=False)  # fmt: skip
for limit in (0.2, 0.5, 0.9):
    case(f"overlaps {limit}", nms("non_max_suppression_overlaps", 9, limit, 0.1), scores(15, 15),
         scores(15))  # fmt: skip
case("overlaps of none", nms("non_max_suppression_overlaps", 9), scores(0, 0), scores(0))

# TensorFlow 2 makes the constant of max_total_size elsewhere.
COMBINED = "combined_non_max_suppression"
for q in (1, 3):
    for flags in ({}, {"pad_per_class": True}, {"clip_boxes": False}):
        case(f"combined {q} {list(flags)}", nms(COMBINED, 2, 9, **flags), boxes(2, 12, q),
             scores(2, 12, 3), nodes=False)  # fmt: skip
case(
    "combined, few in all",
    nms(COMBINED, 5, 3, 0.3, 0.4),
    boxes(2, 12, 1),
    scores(2, 12, 3),
    nodes=False,
)
case("combined of no image", nms(COMBINED, 5, 3), boxes(0, 4, 1), scores(0, 4, 2), nodes=False)
case("combined by tensors", nms(COMBINED), boxes(1, 12, 2), scores(1, 12, 2), given(4, "int32"),
     given(5, "int32"))  # fmt: skip


# --- drawing --------------------------------------------------------------------------------------
def drawn(colors: Any = None) -> Any:
    return lambda tf, x, b: tf.image.draw_bounding_boxes(x, b, colors=colors)


PARTS = given([[[0, 0, 1, 1], [0.2, 0.3, 0.7, 0.8], [0.9, 0.1, 0.2, 0.3], [-0.4, 0.2, 0.6, 1.5],
                [1.5, 1.5, 2, 2], [-0.05, -0.05, 0.5, 0.5]]], "float32")  # fmt: skip
for depth in (1, 3, 4):
    for dtype in ("float16", "float32"):
        case(f"draw {depth} {dtype}", drawn(), scores(1, 9, 11, depth, dtype=dtype), PARTS)
    case(f"draw {depth} in colours", drawn([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]),
         scores(1, 9, 11, depth), PARTS)  # fmt: skip
case("draw more boxes than colours", drawn(), scores(2, 12, 12, 3), boxes(2, 13))
case("draw no boxes", drawn(), scores(2, 3, 3, 3), boxes(2, 0))
case("draw in no colours", drawn(np.zeros((0, 4), np.float32)), scores(1, 9, 11, 3), PARTS)


# --- sampled crops --------------------------------------------------------------------------------
def sampled(**more: Any) -> Any:
    def build(tf: Any, size: Any, objects: Any) -> Any:
        draws = [
            tf.image.sample_distorted_bounding_box(size, objects, seed=seed, seed2=7, **more)
            for seed in range(1, 9)
        ]
        return [tensor for draw in draws for tensor in draw]

    return build


OBJECT = given([[[0.1, 0.2, 0.5, 0.9], [0.6, 0.6, 0.7, 0.7]]], "float32")
for dtype in ("uint8", "int8", "int16", "int32", "int64"):
    case(f"sample {dtype}", sampled(), given([100, 120, 3], dtype), OBJECT)
SIZE = given([333, 500, 3], "int32")
for covered in (0.0, 0.5, 0.9, 1.0):
    case(f"sample, covered {covered}", sampled(min_object_covered=covered), SIZE, OBJECT)
case("sample, wide ones", sampled(aspect_ratio_range=[2.0, 4.0]), SIZE, OBJECT)
case("sample, high ones", sampled(aspect_ratio_range=[0.1, 0.3]), SIZE, OBJECT)
case("sample, small ones", sampled(area_range=[0.01, 0.1]), SIZE, OBJECT)
case("sample, none fits", sampled(area_range=[0.9, 0.2]), SIZE, OBJECT)
case("sample, few attempts", sampled(max_attempts=2, min_object_covered=0.9), SIZE, OBJECT)
case("sample, tiny images", sampled(), given([2, 3, 1], "int32"), OBJECT)
case("sample, no boxes", sampled(use_image_if_no_bounding_boxes=True), SIZE, boxes(1, 0))


def older(tf: Any, size: Any, objects: Any) -> Any:
    return list(
        tf.raw_ops.SampleDistortedBoundingBox(
            image_size=size, bounding_boxes=objects, seed=3, seed2=4, min_object_covered=0.4,
            aspect_ratio_range=[0.75, 1.33], area_range=[0.05, 1.0], max_attempts=100,
            use_image_if_no_bounding_boxes=False,
        )
    )  # fmt: skip


case("SampleDistortedBoundingBox", older, SIZE, OBJECT)
