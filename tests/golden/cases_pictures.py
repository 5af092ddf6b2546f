"""Cases of picture files: every kind in tests/golden/pictures, read in every way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from golden.case import Array, Draw, Family, given, ints

family = Family("pictures")
case = family.add
FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "pictures").iterdir()}


def file(name: str) -> Draw:
    return given(FILES[name])


def read(function: str, *args: Any, **more: Any) -> Any:
    return lambda tf, x, *rest: getattr(tf.image, function)(x, *rest, *args, **more)


def kinds(end: str) -> list[str]:
    return sorted(name for name in FILES if name.endswith(end))


# --- PNG ------------------------------------------------------------------------------------------
for name in kinds(".png"):
    case(name, lambda tf, x: [tf.image.decode_png(x, channels, dtype) for channels in (0, 1, 3, 4)
         for dtype in (tf.uint8, tf.uint16)], file(name), variants=("known",))  # fmt: skip
case("decode_png", read("decode_png"), file("color2_8.png"))
case("decode_png by decode_jpeg", read("decode_jpeg"), file("color2_8.png"))
case("decode_png by decode_gif", lambda tf, x: tf.image.decode_gif(x), file("one.gif"))
for channels in (1, 2, 3, 4):
    for dtype in ("uint8", "uint16"):
        case(f"encode_png {channels} {dtype}", lambda tf, x, dtype=dtype: tf.image.decode_png(
             tf.image.encode_png(x), dtype=dtype), ints(6, 5, channels, low=0, high=256,
             dtype=dtype))  # fmt: skip
case(
    "encode_png compressed",
    lambda tf, x: [tf.image.decode_png(tf.image.encode_png(x, compression=c)) for c in (0, 1, 9)],
    ints(6, 5, 3, low=0, high=256, dtype="uint8"),
)

# --- BMP and GIF ----------------------------------------------------------------------------------
for name in kinds(".bmp"):
    case(name, read("decode_bmp"), file(name))
    if name[0] != "1":  # which TensorFlow 2 takes by the palette only
        case(f"{name} by channels", read("decode_bmp", int(name[0])), file(name))
for name in kinds(".gif"):
    case(name, read("decode_gif"), file(name))
case("a gif by decode_png", read("decode_png"), file("one.gif"))

# --- JPEG: its levels depend on the library's roundings, so within a few of 1000 and more ---------
LEVELS: Any = {"rtol": 0.004, "variants": ("known",)}


def levels(function: str, *args: Any, **more: Any) -> Any:
    build = read(function, *args, **more)
    return lambda tf, *inputs: tf.cast(build(tf, *inputs), tf.float32) + 1000.0


for name in kinds(".jpg"):
    for channels in (0, 1, 3):
        case(f"{name} {channels}", levels("decode_jpeg", channels), file(name), **LEVELS)
        case(f"{name} {channels}, accurate", levels("decode_jpeg", channels,
             dct_method="INTEGER_ACCURATE"), file(name), **{**LEVELS, "rtol": 0.001})  # fmt: skip
    for ratio in (2, 4, 8):
        case(f"{name} by {ratio}", levels("decode_jpeg", ratio=ratio), file(name), **LEVELS)
    case(f"{name}, a part", levels("decode_and_crop_jpeg", [3, 4, 8, 9]), file(name), **LEVELS)
    case(f"{name}, its shape", read("extract_jpeg_shape"), file(name))
case("decode_jpeg", levels("decode_jpeg", 3), file("rgb.jpg"), rtol=0.004)
case("decode_and_crop_jpeg by a tensor", levels("decode_and_crop_jpeg"), file("rgb.jpg"),
     given([0, 0, 8, 8], "int32"), rtol=0.004)  # fmt: skip
case("extract_jpeg_shape int64", lambda tf, x: tf.image.extract_jpeg_shape(x, tf.int64),
     file("rgb.jpg"))  # fmt: skip
case("decode_jpeg by decode_png", levels("decode_png"), file("rgb.jpg"), rtol=0.004)
for name in ("rgb.jpg", "color2_8.png", "one.gif"):
    case(f"is_jpeg {name}", read("is_jpeg"), file(name))


def smooth(channels: int, dtype: str = "uint8") -> Draw:
    """A picture without sharp edges, of [0, 255] or [0, 1]."""

    def draw(rng: np.random.RandomState) -> Array:
        y, x = np.indices((17, 24)) / 5.0
        planes = [np.sin(y + a) + np.cos(x + b) for a, b in rng.uniform(0, 6, (channels, 2))]
        picture = np.stack(planes, -1) / 4.2 + 0.5
        return (picture * 255).astype(dtype) if dtype == "uint8" else picture.astype(dtype)

    return draw


def coded(**more: Any) -> Any:
    return lambda tf, x: tf.cast(tf.image.decode_jpeg(tf.image.encode_jpeg(x, **more),
                                 dct_method="INTEGER_ACCURATE"), tf.float32) + 1000.0  # fmt: skip


for channels, kind in ((1, "grayscale"), (3, "rgb")):
    case(f"encode_jpeg {kind}", coded(), smooth(channels), rtol=0.004)
    case(f"encode_jpeg as {kind}", coded(format=kind, quality=80), smooth(channels), **LEVELS)
for flags in (
    {"progressive": True},
    {"optimize_size": True},
    {"chroma_downsampling": False},
    {"density_unit": "cm", "x_density": 9, "y_density": 7},
    {"xmp_metadata": "<x/>"},
):
    case(f"encode_jpeg {next(iter(flags))}", coded(**flags), smooth(3), **LEVELS)


def worse(function: str, *numbers: int, **more: Any) -> Any:
    def build(tf: Any, x: Any) -> Any:
        tf.set_random_seed(2)
        return tf.cast(getattr(tf.image, function)(x, *numbers, **more), tf.float32) + 4.0

    return build


# TensorFlow 2 wants the channels to be known.
WORSE: Any = {"variants": ("known",), "nodes": False, "gradient": False, "rtol": 0.004}
case("adjust_jpeg_quality", worse("adjust_jpeg_quality", 70), smooth(3, "float32"), **WORSE)
case("adjust_jpeg_quality of uint8", lambda tf, x: tf.cast(tf.image.adjust_jpeg_quality(x, 90),
     tf.float32) + 1000.0, smooth(1), **WORSE)  # fmt: skip
case("random_jpeg_quality", worse("random_jpeg_quality", 60, 95, seed=4), smooth(3, "float32"),
     **WORSE)  # fmt: skip

# --- any of them ----------------------------------------------------------------------------------
for name in ("color2_8.png", "color6_16.png", "color0_1.png", "3.bmp", "frames.gif"):
    for dtype in ("uint8", "uint16", "float32", "int32"):
        case(f"decode_image {name} {dtype}", lambda tf, x, dtype=dtype: tf.image.decode_image(
             x, dtype=tf.as_dtype(dtype)), file(name))  # fmt: skip
    case(f"decode_image {name}, one frame", read("decode_image", expand_animations=False),
         file(name))  # fmt: skip
    case(f"decode_image {name}, 3 channels", read("decode_image", 3, expand_animations=False),
         file(name))  # fmt: skip
case("decode_image rgb.jpg", levels("decode_image"), file("rgb.jpg"), rtol=0.004)
case("decode_image rgb.jpg float32", lambda tf, x: tf.image.decode_image(
     x, dtype=tf.float32) + 4.0, file("rgb.jpg"), rtol=0.004)  # fmt: skip
