"""Summaries of pictures and sounds: ImageSummary, AudioSummary and AudioSummaryV2."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.attrs import Attr
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.ops.array.known import boxed
from flowgraph.ops.image import _png
from flowgraph.ops.parsing import _wire
from flowgraph.ops.spectral import _wav
from flowgraph.ops.summary import _message
from flowgraph.ops.summary.numbers import only

Array = np.ndarray[Any, Any]
_RED = np.array([255, 0, 0, 255], np.uint8)
_NOTHING = 1e-6  # a picture whose greatest value is less is black


def _tags(base: bytes, kind: bytes, most: int, count: int) -> list[bytes]:
    """The tags of the first pictures or sounds of a batch: numbered where there may be several."""
    if most == 1:
        return [base + b"/" + kind] * min(most, count)
    return [b"%s/%s/%d" % (base, kind, i) for i in range(min(most, count))]


# --- ImageSummary ---------------------------------------------------------------------------------
image_summary_op = define(
    "ImageSummary",
    inputs="tag: string, tensor: T",
    outputs="summary: string",
    attrs={
        "max_images": attrs.integer(3, minimum=1),
        "T": attrs.types(
            dtypes.uint8, dtypes.float32, dtypes.float16, dtypes.float64, default=dtypes.float32
        ),
        "bad_color": Attr("tensor", _RED),
    },
    traits=Trait.HEAVY,
).no_gradient()


@image_summary_op.shape
def _(op: Operation) -> TensorShape:
    return SCALAR


@image_summary_op.kernel
def _(ctx: Any) -> Any:
    most, bad = ctx.attrs["max_images"], ctx.attrs["bad_color"]
    if bad.dtype != np.uint8 or bad.ndim != 1:
        raise InvalidArgumentError(f"bad_color must be a vector of uint8, got {bad!r}")

    def run(tag: Any, pictures: Any) -> Any:
        base = only(tag, "Tags")
        _check_pictures(pictures, bad)
        parts = []
        for name, picture in zip(
            _tags(base, b"image", most, len(pictures)), pictures, strict=False
        ):
            parts.append(_message.value(name, (_message.IMAGE, _image(picture, bad))))
        return boxed(b"".join(parts))

    return run


def _check_pictures(pictures: Array, bad: Array) -> None:
    if pictures.ndim != 4 or pictures.shape[3] not in (1, 3, 4):
        raise InvalidArgumentError(
            f"Tensor must be 4-D with last dim 1, 3, or 4, not {list(pictures.shape)}"
        )
    if 0 in pictures.shape[1:]:
        raise InvalidArgumentError(
            f"input tensor must have non-zero dims. Found: {list(pictures.shape)}."
        )
    if pictures.dtype != np.uint8 and len(bad) < pictures.shape[3]:
        raise InvalidArgumentError(
            f"expected depth <= bad_color.size, got depth = {pictures.shape[3]}, bad_color.size = "
            f"{len(bad)}"
        )


def _image(picture: Array, bad: Array) -> bytes:
    """The message of a picture."""
    height, width, channels = picture.shape
    if picture.dtype != np.uint8:
        picture = _scaled(picture, bad[:channels])
    return b"".join([
        _wire.integer_field(1, height), _wire.integer_field(2, width),
        _wire.integer_field(3, channels), _wire.bytes_field(4, _png.write(picture)),
    ])  # fmt: skip


def _scaled(picture: Array, bad: Array) -> Array:
    """A picture of any numbers as uint8: the greatest is 255, or 0 in the middle at 128.

    Pixels that are not finite get the colour `bad`.
    """
    finite = np.isfinite(picture).all(axis=2)
    values = picture[finite].astype(np.float32)
    low, high = (values.min(), values.max()) if values.size else (np.inf, -np.inf)
    kind = picture.dtype.type
    greatest = max(abs(low), abs(high)) if low < 0 else high
    steps, offset = (127.0, kind(128)) if low < 0 else (255.0, kind(0))
    with np.errstate(all="ignore"):
        scale = kind(0 if greatest < _NOTHING else np.float32(steps) / np.float32(greatest))
        scaled = (picture * scale + offset).astype(np.float32)
    result = np.where(finite[:, :, None], scaled, 0).astype(np.int64).astype(np.uint8)
    result[~finite] = bad
    return result


# --- AudioSummary, AudioSummaryV2 -----------------------------------------------------------------
def _audio_summary(op_type: str, inputs: str, **more: Attr) -> OpDef:
    op_def = define(
        op_type,
        inputs=inputs,
        outputs="summary: string",
        attrs={**more, "max_outputs": attrs.integer(3, minimum=1)},
        traits=Trait.HEAVY,
    ).no_gradient()
    op_def.shape(lambda op: SCALAR)
    op_def.kernel(_sounds)
    return op_def


def _sounds(ctx: Any) -> Any:
    most, told = ctx.attrs["max_outputs"], ctx.attrs.get("sample_rate")

    def run(tag: Any, sounds: Any, rate: Any = told) -> Any:
        base = only(tag, "Tag")
        if sounds.ndim not in (2, 3):
            raise InvalidArgumentError(f"Tensor must be 3-D or 2-D, got: {list(sounds.shape)}")
        rate = np.float32(np.asarray(rate).reshape(-1)[0]) if np.size(rate) == 1 else np.float32(0)
        if not rate > 0:
            raise InvalidArgumentError("sample_rate must be > 0")
        sounds = sounds[:, :, None] if sounds.ndim == 2 else sounds
        names = _tags(base, b"audio", most, len(sounds))
        parts = [
            _message.value(name, (_message.AUDIO, _audio(sound, rate)))
            for name, sound in zip(names, sounds, strict=False)
        ]
        return boxed(b"".join(parts))

    return run


def _audio(sound: Array, rate: Any) -> bytes:
    """The message of a sound [frames, channels]."""
    frames, channels = sound.shape
    return b"".join([
        _wire.number(1 << 3 | _wire.FIXED32) + struct.pack("<f", rate),
        _wire.integer_field(2, channels), _wire.integer_field(3, frames),
        _wire.bytes_field(4, _wav.write(sound, max(int(np.rint(rate)), 1))),
        _wire.bytes_field(5, b"audio/wav"),
    ])  # fmt: skip


audio_summary_v2_op = _audio_summary(
    "AudioSummaryV2", "tag: string, tensor: float32, sample_rate: float32"
)
audio_summary_op = _audio_summary(
    "AudioSummary", "tag: string, tensor: float32", sample_rate=attrs.real()
)
