"""The networks of Oxford's VGG (Simonyan and Zisserman 2014, arXiv:1409.1556; slim.nets.vgg)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import arg_scope
from flowgraph.contrib.slim.nets.plain import classified, with_end_points
from flowgraph.ops.nn.activation import relu
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import variable_scope

_DEPTHS = (64, 128, 256, 512, 512)


def vgg_arg_scope(weight_decay: float = 0.0005) -> dict[Any, dict[str, Any]]:
    """The scope of arguments for training."""
    with arg_scope(
        [layers.conv2d, layers.fully_connected], activation_fn=relu,
        weights_regularizer=layers.l2_regularizer(weight_decay),
        biases_initializer=zeros_initializer(),
    ):  # fmt: skip
        with arg_scope([layers.conv2d], padding="SAME") as scope:
            return scope


def _vgg(
    name: str, repetitions: tuple[int, ...], inputs: Any, num_classes: int, is_training: Any,
    dropout_keep_prob: float, spatial_squeeze: bool, scope: Any,
) -> tuple[Any, dict[str, Any]]:  # fmt: skip
    with variable_scope(scope, name, [inputs]) as sc:
        ends = sc.original_name_scope + "_end_points"
        with arg_scope([layers.conv2d, layers.max_pool2d], outputs_collections=ends):
            net = inputs
            for i, (times, depth) in enumerate(zip(repetitions, _DEPTHS, strict=True), 1):
                net = layers.repeat(net, times, layers.conv2d, depth, [3, 3], scope=f"conv{i}")
                net = layers.max_pool2d(net, [2, 2], scope=f"pool{i}")
            net = classified(net, (4096, 4096), [7, 7], num_classes, dropout_keep_prob, is_training)
            return with_end_points(net, ends, spatial_squeeze, sc)


def vgg_a(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_a",
) -> tuple[Any, dict[str, Any]]:
    """(the logits, a dict of end points) of images of 224 by 224, by 11 layers.

    Args:
      inputs: images [batch, height, width, channels].
      num_classes: how many classes there are.
      is_training: whether dropout works.
      dropout_keep_prob: the probability that an element is kept.
      spatial_squeeze: whether logits lose their spatial dimensions.
      scope: the variable scope.
    """
    return _vgg(
        "vgg_a", (1, 1, 2, 2, 2), inputs, num_classes, is_training, dropout_keep_prob,
        spatial_squeeze, scope,
    )  # fmt: skip


def vgg_16(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_16",
) -> tuple[Any, dict[str, Any]]:
    """As `vgg_a`, by 16 layers."""
    return _vgg(
        "vgg_16", (2, 2, 3, 3, 3), inputs, num_classes, is_training, dropout_keep_prob,
        spatial_squeeze, scope,
    )  # fmt: skip


def vgg_19(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_19",
) -> tuple[Any, dict[str, Any]]:
    """As `vgg_a`, by 19 layers."""
    return _vgg(
        "vgg_19", (2, 2, 4, 4, 4), inputs, num_classes, is_training, dropout_keep_prob,
        spatial_squeeze, scope,
    )  # fmt: skip


for _network in (vgg_a, vgg_16, vgg_19):
    _network.default_image_size = 224  # type: ignore[attr-defined]
vgg_d, vgg_e = vgg_16, vgg_19
