"""Inception v1, "GoogLeNet" (Szegedy et al. 2014, arXiv:1409.4842; tf.contrib.slim.nets)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import arg_scope
from flowgraph.contrib.slim.nets import towers
from flowgraph.core.collections import GraphKeys
from flowgraph.ops.array.reshape import squeeze
from flowgraph.ops.nn.activation import relu
from flowgraph.variables.initializers import truncated_normal_initializer
from flowgraph.variables.scope import variable_scope


def _mixed(a: int, b: int, c: int, d: int, e: int, f: int, last: str = "b") -> list[Any]:
    return [
        [f"Conv2d_0a_1x1 {a}"],
        [f"Conv2d_0a_1x1 {b}", f"Conv2d_0b_3x3 {c}"],
        [f"Conv2d_0a_1x1 {d}", f"Conv2d_0{last}_3x3 {e}"],
        ["MaxPool_0a_3x3", f"Conv2d_0b_1x1 {f}"],
    ]


_NETWORK: towers.Network = {
    "Conv2d_1a_7x7": "64 s2",
    "MaxPool_2a_3x3": "s2",
    "Conv2d_2b_1x1": "64",
    "Conv2d_2c_3x3": "192",
    "MaxPool_3a_3x3": "s2",
    "Mixed_3b": _mixed(64, 96, 128, 16, 32, 32),
    "Mixed_3c": _mixed(128, 128, 192, 32, 96, 64),
    "MaxPool_4a_3x3": "s2",
    "Mixed_4b": _mixed(192, 96, 208, 16, 48, 64),
    "Mixed_4c": _mixed(160, 112, 224, 24, 64, 64),
    "Mixed_4d": _mixed(128, 128, 256, 24, 64, 64),
    "Mixed_4e": _mixed(112, 144, 288, 32, 64, 64),
    "Mixed_4f": _mixed(256, 160, 320, 32, 128, 128),
    "MaxPool_5a_2x2": "s2",
    "Mixed_5b": _mixed(256, 160, 320, 32, 128, 128, "a"),
    "Mixed_5c": _mixed(384, 192, 384, 48, 128, 128),
}


def inception_v1_base(
    inputs: Any, final_endpoint: str = "Mixed_5c", scope: Any = "InceptionV1"
) -> tuple[Any, dict[str, Any]]:
    """The network without its end: (the final end point, a dict of all)."""
    start = truncated_normal_initializer(0.0, 0.01)

    def settings(_: str) -> Any:
        return arg_scope([layers.conv2d, layers.max_pool2d], stride=1, padding="SAME")

    with variable_scope(scope, "InceptionV1", [inputs]):
        with arg_scope([layers.conv2d, layers.fully_connected], weights_initializer=start):
            return towers.build(_NETWORK, inputs, final_endpoint, lambda depth: depth, settings)


def inception_v1(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    prediction_fn: Callable[..., Any] = layers.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV1",
) -> tuple[Any, dict[str, Any]]:
    """(the logits, a dict of end points) of images of 224 by 224; arguments as `inception_v3`."""
    with variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as scope:
        with arg_scope([layers.batch_norm, layers.dropout], is_training=is_training):
            net, end_points = inception_v1_base(inputs, scope=scope)
            with variable_scope("Logits"):
                net = layers.avg_pool2d(net, [7, 7], stride=1, scope="MaxPool_0a_7x7")
                net = layers.dropout(net, dropout_keep_prob, scope="Dropout_0b")
                logits = layers.conv2d(
                    net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None,
                    scope="Conv2d_0c_1x1",
                )  # fmt: skip
                if spatial_squeeze:
                    logits = squeeze(logits, [1, 2], name="SpatialSqueeze")
                end_points["Logits"] = logits
                end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


inception_v1.default_image_size = 224  # type: ignore[attr-defined]


def inception_v1_arg_scope(
    weight_decay: float = 0.00004,
    use_batch_norm: bool = True,
    batch_norm_var_collection: str = "moving_vars",
) -> dict[Any, dict[str, Any]]:
    """The scope of arguments for training."""
    averages = [batch_norm_var_collection]
    normalizer = {
        "decay": 0.9997, "epsilon": 0.001, "updates_collections": GraphKeys.UPDATE_OPS,
        "variables_collections": {
            "beta": None, "gamma": None, "moving_mean": averages, "moving_variance": averages,
        },
    }  # fmt: skip
    decay = layers.l2_regularizer(weight_decay)
    with arg_scope([layers.conv2d, layers.fully_connected], weights_regularizer=decay):
        with arg_scope(
            [layers.conv2d], weights_initializer=layers.variance_scaling_initializer(),
            activation_fn=relu, normalizer_fn=layers.batch_norm if use_batch_norm else None,
            normalizer_params=normalizer if use_batch_norm else {},
        ) as scope:  # fmt: skip
            return scope
