"""The reader of the MNIST files: what it accepts, and what it says of what it does not."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from flowgraph.examples import mnist

TRAIN_IMAGES = "train-images-idx3-ubyte"
NAMES = (
    TRAIN_IMAGES,
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx(array):
    """The array as the bytes of an idx file."""
    header = struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path):
    """A directory with a small data set: 5 training digits and 3 test digits."""
    random = np.random.default_rng(0)
    for prefix, count in (("train", 5), ("t10k", 3)):
        images = random.integers(0, 256, (count, 28, 28))
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(idx(images))
        (tmp_path / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(np.arange(count)))
    return tmp_path


def error_of(folder):
    """The one line with which `load` refuses the directory."""
    with pytest.raises(mnist.DataError) as caught:
        mnist.load(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_shipped_digits_are_the_original_ones():
    digits = mnist.load()

    assert digits.train_images.shape == (60000, 28, 28)
    assert digits.test_images.shape == (10000, 28, 28)
    assert digits.train_images.dtype == digits.train_labels.dtype == np.uint8
    assert digits.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    packed = (mnist.SHIPPED / f"{TRAIN_IMAGES}.gz").read_bytes()
    assert hashlib.md5(gzip.decompress(packed)).hexdigest() == "6bbc9ace898e44ae57da46a324031adb"


def test_files_may_be_gzipped_or_not_under_both_names(folder):
    plain = mnist.load(folder)
    for name in NAMES:
        packed = gzip.compress((folder / name).read_bytes())
        (folder / name).unlink()
        (folder / (name.replace("-idx", ".idx") + ".gz")).write_bytes(packed)

    packed = mnist.load(folder)

    np.testing.assert_array_equal(packed.train_images, plain.train_images)
    np.testing.assert_array_equal(packed.test_labels, [0, 1, 2])


def test_a_missing_directory(tmp_path):
    message = error_of(tmp_path / "nowhere")
    assert message == (
        f"{tmp_path / 'nowhere'}: expected a directory with the MNIST files, found nothing"
    )


def test_a_missing_file(folder):
    (folder / NAMES[1]).unlink()
    assert error_of(folder) == (
        f"{folder / NAMES[1]}: expected this file (or with .gz, or train-labels.idx1-ubyte), "
        "found nothing of that name"
    )


def test_a_truncated_file(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:-100])
    assert error_of(folder) == (
        f"{path}: expected 3,920 bytes of data for 5x28x28, found 3,820 (truncated?)"
    )


def test_a_file_cut_within_its_header(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:7])
    assert error_of(folder) == f"{path}: expected an idx header of 16 bytes, found a file of 7"


def test_a_file_with_more_than_it_declares(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes(path.read_bytes() + b"more")
    assert error_of(folder) == f"{path}: expected 3,920 bytes of data for 5x28x28, found 3,924"


def test_a_truncated_gzip_file(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes(gzip.compress(path.read_bytes())[:-20])
    assert error_of(folder).startswith(
        f"{path}: expected a whole gzip file, found a truncated or damaged one ("
    )


@pytest.mark.parametrize("position", range(0, 3000, 150))
def test_a_damaged_gzip_file_is_an_error_and_never_other_digits(folder, position):
    path = folder / TRAIN_IMAGES
    packed = bytearray(gzip.compress(path.read_bytes()))
    whole = mnist.load(folder).train_images
    packed[position] ^= 0xFF
    path.write_bytes(packed)
    try:
        np.testing.assert_array_equal(mnist.load(folder).train_images, whole)
    except mnist.DataError as error:
        assert "\n" not in str(error)


def test_a_wrong_magic_number(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes((folder / NAMES[1]).read_bytes() + bytes(20))
    assert error_of(folder) == f"{path}: expected magic number 0x00000803, found 0x00000801"


def test_another_size_of_images(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes(idx(np.zeros((5, 32, 32))))
    assert error_of(folder) == f"{path}: expected images of 28x28, found 32x32"


def test_other_counts_of_images_and_labels(folder):
    path = folder / NAMES[1]
    path.write_bytes(idx(np.arange(4)))
    assert error_of(folder) == (
        f"{path}: expected 5 labels, one for each image of {TRAIN_IMAGES}, found 4"
    )


def test_a_label_that_is_no_digit(folder):
    path = folder / NAMES[1]
    path.write_bytes(idx(np.full(5, 17)))
    assert error_of(folder) == f"{path}: expected labels from 0 to 9, found 17"


def test_no_images_at_all(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes(idx(np.zeros((0, 28, 28))))
    assert error_of(folder) == f"{path}: expected at least one image, found none"


def test_more_digits_asked_for_than_there_are(folder):
    with pytest.raises(mnist.DataError, match="^expected 6 training digits, found 5$"):
        mnist.load(folder).head(6)
    assert len(mnist.load(folder).head(2, 1).test_labels) == 1
