"""Sound: damaged WAV files, bad attributes, and what a tone looks like."""

import io
import struct
import wave

import numpy as np
import pytest

import flowgraph as tf

BAD = tf.errors.InvalidArgumentError
FORMAT = {"size": 16, "code": 1, "channels": 2, "rate": 8000, "second": 32000, "frame": 4,
          "bits": 16}  # fmt: skip


def wav(data=b"\1\0\2\0", chunk=b"data", length=None, **changes):
    form = struct.pack("<IHHIIHH", *{**FORMAT, **changes}.values())
    size = len(data) if length is None else length
    return b"RIFF\0\0\0\0WAVEfmt " + form + chunk + struct.pack("<I", size) + data


def run(build, *values):
    with tf.Graph().as_default(), tf.Session() as session:
        kinds = [tf.string if isinstance(v, bytes) else np.asarray(v).dtype for v in values]
        inputs = [tf.placeholder(kind) for kind in kinds]
        return session.run(build(*inputs), dict(zip(inputs, values, strict=True)))


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "Data too short"),
        (b"RIFX" + wav()[4:], "Expected RIFF but found RIFX"),
        (wav()[:8] + b"AVI " + wav()[12:], "Expected WAVE but found AVI"),
        (wav()[:30], "Data too short"),
        (wav(size=20), "Expected 16 or 18, but got 20"),
        (wav(code=3), r"Expected 1 \(PCM\), but got 3"),
        (wav(channels=0), "at least 1, but got 0"),
        (wav(bits=8), "16-bit WAV files, but received 8"),
        (wav(frame=2), "Expected 4 but got 2"),
        (wav(second=1), "Expected 32000 but got 1"),
        (wav(length=5), "Data too short"),
        (wav(chunk=b"LIST"), "No data chunk"),
        (wav(data=b"\1\0\2\0data\0\0\0\0", length=4), "More than one data chunk"),
        (wav(length=2**31), "too large"),
    ],
)
def test_files_that_are_none_are_told(contents, message):
    with pytest.raises(BAD, match=message):
        run(tf.audio.decode_wav, contents)


@pytest.mark.parametrize(
    ("shape", "rate", "message"),
    [
        ((4,), 8000, "2-dimensional"),
        ((4, 2), 0, "sample_rate must be in"),
        ((4, 0), 8000, "num_channels must be in"),
        ((0, 1), 8000, "num_frames must be positive"),
    ],
)
def test_sound_that_cannot_be_written_is_told(shape, rate, message):
    with pytest.raises(BAD, match=message):
        run(tf.audio.encode_wav, np.zeros(shape, np.float32), np.int32(rate))


def test_what_is_known_is_refused_when_built():
    sound = np.zeros((9, 1), np.float32)
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="channels must be non-negative, got -2"):
            tf.audio.decode_wav("", desired_channels=-2)
        with pytest.raises(ValueError, match="rank 2"):
            tf.audio.encode_wav([1.0], 8000)
        for window, stride in ((1, 1), (4, 0)):
            with pytest.raises(ValueError, match="window_size > 1 and stride > 0"):
                tf.raw_ops.AudioSpectrogram(sound, window_size=window, stride=stride)


@pytest.mark.parametrize(
    "settings",
    [
        {"dct_coefficient_count": 0},
        {"dct_coefficient_count": 41},
        {"lower_frequency_limit": -1.0},
        {"upper_frequency_limit": 10.0},
    ],
)
def test_coefficients_that_cannot_be_are_told(settings):
    with pytest.raises(BAD, match="Mfcc initialization failed"):
        run(lambda x: tf.raw_ops.Mfcc(x, 16000, **settings), np.ones((1, 1, 65), np.float32))


def test_bands_beyond_the_spectrum_give_zeros_as_in_tensorflow():
    found = run(lambda x: tf.raw_ops.Mfcc(x, 4000), np.ones((1, 2, 65), np.float32))
    assert found.shape == (1, 2, 13) and not found.any()


def test_a_tone_has_its_frequency():
    times = np.arange(4000) / 8000
    tone = np.sin(2 * np.pi * 1000 * times).astype(np.float32)[:, None]
    found = run(lambda x: tf.raw_ops.AudioSpectrogram(x, window_size=256, stride=128), tone)
    assert found.shape == (1, 30, 129)
    assert (found.argmax(axis=2) == 32).all()  # of bins 8000 / 256 Hz apart


def test_the_standard_library_reads_the_file():
    sound = np.random.RandomState(0).uniform(-1, 1, (50, 2)).astype(np.float32)
    file = run(tf.audio.encode_wav, sound, np.int32(22050))
    with wave.open(io.BytesIO(file)) as read:
        assert read.getparams()[:4] == (2, 2, 22050, 50)
        samples = np.frombuffer(read.readframes(50), "<i2").reshape(50, 2)
    np.testing.assert_allclose(samples / 32768, sound, atol=1.01 / 32768)
