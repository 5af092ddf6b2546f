"""`tf.layers`' pooling layers, as classes and as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.layers.base import Layer
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.utils import (
    conv_output_length,
    convert_data_format,
    layer_function,
    normalize_data_format,
    normalize_padding,
    normalize_tuple,
)
from flowgraph.ops.array.reshape import expand_dims, squeeze
from flowgraph.ops.nn.pooling import avg_pool, max_pool
from flowgraph.ops.nn.pooling3d import avg_pool3d, max_pool3d


class BasePooling(BaseLayer):
    """The greatest or the mean value in each place of a window, for each channel.

    Subclasses say in `rank` how many spatial dimensions there are, and in `pool_function` what
    pools images or volumes.

    Args:
      pool_size: the window's size, one integer or one for each dimension.
      strides: how far the window moves, likewise; the window's size when None.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the layer's name.
      **kwargs: see `BaseLayer`.

    Raises:
      ValueError: an argument does not fit.
    """

    rank: int
    pool_function: Callable[..., Any]

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = normalize_tuple(pool_size, self.rank, "pool_size")
        self.strides = normalize_tuple(
            pool_size if strides is None else strides, self.rank, "strides"
        )
        self.padding = normalize_padding(padding)
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def call(self, inputs: Any) -> Any:
        """Computes the outputs."""
        size, strides, rank = self.pool_size, self.strides, self.rank
        axis = 3 if self._first else 2
        if rank == 1:  # a picture of one column
            inputs, size, strides, rank = expand_dims(inputs, axis), (*size, 1), (*strides, 1), 2
        window, steps = (
            [1, 1, *spatial] if self._first else [1, *spatial, 1] for spatial in (size, strides)
        )
        outputs = type(self).pool_function(
            inputs, window, steps, self.padding.upper(),
            data_format=convert_data_format(self.data_format, rank + 2),
        )  # fmt: skip
        return squeeze(outputs, axis) if self.rank == 1 else outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The outputs' shape: the window's places."""
        sizes = as_shape(input_shape).as_list()
        begin = 2 if self._first else 1
        for i in range(self.rank):
            sizes[begin + i] = conv_output_length(
                sizes[begin + i], self.pool_size[i], self.padding, self.strides[i]
            )
        return as_shape(sizes)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        own = ("pool_size", "strides", "padding", "data_format")
        return {**super().get_config(), **{key: getattr(self, key) for key in own}}


class BaseMaxPooling1D(BasePooling):
    """The greatest value in each place of a window over sequences."""

    rank, pool_function = 1, staticmethod(max_pool)


class BaseMaxPooling2D(BasePooling):
    """The greatest value in each place of a window over images."""

    rank, pool_function = 2, staticmethod(max_pool)


class BaseMaxPooling3D(BasePooling):
    """The greatest value in each place of a window over volumes."""

    rank, pool_function = 3, staticmethod(max_pool3d)


class BaseAveragePooling1D(BasePooling):
    """The mean in each place of a window over sequences."""

    rank, pool_function = 1, staticmethod(avg_pool)


class BaseAveragePooling2D(BasePooling):
    """The mean in each place of a window over images."""

    rank, pool_function = 2, staticmethod(avg_pool)


class BaseAveragePooling3D(BasePooling):
    """The mean in each place of a window over volumes."""

    rank, pool_function = 3, staticmethod(avg_pool3d)


class _Pooling(BasePooling, Layer):
    """tf.layers' own: `strides` must be given."""

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError(f"The `strides` argument of {type(self).__name__} must not be None.")
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling1D(_Pooling, BaseMaxPooling1D):
    """The greatest values of a window over sequences (tf.layers.MaxPooling1D)."""


class MaxPooling2D(_Pooling, BaseMaxPooling2D):
    """The greatest values of a window over images (tf.layers.MaxPooling2D)."""


class MaxPooling3D(_Pooling, BaseMaxPooling3D):
    """The greatest values of a window over volumes (tf.layers.MaxPooling3D)."""


class AveragePooling1D(_Pooling, BaseAveragePooling1D):
    """The means of a window over sequences (tf.layers.AveragePooling1D)."""


class AveragePooling2D(_Pooling, BaseAveragePooling2D):
    """The means of a window over images (tf.layers.AveragePooling2D)."""


class AveragePooling3D(_Pooling, BaseAveragePooling3D):
    """The means of a window over volumes (tf.layers.AveragePooling3D)."""


def _function(layer: type, name: str, what: str) -> Any:
    return layer_function(
        layer,
        name,
        f"""{what} (tf.layers.{name}).

    Args:
      inputs: a tensor [batch, spatial..., channels], or with the channels second.
      pool_size: the window's size, one integer or one for each spatial dimension.
      strides: how far the window moves, likewise.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the layer's name.
    """,
        reuse=False,
    )


max_pooling1d = _function(MaxPooling1D, "max_pooling1d", "The greatest values over sequences")
max_pooling2d = _function(MaxPooling2D, "max_pooling2d", "The greatest values over images")
max_pooling3d = _function(MaxPooling3D, "max_pooling3d", "The greatest values over volumes")
average_pooling1d = _function(AveragePooling1D, "average_pooling1d", "Means over sequences")
average_pooling2d = _function(AveragePooling2D, "average_pooling2d", "Means over images")
average_pooling3d = _function(AveragePooling3D, "average_pooling3d", "Means over volumes")

AvgPool2D, MaxPool2D = AveragePooling2D, MaxPooling2D
max_pool2d, avg_pool2d = max_pooling2d, average_pooling2d
