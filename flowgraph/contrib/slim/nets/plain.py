"""What the networks without branches end in: convolutions in place of connected layers."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib import layers
from flowgraph.contrib.layers import utils
from flowgraph.ops.array.reshape import squeeze


def classified(
    net: Any, sizes: tuple[int, int], window: list[int], classes: int, keep_prob: float,
    is_training: Any, **last: Any,
) -> Any:  # fmt: skip
    """Two layers as convolutions, with dropout, and one that gives the logits: fc6, fc7, fc8."""
    net = layers.conv2d(net, sizes[0], window, padding="VALID", scope="fc6")
    net = layers.dropout(net, keep_prob, is_training=is_training, scope="dropout6")
    net = layers.conv2d(net, sizes[1], [1, 1], scope="fc7")
    net = layers.dropout(net, keep_prob, is_training=is_training, scope="dropout7")
    return layers.conv2d(
        net, classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8", **last
    )


def with_end_points(
    net: Any, collection: str, spatial_squeeze: bool, scope: Any
) -> tuple[Any, dict[str, Any]]:
    """(the logits, a dict of the end points)."""
    end_points = utils.convert_collection_to_dict(collection)
    if spatial_squeeze:
        net = squeeze(net, [1, 2], name="fc8/squeezed")
        end_points[scope.name + "/fc8"] = net
    return net, end_points
