"""Polynomials."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import zeros_like

__all__ = ["polyval"]


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The value of a polynomial at `x`, by Horner's rule (tf.math.polyval).

    Args:
      coeffs: a list of tensors, the highest power's first; with none the value is 0.
      x: where to evaluate it, elementwise.
      name: a name scope.
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type, found {type(coeffs)}.")
    with name_scope(name, "polyval", [*coeffs, x]):
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            return zeros_like(x)
        terms: list[Any] = [convert_to_tensor(c, name=f"coeff_{i}") for i, c in enumerate(coeffs)]
        value = terms[0]
        for term in terms[1:]:
            value = term + value * x
        return value  # type: ignore[no-any-return]
