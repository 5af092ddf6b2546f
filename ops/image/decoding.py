"""Pictures from files: PNG, JPEG, GIF, BMP.

PNG, GIF and BMP are read here over zlib and numpy; JPEG goes through Pillow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integers
from flowgraph.ops.image import _bmp, _gif, _jpeg, _png
from flowgraph.ops.image.convert import convert_image_dtype

_CHANNELS = {"channels": attrs.integer(0)}
_JPEG = {
    **_CHANNELS,
    "ratio": attrs.integer(1),
    "fancy_upscaling": attrs.boolean(True),
    "try_recover_truncated": attrs.boolean(False),
    "acceptable_fraction": attrs.real(1.0),
    "dct_method": attrs.string(""),
}
_FORMATS = ((_jpeg.SIGNATURE, "JPEG"), (_png.SIGNATURE, "PNG"), (_gif.SIGNATURE, "GIF"),
            (_bmp.SIGNATURE, "BMP"))  # fmt: skip


# --- shapes and checks ----------------------------------------------------------------------------
def _channels(op: Operation) -> int | None:
    channels = op.attrs["channels"]
    if channels < 0:
        raise ValueError(f"channels must be non-negative, got {channels}")
    return channels or None  # type: ignore[no-any-return]


def _picture_shape(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank(0)
    return TensorShape.of((None, None, _channels(op)))


def one_file(contents: Any) -> bytes:
    """The bytes of a scalar string."""
    if np.ndim(contents):
        raise InvalidArgumentError(f"contents must be scalar, got shape {list(contents.shape)}")
    return bytes(contents if isinstance(contents, bytes) else contents.item())


def _format(contents: bytes, known: tuple[str, ...]) -> str:
    found = next((name for start, name in _FORMATS if contents.startswith(start)), None)
    if found in known:
        return found  # type: ignore[return-value]
    kind = found or (
        f"unknown format starting with {contents[:16]!r}" if contents else "empty file"
    )
    raise InvalidArgumentError(f"Expected image ({', '.join(known)}), got {kind}")


def _check_channels(channels: int, allowed: tuple[int, ...], name: str = "") -> None:
    if channels not in allowed:
        listed = ", ".join(map(str, allowed[:-1]))
        of = f" for {name}" if name else ""
        raise InvalidArgumentError(
            f"channels must be {listed} or {allowed[-1]}{of}, got {channels}"
        )


def _read(contents: bytes, name: str, channels: int, dtype: Any, **more: Any) -> Any:
    """The picture of a file of format `name`; of a GIF, all its frames."""
    if name == "PNG":
        return _png.read(contents, channels, dtype)
    if dtype.itemsize != 1:
        raise InvalidArgumentError(f"{name} does not support uint16 output")
    if name == "JPEG":
        _check_channels(channels, (0, 1, 3), name)
        return _jpeg.read(contents, channels, **more)
    if name == "BMP":
        return _bmp.read(contents, channels)
    _check_channels(channels, (0, 3), name)
    return _gif.read(contents)


def _only_frame(picture: Any) -> Any:
    if picture.ndim == 3:
        return picture
    if len(picture) > 1:
        raise InvalidArgumentError(
            f"Got {len(picture)} frames, but animated gifs can only be decoded by "
            "tf.image.decode_gif or tf.image.decode_image"
        )
    return picture[0]


# --- DecodePng, DecodeJpeg, DecodeAndCropJpeg -----------------------------------------------------
def _decoder(op_type: str, more: str = "", output: str = "uint8", **op_attrs: Any) -> OpDef:
    """Declares an op that reads a picture of any of three formats; only its attributes differ."""
    op_def = define(
        op_type,
        inputs=f"contents: string{more}",
        outputs=f"image: {output}",
        attrs=op_attrs,
        shape=_picture_shape if not more else _cropped_shape,
        traits=Trait.HEAVY,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        a, dtype = ctx.attrs, ctx.dtype
        _check_channels(a["channels"], (0, 1, 3, 4))
        options = _jpeg_options(a) if "ratio" in a else {}

        def run(contents: Any, *window: Any) -> Any:
            data = one_file(contents)
            name = _format(data, ("JPEG", "PNG", "GIF"))
            more = options if name == "JPEG" else {}
            if window and name == "JPEG":
                more = {**more, "window": _window(*window)}
            return _only_frame(_read(data, name, a["channels"], dtype, **more))

        return run

    return op_def


def _jpeg_options(a: Any) -> dict[str, Any]:
    if a["ratio"] not in (1, 2, 4, 8):
        raise InvalidArgumentError(f"ratio must be 1, 2, 4, or 8, got {a['ratio']}")
    if a["dct_method"] not in ("", "INTEGER_FAST", "INTEGER_ACCURATE"):
        raise InvalidArgumentError(
            "dct_method must be one of {'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}, got "
            f"{a['dct_method']!r}"
        )
    return {"ratio": a["ratio"], "recover": a["try_recover_truncated"]}


def _window(window: Any) -> tuple[int, int, int, int]:
    if window.shape != (4,):
        raise InvalidArgumentError(
            f"crop_window must be 1-D with four elements, got shape {list(window.shape)}"
        )
    top, left, height, width = window.tolist()
    return top, left, height, width


def _cropped_shape(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank(0)
    (length,) = op.inputs[1].shape.with_rank(1).known  # type: ignore[misc]
    if length not in (None, 4):
        raise ValueError(f"Dimension must be 4 but is {length}, for the crop window of {op.type}")
    _, _, height, width = integers(op.inputs[1]) or (None,) * 4
    return TensorShape([height, width, _channels(op)])


_PNG_TYPES = attrs.types(dtypes.uint8, dtypes.uint16, default=dtypes.uint8)
decode_png_op = _decoder("DecodePng", output="dtype", **_CHANNELS, dtype=_PNG_TYPES)
decode_jpeg_op = _decoder("DecodeJpeg", **_JPEG)
decode_and_crop_jpeg_op = _decoder("DecodeAndCropJpeg", ", crop_window: int32", **_JPEG)


# --- DecodeGif, DecodeBmp -------------------------------------------------------------------------
def _frames_shape(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank(0)
    return TensorShape.of((None, None, None, 3))


decode_gif_op = define(
    "DecodeGif", inputs="contents: string", outputs="image: uint8", shape=_frames_shape,
    traits=Trait.HEAVY,
).no_gradient()  # fmt: skip


@decode_gif_op.kernel
def _(ctx: Any) -> Any:
    def run(contents: Any) -> Any:
        data = one_file(contents)
        picture = _read(data, _format(data, ("JPEG", "PNG", "GIF")), 3, ctx.dtype)
        return picture if picture.ndim == 4 else picture[None].copy()

    return run


decode_bmp_op = define(
    "DecodeBmp", inputs="contents: string", outputs="image: uint8", attrs=_CHANNELS,
    shape=_picture_shape, traits=Trait.HEAVY,
).no_gradient()  # fmt: skip


@decode_bmp_op.kernel
def _(ctx: Any) -> Any:
    channels = ctx.attrs["channels"]
    _check_channels(channels, (0, 1, 3, 4))
    return lambda contents: _bmp.read(one_file(contents), channels)


# --- DecodeImage ----------------------------------------------------------------------------------
decode_image_op = define(
    "DecodeImage",
    inputs="contents: string",
    outputs="image: dtype",
    attrs={
        **_CHANNELS,
        "dtype": attrs.types(dtypes.uint8, dtypes.uint16, dtypes.float32, default=dtypes.uint8),
        "expand_animations": attrs.boolean(True),
    },
    traits=Trait.HEAVY,
).no_gradient()


@decode_image_op.shape
def _(op: Operation) -> TensorShape:
    shape = _picture_shape(op)
    return UNKNOWN if op.attrs["expand_animations"] else shape


@decode_image_op.kernel
def _(ctx: Any) -> Any:
    channels, all_frames = ctx.attrs["channels"], ctx.attrs["expand_animations"]
    _check_channels(channels, (0, 1, 3, 4))
    dtype = ctx.dtype

    def run(contents: Any) -> Any:
        data = one_file(contents)
        name = _format(data, ("JPEG", "PNG", "GIF", "BMP"))
        fine = name == "PNG" and dtype != np.uint8
        picture = _read(data, name, channels, np.dtype(np.uint16 if fine else np.uint8))
        if picture.ndim == 4 and not all_frames:
            picture = picture[0].copy()
        if dtype == np.float32:
            return picture.astype(dtype) * dtype.type(1 / np.iinfo(picture.dtype).max)
        return picture if picture.dtype == dtype else picture.astype(dtype) * dtype.type(256)

    return run


# --- public functions: PNG, GIF, BMP --------------------------------------------------------------
def decode_png(
    contents: Any, channels: int = 0, dtype: Any = dtypes.uint8, name: str | None = None
) -> Tensor:
    """The picture of a PNG file (tf.image.decode_png); JPEG and GIF files are read too.

    Args:
      contents: a scalar string: the file.
      channels: 1 for grey, 3 for RGB, 4 for RGBA, 0 for those of the file.
      dtype: uint8 or uint16.
      name: the operation's name.

    Returns:
      A tensor [height, width, channels].

    Raises:
      ValueError: `contents` is no scalar. InvalidArgumentError at run time for a file that is
        none, is damaged, or cannot have these channels.
    """
    return decode_png_op(contents, channels=channels, dtype=dtype, name=name)  # type: ignore[no-any-return]


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """The frames of a GIF file, uint8 [n, height, width, 3] (tf.image.decode_gif).

    ValueError or, at run time, InvalidArgumentError for contents that are no such file.
    """
    return decode_gif_op(contents, name=name)  # type: ignore[no-any-return]


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """The picture of a BMP file, uint8 [height, width, channels] (tf.image.decode_bmp).

    Args:
      contents: a scalar string: the file.
      channels: those of the file, or 0.
      name: the operation's name.

    Raises:
      ValueError: `contents` is no scalar. InvalidArgumentError at run time for a file that is none
        or has other channels.
    """
    return decode_bmp_op(contents, channels=channels, name=name)  # type: ignore[no-any-return]


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = dtypes.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The picture of a JPEG, PNG, GIF or BMP file, whichever it is (tf.image.decode_image).

    Args:
      contents: a scalar string: the file.
      channels: 1, 3 or 4, as far as the format has them; 0 or None for those of the file.
      dtype: what the picture is scaled to, as by `convert_image_dtype`.
      name: the scope of the new operations.
      expand_animations: whether a GIF gives all its frames [n, height, width, 3]; else its first.

    Returns:
      A tensor [height, width, channels], or that of a GIF.

    Raises:
      ValueError: channels are none of these. InvalidArgumentError at run time for a file that is
        none of these formats or is damaged.
    """
    if channels not in (None, 0, 1, 3, 4):
        raise ValueError(f"channels must be in (None, 0, 1, 3, 4), got {channels}")
    wanted = dtypes.as_dtype(dtype)
    read_as = wanted
    if wanted not in (dtypes.float32, dtypes.uint8, dtypes.uint16):
        read_as = dtypes.float32 if wanted.is_floating else dtypes.uint16
    with name_scope(name, "decode_image"):
        image: Tensor = decode_image_op(
            contents, channels=channels or 0, dtype=read_as, expand_animations=expand_animations
        )
        return image if read_as == wanted else convert_image_dtype(image, wanted)


# --- public functions: JPEG -----------------------------------------------------------------------
def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The picture of a JPEG file (tf.image.decode_jpeg); PNG and GIF files are read too.

    The levels are those of Pillow's libjpeg: a few off TensorFlow's, which may round faster.

    Args:
      contents: a scalar string: the file.
      channels: 1 for grey, 3 for RGB, 0 for those of the file.
      ratio: 1, 2, 4 or 8: the picture is made smaller by it.
      fancy_upscaling: accepted; colour planes are always made larger smoothly.
      try_recover_truncated: whether a file that ends too early gives what is there, the rest grey.
      acceptable_fraction: accepted; any part of a file is enough.
      dct_method: "", "INTEGER_FAST" or "INTEGER_ACCURATE"; always computed accurately.
      name: the operation's name.

    Returns:
      A uint8 tensor [height, width, channels].

    Raises:
      ValueError: `contents` is no scalar. At run time InvalidArgumentError for a file that is
        none, is damaged, or cannot have these channels; UnimplementedError without Pillow.
    """
    return decode_jpeg_op(  # type: ignore[no-any-return]
        contents, channels=channels, ratio=ratio, fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated, acceptable_fraction=acceptable_fraction,
        dct_method=dct_method, name=name,
    )  # fmt: skip


def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """A part of the picture of a JPEG file (tf.image.decode_and_crop_jpeg).

    Args:
      contents: as `decode_jpeg`'s, like all that is not told here.
      crop_window: int32 [4]: the part's top, left, height and width.

    Raises:
      InvalidArgumentError: at run time, also when the window is not inside of the picture.
    """
    return decode_and_crop_jpeg_op(  # type: ignore[no-any-return]
        contents, crop_window, channels=channels, ratio=ratio, fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated, acceptable_fraction=acceptable_fraction,
        dct_method=dct_method, name=name,
    )  # fmt: skip
