"""Batches of images, from arrays and from folders."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from flowgraph.keras.utils.data_utils import Sequence

_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff", ".gif")


class Iterator(Sequence):
    """Batches without end, in a new order in each epoch if asked for.

    Args:
      n: the number of images.
      batch_size: images in a batch.
      shuffle: whether their order changes.
      seed: of the order and of the changes.
    """

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.index_array: Any = None

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if index >= len(self):
            raise ValueError(
                f"Asked to retrieve element {index}, but the Sequence has length {len(self)}"
            )
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        start = self.batch_size * index
        return self._get_batches_of_transformed_samples(
            self.index_array[start : start + self.batch_size]
        )

    def on_epoch_end(self) -> None:
        """Draws a new order."""
        self._set_index_array()

    def reset(self) -> None:
        """Starts at the first batch."""
        self.batch_index = 0

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if self.batch_index == 0:
            if self.seed is not None:
                np.random.seed(self.seed + self.total_batches_seen)
            self._set_index_array()
        batch = self[self.batch_index]
        self.batch_index = (self.batch_index + 1) % len(self)
        return batch

    next = __next__

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not make batches")


def _subset(n: int, share: float, subset: str | None) -> slice:
    """Which images belong to "validation" (the first share) or "training"."""
    if subset is None:
        return slice(0, n)
    if subset not in ("training", "validation"):
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
    cut = int(n * share)
    return slice(0, cut) if subset == "validation" else slice(cut, n)


class NumpyArrayIterator(Iterator):
    """Batches of arrays; see `ImageDataGenerator.flow`."""

    def __init__(
        self, x: Any, y: Any, image_data_generator: Any, batch_size: int = 32,
        shuffle: bool = False, sample_weight: Any = None, seed: int | None = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png",
        subset: str | None = None, data_format: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if y is not None and len(x) != len(y):
            raise ValueError(
                "`x` (images tensor) and `y` (labels) should have the same length. Found: x.shape "
                f"= {np.shape(x)}, y.shape = {np.shape(y)}"
            )
        self.generator = image_data_generator
        part = _subset(len(x), image_data_generator.validation_split, subset)
        self.x = np.asarray(x, dtype=image_data_generator.dtype)[part]
        if self.x.ndim != 4:
            raise ValueError(
                "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with "
                f"shape {self.x.shape}"
            )
        self.y = None if y is None else np.asarray(y)[part]
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[part]
        self.save = save_to_dir, save_prefix, save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        images = [self._changed(self.x[j]) for j in index_array]
        batch = np.stack(images).astype(self.generator.dtype)
        if self.save[0]:
            _write(batch, index_array, self.save, self.generator.data_format)
        if self.y is None:
            return batch
        rest = () if self.sample_weight is None else (self.sample_weight[index_array],)
        return (batch, self.y[index_array], *rest)

    def _changed(self, x: Any) -> Any:
        return self.generator.standardize(self.generator.random_transform(x))


def _write(batch: Any, index_array: Any, save: Any, data_format: str) -> None:
    from flowgraph.keras.preprocessing import image

    folder, prefix, kind = save
    for j, x in zip(index_array, batch, strict=True):
        name = f"{prefix}_{j}_{np.random.randint(10000)}.{kind}"
        image.array_to_img(x, data_format, scale=True).save(os.path.join(folder, name))


def _images_below(directory: str, folder: str) -> list[str]:
    """The paths from `directory` on of the images in its `folder`, and in folders of that."""
    found = []
    for root, _, files in sorted(os.walk(os.path.join(directory, folder), followlinks=False)):
        here = os.path.relpath(root, directory)
        found += [os.path.join(here, f) for f in sorted(files) if f.lower().endswith(_ENDINGS)]
    return found


class DirectoryIterator(Iterator):
    """Batches of image files; see `ImageDataGenerator.flow_from_directory`."""

    def __init__(
        self, directory: str, image_data_generator: Any, target_size: Any = (256, 256),
        color_mode: str = "rgb", classes: Any = None, class_mode: Any = "categorical",
        batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png",
        subset: str | None = None, interpolation: str = "nearest",
    ) -> None:  # fmt: skip
        if class_mode not in ("categorical", "binary", "sparse", "input", None):
            raise ValueError(f"Invalid class_mode: {class_mode}")
        self.directory, self.generator = directory, image_data_generator
        self.target_size, self.color_mode = tuple(target_size), color_mode
        self.class_mode, self.interpolation = class_mode, interpolation
        self.save = save_to_dir, save_prefix, save_format
        if not classes:
            classes = sorted(
                d for d in os.listdir(directory) if os.path.isdir(os.path.join(directory, d))
            )
        self.num_classes = len(classes)
        self.class_indices = {name: i for i, name in enumerate(classes)}
        self.filenames: list[str] = []
        found: list[int] = []
        for name in classes:
            files = _images_below(directory, name)
            files = files[_subset(len(files), image_data_generator.validation_split, subset)]
            self.filenames += files
            found += [self.class_indices[name]] * len(files)
        self.classes = np.array(found, dtype="int32")
        self.samples = len(found)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        channels = {"rgb": 3, "rgba": 4, "grayscale": 1}[color_mode]
        first = image_data_generator.data_format == "channels_first"
        size = self.target_size
        self.image_shape = (channels, *size) if first else (*size, channels)
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def filepaths(self) -> list[str]:
        """The files' paths."""
        return [os.path.join(self.directory, f) for f in self.filenames]

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        from flowgraph.keras.preprocessing import image

        batch = np.zeros((len(index_array), *self.image_shape), dtype=self.generator.dtype)
        for place, j in enumerate(index_array):
            opened = image.load_img(
                os.path.join(self.directory, self.filenames[j]), color_mode=self.color_mode,
                target_size=self.target_size, interpolation=self.interpolation,
            )  # fmt: skip
            x = image.img_to_array(opened, self.generator.data_format)
            batch[place] = self.generator.standardize(self.generator.random_transform(x))
        if self.save[0]:
            _write(batch, index_array, self.save, self.generator.data_format)
        if self.class_mode is None:
            return batch
        return batch, self._targets(batch, index_array)

    def _targets(self, batch: Any, index_array: Any) -> Any:
        if self.class_mode == "input":
            return batch.copy()
        numbers = self.classes[index_array]
        if self.class_mode in ("binary", "sparse"):
            return numbers.astype(self.generator.dtype)
        rows = np.zeros((len(numbers), self.num_classes), dtype=self.generator.dtype)
        rows[np.arange(len(numbers)), numbers] = 1.0
        return rows
