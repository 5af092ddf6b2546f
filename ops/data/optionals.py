"""Ops of values that may be missing: a variant is a tuple of arrays, or None."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError, OutOfRangeError
from flowgraph.core.op_def import Trait, define
from flowgraph.core.shapes import SCALAR
from flowgraph.ops.data._declare import OUTPUTS
from flowgraph.ops.data._iterators import as_iterator


class _Value:
    """What an optional holds."""

    def __init__(self, parts: tuple[Any, ...] | None) -> None:
        self.parts = parts


from_value_op = define(
    "OptionalFromValue",
    inputs="components: *Toutput_types",
    outputs="optional: variant",
    attrs={"Toutput_types": attrs.type_list()},
    shape=lambda op: SCALAR,
    traits=Trait.CALLS,
).no_gradient()
from_value_op.kernel(
    lambda ctx: (
        lambda *parts: _Value(tuple([p.copy() if isinstance(p, np.ndarray) else p for p in parts]))
    )
)

none_op = define(
    "OptionalNone", outputs="optional: variant", shape=lambda op: SCALAR, traits=Trait.CALLS
).no_gradient()
none_op.kernel(lambda ctx: lambda: _Value(None))

has_value_op = define(
    "OptionalHasValue",
    inputs="optional: variant",
    outputs="has_value: bool",
    shape=lambda op: SCALAR,
    traits=Trait.CALLS,
).no_gradient()
has_value_op.kernel(lambda ctx: lambda optional: np.bool_(optional.parts is not None))

get_value_op = define(
    "OptionalGetValue",
    inputs="optional: variant",
    outputs="components: *output_types",
    attrs=OUTPUTS,
    shape=lambda op: list(op.attrs["output_shapes"]),
    traits=Trait.CALLS | Trait.SNAPSHOT,
).no_gradient()


@get_value_op.kernel
def _(_ctx: Any) -> Any:
    def run(optional: Any) -> Any:
        if optional.parts is None:
            raise InvalidArgumentError("The given optional does not have a value.")
        return optional.parts

    return run


get_next_as_optional_op = define(
    "IteratorGetNextAsOptional",
    inputs="iterator: resource",
    outputs="optional: variant",
    attrs=OUTPUTS,
    shape=lambda op: SCALAR,
    writes="iterator",
    traits=Trait.CALLS,
).no_gradient()


@get_next_as_optional_op.kernel
def _(_ctx: Any) -> Any:
    def run(iterator: Any) -> Any:
        try:
            return _Value(as_iterator(iterator).next())
        except OutOfRangeError:
            return _Value(None)

    return run
