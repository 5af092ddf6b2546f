"""WAV files of 16-bit samples (Microsoft, RIFF: the format "PCM")."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError

Array = np.ndarray[Any, Any]
_PCM, _BITS = 1, 16
_LARGEST_CHUNK = 2**31 - 1


def read(contents: bytes) -> tuple[Array, int]:
    """(float32 samples of [-1, 1), [n, channels]; samples per second).

    Raises:
      InvalidArgumentError: the file is none, is damaged or has other samples than of 16 bits.
    """
    try:
        channels, rate, place = _format(contents)
        data = _data(contents, place)
    except struct.error:
        raise InvalidArgumentError("Data too short when trying to read string") from None
    count = len(data) // (2 * channels)
    samples = np.frombuffer(data, "<i2", count * channels).reshape(count, channels)
    return samples.astype(np.float32) * np.float32(2**-15), rate


def _expect(contents: bytes, place: int, text: bytes) -> None:
    found = contents[place : place + len(text)]
    if len(found) < len(text):
        raise InvalidArgumentError("Data too short when trying to read string")
    if found != text:
        raise InvalidArgumentError(
            f"Header mismatch: Expected {text.decode()} but found {found.decode('latin-1')}"
        )


def _format(contents: bytes) -> tuple[int, int, int]:
    """(channels, samples per second, the place after the format)."""
    for place, text in ((0, b"RIFF"), (8, b"WAVE"), (12, b"fmt ")):
        _expect(contents, place, text)
    size, code, channels, rate, per_second, per_frame, bits = struct.unpack_from(
        "<IHHIIHH", contents, 16
    )
    checks = (
        (size in (16, 18), f"Bad file size for WAV: Expected 16 or 18, but got {size}"),
        (code == _PCM, f"Bad audio format for WAV: Expected 1 (PCM), but got {code}"),
        (channels >= 1, "Bad number of channels for WAV: Expected at least 1, but got 0"),
        (bits == _BITS, f"Can only read 16-bit WAV files, but received {bits}"),
        (per_frame == 2 * channels, "Bad bytes per sample in WAV header: Expected "
         f"{2 * channels} but got {per_frame}"),
        (per_second == per_frame * rate & 0xFFFFFFFF, "Bad bytes per second in WAV header: "
         f"Expected {per_frame * rate} but got {per_second}"),
    )  # fmt: skip
    for holds, message in checks:
        if not holds:
            raise InvalidArgumentError(message)
    return channels, rate, 20 + size


def _data(contents: bytes, place: int) -> bytes:
    """The one chunk of data; what other chunks there are is passed over."""
    found = None
    while place < len(contents):
        name, size = struct.unpack_from("<4sI", contents, place)
        place += 8
        if size > _LARGEST_CHUNK:
            raise InvalidArgumentError(
                f"WAV data chunk '{name.decode('latin-1')}' is too large: {size} bytes"
            )
        if name == b"data":
            if found is not None:
                raise InvalidArgumentError("More than one data chunk found in WAV")
            found = contents[place : place + size]
            if len(found) < size:
                raise InvalidArgumentError("Data too short when trying to read string")
        place += size
    if found is None:
        raise InvalidArgumentError("No data chunk found in WAV")
    return found


def write(samples: Array, rate: int) -> bytes:
    """The file of float32 samples [n, channels]; what is beyond [-1, 1] is cut off.

    Raises:
      InvalidArgumentError: there are no samples or channels, or the rate is not positive.
    """
    count, channels = samples.shape
    if not 0 < rate < 1 << 32:
        raise InvalidArgumentError(f"sample_rate must be in (0, 2^32), got: {rate}")
    if not 0 < channels < 1 << 16:
        raise InvalidArgumentError(f"num_channels must be in (0, 2^16), got: {channels}")
    if not count:
        raise InvalidArgumentError("num_frames must be positive.")
    scaled = samples * np.float32(1 << 15)
    # Halves go away from zero. The addition is exact in float64 only.
    rounded = np.trunc(scaled.astype(np.float64) + np.copysign(0.5, scaled))
    data = np.clip(np.nan_to_num(rounded, posinf=2e5, neginf=-2e5), -32768, 32767).astype("<i2")
    size = data.nbytes
    if size + 44 >= 1 << 32:
        raise InvalidArgumentError("Provided channels and frames cannot be encoded as a WAV.")
    per_frame = 2 * channels
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16, _PCM, channels, rate,
        rate * per_frame & 0xFFFFFFFF, per_frame, _BITS, b"data", size,
    )  # fmt: skip
    return header + data.tobytes()
