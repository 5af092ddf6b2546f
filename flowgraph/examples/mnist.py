"""The MNIST digits: a reader of idx files, and the 70,000 pictures shipped beside it.

Depends on numpy alone. A file that is missing, damaged or something else raises `DataError` with
one line that says which file, what was expected and what was found.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHIPPED = Path(__file__).parent / "data" / "mnist"
IMAGES_MAGIC = 0x00000803  # unsigned bytes, three dimensions
LABELS_MAGIC = 0x00000801  # unsigned bytes, one dimension
SIDE = 28
CLASSES = 10


class DataError(ValueError):
    """A data file is missing or is not what it should be; the message is one line."""


@dataclass(frozen=True, slots=True)
class Mnist:
    """The digits: images are uint8 [n, 28, 28] (0 paper, 255 ink), labels uint8 [n] in 0..9."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    def head(self, train: int | None = None, test: int | None = None) -> Mnist:
        """The first `train` and `test` digits; None keeps them all.

        Raises:
            DataError: more are asked for than there are.
        """
        for kind, wanted, there in (
            ("training", train, len(self.train_labels)),
            ("test", test, len(self.test_labels)),
        ):
            if wanted is not None and wanted > there:
                raise DataError(f"expected {wanted:,} {kind} digits, found {there:,}")
        return Mnist(
            self.train_images[:train],
            self.train_labels[:train],
            self.test_images[:test],
            self.test_labels[:test],
        )


def load(directory: str | Path | None = None) -> Mnist:
    """Reads the four files of MNIST (or of a data set in its format).

    Args:
        directory: where `train-images-idx3-ubyte` and its three companions are, gzipped (`.gz`)
            or not; `train-images.idx3-ubyte` is accepted too. None: the digits shipped here.

    Raises:
        DataError: a file is missing, truncated or of another kind, or images and labels do not
            belong together.

    >>> load().train_images.shape
    (60000, 28, 28)
    """
    folder = SHIPPED if directory is None else Path(directory)
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise DataError(f"{folder}: expected a directory with the MNIST files, found {found}")
    return Mnist(*_read_pair(folder, "train"), *_read_pair(folder, "t10k"))


def read_idx(path: str | Path, magic: int) -> np.ndarray:
    """Reads one idx file of unsigned bytes.

    Args:
        path: the file; gzip is recognised by its first bytes, whatever the file's name.
        magic: the number that the file must start with; its last byte is the rank.

    Returns:
        A uint8 array of the rank and the shape that the file declares.

    Raises:
        DataError: the file cannot be read, has another magic number or another length.
    """
    path = Path(path)
    content = _content(path)
    rank = magic & 0xFF
    header = 4 + 4 * rank
    if len(content) < header:
        raise DataError(
            f"{path}: expected an idx header of {header} bytes, found a file of {len(content)}"
        )
    numbers = [int(n) for n in np.frombuffer(content, ">u4", 1 + rank)]
    if numbers[0] != magic:
        raise DataError(f"{path}: expected magic number {magic:#010x}, found {numbers[0]:#010x}")
    shape = tuple(numbers[1:])
    expected = math.prod(shape)
    found = len(content) - header
    if found != expected:
        sizes = "x".join(map(str, shape))
        cut = " (truncated?)" if found < expected else ""
        raise DataError(
            f"{path}: expected {expected:,} bytes of data for {sizes}, found {found:,}{cut}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _content(path: Path) -> bytes:
    """The file's bytes, unpacked when they are gzipped."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path}: expected a readable file, found: {reason}") from None
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"{path}: expected a whole gzip file, found a truncated or damaged one ({error})"
        ) from None


def _read_pair(folder: Path, prefix: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of one half of the data, checked against each other."""
    images_path = _find(folder, f"{prefix}-images", "idx3-ubyte")
    labels_path = _find(folder, f"{prefix}-labels", "idx1-ubyte")
    images = read_idx(images_path, IMAGES_MAGIC)
    labels = read_idx(labels_path, LABELS_MAGIC)
    if images.shape[1:] != (SIDE, SIDE):
        found = "x".join(map(str, images.shape[1:]))
        raise DataError(f"{images_path}: expected images of {SIDE}x{SIDE}, found {found}")
    if len(images) == 0:
        raise DataError(f"{images_path}: expected at least one image, found none")
    if len(images) != len(labels):
        raise DataError(
            f"{labels_path}: expected {len(images):,} labels, one for each image of "
            f"{images_path.name}, found {len(labels):,}"
        )
    if labels.max() >= CLASSES:
        raise DataError(f"{labels_path}: expected labels from 0 to 9, found {labels.max()}")
    return images, labels


def _find(folder: Path, stem: str, kind: str) -> Path:
    """The first file there is, of the names under which MNIST is handed round."""
    for path in _candidates(folder, stem, kind):
        if path.is_file():
            return path
    raise DataError(
        f"{folder / f'{stem}-{kind}'}: expected this file (or with .gz, or {stem}.{kind}), "
        "found nothing of that name"
    )


def _candidates(folder: Path, stem: str, kind: str) -> Iterator[Path]:
    for joint in "-.":
        for ending in ("", ".gz"):
            yield folder / f"{stem}{joint}{kind}{ending}"
