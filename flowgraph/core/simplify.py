"""What an op's rule of simplification is given, and what it answers.

A rule stands in the op's block (`@x.simplify`). It is asked about one application of the op in a
plan and answers a `Value` that the output equals, bit for bit (a list of them when there are
several outputs), or a `Replacement`, or None. A value that a rule hands on must have the output's
shape whatever is fed, and what an op that is looked through would complain of must not get lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NewType, Protocol

import numpy as np

from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape

Value = NewType("Value", int)


class Application(Protocol):
    """One application of an op in a plan."""

    @property
    def op(self) -> Operation:
        """The node."""

    def input(self, index: int) -> Value:
        """An input."""

    def shape(self, index: int) -> TensorShape:
        """An input's static shape."""

    def constant(self, index: int) -> Any:
        """An input's array when it is the same in every run, else None."""

    def maker(self, index: int, op_type: str) -> Application | None:
        """What makes an input, when that is an op of this type and has no effects."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Another op that gives the same output. Arrays among the inputs are constants."""

    op_type: str
    inputs: Sequence[Any]  # of `Value` and arrays
    attrs: Mapping[str, Any]


def input_if(step: Application, wanted: Any) -> Value | None:
    """The first input, where the second is, in every run, the array `wanted`."""
    told = step.constant(1)
    return step.input(0) if told is not None and np.array_equal(told, wanted) else None


def same_shape(a: TensorShape, b: TensorShape) -> bool:
    """Whether two static shapes are fully known and equal."""
    return a.is_fully_defined() and a.known == b.known
