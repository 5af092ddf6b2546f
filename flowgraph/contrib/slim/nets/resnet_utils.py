"""Blocks of residual networks (He et al. 2015, arXiv:1512.03385; slim.nets.resnet_utils)."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import add_arg_scope, arg_scope
from flowgraph.contrib.layers import utils
from flowgraph.core.collections import GraphKeys
from flowgraph.ops.array.slicing import pad
from flowgraph.ops.math.reduction import reduce_mean
from flowgraph.ops.nn.activation import relu
from flowgraph.variables.scope import variable_scope


class Block(namedtuple("Block", ["scope", "unit_fn", "args"])):
    """Units one after the other: a scope, the unit's function, a dict of arguments for each."""


def subsample(inputs: Any, factor: int, scope: str | None = None) -> Any:
    """Every `factor`-th row and column."""
    if factor == 1:
        return inputs
    return layers.max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(
    inputs: Any, num_outputs: int, kernel_size: int, stride: int, rate: int = 1,
    scope: str | None = None,
) -> Any:  # fmt: skip
    """A convolution that is padded the same way whatever the stride and the images' size."""
    if stride == 1:
        return layers.conv2d(
            inputs, num_outputs, kernel_size, stride=1, rate=rate, padding="SAME", scope=scope
        )
    more = (kernel_size - 1) * rate
    around = [more // 2, more - more // 2]
    inputs = pad(inputs, [[0, 0], around, around, [0, 0]])
    return layers.conv2d(
        inputs, num_outputs, kernel_size, stride=stride, rate=rate, padding="VALID", scope=scope
    )


@add_arg_scope
def stack_blocks_dense(
    net: Any, blocks: Any, output_stride: int | None = None, outputs_collections: Any = None
) -> Any:
    """Blocks one after the other; past `output_stride`, windows are spread instead of moved.

    Raises:
      ValueError: the stride cannot be reached.
    """
    stride = rate = 1
    for block in blocks:
        with variable_scope(block.scope, "block", [net]) as sc:
            for i, unit in enumerate(block.args):
                if output_stride is not None and stride > output_stride:
                    raise ValueError("The target output_stride cannot be reached.")
                with variable_scope(f"unit_{i + 1}", values=[net]):
                    if output_stride is not None and stride == output_stride:
                        net = block.unit_fn(net, rate=rate, **{**unit, "stride": 1})
                        rate *= unit.get("stride", 1)
                    else:
                        net = block.unit_fn(net, rate=1, **unit)
                        stride *= unit.get("stride", 1)
            net = utils.collect_named_outputs(outputs_collections, sc.name, net)
    if output_stride is not None and stride != output_stride:
        raise ValueError("The target output_stride cannot be reached.")
    return net


def resnet_arg_scope(
    weight_decay: float = 0.0001,
    batch_norm_decay: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
    batch_norm_scale: bool = True,
) -> dict[Any, dict[str, Any]]:
    """The scope of arguments for training."""
    normalizer = {
        "decay": batch_norm_decay, "epsilon": batch_norm_epsilon, "scale": batch_norm_scale,
        "updates_collections": GraphKeys.UPDATE_OPS,
    }  # fmt: skip
    with arg_scope(
        [layers.conv2d], weights_regularizer=layers.l2_regularizer(weight_decay),
        weights_initializer=layers.variance_scaling_initializer(), activation_fn=relu,
        normalizer_fn=layers.batch_norm, normalizer_params=normalizer,
    ):  # fmt: skip
        with arg_scope([layers.batch_norm], **normalizer):
            with arg_scope([layers.max_pool2d], padding="SAME") as scope:
                return scope


# How many units the four blocks of a network of so many layers have.
DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}


def bottleneck_block(
    unit_fn: Any, scope: str, base_depth: int, num_units: int, stride: int
) -> Block:
    """A block of bottleneck units, the last of which has the stride."""
    unit = {"depth": base_depth * 4, "depth_bottleneck": base_depth}
    strides = [1] * (num_units - 1) + [stride]
    return Block(scope, unit_fn, [{**unit, "stride": s} for s in strides])


def blocks_of(block: Any, layers_in_all: int) -> list[Block]:
    """The four blocks of a network of so many layers."""
    return [
        block(f"block{i + 1}", base_depth=64 << i, num_units=units, stride=1 if i == 3 else 2)
        for i, units in enumerate(DEPTHS[layers_in_all])
    ]


def ended(
    net: Any, num_classes: int | None, global_pool: bool, collection: str
) -> tuple[Any, dict[str, Any]]:
    """(the network's output, a dict of its end points)."""
    if global_pool:
        net = reduce_mean(net, [1, 2], name="pool5", keepdims=True)
    if num_classes is not None:
        net = layers.conv2d(
            net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits"
        )
    end_points = utils.convert_collection_to_dict(collection)
    if num_classes is not None:
        end_points["predictions"] = layers.softmax(net, scope="predictions")
    return net, end_points


def stride_after_root(output_stride: int | None) -> int | None:
    """What is left of the stride after the root block, which has one of 4."""
    if output_stride is None:
        return None
    if output_stride % 4 != 0:
        raise ValueError("The output_stride needs to be a multiple of 4.")
    return output_stride // 4
