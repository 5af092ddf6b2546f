"""Values that may be missing: the next element of an iterator, or nothing at its end."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import SCALAR
from flowgraph.core.tensor import Tensor
from flowgraph.data import structure
from flowgraph.data.structure import Spec
from flowgraph.ops.data import optionals as _declared  # noqa: F401 - the ops


class Optional:
    """A nest of tensors, or nothing (tf.data.experimental.Optional)."""

    def __init__(self, variant_tensor: Tensor, value_structure: Any) -> None:
        self._variant_tensor, self._spec = variant_tensor, value_structure

    def has_value(self, name: str | None = None) -> Tensor:
        """Whether there is a value, a bool scalar."""
        return raw.OptionalHasValue(self._variant_tensor, name=name)  # type: ignore[no-any-return]

    def get_value(self, name: str | None = None) -> Any:
        """The value; InvalidArgumentError at a run when there is none."""
        tensors = raw.OptionalGetValue(
            self._variant_tensor, name=name, **structure.attrs_of(self._spec)
        )
        return structure.from_tensors(self._spec, tensors)

    @property
    def value_structure(self) -> Any:
        """The nested specs of the value."""
        return self._spec

    @staticmethod
    def from_value(value: Any) -> Optional:
        """One that has a value."""
        element = structure.normalized(value)
        spec = structure.spec_of(element)
        return Optional(raw.OptionalFromValue(structure.to_tensors(spec, element)), spec)

    @staticmethod
    def none_from_structure(value_structure: Any) -> Optional:
        """One that has none, and could have one of these specs."""
        return Optional(raw.OptionalNone(), value_structure)


class OptionalStructure(Spec):
    """That of a component that is an `Optional`."""

    carried = (dtypes.variant, SCALAR)

    def __init__(self, value_structure: Any) -> None:
        self._value_structure = value_structure

    def to_tensor(self, value: Any) -> Tensor:
        """The optional's variant."""
        return value._variant_tensor  # type: ignore[no-any-return]

    def from_tensor(self, tensor: Tensor) -> Any:
        """The optional in a variant."""
        return Optional(tensor, self._value_structure)

    def legacy(self) -> tuple[Any, Any, Any]:
        """Itself three times."""
        return self, self, self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OptionalStructure) and structure.are_compatible(
            self._value_structure, other._value_structure
        )

    __hash__ = Spec.__hash__

    def _fits(self, other: Any) -> bool:
        return bool(self == other)

    def __repr__(self) -> str:
        return f"OptionalStructure({self._value_structure!r})"


structure.register(Optional, lambda v: OptionalStructure(v.value_structure))


def get_next_as_optional(iterator: Any) -> Optional:
    """The next element of an iterator, or nothing at its end."""
    spec = iterator.element_spec
    variant = raw.IteratorGetNextAsOptional(iterator._iterator_resource, **structure.attrs_of(spec))
    return Optional(variant, spec)
