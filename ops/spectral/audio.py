"""Sound: WAV files, spectrograms, and the mel-frequency cepstral coefficients of speech."""

from __future__ import annotations

from collections import namedtuple
from functools import lru_cache
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import boxed
from flowgraph.ops.spectral import _wav

Array = np.ndarray[Any, Any]
_FLOOR = 1e-12  # of a band's energy, before its logarithm


def _scalar(value: Any, name: str) -> Any:
    if np.ndim(value):
        raise InvalidArgumentError(f"{name} must be scalar, got shape {list(value.shape)}")
    return value if isinstance(value, bytes) else value.item()


# --- DecodeWav ------------------------------------------------------------------------------------
decode_wav_op = define(
    "DecodeWav",
    inputs="contents: string",
    outputs="audio: float32, sample_rate: int32",
    attrs={"desired_channels": attrs.integer(-1), "desired_samples": attrs.integer(-1)},
)


@decode_wav_op.shape
def _(op: Operation) -> list[TensorShape]:
    op.inputs[0].shape.with_rank(0)
    sizes = []
    for what in ("samples", "channels"):
        size = op.attrs[f"desired_{what}"]
        if size < -1:
            raise ValueError(f"{what} must be non-negative, got {size}")
        sizes.append(None if size == -1 else size)
    return [TensorShape.of(tuple(sizes)), SCALAR]


@decode_wav_op.kernel
def _(ctx: Any) -> Any:
    channels, samples = ctx.attrs["desired_channels"], ctx.attrs["desired_samples"]

    def run(contents: Any) -> Any:
        audio, rate = _wav.read(_scalar(contents, "contents"))
        if channels != -1:
            # A channel that the file has not is its last one again.
            audio = audio[:, np.minimum(np.arange(channels), audio.shape[1] - 1)]
        if samples != -1:
            audio = np.pad(audio[:samples], ((0, max(samples - len(audio), 0)), (0, 0)))
        return np.ascontiguousarray(audio), np.array(rate & 0xFFFFFFFF, np.uint32).astype(np.int32)

    return run


# --- EncodeWav ------------------------------------------------------------------------------------
encode_wav_op = define(
    "EncodeWav", inputs="audio: float32, sample_rate: int32", outputs="contents: string"
)


@encode_wav_op.shape
def _(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank(2)
    op.inputs[1].shape.with_rank(0)
    return SCALAR


@encode_wav_op.kernel
def _(ctx: Any) -> Any:
    def run(audio: Any, rate: Any) -> Any:
        if audio.ndim != 2:
            raise InvalidArgumentError(
                f"audio must be 2-dimensional, got shape {list(audio.shape)}"
            )
        return boxed(_wav.write(audio, _scalar(rate, "Input sample_rate")))

    return run


# --- AudioSpectrogram -----------------------------------------------------------------------------
spectrogram_op = define(
    "AudioSpectrogram",
    inputs="input: float32",
    outputs="spectrogram: float32",
    attrs={
        "window_size": attrs.integer(),
        "stride": attrs.integer(),
        "magnitude_squared": attrs.boolean(False),
    },
)


def _transform_length(window: int) -> int:
    """The power of two that is not below the window."""
    return 1 << (window - 1).bit_length()


def _steps(samples: int, window: int, stride: int) -> int:
    return 0 if samples < window else 1 + (samples - window) // stride


@spectrogram_op.shape
def _(op: Operation) -> TensorShape:
    samples, channels = op.inputs[0].shape.with_rank(2).known  # type: ignore[misc]
    window, stride = op.attrs["window_size"], op.attrs["stride"]
    if window < 2 or stride < 1:
        raise ValueError(f"Need window_size > 1 and stride > 0, got {window} and {stride}")
    steps = None if samples is None else _steps(samples, window, stride)
    return TensorShape.of((channels, steps, 1 + _transform_length(window) // 2))


@spectrogram_op.kernel
def _(ctx: Any) -> Any:
    size, stride, squared = (ctx.attrs[k] for k in ("window_size", "stride", "magnitude_squared"))
    length = _transform_length(size)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)

    def run(audio: Any) -> Any:
        if audio.ndim != 2:
            raise InvalidArgumentError(
                f"input must be 2-dimensional, got shape {list(audio.shape)}"
            )
        samples, channels = audio.shape
        if samples < size:
            return np.zeros((channels, 0, 1 + length // 2), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(audio.T, size, axis=1)[:, ::stride]
        bins = np.fft.rfft(windows * hann, length)
        power = (bins.real**2 + bins.imag**2).astype(np.float32)
        return power if squared else np.sqrt(power)

    return run


# --- Mfcc -----------------------------------------------------------------------------------------
mfcc_op = define(
    "Mfcc",
    inputs="spectrogram: float32, sample_rate: int32",
    outputs="output: float32",
    attrs={
        "upper_frequency_limit": attrs.real(4000.0),
        "lower_frequency_limit": attrs.real(20.0),
        "filterbank_channel_count": attrs.integer(40),
        "dct_coefficient_count": attrs.integer(13),
    },
)


@mfcc_op.shape
def _(op: Operation) -> TensorShape:
    channels, steps, _ = op.inputs[0].shape.with_rank(3).known  # type: ignore[misc]
    op.inputs[1].shape.with_rank(0)
    count = op.attrs["dct_coefficient_count"]
    return TensorShape.of((channels, steps, count if count >= 0 else None))


@mfcc_op.kernel
def _(ctx: Any) -> Any:
    low, high = (
        float(np.float32(ctx.attrs[f"{which}_frequency_limit"])) for which in ("lower", "upper")
    )
    bands, count = ctx.attrs["filterbank_channel_count"], ctx.attrs["dct_coefficient_count"]

    def run(spectrogram: Any, sample_rate: Any) -> Any:
        if spectrogram.ndim != 3:
            raise InvalidArgumentError(
                f"spectrogram must be 3-dimensional, got shape {list(spectrogram.shape)}"
            )
        rate, bins = _scalar(sample_rate, "Input sample_rate"), spectrogram.shape[2]
        usable = 1 <= count <= bands and rate > 0 and bins >= 2 and 0 <= low < high
        if not usable:
            raise InvalidArgumentError(
                f"Mfcc initialization failed for channel count {bins} and sample rate {rate}, "
                f"with {bands} bands of {low} to {high} Hz and {count} coefficients"
            )
        if int(high / _spacing(bins, rate)) >= bins:  # beyond what the spectrum has
            return np.zeros((*spectrogram.shape[:2], count), np.float32)
        energy = np.sqrt(spectrogram.astype(np.float64)) @ mel_bands(bins, rate, bands, low, high)
        coefficients = np.log(np.maximum(energy, _FLOOR)) @ _cosines(bands, count)
        return coefficients.astype(np.float32)

    return run


def _spacing(bins: int, rate: int) -> float:
    """Hertz between two bins of a spectrum from 0 Hz to half the rate."""
    return 0.5 * rate / (bins - 1)


def _mel(frequency: Any) -> Any:
    """Hertz on the scale of what the ear tells apart (O'Shaughnessy, 1987)."""
    return 1127.0 * np.log1p(frequency / 700.0)


@lru_cache(maxsize=16)
def mel_bands(bins: int, rate: int, bands: int, low: float, high: float) -> Array:
    """[bins, bands]: the weights of triangles that are evenly spaced, and overlap, in mel.

    Args:
      bins: the length of a spectrum, from 0 Hz to half the rate.
      rate: samples per second.
      bands: the number of triangles.
      low: where the first begins, in Hertz.
      high: where the last ends.
    """
    hertz = _spacing(bins, rate)
    first, last = int(1.5 + low / hertz), int(high / hertz)
    corners = _mel(low) + (_mel(high) - _mel(low)) / (bands + 1) * np.arange(bands + 2)
    used = np.arange(first, min(last, bins - 1) + 1)
    mel = _mel(used * hertz)
    # The triangle that falls from the corner left of the bin; the next one rises there.
    falling = np.minimum(np.searchsorted(corners[1:], mel, side="left"), bands) - 1
    left, right = corners[falling + 1], corners[falling + 2]
    share = (right - mel) / (right - left)
    weights = np.zeros((bins, bands + 2))
    weights[used, falling + 1] = share
    weights[used, falling + 2] = 1 - share
    return weights[:, 1:-1]


@lru_cache(maxsize=16)
def _cosines(bands: int, count: int) -> Array:
    """[bands, count]: the discrete cosine transform of type II."""
    angles = np.pi / bands * np.outer(np.arange(bands) + 0.5, np.arange(count))
    return np.sqrt(2.0 / bands) * np.cos(angles)


# --- public functions -----------------------------------------------------------------------------
DecodeWav = namedtuple("DecodeWav", ["audio", "sample_rate"])


def decode_wav(
    contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None
) -> Any:
    """The samples of a WAV file of 16 bits (tf.audio.decode_wav).

    Args:
      contents: a scalar string: the file.
      desired_channels: how many channels; the last is repeated when the file has fewer; -1 for
        those of the file.
      desired_samples: how many samples, zeros after the file's end; -1 for those of the file.
      name: the operation's name.

    Returns:
      A tuple of `audio`, float32 [samples, channels] of [-1, 1), and `sample_rate`, int32.

    Raises:
      ValueError: a negative number. InvalidArgumentError at run time for a file that is none.
    """
    outputs = decode_wav_op(
        contents, desired_channels=desired_channels, desired_samples=desired_samples, name=name
    )
    return DecodeWav(*outputs)


def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Tensor:
    """The WAV file, of 16 bits, of samples, as a scalar string (tf.audio.encode_wav).

    Args:
      audio: float32 [samples, channels] of [-1, 1]; what is beyond is cut off.
      sample_rate: int32 scalar, samples per second.
      name: the operation's name.

    Raises:
      ValueError: `audio` is not of rank 2. InvalidArgumentError at run time when it is empty.
    """
    return encode_wav_op(audio, sample_rate, name=name)  # type: ignore[no-any-return]
