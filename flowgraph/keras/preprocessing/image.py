"""Images from files and arrays, and random changes of them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from flowgraph.keras import backend as K
from flowgraph.keras.preprocessing import affine
from flowgraph.keras.preprocessing.affine import (  # noqa: F401
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)  # fmt: skip
from flowgraph.keras.preprocessing.iterators import (
    DirectoryIterator,
    Iterator,
    NumpyArrayIterator,
)  # fmt: skip

_RESAMPLING = ("nearest", "bilinear", "bicubic", "lanczos", "box", "hamming")


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "Could not import PIL.Image. The use of `load_img` and `array_to_img` requires Pillow: "
            "pip install 'flowgraph[image]'."
        ) from None
    return Image


def load_img(
    path: Any, grayscale: bool = False, color_mode: str = "rgb", target_size: Any = None,
    interpolation: str = "nearest",
) -> Any:  # fmt: skip
    """An image file as a Pillow image.

    Args:
      path: the file.
      grayscale: the old form of color_mode="grayscale".
      color_mode: "rgb", "rgba" or "grayscale".
      target_size: (height, width) to scale to.
      interpolation: how to scale: "nearest", "bilinear", "bicubic", "lanczos", "box", "hamming".

    Raises:
      ImportError: Pillow is not installed.
      FileNotFoundError, PIL.UnidentifiedImageError: there is no such file, or it is no image.
    """
    modes = {"grayscale": "L", "rgba": "RGBA", "rgb": "RGB"}
    color_mode = "grayscale" if grayscale else color_mode
    if color_mode not in modes:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    image_module = _pillow()
    with image_module.open(path) as opened:
        image = opened.convert(modes[color_mode])
    if target_size is not None:
        size = (target_size[1], target_size[0])
        if image.size != size:
            if interpolation not in _RESAMPLING:
                raise ValueError(
                    f"Invalid interpolation method {interpolation} specified. Supported methods "
                    f"are {', '.join(_RESAMPLING)}"
                )
            image = image.resize(size, getattr(image_module.Resampling, interpolation.upper()))
    return image


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """A Pillow image as an array (height, width, channels), or channels first."""
    x = np.asarray(img, dtype=dtype or K.floatx())
    if x.ndim == 2:
        x = x[..., np.newaxis]
    if x.ndim != 3:
        raise ValueError(f"Unsupported image shape: {x.shape}")
    first = (data_format or K.image_data_format()) == "channels_first"
    return x.transpose(2, 0, 1) if first else x


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """An array as a Pillow image; `scale`: its least value black, its largest white."""
    x = np.asarray(x, dtype=dtype or K.floatx())
    if x.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}"
        )
    if (data_format or K.image_data_format()) == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - x.min()
        x = x / (x.max() or 1) * 255
    modes = {1: "L", 3: "RGB", 4: "RGBA"}
    if x.shape[2] not in modes:
        raise ValueError("Unsupported channel number: ", x.shape[2])
    data = x[..., 0] if x.shape[2] == 1 else x
    return _pillow().fromarray(data.astype("uint8"), modes[x.shape[2]])


def save_img(
    path: Any, x: Any, data_format: str | None = None, file_format: str | None = None,
    scale: bool = True, **kwargs: Any,
) -> None:  # fmt: skip
    """Writes an array as an image file."""
    image = array_to_img(x, data_format, scale=scale)
    if image.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)


class ImageDataGenerator:
    """Batches of images, changed at random (tf.keras.preprocessing.image.ImageDataGenerator).

    Args are those of Keras: statistics of the data (`featurewise_center`,
    `featurewise_std_normalization`, `samplewise_center`, `samplewise_std_normalization`,
    `zca_whitening`, `zca_epsilon`), random changes (`rotation_range`, `width_shift_range`,
    `height_shift_range`, `brightness_range`, `shear_range`, `zoom_range`, `channel_shift_range`,
    `horizontal_flip`, `vertical_flip`), how places outside are filled (`fill_mode`, `cval`), and
    `rescale`, `preprocessing_function`, `data_format`, `validation_split`, `dtype`.
    """

    def __init__(
        self, featurewise_center: bool = False, samplewise_center: bool = False,
        featurewise_std_normalization: bool = False, samplewise_std_normalization: bool = False,
        zca_whitening: bool = False, zca_epsilon: float = 1e-6, rotation_range: float = 0,
        width_shift_range: Any = 0.0, height_shift_range: Any = 0.0, brightness_range: Any = None,
        shear_range: float = 0.0, zoom_range: Any = 0.0, channel_shift_range: float = 0.0,
        fill_mode: str = "nearest", cval: float = 0.0, horizontal_flip: bool = False,
        vertical_flip: bool = False, rescale: Any = None, preprocessing_function: Any = None,
        data_format: str | None = None, validation_split: float = 0.0, dtype: Any = None,
    ) -> None:  # fmt: skip
        given = {k: v for k, v in locals().items() if k != "self"}
        self.__dict__.update(given)
        self.data_format = data_format or K.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or '
                '`"channels_first"` (channel before row and column). Received: '
                f"{self.data_format}"
            )
        self.dtype = dtype or K.floatx()
        self.channel_axis, self.row_axis, self.col_axis = (
            (1, 2, 3) if self.data_format == "channels_first" else (3, 1, 2)
        )
        if not 0 <= validation_split < 1:
            raise ValueError(
                f"`validation_split` must be strictly between 0 and 1. Received: {validation_split}"
            )
        self.mean = self.std = self.principal_components = None
        if isinstance(zoom_range, (int, float)):
            self.zoom_range = [1 - zoom_range, 1 + zoom_range]
        elif len(zoom_range) == 2:
            self.zoom_range = list(zoom_range)
        else:
            raise ValueError(
                "`zoom_range` should be a float or a tuple or list of two floats. Received: "
                f"{zoom_range}"
            )
        self.featurewise_center = (
            featurewise_center or zca_whitening or featurewise_std_normalization
        )
        self.samplewise_center = samplewise_center or samplewise_std_normalization

    # --- batches -------------------------------------------------------------------------------
    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True,
        sample_weight: Any = None, seed: int | None = None, save_to_dir: Any = None,
        save_prefix: str = "", save_format: str = "png", subset: str | None = None,
    ) -> Iterator:  # fmt: skip
        """Batches of arrays."""
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, save_to_dir, save_prefix,
            save_format, subset,
        )  # fmt: skip

    def flow_from_directory(
        self, directory: Any, target_size: Any = (256, 256), color_mode: str = "rgb",
        classes: Any = None, class_mode: Any = "categorical", batch_size: int = 32,
        shuffle: bool = True, seed: int | None = None, save_to_dir: Any = None,
        save_prefix: str = "", save_format: str = "png", follow_links: bool = False,
        subset: str | None = None, interpolation: str = "nearest",
    ) -> Iterator:  # fmt: skip
        """Batches of image files, whose folder is their class."""
        return DirectoryIterator(
            os.fspath(directory), self, target_size, color_mode, classes, class_mode, batch_size,
            shuffle, seed, save_to_dir, save_prefix, save_format, subset, interpolation,
        )  # fmt: skip

    # --- one image -----------------------------------------------------------------------------
    def standardize(self, x: Any) -> Any:
        """An image rescaled and normalized."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + 1e-6)
        for wanted, value, apply in (
            (self.featurewise_center, self.mean, np.subtract),
            (self.featurewise_std_normalization, self.std, lambda a, b: np.divide(a, b + 1e-6)),
        ):
            if wanted and value is not None:
                x = apply(x, value)
            elif wanted:
                raise ValueError(
                    "This ImageDataGenerator specifies featurewise statistics, but it hasn't been "
                    "fit on any training data. Fit it first by calling `.fit(numpy_data)`."
                )
        if self.zca_whitening and self.principal_components is not None:
            x = np.dot(np.reshape(x, (-1, x.size)), self.principal_components).reshape(x.shape)
        return x

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """Random numbers for one image."""
        if seed is not None:
            np.random.seed(seed)
        rows, columns = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        theta = np.random.uniform(-self.rotation_range, self.rotation_range) if (
            self.rotation_range) else 0  # fmt: skip
        tx = _shift(self.height_shift_range, rows)
        ty = _shift(self.width_shift_range, columns)
        shear = np.random.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        low, high = self.zoom_range
        zx, zy = (1, 1) if low == high == 1 else np.random.uniform(low, high, 2)
        found = {
            "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy,
            "flip_horizontal": (np.random.random() < 0.5) * self.horizontal_flip,
            "flip_vertical": (np.random.random() < 0.5) * self.vertical_flip,
        }  # fmt: skip
        limit = self.channel_shift_range
        found["channel_shift_intensity"] = np.random.uniform(-limit, limit) if limit else None
        found["brightness"] = (
            np.random.uniform(*self.brightness_range) if self.brightness_range else None
        )
        return found

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> Any:
        """An image changed by given numbers."""
        p = transform_parameters
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = affine.apply_affine_transform(
            x, p.get("theta", 0), p.get("tx", 0), p.get("ty", 0), p.get("shear", 0),
            p.get("zx", 1), p.get("zy", 1), row_axis=row, col_axis=column, channel_axis=channel,
            fill_mode=self.fill_mode, cval=self.cval,
        )  # fmt: skip
        if p.get("channel_shift_intensity") is not None:
            x = affine.apply_channel_shift(x, p["channel_shift_intensity"], channel)
        if p.get("flip_horizontal"):
            x = np.flip(x, column)
        if p.get("flip_vertical"):
            x = np.flip(x, row)
        if p.get("brightness") is not None:
            x = affine.apply_brightness_shift(x, p["brightness"])
        return x

    def random_transform(self, x: Any, seed: int | None = None) -> Any:
        """An image changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Computes the statistics that featurewise changes need from images (samples, ...)."""
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(
                f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}"
            )
        if seed is not None:
            np.random.seed(seed)
        if augment:
            x = np.array([self.random_transform(i) for _ in range(rounds) for i in x])
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = x.shape[self.channel_axis]
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes).reshape(shape)
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes).reshape(shape)
            x = x / (self.std + 1e-6)
        if self.zca_whitening:
            flat = x.reshape(x.shape[0], -1)
            u, s, _ = np.linalg.svd(flat.T @ flat / flat.shape[0])
            self.principal_components = (u / np.sqrt(s + self.zca_epsilon)) @ u.T


def _shift(limits: Any, size: int) -> float:
    """A random shift in pixels: limits below 1 are shares of the size."""
    if not np.isscalar(limits):
        shift = np.random.choice(limits) * np.random.choice([-1, 1])
        return shift * size if np.max(limits) < 1 else shift
    if not limits:
        return 0
    if isinstance(limits, int) and limits >= 1:
        return np.random.randint(-limits, limits + 1)
    shift = np.random.uniform(-limits, limits)
    return shift * size if limits < 1 else shift
