"""Cases of parts of images: crops of boxes, patches, glimpses, dilations, fractional pooling."""

from __future__ import annotations

from typing import Any

from golden.case import Draw, Family, apart, given, ints, real

family = Family("patches")
case = family.add


def single(*shape: int) -> Draw:
    return real(*shape, dtype="float32")


# --- crop_and_resize ------------------------------------------------------------------------------
BOXES = given([[0.1, 0.2, 0.7, 0.9], [0.8, 0.1, 0.3, 0.55], [-0.3, 0.4, 0.6, 1.25]], "float32")
INDICES = given([1, 0, 1], "int32")


def crops(size: Any, **more: Any) -> Any:
    return lambda tf, x, boxes, indices: tf.image.crop_and_resize(x, boxes, indices, size, **more)


# TensorFlow has no second derivatives by boxes.
for method in ("bilinear", "nearest"):
    for size in ((3, 4), (1, 3), (6, 1), (1, 1)):
        case(f"crop_and_resize {method} to {size}", crops(size, method=method), single(2, 5, 4, 2),
             BOXES, INDICES, second=False)  # fmt: skip
    case(f"crop_and_resize {method} extrapolated", crops((4, 4), method=method,
         extrapolation_value=2.5), single(2, 3, 3, 1), BOXES, INDICES, second=False)  # fmt: skip
    for dtype in ("float16", "float64"):
        case(f"crop_and_resize {method} of {dtype}", crops((2, 3), method=method),
             real(2, 4, 4, 1, dtype=dtype), BOXES, INDICES, rtol=2e-3 if dtype == "float16" else
             1e-6, numeric=False, second=False)  # fmt: skip
for dtype in ("uint8", "uint16", "int8", "int16", "int32", "int64"):
    case(f"crop_and_resize of {dtype}", crops((2, 3)), ints(2, 4, 4, 1, low=0, dtype=dtype), BOXES,
         INDICES, second=False)  # fmt: skip
case("crop_and_resize of no boxes", crops((2, 3)), single(2, 4, 4, 1),
     lambda _: BOXES(_)[:0], lambda _: INDICES(_)[:0], second=False)  # fmt: skip
case("crop_and_resize by box_indices", lambda tf, x, boxes, indices, size: tf.image.crop_and_resize(
     x, boxes, box_indices=indices, crop_size=size), single(2, 4, 4, 1), BOXES, INDICES,
     given([2, 2], "int32"), second=False)  # fmt: skip


# --- patches --------------------------------------------------------------------------------------
def patches(sizes: Any, strides: Any, rates: Any, padding: str) -> Any:
    return lambda tf, x: tf.image.extract_image_patches(
        x, [1, *sizes, 1], [1, *strides, 1], [1, *rates, 1], padding
    )


PLACES = [((2, 3), (1, 1), (1, 1)), ((3, 2), (2, 3), (1, 1)), ((2, 2), (1, 2), (2, 1)),
          ((1, 1), (1, 1), (1, 1)), ((1, 1), (3, 3), (1, 1)), ((3, 3), (1, 1), (1, 1))]  # fmt: skip
for padding in ("SAME", "VALID"):
    for place in PLACES:
        case(f"extract_image_patches {padding} {place}", patches(*place, padding),
             real(2, 5, 4, 2))  # fmt: skip
case("extract_image_patches of an empty batch", patches((2, 2), (1, 1), (1, 1), "SAME"),
     real(0, 3, 3, 1), gradient=False, numeric=False, second=False)  # fmt: skip
for dtype in ("uint8", "int64", "float16", "bfloat16", "float32"):
    draw = real(1, 3, 3, 1, dtype=dtype) if "float" in dtype else ints(1, 3, 3, 1, low=0,
                                                                       dtype=dtype)  # fmt: skip
    case(f"extract_image_patches of {dtype}", patches((2, 2), (1, 1), (1, 1), "SAME"), draw,
         gradient=dtype == "float32", numeric=False, second=False)  # fmt: skip
case("extract_image_patches of sizes", lambda tf, x: tf.extract_image_patches(
     x, sizes=[1, 2, 2, 1], strides=[1, 2, 2, 1], rates=[1, 1, 1, 1], padding="VALID"),
     real(1, 4, 4, 1))  # fmt: skip
case("extract_patches", lambda tf, x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 2, 1, 1],
     [1, 1, 1, 1], "VALID"), real(1, 4, 4, 1))  # fmt: skip
# TensorFlow 1.15's shape of volumes of unknown sizes has a wrong rank; later ones differ.
for padding in ("SAME", "VALID"):
    for ksizes, steps in (((2, 2, 1), (1, 2, 1)), ((1, 3, 2), (2, 1, 1))):
        case(f"extract_volume_patches {padding} {ksizes}", lambda tf, x, k=ksizes, s=steps,
             p=padding: tf.extract_volume_patches(x, [1, *k, 1], [1, *s, 1], p),
             real(2, 3, 3, 2, 2), exact_static=False, variants=("known",))  # fmt: skip
case("extract_volume_patches of unknown sizes", lambda tf, x: tf.extract_volume_patches(
     x, [1, 2, 2, 1, 1], [1, 1, 1, 1, 1], "SAME"), real(1, 3, 3, 2, 1), exact_static=False,
     gradient=False, numeric=False, second=False)  # fmt: skip


# --- glimpses: noise cannot be compared, so those beyond the image are without any ----------------
OFFSETS = given([[0.2, -0.3], [-0.9, 0.6]], "float32")


def glimpse(size: Any, **more: Any) -> Any:
    return lambda tf, x, at: tf.raw_ops.ExtractGlimpse(
        input=x, size=size, offsets=at, uniform_noise=False, noise="zero", **more
    )


for flags in ({}, {"centered": False}, {"normalized": False}, {"centered": False,
              "normalized": False}):  # fmt: skip
    for size in ((2, 3), (4, 4), (7, 6), (1, 1)):
        case(f"ExtractGlimpse {sorted(flags)} of {size}", glimpse(size, **flags),
             single(2, 5, 4, 2), OFFSETS)  # fmt: skip
case("ExtractGlimpse in pixels", glimpse((3, 2), centered=False, normalized=False),
     single(2, 5, 6, 1), given([[2.4, 3.0], [3.5, 1.6]], "float32"))  # fmt: skip
case("extract_glimpse within the image", lambda tf, x, at: tf.image.extract_glimpse(
     x, [2, 3], at), single(2, 7, 8, 1), given([[0.2, -0.3], [-0.2, 0.1]], "float32"))  # fmt: skip

# --- projective transforms ------------------------------------------------------------------------
MAPS = given([[0.9, 0.2, 0.3, -0.1, 1.1, -0.4, 0.01, -0.02],
              [1.3, 0.0, -0.7, 0.1, 0.8, 0.25, 0.0, 0.03]], "float32")  # fmt: skip


def projected(kind: str, size: Any) -> Any:
    return lambda tf, x, maps: tf.raw_ops.ImageProjectiveTransformV2(
        images=x, transforms=maps, output_shape=size, interpolation=kind
    )


# The gradient by the inverse map is not the derivative, so there is nothing to compare it with.
SEEN: dict[str, bool] = {"numeric": False, "second": False}
for kind in ("NEAREST", "BILINEAR"):
    case(f"projective {kind}", projected(kind, [4, 5]), single(2, 4, 5, 2), MAPS, **SEEN)
    case(f"projective {kind} to another size", projected(kind, [3, 7]), real(2, 4, 5, 1), MAPS,
         rtol=1e-4, **SEEN)  # fmt: skip
    case(f"projective {kind} by one map", projected(kind, [4, 4]), single(3, 4, 4, 1),
         lambda _: MAPS(_)[:1], **SEEN)  # fmt: skip
    for dtype in ("uint8", "int32", "int64"):
        case(f"projective {kind} of {dtype}", projected(kind, [4, 4]), ints(2, 4, 4, 1, low=0,
             high=90, dtype=dtype), MAPS, gradient=False, **SEEN)  # fmt: skip
    case(f"projective {kind} of float16", projected(kind, [4, 4]), real(2, 4, 4, 1,
         dtype="float16"), MAPS, **SEEN)  # fmt: skip


# --- dilation -------------------------------------------------------------------------------------
def dilated(strides: Any, rates: Any, padding: str) -> Any:
    return lambda tf, x, f: tf.nn.dilation2d(x, f, [1, *strides, 1], [1, *rates, 1], padding)


for padding in ("SAME", "VALID"):
    for strides, rates in (((1, 1), (1, 1)), ((2, 1), (1, 2)), ((1, 3), (2, 1))):
        case(f"dilation2d {padding} {strides} {rates}", dilated(strides, rates, padding),
             apart(2, 6, 5, 2), real(2, 3, 2), second=False)  # fmt: skip
    case(f"erosion2d {padding}", lambda tf, x, f, p=padding: tf.nn.erosion2d(
         x, f, [1, 1, 2, 1], [1, 1, 1, 1], p), apart(1, 4, 5, 2), real(3, 2, 2),
         second=False)  # fmt: skip
    for dtype in ("int32", "uint8", "int64"):
        case(f"dilation2d {padding} of {dtype}", dilated((1, 2), (2, 1), padding),
             ints(1, 5, 5, 1, low=0, high=50, dtype=dtype), ints(2, 2, 1, low=0, high=9,
             dtype=dtype))  # fmt: skip
for dtype in ("float32", "float16", "bfloat16"):
    case(f"dilation2d of {dtype}", dilated((1, 1), (1, 1), "SAME"), real(1, 4, 4, 1, dtype=dtype),
         real(2, 2, 1, dtype=dtype), second=False,
         rtol=0.05 if dtype == "bfloat16" else 0)  # fmt: skip
case("dilation2d of an empty batch", dilated((1, 1), (1, 1), "SAME"), real(0, 4, 4, 1),
     real(2, 2, 1), numeric=False, second=False)  # fmt: skip
case("dilation2d by filters and dilations", lambda tf, x, f: tf.nn.dilation2d(
     x, filters=f, strides=[1, 1, 1, 1], dilations=[1, 1, 2, 1], padding="VALID"),
     apart(1, 4, 4, 1), real(2, 2, 1), second=False)  # fmt: skip


# --- fractional pooling ---------------------------------------------------------------------------
def pooled(kind: str, ratios: Any, **more: Any) -> Any:
    return lambda tf, x: list(
        getattr(tf.nn, f"fractional_{kind}_pool")(
            x, [1.0, *ratios, 1.0], deterministic=True, seed=5, seed2=11, **more
        )
    )


# TensorFlow's static shapes of the sequences are too short by one.
POOLED: dict[str, bool] = {"exact_static": False, "second": False}
for kind in ("max", "avg"):
    for pseudo_random in (False, True):
        for overlapping in (False, True):
            case(f"fractional_{kind}_pool {pseudo_random} {overlapping}", pooled(kind, (1.4, 1.7),
                 pseudo_random=pseudo_random, overlapping=overlapping), apart(2, 9, 11, 2),
                 variants=("known", "unknown dims"), **POOLED)  # fmt: skip
    case(f"fractional_{kind}_pool by wholes", pooled(kind, (2.0, 3.0), overlapping=True),
         apart(1, 6, 6, 1), variants=("known",), **POOLED)  # fmt: skip
    for dtype in ("int32", "int64", "float32"):
        draw = single(1, 7, 8, 2) if dtype == "float32" else ints(1, 7, 8, 2, low=-50, high=50,
                                                                 dtype=dtype)  # fmt: skip
        case(f"fractional_{kind}_pool of {dtype}", pooled(kind, (1.5, 1.3), overlapping=True), draw,
             numeric=False, variants=("known",), **POOLED)  # fmt: skip
