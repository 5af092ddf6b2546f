"""Cases of resizing: four methods and the kernels of ScaleAndTranslate."""

from __future__ import annotations

from typing import Any

from golden.case import Draw, Family, given, ints, real

family = Family("resize")
case = family.add

METHODS = ("resize_bilinear", "resize_nearest_neighbor", "resize_bicubic", "resize_area")
PLACES: list[dict[str, bool]] = [{}, {"align_corners": True}, {"half_pixel_centers": True}]
SIZES = [(3, 4), (7, 9), (2, 2), (4, 1), (5, 6)]


def resize(method: str, size: Any, **place: bool) -> Any:
    return lambda tf, x: getattr(tf.image, method)(x, size, **place)


def single(*shape: int) -> Draw:
    """The results are float32, whatever the images are."""
    return real(*shape, dtype="float32")


for method in METHODS:
    slopes = method != "resize_area"
    flags = {"gradient": slopes, "numeric": slopes, "second": slopes}
    for place in PLACES[:2] if method == "resize_area" else PLACES:
        said = next(iter(place), "")
        for size in SIZES:
            case(f"{method} {said} to {size}", resize(method, size, **place),
                 single(2, 5, 6, 1), **flags)  # fmt: skip
        case(f"{method} {said} with channels", resize(method, (4, 9), **place),
             single(1, 3, 5, 3), **flags)  # fmt: skip
        case(f"{method} {said} with many channels", resize(method, (4, 3), **place),
             single(1, 3, 4, 6), **flags)  # fmt: skip
        case(f"{method} {said} of one pixel", resize(method, (3, 2), **place),
             single(1, 1, 2, 1), **flags)  # fmt: skip
    case(f"{method} of an empty batch", resize(method, (4, 3)), single(0, 3, 2, 1), **flags)
    case(f"{method} by a tensor", lambda tf, x, size, method=method: getattr(tf.image, method)(
         x, size), single(1, 3, 2, 1), given([4, 5], "int32"), **flags)  # fmt: skip
    case(f"{method} by a computed size", lambda tf, x, method=method: getattr(tf.image, method)(
         x, 2 * tf.shape(x)[1:3]), single(1, 3, 2, 1), **flags, nodes=False)  # fmt: skip
    for dtype in ("int8", "uint8", "int16", "uint16", "int32", "int64"):
        case(f"{method} of {dtype}", resize(method, (4, 5)), ints(1, 3, 3, 1, low=0, high=100,
             dtype=dtype))  # fmt: skip
    for dtype in ("float16", "float64"):
        case(f"{method} of {dtype}", resize(method, (4, 5)), real(1, 3, 3, 1, dtype=dtype),
             gradient=slopes, rtol=2e-3 if
             dtype == "float16" else 2e-6, numeric=False, second=False)  # fmt: skip
case("resize_bilinear of bfloat16", resize("resize_bilinear", (4, 5)),
     real(1, 3, 3, 1, dtype="bfloat16"))  # fmt: skip
case("resize_bilinear larger than a block", resize("resize_bilinear", (21, 19)),
     single(1, 13, 27, 2))  # fmt: skip
case("resize_bicubic larger than a block", resize("resize_bicubic", (9, 31)), single(1, 20, 17, 1))
case("resize_area larger than a block", resize("resize_area", (9, 31)), single(1, 20, 17, 1),
     gradient=False, numeric=False, second=False)  # fmt: skip

case("ResizeNearestNeighborGrad of int32", lambda tf, x: tf.raw_ops.ResizeNearestNeighborGrad(
     grads=x, size=[2, 3]), ints(1, 5, 4, 2))  # fmt: skip
for dtype in ("uint8", "int8"):
    case(f"ResizeNearestNeighborGrad of {dtype}", lambda tf, x:
         tf.raw_ops.ResizeNearestNeighborGrad(grads=x, size=[4, 2]),
         ints(1, 3, 4, 1, low=0, high=20, dtype=dtype))  # fmt: skip


# --- ScaleAndTranslate ----------------------------------------------------------------------------
KERNELS = ("lanczos1", "lanczos3", "lanczos5", "gaussian", "box", "triangle", "keyscubic",
           "mitchellcubic")  # fmt: skip


def scaled(size: Any, scale: Any, translation: Any = (0.0, 0.0), **more: Any) -> Any:
    return lambda tf, x: tf.raw_ops.ScaleAndTranslate(
        images=x, size=size, scale=scale, translation=translation, **more
    )


for kernel in KERNELS:
    for antialias in (True, False):
        case(f"ScaleAndTranslate {kernel} {antialias} down", scaled((3, 4), (0.5, 0.45),
             kernel_type=kernel, antialias=antialias), single(1, 6, 9, 1))  # fmt: skip
        case(f"ScaleAndTranslate {kernel} {antialias} up", scaled((7, 5), (1.75, 1.3), (0.5, -0.75),
             kernel_type=kernel, antialias=antialias), single(1, 4, 4, 2))  # fmt: skip
case("ScaleAndTranslate beyond the image", scaled((5, 6), (0.5, 0.6), (1.0, -0.5)),
     single(2, 4, 5, 1))  # fmt: skip
case("ScaleAndTranslate by default", scaled((5, 6), (1.0, 1.0)), single(1, 5, 6, 3))
for dtype in ("uint8", "int64", "float16", "bfloat16", "float64"):
    draw = real(1, 3, 4, 1, dtype=dtype) if "float" in dtype else ints(1, 3, 4, 1, low=0, high=90,
                                                                      dtype=dtype)  # fmt: skip
    case(f"ScaleAndTranslate of {dtype}", scaled((4, 3), (1.3, 0.8)), draw, gradient=False,
         numeric=False, second=False)  # fmt: skip
