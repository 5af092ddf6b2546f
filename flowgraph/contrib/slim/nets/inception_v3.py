"""Inception v3 (Szegedy et al. 2015, arXiv:1512.00567; tf.contrib.slim.nets.inception_v3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import arg_scope
from flowgraph.contrib.slim.nets import towers
from flowgraph.core.collections import GraphKeys
from flowgraph.ops.nn.activation import relu
from flowgraph.variables.initializers import truncated_normal_initializer
from flowgraph.variables.scope import variable_scope


def _block_35(pooled: int, first: str = "a", second: str = "Conv2d_0b_5x5") -> list[Any]:
    return [
        ["Conv2d_0a_1x1 64"],
        [f"Conv2d_0{first}_1x1 48", f"{second} 64"],
        ["Conv2d_0a_1x1 64", "Conv2d_0b_3x3 96", "Conv2d_0c_3x3 96"],
        ["AvgPool_0a_3x3", f"Conv2d_0b_1x1 {pooled}"],
    ]


def _block_17(depth: int) -> list[Any]:
    d = depth
    return [
        ["Conv2d_0a_1x1 192"],
        [f"Conv2d_0a_1x1 {d}", f"Conv2d_0b_1x7 {d}", "Conv2d_0c_7x1 192"],
        [f"Conv2d_0a_1x1 {d}", f"Conv2d_0b_7x1 {d}", f"Conv2d_0c_1x7 {d}", f"Conv2d_0d_7x1 {d}",
         "Conv2d_0e_1x7 192"],
        ["AvgPool_0a_3x3", "Conv2d_0b_1x1 192"],
    ]  # fmt: skip


def _block_8(second: str) -> list[Any]:
    return [
        ["Conv2d_0a_1x1 320"],
        ["Conv2d_0a_1x1 384", ("Conv2d_0b_1x3 384", f"Conv2d_0{second}_3x1 384")],
        ["Conv2d_0a_1x1 448", "Conv2d_0b_3x3 384", ("Conv2d_0c_1x3 384", "Conv2d_0d_3x1 384")],
        ["AvgPool_0a_3x3", "Conv2d_0b_1x1 192"],
    ]


_NETWORK: towers.Network = {
    "Conv2d_1a_3x3": "32 s2",
    "Conv2d_2a_3x3": "32",
    "Conv2d_2b_3x3": "64 S",
    "MaxPool_3a_3x3": "s2",
    "Conv2d_3b_1x1": "80",
    "Conv2d_4a_3x3": "192",
    "MaxPool_5a_3x3": "s2",
    "Mixed_5b": _block_35(32),
    "Mixed_5c": _block_35(64, "b", "Conv_1_0c_5x5"),
    "Mixed_5d": _block_35(64),
    "Mixed_6a": [
        ["Conv2d_1a_1x1 384 k3x3 s2 V"],
        ["Conv2d_0a_1x1 64", "Conv2d_0b_3x3 96", "Conv2d_1a_1x1 96 k3x3 s2 V"],
        ["MaxPool_1a_3x3 s2 V"],
    ],
    "Mixed_6b": _block_17(128),
    "Mixed_6c": _block_17(160),
    "Mixed_6d": _block_17(160),
    "Mixed_6e": _block_17(192),
    "Mixed_7a": [
        ["Conv2d_0a_1x1 192", "Conv2d_1a_3x3 320 s2 V"],
        ["Conv2d_0a_1x1 192", "Conv2d_0b_1x7 192", "Conv2d_0c_7x1 192", "Conv2d_1a_3x3 192 s2 V"],
        ["MaxPool_1a_3x3 s2 V"],
    ],
    "Mixed_7b": _block_8("b"),
    "Mixed_7c": _block_8("c"),
}


def inception_v3_base(
    inputs: Any,
    final_endpoint: str = "Mixed_7c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
) -> tuple[Any, dict[str, Any]]:
    """The network without its ends: (the final end point, a dict of all).

    Args:
      inputs: images [batch, height, width, channels].
      final_endpoint: where to stop.
      min_depth: the least depth of a layer.
      depth_multiplier: what depths are multiplied with.
      scope: the variable scope.

    Raises:
      ValueError: there is no such end point, or the multiplier is not positive.
    """
    depth = towers.depths(min_depth, depth_multiplier)
    with variable_scope(scope, "InceptionV3", [inputs]):
        return towers.build(
            _NETWORK, inputs, final_endpoint, depth,
            lambda end_point: towers.plainly("SAME" if end_point.startswith("Mixed") else "VALID"),
        )  # fmt: skip


def inception_v3(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Callable[..., Any] = layers.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV3",
) -> tuple[Any, dict[str, Any]]:
    """(the logits, a dict of end points) of images of 299 by 299, as a rule.

    Args:
      inputs: images [batch, height, width, channels].
      num_classes: how many classes there are.
      is_training: whether dropout and batch normalisation work as in training.
      dropout_keep_prob: the probability that an element is kept.
      min_depth: the least depth of a layer.
      depth_multiplier: what depths are multiplied with.
      prediction_fn: what makes predictions of logits.
      spatial_squeeze: whether logits lose their spatial dimensions.
      reuse: whether to find the variables instead of making them.
      scope: the variable scope.
    """
    depth = towers.depths(min_depth, depth_multiplier)
    with variable_scope(scope, "InceptionV3", [inputs, num_classes], reuse=reuse) as scope:
        with arg_scope([layers.batch_norm, layers.dropout], is_training=is_training):
            net, end_points = inception_v3_base(
                inputs, scope=scope, min_depth=min_depth, depth_multiplier=depth_multiplier
            )
            aux = _auxiliary(end_points["Mixed_6e"], num_classes, depth, spatial_squeeze)
            end_points["AuxLogits"] = aux
            with variable_scope("Logits"):
                size = towers.fitting(net, [8, 8])
                name = f"AvgPool_1a_{size[0]}x{size[1]}"
                net = layers.avg_pool2d(net, size, padding="VALID", scope=name)
                net = layers.dropout(net, keep_prob=dropout_keep_prob, scope="Dropout_1b")
                end_points["PreLogits"] = net
                logits = towers.to_classes(net, num_classes, "Conv2d_1c_1x1", spatial_squeeze)
            end_points["Logits"] = logits
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


inception_v3.default_image_size = 299  # type: ignore[attr-defined]


def _auxiliary(net: Any, classes: int, depth: Callable[[int], int], flat: bool) -> Any:
    """Logits half way, for training."""
    with towers.plainly("SAME"), variable_scope("AuxLogits"):
        net = layers.avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = layers.conv2d(net, depth(128), [1, 1], scope="Conv2d_1b_1x1")
        size = towers.fitting(net, [5, 5])
        net = layers.conv2d(
            net, depth(768), size, weights_initializer=truncated_normal_initializer(0.0, 0.01),
            padding="VALID", scope=f"Conv2d_2a_{size[0]}x{size[1]}",
        )  # fmt: skip
        start = {"weights_initializer": truncated_normal_initializer(0.0, 0.001)}
        return towers.to_classes(net, classes, "Conv2d_2b_1x1", flat, **start)


def inception_v3_arg_scope(
    weight_decay: float = 0.00004,
    batch_norm_var_collection: str = "moving_vars",
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    use_fused_batchnorm: bool = True,
) -> dict[Any, dict[str, Any]]:
    """The scope of arguments for training: batch normalisation, weight decay, initializers."""
    averages = [batch_norm_var_collection]
    collections = {
        "beta": None, "gamma": None, "moving_mean": averages, "moving_variance": averages,
    }  # fmt: skip
    normalizer = {
        "decay": batch_norm_decay, "epsilon": batch_norm_epsilon,
        "updates_collections": updates_collections, "fused": use_fused_batchnorm,
        "variables_collections": collections,
    }  # fmt: skip
    decay = layers.l2_regularizer(weight_decay)
    with arg_scope([layers.conv2d, layers.fully_connected], weights_regularizer=decay):
        with arg_scope(
            [layers.conv2d], weights_initializer=layers.variance_scaling_initializer(),
            activation_fn=relu, normalizer_fn=layers.batch_norm, normalizer_params=normalizer,
        ) as scope:  # fmt: skip
            return scope
