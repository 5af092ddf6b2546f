"""Cases of tf.image's colours: spaces, adjustments, dtypes, and how alike two pictures are."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Draw, Family, apart, given, ints, real

family = Family("colour")
case = family.add
FLAT: Any = {"gradient": False, "numeric": False, "second": False}


def image(function: str, *args: Any, **more: Any) -> Any:
    return lambda tf, x, *rest: getattr(tf.image, function)(x, *rest, *args, **more)


def colors(*shape: int, dtype: str = "float64") -> Draw:
    """Pixels of [0, 1] without two equal channels."""
    return lambda rng: apart(*shape, low=0.02, high=0.98)(rng).astype(dtype)


def pixels(*shape: int, dtype: str = "uint8") -> Draw:
    """Pixels of integers."""
    return ints(*shape, low=0, high=np.iinfo(dtype).max, dtype=dtype)


GREYS = given([[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.5, 0.5, 0.2], [0.2, 0.7, 0.7]],
               [[0.3, 0.1, 0.3], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]],
              "float32")  # fmt: skip


# --- spaces ---------------------------------------------------------------------------------------
case("rgb_to_hsv", image("rgb_to_hsv"), colors(2, 3, 3), also=("float32",))
case("rgb_to_hsv of a pixel", image("rgb_to_hsv"), colors(3))
case("rgb_to_hsv of nothing", image("rgb_to_hsv"), colors(0, 3))
case("rgb_to_hsv of greys", image("rgb_to_hsv"), GREYS, **FLAT)
case("rgb_to_hsv of negatives", image("rgb_to_hsv"), real(4, 3, low=-1, high=-0.1),
      **FLAT)  # fmt: skip
case("hsv_to_rgb", image("hsv_to_rgb"), colors(2, 5, 3), also=("float32",), numeric=False)
case("hsv_to_rgb of greys", image("hsv_to_rgb"), GREYS)
for dtype in ("float16", "bfloat16"):
    case(f"rgb_to_hsv {dtype}", image("rgb_to_hsv"), colors(4, 3, dtype=dtype), **FLAT,
         rtol=0.02)  # fmt: skip
    case(f"hsv_to_rgb {dtype}", image("hsv_to_rgb"), colors(4, 3, dtype=dtype), rtol=0.05)
for name in ("rgb_to_yiq", "yiq_to_rgb", "rgb_to_yuv", "yuv_to_rgb"):
    case(name, image(name), colors(2, 2, 3), also=("float32",), variants=("known", "unknown dims"))
case("rgb_to_grayscale", image("rgb_to_grayscale"), colors(2, 2, 3, dtype="float32"))
for dtype in ("uint8", "int32", "uint16"):
    case(f"rgb_to_grayscale {dtype}", image("rgb_to_grayscale"), pixels(2, 2, 2, 3, dtype=dtype))
case("grayscale_to_rgb", image("grayscale_to_rgb"), colors(2, 2, 1), also=("float32",))
case("grayscale_to_rgb of uint8", image("grayscale_to_rgb"), pixels(1, 2, 2, 1))


# The nodes of saturate_cast and of whole division are 1.15's, which TensorFlow 2 made anew.
# --- convert_image_dtype --------------------------------------------------------------------------
def converted(to: str, **more: Any) -> Any:
    return lambda tf, x: tf.image.convert_image_dtype(x, to, **more)


FINE = given([0.0, 0.1, 0.5, 0.999, 1.0])
for to in ("uint8", "int16", "int32", "float16", "float64", "uint16"):
    case(f"convert float32 to {to}", converted(to), given([0.0, 0.1, 0.5, 0.99, 1.0], "float32"),
         **({} if to.startswith("float") else FLAT))  # fmt: skip
case("convert out of range", converted("uint8", saturate=True),
     given([-0.5, 0.0, 0.7, 1.0, 1.5], "float32"), nodes=False, **FLAT)  # fmt: skip
case("convert float64 to float32", converted("float32"), FINE)
for source, to in (("uint8", "float32"), ("uint8", "float16"), ("int32", "float64")):
    case(f"convert {source} to {to}", converted(to), pixels(2, 3, dtype=source))
for source, to in (("uint8", "int32"), ("uint8", "int16"), ("int16", "int64"), ("uint16", "uint8"),
                   ("int32", "int8"), ("int64", "uint8")):  # fmt: skip
    for saturate in (False, True):
        case(f"convert {source} to {to} {saturate}", converted(to, saturate=saturate),
             pixels(2, 3, dtype=source), nodes=False)  # fmt: skip
case("convert negatives", converted("uint8", saturate=True), ints(6, low=-32768, high=32767,
     dtype="int16"), nodes=False)  # fmt: skip
case("convert to its own dtype", converted("uint8"), pixels(3))


# --- adjustments ----------------------------------------------------------------------------------
for name, number in (("brightness", 0.3), ("contrast", 1.7), ("hue", 0.3), ("saturation", 0.6)):
    build = image(f"adjust_{name}", number)
    slope = {} if name == "brightness" else FLAT
    case(f"adjust_{name}", build, colors(2, 3, 4, 3, dtype="float32"), **slope)
    case(f"adjust_{name} of greys", build, GREYS, **slope)
    case(f"adjust_{name} of uint8", build, pixels(3, 5, 3), nodes=False, **FLAT)
    flags = {**slope, "numeric": False, "second": False}
    case(f"adjust_{name} of float64", build, colors(2, 2, 3), rtol=2e-5, **flags)
    case(f"adjust_{name} of nothing", build, colors(0, 2, 3, dtype="float32"), **FLAT)
    case(f"adjust_{name} by a tensor", image(f"adjust_{name}"), colors(2, 2, 3, dtype="float32"),
         given(number, "float32"), **slope)  # fmt: skip
for delta in (-1.0, -0.4, 0.0, 0.5, 0.99, 1.0):
    case(f"adjust_hue {delta}", image("adjust_hue", delta), colors(2, 9, 3, dtype="float32"),
          **FLAT)  # fmt: skip
for scale in (0.0, 1.0, 3.0, 100.0):
    case(f"adjust_saturation {scale}", image("adjust_saturation", scale),
         colors(2, 9, 3, dtype="float32"), **FLAT)  # fmt: skip
    case(f"adjust_contrast {scale}", image("adjust_contrast", scale),
         colors(2, 3, 3, 1, dtype="float32"), **FLAT)  # fmt: skip
case("adjust_brightness of float16", image("adjust_brightness", -0.1),
     colors(2, 2, dtype="float16"))  # fmt: skip
case("adjust_gamma", image("adjust_gamma", 2.2, 0.9), colors(2, 3, dtype="float32"))
case("adjust_gamma of uint8", image("adjust_gamma", 0.5), pixels(2, 3), nodes=False, **FLAT)
case("adjust_gamma by a tensor", image("adjust_gamma"), colors(2, 3, dtype="float32"),
     given(1.5, "float32"), nodes=False)  # fmt: skip
case("per_image_standardization", image("per_image_standardization"),
     colors(2, 3, 4, 2, dtype="float32"), nodes=False)  # fmt: skip
case("per_image_standardization of uint8", image("per_image_standardization"), pixels(3, 4, 3),
     nodes=False)  # fmt: skip
case("per_image_standardization of one colour", image("per_image_standardization"),
     given(np.full((2, 2, 1), 0.5), "float32"), **FLAT, nodes=False)  # fmt: skip


def seeded(name: str, *numbers: float) -> Any:
    def build(tf: Any, x: Any) -> Any:
        tf.set_random_seed(5)
        return getattr(tf.image, f"random_{name}")(x, *numbers, seed=3)

    return build


for name, numbers in (("brightness", (0.4,)), ("contrast", (0.2, 1.8)), ("hue", (0.4,)),
                      ("saturation", (0.5, 2.0))):  # fmt: skip
    case(f"random_{name}", seeded(name, *numbers), colors(2, 2, 3, dtype="float32"),
         **({} if name == "brightness" else FLAT))  # fmt: skip


# --- quality --------------------------------------------------------------------------------------
case("psnr", image("psnr", 1.0), colors(2, 3, 3, 2, dtype="float32"), colors(2, 3, 3, 2,
     dtype="float32"))  # fmt: skip
case("psnr of uint8", image("psnr", 255), pixels(3, 3, 1), pixels(3, 3, 1))
case("psnr of a pair with a batch", image("psnr", 1.0), colors(3, 3, 1, dtype="float32"),
     colors(2, 3, 3, 1, dtype="float32"))  # fmt: skip
case("ssim", image("ssim", 1.0), colors(2, 12, 13, 2, dtype="float32"),
     colors(2, 12, 13, 2, dtype="float32"), nodes=False, rtol=2e-4)  # fmt: skip
case("ssim of uint8", image("ssim", 255, filter_size=4, filter_sigma=0.8), pixels(6, 5, 3),
     pixels(6, 5, 3), nodes=False, rtol=2e-4)  # fmt: skip
case("ssim with other steadiers", image("ssim", 2.0, 3, 1.0, 0.1, 0.2),
     colors(2, 1, 4, 4, 1, dtype="float32"), colors(2, 1, 4, 4, 1, dtype="float32"), nodes=False,
     rtol=2e-4)  # fmt: skip
case("ssim_multiscale", image("ssim_multiscale", 1.0, (0.3, 0.3, 0.4), 3),
     colors(2, 15, 13, 2, dtype="float32"), colors(2, 15, 13, 2, dtype="float32"), nodes=False,
      **FLAT, rtol=1e-3)  # fmt: skip
case("ssim_multiscale of uint8", image("ssim_multiscale", 255, (0.5, 0.5), 3), pixels(8, 8, 1),
     pixels(8, 8, 1), nodes=False, rtol=1e-3)  # fmt: skip
