"""Sound: WAV files, spectrograms and their cepstral coefficients (contrib_audio)."""

from __future__ import annotations

from typing import Any

from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.spectral.audio import decode_wav, encode_wav

__all__ = ["audio_spectrogram", "decode_wav", "encode_wav", "mfcc"]


def audio_spectrogram(
    input: Any,
    window_size: int,
    stride: int,
    magnitude_squared: bool = False,
    name: str | None = None,
) -> Tensor:
    """The spectra of windows over sound: float32 [samples, channels] -> [channels, time, bins].

    Args:
        input: the sound.
        window_size: samples in a window; the transform's length is the next power of two.
        stride: samples from one window to the next.
        magnitude_squared: whether to give squared magnitudes.
        name: of the op.
    """
    return raw.AudioSpectrogram(
        input, window_size=window_size, stride=stride, magnitude_squared=magnitude_squared,
        name=name,
    )  # fmt: skip


def mfcc(
    spectrogram: Any,
    sample_rate: Any,
    upper_frequency_limit: float = 4000,
    lower_frequency_limit: float = 20,
    filterbank_channel_count: int = 40,
    dct_coefficient_count: int = 13,
    name: str | None = None,
) -> Tensor:
    """The mel-frequency cepstral coefficients of squared spectra.

    Args:
        spectrogram: float32 [channels, time, bins].
        sample_rate: samples a second, an int32 scalar.
        upper_frequency_limit: in hertz.
        lower_frequency_limit: in hertz.
        filterbank_channel_count: bands on the mel scale.
        dct_coefficient_count: coefficients of each window.
        name: of the op.

    Returns:
        float32 [channels, time, coefficients].
    """
    return raw.Mfcc(
        spectrogram, sample_rate, upper_frequency_limit=float(upper_frequency_limit),
        lower_frequency_limit=float(lower_frequency_limit),
        filterbank_channel_count=filterbank_channel_count,
        dct_coefficient_count=dct_coefficient_count, name=name,
    )  # fmt: skip
