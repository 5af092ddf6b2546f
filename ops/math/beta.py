"""The logarithm of the multivariate beta function."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.special import lgamma


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """ln(|Beta(x)|) over the last dimension: float [..., n] -> [...] (tf.lbeta, tf.math.lbeta).

    For two numbers that is the beta function; an empty last dimension gives -inf.
    """
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        above = reduce_sum(lgamma(x), axis=[-1])
        below = lgamma(reduce_sum(x, axis=[-1]))
        return above - below
