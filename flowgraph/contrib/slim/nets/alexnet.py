"""AlexNet in its second form (Krizhevsky 2014, arXiv:1404.5997; tf.contrib.slim.nets.alexnet)."""

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


def alexnet_v2_arg_scope(weight_decay: float = 0.0005) -> dict[Any, dict[str, Any]]:
    """The scope of arguments for training."""
    with arg_scope(
        [layers.conv2d, layers.fully_connected], activation_fn=relu,
        biases_initializer=constant_initializer(0.1),
        weights_regularizer=layers.l2_regularizer(weight_decay),
    ):  # fmt: skip
        with arg_scope([layers.conv2d], padding="SAME"):
            with arg_scope([layers.max_pool2d], padding="VALID") as scope:
                return scope


def alexnet_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "alexnet_v2",
) -> tuple[Any, dict[str, Any]]:
    """(the logits, a dict of end points) of images of 224 by 224; arguments as `vgg.vgg_a`."""
    with variable_scope(scope, "alexnet_v2", [inputs]) as sc:
        ends = sc.original_name_scope + "_end_points"
        with arg_scope(
            [layers.conv2d, layers.fully_connected, layers.max_pool2d], outputs_collections=[ends]
        ):
            net = layers.conv2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = layers.max_pool2d(net, [3, 3], 2, scope="pool1")
            net = layers.conv2d(net, 192, [5, 5], scope="conv2")
            net = layers.max_pool2d(net, [3, 3], 2, scope="pool2")
            for i, depth in ((3, 384), (4, 384), (5, 256)):
                net = layers.conv2d(net, depth, [3, 3], scope=f"conv{i}")
            net = layers.max_pool2d(net, [3, 3], 2, scope="pool5")
            with arg_scope(
                [layers.conv2d], weights_initializer=truncated_normal_initializer(0.0, 0.005),
                biases_initializer=constant_initializer(0.1),
            ):  # fmt: skip
                net = classified(
                    net, (4096, 4096), [5, 5], num_classes, dropout_keep_prob, is_training,
                    biases_initializer=zeros_initializer(),
                )  # fmt: skip
            return with_end_points(net, ends, spatial_squeeze, sc)


alexnet_v2.default_image_size = 224  # type: ignore[attr-defined]
