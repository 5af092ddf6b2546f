"""The largest or the mean of windows, or of everything."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.layers import pooling as shared
from flowgraph.layers.utils import normalize_data_format


def _window(base: type, rank: int, what: str) -> Any:
    """A pooling layer of tf.layers' computation; 1-D layers are channels last by default."""

    def __init__(
        self: Any, pool_size: Any = 2 if rank == 1 else (2,) * rank, strides: Any = None,
        padding: str = "valid", data_format: str | None = "channels_last" if rank == 1 else None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        base.__init__(self, pool_size, strides, padding, data_format, **kwargs)  # type: ignore[misc]

    name = base.__name__.removeprefix("Base")
    doc = f"{what} of windows (tf.keras.layers.{name})."
    return type(name, (base, Layer), {
        "__init__": __init__, "__doc__": doc, "__module__": __name__})  # fmt: skip


MaxPooling1D = _window(shared.BaseMaxPooling1D, 1, "The largest value")
MaxPooling2D = _window(shared.BaseMaxPooling2D, 2, "The largest value")
MaxPooling3D = _window(shared.BaseMaxPooling3D, 3, "The largest value")
AveragePooling1D = _window(shared.BaseAveragePooling1D, 1, "The mean")
AveragePooling2D = _window(shared.BaseAveragePooling2D, 2, "The mean")
AveragePooling3D = _window(shared.BaseAveragePooling3D, 3, "The mean")


class _Global(Layer):
    rank = 1
    _reduce: Any = None

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format is None and self.rank == 1:
            data_format = "channels_last"
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _axes(self) -> list[int]:
        first = 2 if self.data_format == "channels_first" else 1
        return list(range(first, first + self.rank))

    def call(self, inputs: Any) -> Any:
        """One value for each channel."""
        return self._reduce(inputs, axis=self._axes())

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, channels)."""
        sizes = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([s for i, s in enumerate(sizes) if i not in self._axes()])

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "data_format": self.data_format}


class GlobalMaxPooling1D(_Global):
    """The largest value of each feature over time."""

    _reduce = staticmethod(tf.reduce_max)


class GlobalMaxPooling2D(GlobalMaxPooling1D):
    """The largest value of each channel of images."""

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling1D):
    """The largest value of each channel of volumes."""

    rank = 3


class GlobalAveragePooling1D(_Global):
    """The mean of each feature over the time steps that are not masked."""

    _reduce = staticmethod(tf.reduce_mean)

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The means."""
        if mask is None:
            return tf.reduce_mean(inputs, axis=self._axes())
        steps = self._axes()[0]
        mask = tf.expand_dims(tf.cast(mask, inputs.dtype), 2 if steps == 1 else 1)
        return tf.reduce_sum(inputs * mask, axis=steps) / tf.reduce_sum(mask, axis=steps)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: there is no time axis any more."""
        return None


class GlobalAveragePooling2D(_Global):
    """The mean of each channel of images."""

    rank, _reduce = 2, staticmethod(tf.reduce_mean)


class GlobalAveragePooling3D(_Global):
    """The mean of each channel of volumes."""

    rank, _reduce = 3, staticmethod(tf.reduce_mean)


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalMaxPool3D, GlobalAvgPool3D = GlobalMaxPooling3D, GlobalAveragePooling3D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
