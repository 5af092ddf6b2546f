"""Summaries named after their tensors (tf.contrib.slim.summaries)."""

from __future__ import annotations

from typing import Any

from flowgraph import summary
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph_functions import add_to_collection
from flowgraph.ops.control.checks import Print
from flowgraph.ops.nn.normalization import zero_fraction


def _name(tensor: Any, name: str | None, prefix: str | None, postfix: str | None = None) -> str:
    parts = (prefix, name or tensor.op.name, postfix)
    return "/".join(part for part in parts if part)


def _printed(make: Any, tensor: Any, name: str, print_summary: bool) -> Any:
    op = make(name, tensor, collections=[] if print_summary else None)
    if print_summary:
        op = Print(op, [tensor], name)
        add_to_collection(GraphKeys.SUMMARIES, op)
    return op


def add_histogram_summary(tensor: Any, name: str | None = None, prefix: str | None = None) -> Any:
    """A histogram."""
    return summary.histogram(_name(tensor, name, prefix), tensor)


def add_image_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """Images."""
    return _printed(summary.image, tensor, _name(tensor, name, prefix), print_summary)


def add_scalar_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """A scalar; `print_summary` prints it, too."""
    return _printed(summary.scalar, tensor, _name(tensor, name, prefix), print_summary)


def add_zero_fraction_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """Which share of the elements is zero."""
    name = _name(tensor, name, prefix, "Fraction_of_Zero_Values")
    return add_scalar_summary(zero_fraction(tensor), name, print_summary=print_summary)


def add_histogram_summaries(tensors: Any, prefix: str | None = None) -> list[Any]:
    """A histogram of each."""
    return [add_histogram_summary(tensor, prefix=prefix) for tensor in tensors]


def add_image_summaries(tensors: Any, prefix: str | None = None) -> list[Any]:
    """Images of each."""
    return [add_image_summary(tensor, prefix=prefix) for tensor in tensors]


def add_scalar_summaries(
    tensors: Any, prefix: str | None = None, print_summary: bool = False
) -> list[Any]:
    """A scalar of each."""
    return [add_scalar_summary(t, prefix=prefix, print_summary=print_summary) for t in tensors]


def add_zero_fraction_summaries(tensors: Any, prefix: str | None = None) -> list[Any]:
    """The share of zeros of each."""
    return [add_zero_fraction_summary(tensor, prefix=prefix) for tensor in tensors]
