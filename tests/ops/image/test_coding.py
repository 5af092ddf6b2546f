"""Picture files: damaged ones, bad attributes, what TensorFlow's own values do not tell."""

import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf
from flowgraph.ops.image import _png
from flowgraph.ops.image import _png_filters as filters

BAD = tf.errors.InvalidArgumentError
FOLDER = Path(__file__).parents[2] / "golden" / "pictures"
FILES = {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def run(build, *values):
    with tf.Graph().as_default(), tf.Session() as session:
        kinds = [tf.string if isinstance(v, bytes) else np.asarray(v).dtype for v in values]
        inputs = [tf.placeholder(kind) for kind in kinds]
        return session.run(build(*inputs), dict(zip(inputs, values, strict=True)))


PNG, JPEG, GIF, BMP = (FILES[f] for f in ("color2_8.png", "rgb.jpg", "frames.gif", "3.bmp"))
ENDLESS = PNG[:33] + struct.pack(">I", 1 << 30) + PNG[37:]


def of_row(kind, color=2):
    """A PNG file of one pixel, with this filter."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, color, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes([kind, 1, 2, 3]))),
        (b"IEND", b""),
    )
    return _png.SIGNATURE + b"".join(_png._chunk(*part) for part in parts)


@pytest.mark.parametrize(
    ("build", "contents", "message"),
    [
        (tf.image.decode_png, b"", "got empty file"),
        (tf.image.decode_png, b"hello", "unknown format starting with b'hello'"),
        (tf.image.decode_png, BMP, "got BMP"),
        (tf.image.decode_png, PNG[:8], "ends too early"),
        (tf.image.decode_png, PNG[:-20], "ends too early"),
        (tf.image.decode_png, ENDLESS, "ends too early"),
        (tf.image.decode_png, PNG[:20] + b"x" + PNG[21:], "check sum of b'IHDR' is wrong"),
        (tf.image.decode_png, of_row(5), "a row's filter is 5"),
        (tf.image.decode_png, of_row(0, 3), "no palette"),
        (tf.image.decode_png, of_row(0, 5), "colour type 5 of 8 bits is unknown"),
        (tf.image.decode_png, of_row(0, 6), "fewer rows"),
        (lambda x: tf.image.decode_png(x, channels=2), PNG, "0, 1, 3 or 4, got 2"),
        (lambda x: tf.image.decode_png(x, dtype=tf.uint16), JPEG, "JPEG does not support uint16"),
        (tf.image.decode_png, GIF, "Got 3 frames, but animated gifs"),
        (lambda x: tf.image.decode_png(x, 1), FILES["one.gif"], "0 or 3 for GIF, got 1"),
        (lambda x: tf.image.decode_jpeg(x, 4), JPEG, "0, 1 or 3 for JPEG, got 4"),
        (lambda x: tf.image.decode_jpeg(x, ratio=3), JPEG, "ratio must be 1, 2, 4, or 8, got 3"),
        (lambda x: tf.image.decode_jpeg(x, dct_method="SLOW"), JPEG, "dct_method must be one"),
        (tf.image.decode_jpeg, JPEG[:-200], "Invalid JPEG data"),
        (tf.image.decode_jpeg, JPEG[:40], "Invalid JPEG data"),
        (tf.image.extract_jpeg_shape, JPEG[:40], "Invalid JPEG data, size 40"),
        (tf.image.extract_jpeg_shape, PNG, "Invalid JPEG data"),
        (tf.image.decode_gif, GIF[:50], "Invalid GIF data"),
        (tf.image.decode_gif, GIF[:-100], "Invalid GIF data"),
        (tf.image.decode_gif, GIF[:13] + b";", "Invalid GIF data"),
        (tf.image.decode_gif, b"GIF89a\1\0\1\0\0\0\0;", "does not contain any image"),
        (tf.image.decode_gif, b"GIF89a\1\0\1\0\0\0\0\7", "unknown kind 7"),
        (tf.image.decode_bmp, BMP[:31], "requires at least 32 bytes"),
        (tf.image.decode_bmp, BMP[:70], "got 70 bytes"),
        (lambda x: tf.image.decode_bmp(x, 4), BMP, "channels attribute 4 does not match"),
        (lambda x: tf.image.decode_bmp(x, 2), BMP, "0, 1, 3 or 4, got 2"),
        (tf.image.decode_bmp, BMP[:28] + b"\x10" + BMP[29:], "must be 1, 3 or 4, was 2"),
        (tf.image.decode_bmp, BMP[:18] + bytes(4) + BMP[22:], "Width must be positive"),
        (tf.image.decode_image, b"what", "unknown format"),
    ],
)
def test_files_that_are_none_are_told(build, contents, message):
    with pytest.raises(BAD, match=message):
        run(build, contents)


@pytest.mark.parametrize(
    ("build", "shape", "message"),
    [
        (tf.image.encode_png, (3, 3), "must be 3-dimensional"),
        (tf.image.encode_png, (3, 3, 5), "one of 1, 2, 3, 4 channels"),
        (tf.image.encode_png, (0, 3, 3), "must not be empty"),
        (lambda x: tf.image.encode_png(x, compression=10), (3, 3, 3), r"\[-1,9\], got 10"),
        (tf.image.encode_jpeg, (3, 3, 2), "one of 1, 3 channels"),
        (lambda x: tf.image.encode_jpeg(x, format="rgb"), (3, 3, 1), "one of 3 channels"),
        (lambda x: tf.image.encode_jpeg(x, quality=101), (3, 3, 3), r"\[0,100\], got 101"),
        (lambda x: tf.image.adjust_jpeg_quality(x, 101), (3, 3, 3), r"\[0,100\], got 101"),
    ],
)
def test_pictures_that_cannot_be_written_are_told(build, shape, message):
    with pytest.raises(BAD, match=message):
        run(build, np.zeros(shape, np.uint8))


def test_what_is_known_is_refused_when_built():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="rank 0"):
            tf.image.decode_png(["a"])
        with pytest.raises(ValueError, match="non-negative, got -1"):
            tf.image.decode_png("a", channels=-1)
        with pytest.raises(ValueError, match="rank 3"):
            tf.image.encode_png(np.zeros([2, 2], np.uint8))
        with pytest.raises(ValueError, match="must be 4 but is 3"):
            tf.image.decode_and_crop_jpeg("a", [1, 2, 3])
        with pytest.raises(ValueError, match="channels must be in"):
            tf.image.decode_image("a", channels=2)
        with pytest.raises(ValueError, match="between 0 and 100"):
            tf.image.random_jpeg_quality(tf.zeros([2, 2, 3]), 50, 101)
        with pytest.raises(ValueError, match="less than"):
            tf.image.random_jpeg_quality(tf.zeros([2, 2, 3]), 50, 50)


@pytest.mark.parametrize("window", [[-1, 0, 2, 2], [0, 0, 0, 2], [20, 0, 2, 2], [0, 30, 2, 6]])
def test_a_window_must_be_inside(window):
    with pytest.raises(BAD, match="is not inside of 21 by 35 pixels"):
        run(lambda x: tf.image.decode_and_crop_jpeg(x, window), JPEG)


def test_a_cut_jpeg_gives_what_is_there():
    whole = run(tf.image.decode_jpeg, JPEG)
    part = run(lambda x: tf.image.decode_jpeg(x, try_recover_truncated=True), JPEG[:-120])
    assert part.shape == whole.shape
    assert (part[:8] == whole[:8]).all() and (part[-1] != whole[-1]).any()


def test_jpeg_metadata():
    def write(image):
        return tf.image.encode_jpeg(
            image, density_unit="cm", x_density=12, y_density=34, xmp_metadata="<xmp/>"
        )

    from PIL import Image

    file = run(write, np.zeros((4, 4, 3), np.uint8))
    with Image.open(io.BytesIO(file)) as image:
        assert image.info["jfif_unit"] == 2 and image.info["jfif_density"] == (12, 34)
        assert image.info["xmp"] == b"<xmp/>"


def test_without_pillow_the_op_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    for build, value in ((tf.image.decode_jpeg, JPEG),
                         (tf.image.encode_jpeg, np.zeros((2, 2, 3), np.uint8))):  # fmt: skip
        with pytest.raises(tf.errors.UnimplementedError, match="pip install pillow"):
            run(build, value)
    assert run(tf.image.decode_png, PNG).shape == (9, 11, 3)
    assert run(tf.image.extract_jpeg_shape, JPEG).tolist() == [21, 35, 3]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(1, 4), st.sampled_from([np.uint8, np.uint16]))
def test_png_there_and_back(seed, channels, dtype):
    rng = np.random.RandomState(seed)
    height, width = rng.randint(1, 120), rng.randint(1, 12)
    steps = rng.randint(-3, 4, (height, width, channels)).cumsum(0).cumsum(1)
    picture = steps.astype(dtype)
    assert (_png.read(_png.write(picture), 0, np.dtype(dtype)) == picture).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(1, 8))
def test_both_ways_to_remove_filters_agree(seed, step):
    rng = np.random.RandomState(seed)
    pixels = rng.randint(0, 256, (rng.randint(1, 9), rng.randint(1, 9), step)).astype(np.uint8)
    kinds = rng.randint(0, 5, len(pixels)).astype(np.uint8)
    by_row, by_diagonal = filters._by_row(kinds, pixels), filters._by_diagonal(kinds, pixels)
    assert (by_row == by_diagonal).all()


def test_pillow_reads_the_pngs():
    from PIL import Image

    picture = np.random.RandomState(0).randint(0, 256, (30, 20, 3)).astype(np.uint8)
    file = run(tf.image.encode_png, picture)
    with Image.open(io.BytesIO(file)) as image:
        assert (np.asarray(image) == picture).all()
