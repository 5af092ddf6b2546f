"""Networks of parallel branches from tables: what the Inception networks are built of.

A network is a dict from end points to what makes them: one step, or a list of branches, whose
results are joined. A step is text: its scope, which ends in the window's size, then its depth and
what else it takes: "s2" (the stride), "V" or "S" (the padding), "k3x3" (another window than the
name says), "t0.1" (weights of a truncated normal distribution of that deviation), "separable".
"Conv2d_0a_1x1 64" is a convolution, "MaxPool_1a_3x3 s2 V" and "AvgPool_0a_3x3" pool.
A tuple in a branch is a fork: its steps take the same input, and their results are joined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.framework.argument_scopes import arg_scope
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.reshape import squeeze
from flowgraph.variables.initializers import truncated_normal_initializer
from flowgraph.variables.scope import variable_scope

Network = dict[str, Any]
_PADDINGS = {"V": "VALID", "S": "SAME"}


def step(text: str, net: Any, depth: Callable[[int], int]) -> Any:
    """Applies one step."""
    scope, *words = text.split()
    window = scope.rsplit("_", 1)[1]
    given: dict[str, Any] = {"scope": scope}
    outputs, separable = 0, False
    for word in words:
        if word in _PADDINGS:
            given["padding"] = _PADDINGS[word]
        elif word == "separable":
            separable = True
        elif word[0] == "s":
            given["stride"] = int(word[1:])
        elif word[0] == "t":
            given["weights_initializer"] = truncated_normal_initializer(0.0, float(word[1:]))
        elif word[0] == "k":
            window = word[1:]
        else:
            outputs = depth(int(word))
    size = [int(side) for side in window.split("x")]
    if scope.startswith("MaxPool"):
        return layers.max_pool2d(net, size, **given)
    if scope.startswith("AvgPool"):
        return layers.avg_pool2d(net, size, **given)
    if separable:
        return layers.separable_conv2d(net, outputs, size, min(outputs // 3, 8), **given)
    return layers.conv2d(net, outputs, size, **given)


def _branch(steps: list[Any], net: Any, depth: Callable[[int], int]) -> Any:
    for one in steps:
        if isinstance(one, tuple):
            net = concat([step(text, net, depth) for text in one], 3)
        else:
            net = step(one, net, depth)
    return net


def build(
    network: Network, inputs: Any, final_endpoint: str, depth: Callable[[int], int],
    settings: Callable[[str], Any],
) -> tuple[Any, dict[str, Any]]:  # fmt: skip
    """(the final end point, a dict of all up to it).

    Args:
      network: the table.
      inputs: images.
      final_endpoint: where to stop.
      depth: the depth for one in the table.
      settings: the scope of arguments for an end point.

    Raises:
      ValueError: there is no such end point.
    """
    if final_endpoint not in network:
        raise ValueError(f"Unknown final endpoint {final_endpoint}")
    net, end_points = inputs, {}
    for end_point, made_of in network.items():
        with settings(end_point):
            if isinstance(made_of, str):
                net = step(f"{end_point} {made_of}", net, depth)
            else:
                with variable_scope(end_point):
                    branches = []
                    for i, steps in enumerate(made_of):
                        with variable_scope(f"Branch_{i}"):
                            branches.append(_branch(steps, net, depth))
                    net = concat(branches, 3)
        end_points[end_point] = net
        if end_point == final_endpoint:
            break
    return net, end_points


def depths(min_depth: int, depth_multiplier: float) -> Callable[[int], int]:
    """What depths become: multiplied, and not less than `min_depth`."""
    if depth_multiplier <= 0:
        raise ValueError("depth_multiplier is not greater than zero.")
    return lambda depth: max(int(depth * depth_multiplier), min_depth)


def plainly(padding: str) -> Any:
    """The scope of a stride of one and a padding."""
    return arg_scope(
        [layers.conv2d, layers.max_pool2d, layers.avg_pool2d], stride=1, padding=padding
    )


def to_classes(net: Any, classes: int, scope: str, flat: bool, **more: Any) -> Any:
    """Logits by a convolution of one pixel."""
    logits = layers.conv2d(
        net, classes, [1, 1], activation_fn=None, normalizer_fn=None, scope=scope, **more
    )
    return squeeze(logits, [1, 2], name="SpatialSqueeze") if flat else logits


def fitting(net: Any, size: list[int]) -> list[int]:
    """The window, not larger than the images."""
    height, width = net.shape.as_list()[1:3]
    if height is None or width is None:
        return size
    return [min(height, size[0]), min(width, size[1])]
