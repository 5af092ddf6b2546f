"""Which operations are only helpers of another, so that a picture shows what a person wrote.

A variable's initializer, its Assign and its read belong to the variable; shape arithmetic
belongs to the operation that it parametrises; the identities with which gradients are tied
together belong to what they pass on. Each rule is a small function that fills `Helpers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flowgraph.viz.reading import VARIABLES, Reach, in_gradients

PARAMETERS: dict[str, tuple[int, ...]] = {
    "ArgMax": (1,), "ArgMin": (1,), "All": (1,), "Any": (1,), "Max": (1,), "Mean": (1,),
    "Min": (1,), "Prod": (1,), "Sum": (1,), "BroadcastTo": (1,), "Cumsum": (1,), "Cumprod": (1,),
    "ExpandDims": (1,), "Fill": (0,), "GatherV2": (2,), "MirrorPad": (1,), "OneHot": (1, 2, 3),
    "Pad": (1,), "PadV2": (1, 2), "Reshape": (1,), "ReverseV2": (1,), "Slice": (1, 2),
    "Split": (0,), "SplitV": (1, 2), "StridedSlice": (1, 2, 3), "Tile": (1,), "TopKV2": (1,),
    "Transpose": (1,), "RandomUniform": (0,), "RandomStandardNormal": (0,),
    "TruncatedNormal": (0,), "RandomUniformInt": (0, 1, 2), "Conv2DBackpropInput": (0,),
    "Conv2DBackpropFilter": (1,), "AvgPoolGrad": (0,), "StridedSliceGrad": (0, 1, 2, 3),
    "ConcatOffset": (0, 1, 2, 3, 4, 5, 6, 7), "BroadcastGradientArgs": (0, 1),
    "DynamicStitch": (0, 1, 2, 3), "ResizeBilinear": (1,), "ResizeNearestNeighbor": (1,),
}  # fmt: skip
"""Inputs that say how an operation works and not what it works on (TF's own op definitions)."""

SHAPE_QUESTIONS = frozenset({"Shape", "ShapeN", "Rank", "Size"})
LAST_IS_AXIS = frozenset({"ConcatV2"})
CHECK = re.compile(r"(^|/)(assert_[^/]*|static_[^/]*check[^/]*)(/|$)")
READS = frozenset({"ReadVariableOp", "VarIsInitializedOp", "IsVariableInitialized"})
ASSIGNS = frozenset({"Assign", "AssignVariableOp"})


@dataclass(slots=True)
class Helpers:
    """Who is drawn within whom (`owner`: helper -> operation) and who is not drawn at all."""

    owner: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    slots: dict[str, list[str]] = field(default_factory=dict)
    """Variable -> its optimizer slots ("Momentum", "Adam", "Adam_1")."""

    def drawn_as(self, name: str) -> str | None:
        """The operation in whose node this one is drawn; None if it is hidden."""
        while name in self.owner:
            name = self.owner[name]
        return None if name in self.hidden else name

    def is_helper(self, name: str) -> bool:
        """Whether an operation has no node of its own."""
        return name in self.owner or name in self.hidden


def find_helpers(reach: Reach) -> Helpers:
    """Apply every rule; an operation that the user asked for is always drawn."""
    helpers = Helpers()
    for rule in RULES:
        rule(reach, helpers)
    for name in reach.targets:
        helpers.owner.pop(name, None)
        helpers.hidden.discard(name)
    return helpers


def _own_scopes(reach: Reach, helpers: Helpers) -> None:
    """What is named below a variable ("w/read", "w/Assign", the slot "w/Momentum") is its own."""
    variables = {op.name for op in reach.operations if op.type in VARIABLES}
    for op in reach.operations:
        owner = _outermost_prefix(op.name, variables)
        if owner is None:
            continue
        helpers.owner[op.name] = owner
        if op.type in VARIABLES:
            helpers.slots.setdefault(owner, []).append(op.name[len(owner) + 1 :])


def _outermost_prefix(name: str, variables: set[str]) -> str | None:
    end = name.find("/")
    while end >= 0:
        if name[:end] in variables:
            return name[:end]
        end = name.find("/", end + 1)
    return None


def _reads(reach: Reach, helpers: Helpers) -> None:
    """A resource variable is read by an operation of its own wherever it is used."""
    for op in reach.operations:
        if op.type in READS and len(op.inputs) and op.inputs[0].op.type in VARIABLES:
            helpers.owner.setdefault(op.name, op.inputs[0].op.name)


def _initial_values(reach: Reach, helpers: Helpers) -> None:
    """What only computes a variable's initial value belongs to the variable."""
    for op in reversed(reach.operations):
        if op.type in VARIABLES or helpers.is_helper(op.name):
            continue
        users = {
            helpers.drawn_as(user.name) if helpers.is_helper(user.name) else None
            for user, _ in reach.consumers[op.name]
        }
        if len(users) == 1 and (owner := users.pop()) is not None:
            helpers.owner[op.name] = owner


def _shape_arithmetic(reach: Reach, helpers: Helpers) -> None:
    """Integers that only say an operation's shape or axis are drawn within it."""
    absorbed: set[str] = set()
    for op in reversed(reach.operations):
        users = reach.consumers[op.name]
        if helpers.is_helper(op.name) or not _is_parameter_like(op):
            continue
        if not in_gradients(op.name):
            users = [pair for pair in users if not in_gradients(pair[0].name)]
        if not users and op.type in SHAPE_QUESTIONS:
            helpers.hidden.add(op.name)
        elif users and all(u.name in absorbed or _is_parameter(u, index) for u, index in users):
            absorbed.add(op.name)
            helpers.owner[op.name] = users[0][0].name


def _is_parameter_like(op: Any) -> bool:
    if op.type == "Const":
        return True
    return bool(op.outputs) and all(t.dtype.base_dtype.is_integer for t in op.outputs)


def _is_parameter(user: Any, index: int) -> bool:
    if user.type in LAST_IS_AXIS:
        return index == len(user.inputs) - 1
    return index in PARAMETERS.get(user.type, ())


def _ties(reach: Reach, helpers: Helpers) -> None:
    """`tf.tuple` within gradients: identities that wait for each other add nothing to see."""
    for op in reach.operations:
        if helpers.is_helper(op.name) or not in_gradients(op.name):
            continue
        if op.type == "NoOp":
            helpers.hidden.add(op.name)
        elif op.type == "Identity" and op.control_inputs:
            helpers.owner[op.name] = op.inputs[0].op.name


def _checks(reach: Reach, helpers: Helpers) -> None:
    """What remains of a check that static shapes decided is a NoOp that others wait for."""
    for op in reach.operations:
        if op.type == "NoOp" and CHECK.search(op.name):
            helpers.hidden.add(op.name)


def _initializers(reach: Reach, helpers: Helpers) -> None:
    """The group of all variables' Assigns ("init") would tie every variable to one node."""
    for op in reach.operations:
        waits = op.control_inputs
        if (
            op.type == "NoOp"
            and waits
            and all(helpers.is_helper(w.name) and w.type in ASSIGNS for w in waits)
        ):
            helpers.hidden.add(op.name)


def _defaults(reach: Reach, helpers: Helpers) -> None:
    """A placeholder's constant default is told in the placeholder."""
    for op in reach.operations:
        if op.type == "PlaceholderWithDefault" and op.inputs[0].op.type == "Const":
            default = op.inputs[0].op
            if len(reach.consumers[default.name]) == 1:
                helpers.owner[default.name] = op.name


RULES = (
    _own_scopes,
    _reads,
    _initial_values,
    _shape_arithmetic,
    _ties,
    _checks,
    _initializers,
    _defaults,
)
