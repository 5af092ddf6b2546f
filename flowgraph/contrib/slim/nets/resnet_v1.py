"""Residual networks, normalised after each layer (He et al. 2015, arXiv:1512.03385)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import add_arg_scope, arg_scope
from flowgraph.contrib.layers import utils
from flowgraph.contrib.slim.nets import resnet_utils
from flowgraph.ops.nn.activation import relu
from flowgraph.variables.scope import variable_scope

resnet_arg_scope = resnet_utils.resnet_arg_scope


@add_arg_scope
def bottleneck(
    inputs: Any,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """A unit: three convolutions through a bottleneck, around which the inputs go.

    Args:
      inputs: images.
      depth: how many channels the output has.
      depth_bottleneck: how many there are inside.
      stride: how far the windows move.
      rate: how far apart the windows' elements lie.
      outputs_collections: the collections of the output.
      scope: the variable scope.
    """
    with variable_scope(scope, "bottleneck_v1", [inputs]) as sc:
        depth_in = utils.last_dimension(inputs.shape, min_rank=4)
        if depth == depth_in:
            shortcut = resnet_utils.subsample(inputs, stride, "shortcut")
        else:
            shortcut = layers.conv2d(
                inputs, depth, [1, 1], stride=stride, activation_fn=None, scope="shortcut"
            )
        net = layers.conv2d(inputs, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        net = resnet_utils.conv2d_same(net, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        net = layers.conv2d(net, depth, [1, 1], stride=1, activation_fn=None, scope="conv3")
        output = relu(shortcut + net)
        return utils.collect_named_outputs(outputs_collections, sc.name, output)


def resnet_v1(
    inputs: Any,
    blocks: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    include_root_block: bool = True,
    reuse: Any = None,
    scope: Any = None,
) -> tuple[Any, dict[str, Any]]:
    """A network of any blocks: (its output, a dict of end points).

    Args:
      inputs: images [batch, height, width, channels].
      blocks: a list of `resnet_utils.Block`.
      num_classes: how many classes there are; None: no logits.
      is_training: whether batch normalisation works as in training.
      global_pool: whether the mean over the images is taken.
      output_stride: how much smaller the output is; windows are spread where it is reached.
      include_root_block: whether it begins with a convolution and pooling.
      reuse: whether to find the variables instead of making them.
      scope: the variable scope.

    Raises:
      ValueError: the stride cannot be reached.
    """
    with variable_scope(scope, "resnet_v1", [inputs], reuse=reuse) as sc:
        ends = sc.original_name_scope + "_end_points"
        with (
            arg_scope(
                [layers.conv2d, bottleneck, resnet_utils.stack_blocks_dense],
                outputs_collections=ends,
            ),
            arg_scope([layers.batch_norm], is_training=is_training),
        ):
            net = inputs
            if include_root_block:
                output_stride = resnet_utils.stride_after_root(output_stride)
                net = resnet_utils.conv2d_same(net, 64, 7, stride=2, scope="conv1")
                net = layers.max_pool2d(net, [3, 3], stride=2, scope="pool1")
            net = resnet_utils.stack_blocks_dense(net, blocks, output_stride)
            return resnet_utils.ended(net, num_classes, global_pool, ends)


resnet_v1.default_image_size = 224  # type: ignore[attr-defined]


def resnet_v1_block(scope: str, base_depth: int, num_units: int, stride: int) -> resnet_utils.Block:
    """A block of bottleneck units, the last of which has the stride."""
    return resnet_utils.bottleneck_block(bottleneck, scope, base_depth, num_units, stride)


def resnet_v1_50(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v1_50",
) -> tuple[Any, dict[str, Any]]:
    """The network of 50 layers; see `resnet_v1`."""
    return resnet_v1(
        inputs, resnet_utils.blocks_of(resnet_v1_block, 50), num_classes, is_training, global_pool,
        output_stride, include_root_block=True, reuse=reuse, scope=scope,
    )  # fmt: skip


def resnet_v1_101(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v1_101",
) -> tuple[Any, dict[str, Any]]:
    """The network of 101 layers; see `resnet_v1`."""
    return resnet_v1(
        inputs, resnet_utils.blocks_of(resnet_v1_block, 101), num_classes, is_training, global_pool,
        output_stride, include_root_block=True, reuse=reuse, scope=scope,
    )  # fmt: skip


def resnet_v1_152(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v1_152",
) -> tuple[Any, dict[str, Any]]:
    """The network of 152 layers; see `resnet_v1`."""
    return resnet_v1(
        inputs, resnet_utils.blocks_of(resnet_v1_block, 152), num_classes, is_training, global_pool,
        output_stride, include_root_block=True, reuse=reuse, scope=scope,
    )  # fmt: skip


def resnet_v1_200(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v1_200",
) -> tuple[Any, dict[str, Any]]:
    """The network of 200 layers; see `resnet_v1`."""
    return resnet_v1(
        inputs, resnet_utils.blocks_of(resnet_v1_block, 200), num_classes, is_training, global_pool,
        output_stride, include_root_block=True, reuse=reuse, scope=scope,
    )  # fmt: skip
