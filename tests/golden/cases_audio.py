"""Cases of sound: WAV files, spectrograms, cepstral coefficients."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from golden.case import Array, Draw, Family, given, real

family = Family("audio")
FLAT: Any = {"gradient": False, "numeric": False, "second": False}


def case(name: str, build: Any, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **{**FLAT, **flags})


def wav(samples: Array, rate: int = 8000, long: bool = False, extra: bytes = b"") -> bytes:
    """A file of int16 samples [n, channels]."""
    channels, data = samples.shape[1], samples.astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate, 2 * channels, 16)
    form += b"\0\0" * long
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + extra
    body += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


SAMPLES = np.array([[0, 1], [-1, 32767], [-32768, 99], [258, 1027], [-300, -5]])
FILE = given(wav(SAMPLES))
NOTE = b"LIST" + struct.pack("<I", 6) + b"abcdef"


# --- WAV ------------------------------------------------------------------------------------------
def decoded(**more: Any) -> Any:
    return lambda tf, x: list(tf.audio.decode_wav(x, **more))


for channels in (-1, 0, 1, 2, 4):
    for samples in (-1, 0, 3, 8):
        case(f"decode_wav {channels} {samples}", decoded(desired_channels=channels,
             desired_samples=samples), FILE)  # fmt: skip
case("decode_wav with a long format", decoded(), given(wav(SAMPLES[:, :1], 44100, long=True)))
case("decode_wav with a note", decoded(), given(wav(SAMPLES, extra=NOTE)))
case("encode_wav", lambda tf, x: list(tf.audio.decode_wav(tf.audio.encode_wav(x, 16000))),
     real(20, 2, dtype="float32"))  # fmt: skip
case("encode_wav at the halves", lambda tf, x, r: tf.audio.encode_wav(x, r),
     given(np.array([[0.5, 1.5, 2.5, -0.5, -1.5, 32766.5, -32768.5, 3.49]]) / 32768, "float32"),
     given(8000, "int32"))  # fmt: skip


# --- spectrograms ---------------------------------------------------------------------------------
def spectrogram(**more: Any) -> Any:
    return lambda tf, x: tf.raw_ops.AudioSpectrogram(input=x, **more)


SOUND = real(90, 2, low=-1, high=1, dtype="float32")
for window in (2, 16, 21, 32, 90, 91):
    for stride in (1, 5, 16, 40):
        if window > stride:
            case(f"spectrogram {window} {stride}", spectrogram(window_size=window, stride=stride,
                 magnitude_squared=stride == 5), SOUND)  # fmt: skip
case("spectrogram, stride over the window", spectrogram(window_size=8, stride=20), SOUND)
case("spectrogram of no channel", spectrogram(window_size=8, stride=8),
     real(20, 0, dtype="float32"))  # fmt: skip


def mfcc(rate: int, **more: Any) -> Any:
    settings = {"upper_frequency_limit": 4000.0, "lower_frequency_limit": 20.0,
                "filterbank_channel_count": 40, "dct_coefficient_count": 13, **more}  # fmt: skip
    return lambda tf, x: tf.raw_ops.Mfcc(spectrogram=x, sample_rate=rate, **settings)


def spectra(*shape: int) -> Draw:
    return real(*shape, low=0, high=9, dtype="float32")


case("mfcc", mfcc(16000), spectra(2, 3, 257))
case("mfcc of few bins", mfcc(8000), spectra(1, 2, 33))
case("mfcc, other limits", mfcc(22050, upper_frequency_limit=9000.0, lower_frequency_limit=100.0,
     filterbank_channel_count=20, dct_coefficient_count=20), spectra(1, 2, 129))  # fmt: skip
case("mfcc up to half the rate", mfcc(8000), spectra(1, 2, 65))
case("mfcc of silence", mfcc(16000), given(np.zeros((1, 2, 65)), "float32"))
case("mfcc of nothing", mfcc(16000), spectra(1, 0, 65))
case("mfcc of a spectrogram", lambda tf, x: tf.raw_ops.Mfcc(
     spectrogram=tf.raw_ops.AudioSpectrogram(input=x, window_size=30, stride=20,
     magnitude_squared=True), sample_rate=8000, upper_frequency_limit=3000.0,
     lower_frequency_limit=20.0, filterbank_channel_count=5, dct_coefficient_count=4), SOUND,
     rtol=1e-4)  # fmt: skip
