"""Pooling (tf.contrib.layers.max_pool2d and its kin); all heed `arg_scope`."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.contrib.layers import utils
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.layers import pooling
from flowgraph.ops.nn.pooling_any import pool as pool_op

_VOLUMES = ("NDHWC", "NCDHW")


def _pooled(
    layer_class: Any, name: str, form: str, inputs: Any, kernel_size: Any, stride: Any,
    padding: str, outputs_collections: Any, scope: Any,
) -> Any:  # fmt: skip
    with name_scope(scope, name, [inputs]) as sc:
        layer = layer_class(
            pool_size=kernel_size, strides=stride, padding=padding, data_format=form, _scope=sc
        )
        outputs = layer(convert_to_tensor(inputs))
        return utils.collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The greatest value in each place of a window over images (tf.contrib.layers.max_pool2d)."""
    return _pooled(
        pooling.MaxPooling2D, "MaxPool2D", utils.keras_format(data_format), inputs, kernel_size,
        stride, padding, outputs_collections, scope,
    )  # fmt: skip


@add_arg_scope
def max_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The greatest value in each place of a window over volumes (tf.contrib.layers.max_pool3d)."""
    return _pooled(
        pooling.MaxPooling3D, "MaxPool3D", utils.keras_format(data_format, _VOLUMES), inputs,
        kernel_size, stride, padding, outputs_collections, scope,
    )  # fmt: skip


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The mean in each place of a window over images (tf.contrib.layers.avg_pool2d)."""
    return _pooled(
        pooling.AveragePooling2D, "AvgPool2D", utils.keras_format(data_format), inputs,
        kernel_size, stride, padding, outputs_collections, scope,
    )  # fmt: skip


@add_arg_scope
def avg_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The mean in each place of a window over volumes (tf.contrib.layers.avg_pool3d)."""
    return _pooled(
        pooling.AveragePooling3D, "AvgPool3D", utils.keras_format(data_format, _VOLUMES), inputs,
        kernel_size, stride, padding, outputs_collections, scope,
    )  # fmt: skip


@add_arg_scope
def pool(
    inputs: Any,
    kernel_size: Any,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    stride: Any = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """Pools any number of spatial dimensions; `pooling_type` is "AVG" or "MAX".

    tf.contrib.layers.pool.

    Raises:
      ValueError: the inputs' rank is not known or below 3.
    """
    with name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as sc:
        inputs = convert_to_tensor(inputs)
        if inputs.shape.rank is None:
            raise ValueError("Rank of inputs must be known")
        if inputs.shape.rank < 3:
            raise ValueError("Rank of inputs must be >= 3")
        spatial = inputs.shape.rank - 2
        output = pool_op(
            input=inputs, window_shape=utils.n_positive_integers(spatial, kernel_size),
            pooling_type=pooling_type, padding=padding, data_format=data_format,
            dilation_rate=utils.n_positive_integers(spatial, dilation_rate),
            strides=utils.n_positive_integers(spatial, stride), name=sc,
        )  # fmt: skip
        return utils.collect_named_outputs(outputs_collections, sc, output)
