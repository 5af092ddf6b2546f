"""The MNIST digits as data sets that hand out batches."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from flowgraph.contrib.learn.datasets import base
from flowgraph.core import dtypes
from flowgraph.core.errors import DataLossError, NotFoundError
from flowgraph.ops.random.seeds import get_seed
from flowgraph.platform import gfile

DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
# Places that have had the same four files: what is shipped stands in for each of them.
_MIRRORS = {
    DEFAULT_SOURCE_URL,
    "http://yann.lecun.com/exdb/mnist/",
    "https://yann.lecun.com/exdb/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
}
SHIPPED = Path(__file__).resolve().parents[3] / "examples" / "data" / "mnist"
_FILES = (
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
)  # fmt: skip
_IMAGES, _LABELS = 2051, 2049  # the numbers that the two kinds of files begin with
_PIXELS = 784


def extract_images(f: Any) -> np.ndarray[Any, Any]:
    """The images in an idx file, gzipped or not: uint8 [number, rows, columns, 1].

    Args:
        f: a file open for reading bytes, with a `name`.

    Raises:
        ValueError: the file does not begin with 2051.
        DataLossError: it is damaged.
    """
    return _read_idx(f, _IMAGES, "image")[..., np.newaxis]


def extract_labels(f: Any, one_hot: bool = False, num_classes: int = 10) -> np.ndarray[Any, Any]:
    """The labels in an idx file, gzipped or not: uint8 [number].

    Args:
        f: a file open for reading bytes, with a `name`.
        one_hot: whether each label becomes a row of `num_classes` zeros with a one in it.
        num_classes: the length of such a row.

    Raises:
        ValueError: the file does not begin with 2049.
        DataLossError: it is damaged.
    """
    labels = _read_idx(f, _LABELS, "label")
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def _read_idx(f: Any, magic: int, kind: str) -> np.ndarray[Any, Any]:
    print("Extracting", f.name)
    content = f.read()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise DataLossError(
                None, None, f"{f.name}: a truncated or damaged gzip file: {error}"
            ) from None
    found = int.from_bytes(content[:4], "big")
    if found != magic:
        raise ValueError(f"Invalid magic number {found} in MNIST {kind} file: {f.name}")
    rank = magic & 0xFF
    start = 4 + 4 * rank
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    size = int(np.prod(shape))
    if len(content) < start + size:
        raise DataLossError(
            None, None,
            f"{f.name}: expected {size} bytes for {kind}s of shape {shape}, found "
            f"{max(0, len(content) - start)}",
        )  # fmt: skip
    return np.frombuffer(content, np.uint8, size, start).reshape(shape)


def dense_to_one_hot(labels_dense: Any, num_classes: int) -> np.ndarray[Any, Any]:
    """float64 rows of zeros with a one at each label."""
    return np.eye(num_classes)[np.ravel(labels_dense)]


class DataSet:
    """Images and labels, handed out in batches (tensorflow.examples.tutorials.mnist).

    The order is numpy's: it is seeded here, with `seed` or else the graph's, and shuffled by
    `numpy.random.shuffle` before the first batch and after each epoch.

    Args:
        images: uint8 [number, rows, columns, 1].
        labels: one for each image.
        fake_data: whether there are no data and `next_batch(fake_data=True)` makes them up.
        one_hot: whether made-up labels are rows.
        dtype: tf.uint8 for 0 to 255 or tf.float32 for 0 to 1.
        reshape: whether images become rows of pixels.
        seed: of the order.

    Raises:
        TypeError: another dtype.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = dtypes.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        graph_seed, op_seed = get_seed(seed)
        np.random.seed(graph_seed if seed is None else op_seed)
        dtype = dtypes.as_dtype(dtype).base_dtype
        if dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        self.one_hot = one_hot
        if fake_data:
            self._num_examples = 10000
        else:
            self._num_examples = len(images)
            images = _prepared(images, labels, dtype, reshape)
        self._images = images
        self._labels = labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self) -> Any:
        """All images, in the present order."""
        return self._images

    @property
    def labels(self) -> Any:
        """All labels, in the present order."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How often all images have been handed out."""
        return self._epochs_completed

    def _shuffle(self) -> None:
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images = self._images[order]
        self._labels = self._labels[order]

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Any, Any]:
        """The next images and their labels; past the end they go on with the next epoch's."""
        if fake_data:
            label = [1] + [0] * 9 if self.one_hot else 0
            return [[1] * _PIXELS for _ in range(batch_size)], [label for _ in range(batch_size)]
        start = self._index_in_epoch
        if self._epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        end = start + batch_size
        if end <= self._num_examples:
            self._index_in_epoch = end
            return self._images[start:end], self._labels[start:end]
        self._epochs_completed += 1
        images, labels = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        self._index_in_epoch = end = end - self._num_examples
        return (
            np.concatenate((images, self._images[:end])),
            np.concatenate((labels, self._labels[:end])),
        )


def _prepared(images: Any, labels: Any, dtype: Any, reshape: bool) -> Any:
    if images.shape[0] != labels.shape[0]:
        raise AssertionError(f"images.shape: {images.shape} labels.shape: {labels.shape}")
    if reshape:
        if images.shape[3] != 1:
            raise AssertionError(f"expected images of one channel, got shape {images.shape}")
        images = images.reshape(images.shape[0], images.shape[1] * images.shape[2])
    if dtype == dtypes.float32:
        images = np.multiply(images.astype(np.float32), 1.0 / 255.0)
    return images


def read_data_sets(
    train_dir: Any,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = dtypes.float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> base.Datasets:
    """The digits to train on, to choose by (the first `validation_size`) and to test on.

    They are read from the idx files in a directory, gzipped or not. Where it has none of them,
    they are the digits that ship with flowgraph, or, of another `source_url` than MNIST's own,
    downloaded.

    Args:
        train_dir: the directory.
        fake_data: whether `next_batch(fake_data=True)` will make data up, and none are read.
        one_hot: whether labels become rows of ten.
        dtype: tf.uint8 for 0 to 255 or tf.float32 for 0 to 1.
        reshape: whether images become rows of 784 pixels.
        validation_size: how many images are taken from those to train on.
        seed: of the order of the batches.
        source_url: where the four files are downloaded from, with a slash at its end.

    Raises:
        NotFoundError: the directory has some of the files and not others.
        UnavailableError: they cannot be downloaded.
        ValueError: a file is another one, or `validation_size` is out of range.
    """
    options = {"dtype": dtype, "seed": seed}
    if fake_data:
        fakes = [DataSet([], [], fake_data=True, one_hot=one_hot, **options) for _ in range(3)]
        return base.Datasets(*fakes)
    paths = _paths(train_dir, source_url or DEFAULT_SOURCE_URL)
    data = []
    for path in paths:
        with gfile.Open(path, "rb") as f:
            data.append(extract_images(f) if "images" in path else extract_labels(f, one_hot))
    images, labels, test_images, test_labels = data
    if not 0 <= validation_size <= len(images):
        raise ValueError(
            f"Validation size should be between 0 and {len(images)}. Received: {validation_size}."
        )
    train = DataSet(images[validation_size:], labels[validation_size:], reshape=reshape, **options)
    validation = DataSet(
        images[:validation_size], labels[:validation_size], reshape=reshape, **options
    )
    test = DataSet(test_images, test_labels, reshape=reshape, **options)
    return base.Datasets(train=train, validation=validation, test=test)


def _paths(folder: Any, source_url: str) -> list[str]:
    """Where the four files are: in the directory, or else shipped, or else downloaded to it."""
    folder = os.fspath(folder)
    found = [_find(folder, name) for name in _FILES]
    if source_url not in _MIRRORS:
        return [
            path or base.maybe_download(f"{name}.gz", folder, f"{source_url}{name}.gz")
            for path, name in zip(found, _FILES, strict=True)
        ]
    if not any(found):
        return [str(SHIPPED / f"{name}.gz") for name in _FILES]
    for path, name in zip(found, _FILES, strict=True):
        if path is None:
            raise NotFoundError(
                None, None,
                f"{os.path.join(folder, name)}.gz; No such file, while other files of MNIST are "
                "there. Put all four in the directory, or none, to get the digits shipped here.",
            )  # fmt: skip
    return [path for path in found if path]


def _find(folder: str, name: str) -> str | None:
    """The file of this name, of the names under which MNIST is handed round."""
    for spelled in (name, name.replace("-idx", ".idx")):
        for ending in (".gz", ""):
            path = os.path.join(folder, spelled + ending)
            if os.path.isfile(path):
                return path
    return None


def load_mnist(train_dir: Any = "MNIST-data") -> base.Datasets:
    """See `read_data_sets`."""
    return read_data_sets(train_dir)
