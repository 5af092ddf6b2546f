"""Pictures to files, PNG and JPEG, and what else goes through JPEG: sizes, quality."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import boxed
from flowgraph.ops.image import _jpeg, _png
from flowgraph.ops.image.convert import convert_image_dtype
from flowgraph.ops.image.decoding import decode_jpeg_op, one_file
from flowgraph.ops.random.distributions import random_uniform


# --- EncodePng ------------------------------------------------------------------------------------
def _file_shape(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank(3)
    for scalar in op.inputs[1:]:
        scalar.shape.with_rank(0)
    return SCALAR


encode_png_op = define(
    "EncodePng",
    inputs="image: T",
    outputs="contents: string",
    attrs={
        "compression": attrs.integer(-1),
        "T": attrs.types(dtypes.uint8, dtypes.uint16, default=dtypes.uint8),
    },
    shape=_file_shape,
    traits=Trait.HEAVY,
).no_gradient()


def _check_picture(image: Any, channels: tuple[int, ...]) -> None:
    if image.ndim != 3:
        raise InvalidArgumentError(f"image must be 3-dimensional, got shape {list(image.shape)}")
    if image.shape[2] not in channels:
        listed = ", ".join(map(str, channels))
        raise InvalidArgumentError(
            f"image must have one of {listed} channels, got shape {list(image.shape)}"
        )
    if not image.size:
        raise InvalidArgumentError(f"image must not be empty, got shape {list(image.shape)}")


@encode_png_op.kernel
def _(ctx: Any) -> Any:
    level = ctx.attrs["compression"]
    if not -1 <= level <= 9:
        raise InvalidArgumentError(f"compression should be in [-1,9], got {level}")

    def run(image: Any) -> Any:
        _check_picture(image, (1, 2, 3, 4))
        return boxed(_png.write(image, level))

    return run


# --- EncodeJpeg, EncodeJpegVariableQuality --------------------------------------------------------
encode_jpeg_op = define(
    "EncodeJpeg",
    inputs="image: uint8",
    outputs="contents: string",
    attrs={
        "format": attrs.choice("", "grayscale", "rgb", default=""),
        "quality": attrs.integer(95),
        "progressive": attrs.boolean(False),
        "optimize_size": attrs.boolean(False),
        "chroma_downsampling": attrs.boolean(True),
        "density_unit": attrs.choice("in", "cm", default="in"),
        "x_density": attrs.integer(300),
        "y_density": attrs.integer(300),
        "xmp_metadata": attrs.string(""),
    },
    shape=_file_shape,
    traits=Trait.HEAVY,
).no_gradient()


def _check_quality(quality: int) -> None:
    if not 0 <= quality <= 100:
        raise InvalidArgumentError(f"quality must be in [0,100], got {quality}")


@encode_jpeg_op.kernel
def _(ctx: Any) -> Any:
    a = ctx.attrs
    _check_quality(a["quality"])
    channels = {"": (1, 3), "grayscale": (1,), "rgb": (3,)}[a["format"]]

    def run(image: Any) -> Any:
        _check_picture(image, channels)
        return boxed(_jpeg.write(image, a))

    return run


encode_jpeg_variable_quality_op = define(
    "EncodeJpegVariableQuality", inputs="images: uint8, quality: int32",
    outputs="contents: string", shape=_file_shape, traits=Trait.HEAVY,
).no_gradient()  # fmt: skip


@encode_jpeg_variable_quality_op.kernel
def _(ctx: Any) -> Any:
    def run(image: Any, quality: Any) -> Any:
        if np.ndim(quality):
            raise InvalidArgumentError(f"quality must be scalar: {list(quality.shape)}")
        _check_quality(int(quality))
        _check_picture(image, (1, 3))
        return boxed(_jpeg.write(image, {"quality": int(quality)}))

    return run


# --- ExtractJpegShape -----------------------------------------------------------------------------
def _vector_of_three(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank(0)
    return TensorShape.of((3,))


extract_jpeg_shape_op = define(
    "ExtractJpegShape", inputs="contents: string", outputs="image_shape: output_type",
    attrs={"output_type": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    shape=_vector_of_three,
).no_gradient()  # fmt: skip
extract_jpeg_shape_op.kernel(
    lambda ctx: lambda contents: np.array(_jpeg.size_of(one_file(contents)), ctx.dtype)
)


# --- public functions -----------------------------------------------------------------------------
def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """The PNG file of a picture, as a scalar string (tf.image.encode_png).

    Args:
      image: uint8 or uint16 [height, width, channels]: grey, grey and alpha, RGB or RGBA.
      compression: 0 (none) to 9 (most); -1 for zlib's choice.
      name: the operation's name.

    Raises:
      ValueError: the image is not of rank 3 (InvalidArgumentError where only the run tells).
    """
    return encode_png_op(image, compression=compression, name=name)  # type: ignore[no-any-return]


def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """The JPEG file of a picture, as a scalar string (tf.image.encode_jpeg).

    Args:
      image: uint8 [height, width, 1 or 3].
      format: "grayscale", "rgb", or "" for what the image is.
      quality: 0 to 100.
      progressive: whether the file shows the whole picture soon.
      optimize_size: whether to spend time for a smaller file.
      chroma_downsampling: whether the colours have half the resolution.
      density_unit: "in" or "cm", of the next two.
      x_density: pixels per unit, across.
      y_density: pixels per unit, down.
      xmp_metadata: text to put into the file.
      name: the operation's name.

    Raises:
      ValueError: the image is not of rank 3. At run time InvalidArgumentError for other channels
        or quality; UnimplementedError without Pillow.
    """
    return encode_jpeg_op(  # type: ignore[no-any-return]
        image, format=format, quality=quality, progressive=progressive,
        optimize_size=optimize_size, chroma_downsampling=chroma_downsampling,
        density_unit=density_unit, x_density=x_density, y_density=y_density,
        xmp_metadata=xmp_metadata, name=name,
    )  # fmt: skip


def extract_jpeg_shape(
    contents: Any, output_type: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """[height, width, channels] of a JPEG file, unread (tf.image.extract_jpeg_shape).

    InvalidArgumentError at run time for contents that are no such file.
    """
    return extract_jpeg_shape_op(contents, output_type=output_type, name=name)  # type: ignore[no-any-return]


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether the contents start as a JPEG file does (tf.image.is_jpeg)."""
    with name_scope(name, "is_jpeg"):
        start = raw.Substr(contents, 0, 3)
        return raw.Equal(start, _jpeg.SIGNATURE, name=name)  # type: ignore[no-any-return]


def adjust_jpeg_quality(image: Any, jpeg_quality: Any, name: str | None = None) -> Tensor:
    """The image as it looks after it was a JPEG file (tf.image.adjust_jpeg_quality).

    Args:
      image: [height, width, 1 or 3]; the result keeps the dtype.
      jpeg_quality: an int32 scalar, 0 to 100.
      name: the scope of the new operations.
    """
    with name_scope(name, "adjust_jpeg_quality", [image]):
        image = convert_to_tensor(image, name="image")
        known = image.shape.known
        small = convert_image_dtype(image, dtypes.uint8, saturate=True)
        quality = convert_to_tensor(jpeg_quality, dtype=dtypes.int32)
        file = encode_jpeg_variable_quality_op(small, quality)
        found = decode_jpeg_op(file, channels=(known and known[-1]) or 0)
        return convert_image_dtype(found, image.dtype, saturate=True)


def random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None
) -> Tensor:
    """`adjust_jpeg_quality` by an integer of [min, max) (tf.image.random_jpeg_quality).

    ValueError unless 0 <= min_jpeg_quality < max_jpeg_quality <= 100.
    """
    low, high = min_jpeg_quality, max_jpeg_quality
    if not (0 <= low <= 100 and 0 <= high <= 100):
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if low >= high:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    quality = random_uniform([], low, high, seed=seed, dtype=dtypes.int32)
    return adjust_jpeg_quality(image, quality)
