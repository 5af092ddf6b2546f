"""The gradient of an output with respect to an input, added to a graph once and kept."""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

from flowgraph.viz.insight import feeding


class Gradient(NamedTuple):
    """`value` is the gradient of the output's elements, each times its element of `weights`."""

    weights: Any
    value: Any


_made: weakref.WeakKeyDictionary[Any, dict[tuple[str, str], Gradient]] = weakref.WeakKeyDictionary()


def gradient_of(output: Any, source: Any) -> Gradient:
    """The gradient of `output` with respect to `source`, both tensors of one graph.

    It is kept by graph, so that a picture drawn in a loop does not let the graph grow.

    Raises:
      TypeError: one of them has no gradients, as it is not of floating numbers.
      ValueError: the output does not depend on the source.
      RuntimeError: the graph is finalized.
    """
    feeding.floating(output, "output")
    feeding.floating(source, "input")
    kept = _made.setdefault(output.graph, {})
    key = (output.name, source.name)
    if key not in kept:
        if output.graph.finalized:
            raise RuntimeError(
                f"the gradient of {output.name!r} has to be added to the graph, which is "
                "finalized: draw this picture once before, or in a session of a graph of your own"
            )
        kept[key] = _make(output, source)
    return kept[key]


def _make(output: Any, source: Any) -> Gradient:
    from flowgraph.ops.array.constant import placeholder
    from flowgraph.ops.gradients import gradients

    graph = output.graph
    with graph.as_default(), graph.name_scope("viz_gradient"):
        weights = placeholder(output.dtype.base_dtype, output.shape, name="weights")
        (value,) = gradients(output, source, grad_ys=weights)
    if value is None:
        raise ValueError(f"{output.name!r} does not depend on {source.name!r}, or by ways that "
                         "have no gradient")  # fmt: skip
    return Gradient(weights, value)
