"""OverFeat (Sermanet et al. 2014, arXiv:1312.6229; tf.contrib.slim.nets.overfeat)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import arg_scope
from flowgraph.contrib.slim.nets.plain import classified, with_end_points
from flowgraph.ops.nn.activation import relu
from flowgraph.variables.initializers import (
    constant_initializer,
    truncated_normal_initializer,
    zeros_initializer,
)
from flowgraph.variables.scope import variable_scope


def overfeat_arg_scope(weight_decay: float = 0.0005) -> dict[Any, dict[str, Any]]:
    """The scope of arguments for training."""
    with arg_scope(
        [layers.conv2d, layers.fully_connected], activation_fn=relu,
        weights_regularizer=layers.l2_regularizer(weight_decay),
        biases_initializer=zeros_initializer(),
    ):  # fmt: skip
        with arg_scope([layers.conv2d], padding="SAME"):
            with arg_scope([layers.max_pool2d], padding="VALID") as scope:
                return scope


def overfeat(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "overfeat",
) -> tuple[Any, dict[str, Any]]:
    """(the logits, a dict of end points) of images of 231 by 231; arguments as `vgg.vgg_a`."""
    with variable_scope(scope, "overfeat", [inputs]) as sc:
        ends = sc.name + "_end_points"
        with arg_scope(
            [layers.conv2d, layers.fully_connected, layers.max_pool2d], outputs_collections=ends
        ):
            net = layers.conv2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = layers.max_pool2d(net, [2, 2], scope="pool1")
            net = layers.conv2d(net, 256, [5, 5], padding="VALID", scope="conv2")
            net = layers.max_pool2d(net, [2, 2], scope="pool2")
            for i, depth in ((3, 512), (4, 1024), (5, 1024)):
                net = layers.conv2d(net, depth, [3, 3], scope=f"conv{i}")
            net = layers.max_pool2d(net, [2, 2], scope="pool5")
            with arg_scope(
                [layers.conv2d], weights_initializer=truncated_normal_initializer(0.0, 0.005),
                biases_initializer=constant_initializer(0.1),
            ):  # fmt: skip
                net = classified(
                    net, (3072, 4096), [6, 6], num_classes, dropout_keep_prob, is_training,
                    biases_initializer=zeros_initializer(),
                )  # fmt: skip
            return with_end_points(net, ends, spatial_squeeze, sc)


overfeat.default_image_size = 231  # type: ignore[attr-defined]
