"""Generalised divisive normalisation (tf.contrib.layers.gdn)."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.shapes import as_shape
from flowgraph.layers.base import Layer
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops.array.making import eye, ones, zeros_like
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.gradients import custom_gradient
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.logical import logical_or
from flowgraph.ops.math.powers import maximum
from flowgraph.ops.math.unary import sqrt, square
from flowgraph.ops.nn.convolution import convolution


@custom_gradient
def _lower_bound(inputs: Any, bound: Any) -> Any:
    """max(inputs, bound), whose gradient still pulls what is below the bound upwards."""

    def grad(dy: Any) -> tuple[Any, Any]:
        passes = logical_or(inputs >= bound, dy < 0)
        return cast(passes, dy.dtype) * dy, zeros_like(bound)

    return maximum(inputs, bound), grad


class GDN(Layer):
    """inputs / sqrt(beta + gamma @ inputs^2) over the channels (Balle et al. 2015).

    arXiv:1511.06281. Its variables are `reparam_beta` and `reparam_gamma`.

    Args:
      inverse: multiply instead of dividing.
      beta_min: the least beta.
      gamma_init: what gamma's diagonal starts with.
      reparam_offset: keeps gradients alive near zero.
      data_format: "channels_last" or "channels_first".
      activity_regularizer: a function of the output that gives a loss.
      trainable: whether the variables are trained.
      name: the layer's name.
      **kwargs: see `tf.layers.Layer`.

    Raises:
      ValueError: there is no such data format, or the number of channels is not known.
    """

    def __init__(
        self,
        inverse: bool = False,
        beta_min: float = 1e-6,
        gamma_init: float = 0.1,
        reparam_offset: float = 2**-18,
        data_format: str = "channels_last",
        activity_regularizer: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs
        )
        if data_format not in ("channels_first", "channels_last"):
            raise ValueError(f"Unsupported `data_format` for GDN layer: {data_format}.")
        self.inverse, self.data_format = inverse, data_format
        self._beta_min, self._gamma_init = beta_min, gamma_init
        self._reparam_offset = reparam_offset
        self.input_spec = InputSpec(min_ndim=3, max_ndim=5)

    def _channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else -1

    def build(self, input_shape: Any) -> None:
        """Makes beta and gamma."""
        shape = as_shape(input_shape)
        channels = shape.as_list()[self._channel_axis()]
        if channels is None:
            raise ValueError("The channel dimension of the inputs to `GDN` must be defined.")
        self.input_spec = InputSpec(ndim=shape.rank, axes={self._channel_axis(): channels})
        offset = self._reparam_offset**2

        def of_beta(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            return sqrt(ones(shape, dtype=dtype) + offset)

        def of_gamma(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            return sqrt(self._gamma_init * eye(shape[0], dtype=dtype) + offset)

        def bounded(variable: Any, least: float) -> Any:
            bound = convert_to_tensor(least, dtype=self.dtype)
            return square(_lower_bound(convert_to_tensor(variable), bound)) - offset

        beta = self.add_weight("reparam_beta", [channels], self.dtype, of_beta)
        self.beta = bounded(beta, (self._beta_min + offset) ** 0.5)
        gamma = self.add_weight("reparam_gamma", [channels, channels], self.dtype, of_gamma)
        self.gamma = bounded(gamma, self._reparam_offset)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Computes the outputs."""
        inputs = convert_to_tensor(inputs, dtype=self.dtype)
        spatial = inputs.shape.rank - 2
        window = reshape(self.gamma, [1] * spatial + self.gamma.shape.as_list())
        beta, form = self.beta, None
        if self.data_format == "channels_first":
            form = ("NCW", "NCHW", "NCDHW")[spatial - 1]
            beta = reshape(beta, [-1] + [1] * spatial)
        pool = sqrt(convolution(square(inputs), window, "VALID", data_format=form) + beta)
        outputs = inputs * pool if self.inverse else inputs / pool
        outputs.set_shape(inputs.shape)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        shape = as_shape(input_shape)
        if shape.rank is None or not 3 <= shape.rank <= 5:
            raise ValueError("`input_shape` must be of rank 3 to 5, inclusive.")
        if shape.as_list()[self._channel_axis()] is None:
            raise ValueError("The channel dimension of `input_shape` must be defined.")
        return shape


def gdn(
    inputs: Any,
    inverse: bool = False,
    beta_min: float = 1e-6,
    gamma_init: float = 0.1,
    reparam_offset: float = 2**-18,
    data_format: str = "channels_last",
    activity_regularizer: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Generalised divisive normalisation; see `GDN` (tf.contrib.layers.gdn)."""
    layer = GDN(
        inverse, beta_min, gamma_init, reparam_offset, data_format, activity_regularizer,
        trainable, name, dtype=inputs.dtype.base_dtype, _scope=name, _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)
