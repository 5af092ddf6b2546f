"""Inception v2, with batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import arg_scope
from flowgraph.contrib.slim.nets import towers
from flowgraph.contrib.slim.nets.inception_v3 import inception_v3_arg_scope
from flowgraph.variables.scope import variable_scope


def _mixed(a: int, b: int, c: int, d: int, e: int, f: int, pool: str = "Avg") -> list[Any]:
    return [
        [f"Conv2d_0a_1x1 {a}"],
        [f"Conv2d_0a_1x1 {b} t0.09", f"Conv2d_0b_3x3 {c}"],
        [f"Conv2d_0a_1x1 {d} t0.09", f"Conv2d_0b_3x3 {e}", f"Conv2d_0c_3x3 {e}"],
        [f"{pool}Pool_0a_3x3", f"Conv2d_0b_1x1 {f} t0.1"],
    ]


def _halving(a: int, b: int, c: int, d: int) -> list[Any]:
    return [
        [f"Conv2d_0a_1x1 {a} t0.09", f"Conv2d_1a_3x3 {b} s2"],
        [f"Conv2d_0a_1x1 {c} t0.09", f"Conv2d_0b_3x3 {d}", f"Conv2d_1a_3x3 {d} s2"],
        ["MaxPool_1a_3x3 s2"],
    ]


_NETWORK: towers.Network = {
    "Conv2d_1a_7x7": "64 separable s2 t1",
    "MaxPool_2a_3x3": "s2",
    "Conv2d_2b_1x1": "64 t0.1",
    "Conv2d_2c_3x3": "192",
    "MaxPool_3a_3x3": "s2",
    "Mixed_3b": _mixed(64, 64, 64, 64, 96, 32),
    "Mixed_3c": _mixed(64, 64, 96, 64, 96, 64),
    "Mixed_4a": _halving(128, 160, 64, 96),
    "Mixed_4b": _mixed(224, 64, 96, 96, 128, 128),
    "Mixed_4c": _mixed(192, 96, 128, 96, 128, 128),
    "Mixed_4d": _mixed(160, 128, 160, 128, 160, 96),
    "Mixed_4e": _mixed(96, 128, 192, 160, 192, 96),
    "Mixed_5a": _halving(128, 192, 192, 256),
    "Mixed_5b": _mixed(352, 192, 320, 160, 224, 128),
    "Mixed_5c": _mixed(352, 192, 320, 192, 224, 128, "Max"),
}


def inception_v2_base(
    inputs: Any,
    final_endpoint: str = "Mixed_5c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
) -> tuple[Any, dict[str, Any]]:
    """The network without its end: (the final end point, a dict of all).

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
    with variable_scope(scope, "InceptionV2", [inputs]):
        with arg_scope([layers.separable_conv2d], padding="SAME"):
            return towers.build(
                _NETWORK, inputs, final_endpoint, depth, lambda _: towers.plainly("SAME")
            )


def inception_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Callable[..., Any] = layers.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV2",
) -> tuple[Any, dict[str, Any]]:
    """(the logits, a dict of end points) of images of 224 by 224, as a rule.

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
    towers.depths(min_depth, depth_multiplier)
    with variable_scope(scope, "InceptionV2", [inputs, num_classes], reuse=reuse) as scope:
        with arg_scope([layers.batch_norm, layers.dropout], is_training=is_training):
            net, end_points = inception_v2_base(
                inputs, scope=scope, min_depth=min_depth, depth_multiplier=depth_multiplier
            )
            with variable_scope("Logits"):
                size = towers.fitting(net, [7, 7])
                name = f"AvgPool_1a_{size[0]}x{size[1]}"
                net = layers.avg_pool2d(net, size, padding="VALID", scope=name)
                net = layers.dropout(net, keep_prob=dropout_keep_prob, scope="Dropout_1b")
                logits = towers.to_classes(net, num_classes, "Conv2d_1c_1x1", spatial_squeeze)
            end_points["Logits"] = logits
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


inception_v2.default_image_size = 224  # type: ignore[attr-defined]


def inception_v2_arg_scope(
    weight_decay: float = 0.00004, batch_norm_var_collection: str = "moving_vars"
) -> dict[Any, dict[str, Any]]:
    """The scope of arguments for training: batch normalisation, weight decay, initializers."""
    return inception_v3_arg_scope(weight_decay, batch_norm_var_collection)
