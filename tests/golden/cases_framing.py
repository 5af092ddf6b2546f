"""Cases of images cut, padded, flipped, turned, resized by tf.image's functions; of edges."""

from __future__ import annotations

from typing import Any

from golden.case import Draw, Family, apart, given, ints, real

family = Family("framing")
case = family.add

KNOWN_RANK = ("known", "unknown dims")


def image(function: str, *args: Any, **more: Any) -> Any:
    return lambda tf, x: getattr(tf.image, function)(x, *args, **more)


def of_both_ranks(name: str, build: Any, *shape: int, unknown: bool = True, **flags: Any) -> None:
    """A case of one image and one of a batch; images of unknown rank are taken as single ones."""
    variants = (*KNOWN_RANK, "unknown rank") if unknown else KNOWN_RANK
    case(f"{name}", build, real(*shape), variants=variants, **flags)
    case(f"{name} of a batch", build, real(2, *shape), variants=KNOWN_RANK, **flags)


# --- crops and paddings ---------------------------------------------------------------------------
# TensorFlow 2 makes a crop's size of the image's shape, 1.15 of -1: other nodes.
of_both_ranks("crop_to_bounding_box", image("crop_to_bounding_box", 1, 2, 3, 2), 5, 4, 2,
              nodes=False)  # fmt: skip
of_both_ranks("pad_to_bounding_box", image("pad_to_bounding_box", 1, 2, 5, 6), 3, 4, 1)
case("crop_to_bounding_box by tensors", lambda tf, x, y, h: tf.image.crop_to_bounding_box(
     x, y, 1, h, 2), real(1, 5, 4, 1), given(2, "int32"), given(3, "int32"), nodes=False,
     variants=KNOWN_RANK)  # fmt: skip
case("pad_to_bounding_box by tensors", lambda tf, x, y, h: tf.image.pad_to_bounding_box(
     x, y, 1, h, 5), real(2, 3, 2, 1), given(1, "int32"), given(6, "int32"), nodes=False,
     variants=KNOWN_RANK)  # fmt: skip
case("crop_to_bounding_box of an empty batch", image("crop_to_bounding_box", 0, 0, 1, 1),
     real(0, 2, 2, 1), nodes=False, variants=KNOWN_RANK)  # fmt: skip
for size in ((2, 3), (7, 6), (3, 7), (4, 5)):
    of_both_ranks(f"crop or pad to {size}", image("resize_image_with_crop_or_pad", *size), 4, 5, 1,
                  nodes=False)  # fmt: skip
case("crop or pad by tensors", lambda tf, x, h, w: tf.image.resize_with_crop_or_pad(x, h, w),
     real(1, 4, 3, 1), given(3, "int32"), given(6, "int32"), nodes=False,
     variants=KNOWN_RANK)  # fmt: skip
for fraction in (0.5, 0.3, 0.9):
    of_both_ranks(f"central_crop {fraction}", image("central_crop", fraction), 5, 8, 2,
                  unknown=False, nodes=False)  # fmt: skip
case("central_crop of all", image("central_crop", 1.0), real(3, 3, 1))

# --- flips and turns ------------------------------------------------------------------------------
for function in ("flip_left_right", "flip_up_down", "transpose_image"):
    of_both_ranks(function, image(function), 3, 2, 2, unknown=False)
case("transpose", image("transpose", name="turned"), real(3, 2, 1), variants=KNOWN_RANK)
case("flip_up_down of uint8", image("flip_up_down"), ints(2, 3, 1, low=0, dtype="uint8"),
     variants=KNOWN_RANK)  # fmt: skip
# TensorFlow cannot differentiate a turn that changes the shape: its branches have two shapes.
TURNED: dict[str, bool] = {"nodes": False, "gradient": False, "numeric": False, "second": False}
for k in (0, 1, 2, 3, 5):
    of_both_ranks(f"rot90 by {k}", image("rot90", k), 3, 2, 2, unknown=False, **TURNED)
    case(f"rot90 of a square by {k}", image("rot90", k), real(3, 3, 1), variants=("known",),
         nodes=False)  # fmt: skip
case("rot90 by a tensor", lambda tf, x, k: tf.image.rot90(x, k), real(3, 2, 1), given(-1, "int32"),
     variants=KNOWN_RANK, **TURNED)  # fmt: skip


def random_flips(function: str) -> Any:
    def build(tf: Any, x: Any) -> Any:
        tf.set_random_seed(3)
        return [getattr(tf.image, function)(x, seed=seed) for seed in range(4)]

    return build


for function in ("random_flip_left_right", "random_flip_up_down"):
    of_both_ranks(function, random_flips(function), 3, 2, 2, unknown=False, nodes=False,
                  numeric=False, second=False)  # fmt: skip


def random_part(tf: Any, x: Any) -> Any:
    tf.set_random_seed(3)
    return tf.image.random_crop(x, [2, 2, 1], seed=5)


case("random_crop", random_part, real(4, 5, 1), nodes=False, numeric=False, second=False)


# --- resize_images --------------------------------------------------------------------------------
def single(*shape: int) -> Draw:
    return real(*shape, dtype="float32")


METHODS: list[Any] = ["BILINEAR", "NEAREST_NEIGHBOR", "BICUBIC", "AREA"]


def resized(method: str, size: Any, **more: Any) -> Any:
    return lambda tf, x: tf.image.resize_images(
        x, size, getattr(tf.image.ResizeMethod, method), **more
    )


for method in METHODS:
    for corners in (False, True):
        case(f"resize_images {method} {corners}", resized(method, [4, 5], align_corners=corners),
             single(2, 3, 6, 1), gradient=method != "AREA", numeric=False,
             second=method != "AREA", variants=KNOWN_RANK)  # fmt: skip
    case(f"resize_images {method} of one image", resized(method, [4, 2]), single(3, 6, 2),
         gradient=method != "AREA", numeric=False, second=method != "AREA",
         variants=KNOWN_RANK)  # fmt: skip
for name in ("bilinear", "nearest", "bicubic", "area"):
    case(f"resize {name}", image("resize", (4, 2), name), single(3, 6, 1), gradient=name != "area",
         numeric=False, second=name != "area", variants=KNOWN_RANK)  # fmt: skip
case("resize_images to the same size", resized("BILINEAR", [3, 4]), single(3, 4, 1),
     variants=KNOWN_RANK)  # fmt: skip
case("resize_images of integers to the same size", resized("BICUBIC", [3, 4]), ints(1, 3, 4, 1),
     variants=("known",))  # fmt: skip
for size in ([8, 8], [2, 9], [7, 3]):
    case(f"resize_images in proportion to {size}", resized("BILINEAR", size,
         preserve_aspect_ratio=True), single(1, 4, 5, 1), nodes=False,
         variants=KNOWN_RANK)  # fmt: skip
case("resize_images by a tensor", lambda tf, x, s: tf.image.resize_images(x, s), single(2, 2, 1),
     given([4, 3], "int32"), variants=KNOWN_RANK)  # fmt: skip
for size in ((4, 9), (6, 4), (5, 5)):
    case(f"resize_image_with_pad to {size}", image("resize_image_with_pad", *size),
         single(2, 3, 4, 1), nodes=False, variants=KNOWN_RANK)  # fmt: skip
case("resize_image_with_pad of one image", image("resize_image_with_pad", 4, 4),
     single(3, 2, 1), nodes=False)  # fmt: skip

# --- edges ----------------------------------------------------------------------------------------
case("image_gradients", image("image_gradients"), real(2, 4, 3, 2), variants=KNOWN_RANK,
     also=("float32",))  # fmt: skip
case("sobel_edges", image("sobel_edges"), real(2, 4, 3, 2), variants=KNOWN_RANK, nodes=False,
     also=("float32",))  # fmt: skip
of_both_ranks("total_variation", image("total_variation"), 4, 3, 2, unknown=False, nodes=False)
case("total_variation of distinct pixels", image("total_variation"), apart(3, 3, 1),
     variants=KNOWN_RANK, nodes=False)  # fmt: skip
