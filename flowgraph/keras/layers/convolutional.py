"""Convolutions, up-sampling, padding and cropping."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.keras.layers.defaults import defaults
from flowgraph.layers.base_conv import BaseConv, BaseConvTranspose
from flowgraph.layers.base_separable import BaseDepthwiseConv2D, BaseSeparableConv
from flowgraph.layers.utils import normalize_data_format, normalize_tuple


@defaults(kernel_initializer="glorot_uniform", data_format="channels_last")
class Conv1D(BaseConv, Layer):
    """A convolution along one axis (tf.keras.layers.Conv1D); `padding` can be "causal"."""

    rank = 1


@defaults(kernel_initializer="glorot_uniform")
class Conv2D(BaseConv, Layer):
    """A convolution of images (tf.keras.layers.Conv2D)."""

    rank = 2


@defaults(kernel_initializer="glorot_uniform")
class Conv3D(BaseConv, Layer):
    """A convolution of volumes (tf.keras.layers.Conv3D)."""

    rank = 3


@defaults(kernel_initializer="glorot_uniform")
class Conv2DTranspose(BaseConvTranspose, Layer):
    """The transpose of a convolution of images (tf.keras.layers.Conv2DTranspose)."""

    rank = 2


@defaults(kernel_initializer="glorot_uniform")
class Conv3DTranspose(BaseConvTranspose, Layer):
    """The transpose of a convolution of volumes (tf.keras.layers.Conv3DTranspose)."""

    rank = 3


@defaults(depthwise_initializer="glorot_uniform", pointwise_initializer="glorot_uniform")
class SeparableConv1D(BaseSeparableConv, Layer):
    """A convolution of each channel of sequences, then one of single places."""

    rank = 1


@defaults(depthwise_initializer="glorot_uniform", pointwise_initializer="glorot_uniform")
class SeparableConv2D(BaseSeparableConv, Layer):
    """A convolution of each channel of images, then one of single pixels."""

    rank = 2


@defaults(depthwise_initializer="glorot_uniform")
class DepthwiseConv2D(BaseDepthwiseConv2D, Layer):
    """A convolution of each channel of images by itself."""


class _Resizing(Layer):
    """Layers that change the size of axes between batch and channels."""

    rank = 1

    def __init__(self, data_format: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _size(self, axis: int, size: int) -> int:
        raise NotImplementedError(f"{type(self).__name__} does not define _size")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The changed sizes."""
        sizes = tf.TensorShape(input_shape).as_list()
        first = 2 if self.data_format == "channels_first" else 1
        for axis in range(self.rank):
            if sizes[first + axis] is not None:
                sizes[first + axis] = self._size(axis, sizes[first + axis])
        return tf.TensorShape(sizes)


class UpSampling1D(Layer):
    """Each time step `size` times."""

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size, self.input_spec = int(size), InputSpec(ndim=3)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """With the longer time axis."""
        batch, steps, features = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([batch, None if steps is None else steps * self.size, features])

    def call(self, inputs: Any) -> Any:
        """The repeated steps."""
        return K.repeat_elements(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "size": self.size}


class UpSampling2D(_Resizing):
    """Images that are `size` times larger; `interpolation` is "nearest" or "bilinear"."""

    rank = 2

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(data_format, **kwargs)
        self.size = normalize_tuple(size, 2, "size")
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                '`interpolation` argument should be one of `"nearest"` or `"bilinear"`.'
            )
        self.interpolation = interpolation

    def _size(self, axis: int, size: int) -> int:
        return size * self.size[axis]

    def call(self, inputs: Any) -> Any:
        """The larger images."""
        return K.resize_images(
            inputs, self.size[0], self.size[1], self.data_format, interpolation=self.interpolation
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        own = {"size": self.size, "data_format": self.data_format}
        return {**super().get_config(), **own, "interpolation": self.interpolation}


class UpSampling3D(_Resizing):
    """Volumes that are `size` times larger."""

    rank = 3

    def __init__(
        self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.size = normalize_tuple(size, 3, "size")

    def _size(self, axis: int, size: int) -> int:
        return size * self.size[axis]

    def call(self, inputs: Any) -> Any:
        """The larger volumes."""
        return K.resize_volumes(inputs, *self.size, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}


def _pairs(value: Any, rank: int, name: str) -> tuple[Any, ...]:
    """`value` as one pair of ints for each axis."""
    if isinstance(value, int):
        return ((value, value),) * rank
    if not hasattr(value, "__len__") or len(value) != rank:
        raise ValueError(
            f"`{name}` should have {'two' if rank == 2 else 'three'} elements. Found: {value}"
        )
    return tuple(normalize_tuple(v, 2, f"entry of {name}") for v in value)


class _Padding(_Resizing):
    padding: Any

    def _size(self, axis: int, size: int) -> int:
        return size + sum(self.padding[axis])

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "padding": self.padding, "data_format": self.data_format}


class ZeroPadding1D(_Resizing):
    """Zeros before and after the time steps."""

    def __init__(self, padding: Any = 1, **kwargs: Any) -> None:
        super().__init__("channels_last", **kwargs)
        self.padding = normalize_tuple(padding, 2, "padding")

    def _size(self, axis: int, size: int) -> int:
        return size + sum(self.padding)

    def call(self, inputs: Any) -> Any:
        """The padded inputs."""
        return K.temporal_padding(inputs, padding=self.padding)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "padding": self.padding}


class ZeroPadding2D(_Padding):
    """Zeros around images: an int, (rows, columns) or ((top, bottom), (left, right))."""

    rank = 2

    def __init__(
        self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.padding = _pairs(padding, 2, "padding")

    def call(self, inputs: Any) -> Any:
        """The padded images."""
        return K.spatial_2d_padding(inputs, self.padding, self.data_format)


class ZeroPadding3D(_Padding):
    """Zeros around volumes."""

    rank = 3

    def __init__(
        self, padding: Any = (1, 1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.padding = _pairs(padding, 3, "padding")

    def call(self, inputs: Any) -> Any:
        """The padded volumes."""
        return K.spatial_3d_padding(inputs, self.padding, self.data_format)


class _Cropping(_Resizing):
    cropping: Any

    def _size(self, axis: int, size: int) -> int:
        return size - sum(self.cropping[axis])

    def call(self, inputs: Any) -> Any:
        """The middle of the inputs."""
        cuts = [slice(before, -after if after else None) for before, after in self.cropping]
        first = [slice(None)] * (2 if self.data_format == "channels_first" else 1)
        shape = self.compute_output_shape(inputs.shape)
        if any(s is not None and s <= 0 for s in shape.as_list()):
            raise ValueError(f"cropping {self.cropping} leaves nothing of inputs {inputs.shape}")
        return inputs[(*first, *cuts)]

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "cropping": self.cropping, "data_format": self.data_format}


class Cropping1D(_Cropping):
    """Without the first and last time steps."""

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__("channels_last", **kwargs)
        self.cropping = (normalize_tuple(cropping, 2, "cropping"),)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = super().get_config()
        del config["data_format"]
        return {**config, "cropping": self.cropping[0]}


class Cropping2D(_Cropping):
    """Without the rims of images."""

    rank = 2

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.cropping = _pairs(cropping, 2, "cropping")


class Cropping3D(_Cropping):
    """Without the rims of volumes."""

    rank = 3

    def __init__(
        self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(data_format, **kwargs)
        self.cropping = _pairs(cropping, 3, "cropping")


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Deconv3D = Conv3DTranspose
