"""What is known of elements: for each component its dtype and shape, and what tensors carry it.

A component is a tensor, a `SparseTensor` (carried by a variant of three parts), a dataset (of a
window), or nothing. `TensorSpec` and the others tell one; elements nest them.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import DType
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import SCALAR, TensorShape, as_shape
from flowgraph.core.sparse_tensor import SparseTensor, SparseTensorValue
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest
from flowgraph.ops.control import composite
from flowgraph.ops.control.tensor_array import TensorArray
from flowgraph.ops.sparse.serialize import (
    deserialize_sparse,
    serialize_many_sparse,
    serialize_sparse,
)

Flat = list[tuple[DType, TensorShape]]


class Spec:
    """What is known of a component."""

    carried: tuple[DType, TensorShape]  # the dtype and shape of the tensor that carries it

    def to_tensor(self, value: Any) -> Tensor:
        """The tensor that carries a value."""
        raise NotImplementedError

    def to_rows(self, value: Any) -> Tensor:
        """The tensor whose rows carry those of a value, which this describes."""
        raise NotImplementedError

    def from_tensor(self, tensor: Tensor) -> Any:
        """The value that a tensor carries."""
        raise NotImplementedError

    def batch(self, size: int | None) -> Spec:
        """That of many values put together."""
        raise NotImplementedError

    def unbatch(self) -> Spec:
        """That of a row."""
        raise NotImplementedError

    def most_general(self, other: Any) -> Spec | None:
        """One that tells what both tell; None when they do not fit."""
        return self if self == other else None

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a value of that spec, or that value, can be one of this."""
        other = spec_or_value if isinstance(spec_or_value, Spec) else spec_of(spec_or_value)
        return type(other) is type(self) and self._fits(other)

    def _fits(self, other: Any) -> bool:
        mine, theirs = _told(self), _told(other)
        return mine[0] is theirs[0] and mine[1].is_compatible_with(theirs[1])

    def legacy(self) -> tuple[Any, Any, Any]:
        """(dtype, shape, class) as `output_types` and the others show them."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False
        mine, theirs = _told(self), _told(other)
        return mine[0] == theirs[0] and _same_shape(mine[1], theirs[1])

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(type(self))


def _told(spec: Any) -> tuple[Any, TensorShape]:
    return spec.legacy()[:2]  # type: ignore[no-any-return]


def _same_shape(a: Any, b: Any) -> bool:
    return bool(getattr(a, "known", a) == getattr(b, "known", b))


class TensorSpec(Spec):
    """A tensor of some dtype and shape (tf.TensorSpec)."""

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        self._shape, self._dtype, self._name = as_shape(shape), dtypes.as_dtype(dtype), name

    shape = property(lambda self: self._shape, doc="The shape.")
    dtype = property(lambda self: self._dtype, doc="The dtype.")
    name = property(lambda self: self._name, doc="A name, or None.")
    carried = property(lambda self: (self._dtype, self._shape))  # type: ignore[assignment]

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """The same, by another name."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> Any:  # type: ignore[override]
        """That of a tensor."""
        return cls(tensor.shape, tensor.dtype.base_dtype, name or tensor.op.name)

    def value_from(self, tensor: Tensor) -> Tensor:
        """The tensor, with the shape that is known."""
        tensor.set_shape(self._shape)
        return tensor

    def to_tensor(self, value: Any) -> Tensor:
        """The value itself."""
        tensor = convert_to_tensor(value, dtype=self._dtype)
        if not tensor.shape.is_compatible_with(self._shape):
            raise ValueError(
                f"Value {tensor} is not convertible to a tensor with dtype {self._dtype.name} and "
                f"shape {self._shape}."
            )
        return tensor

    to_rows = to_tensor

    def batch(self, size: int | None) -> Spec:
        """One more dimension in front."""
        return TensorSpec(TensorShape([size]).concatenate(self._shape), self._dtype)

    def unbatch(self) -> Spec:
        """One dimension less."""
        if self._shape.rank == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        rest = TensorShape(None) if self._shape.rank is None else self._shape[1:]
        return TensorSpec(rest, self._dtype)

    def most_general(self, other: Any) -> Spec | None:
        """One whose shape is what both know."""
        if type(other) is not TensorSpec or other._dtype is not self._dtype:
            return None
        shape = self._shape.most_specific_compatible_shape(other._shape)
        return TensorSpec(shape, self._dtype)

    def legacy(self) -> tuple[Any, Any, Any]:
        """(dtype, shape, tf.Tensor)"""
        return self._dtype, self._shape, Tensor

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"


class SparseTensorSpec(Spec):
    """A sparse tensor of some dtype and shape (tf.SparseTensorSpec)."""

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32) -> None:
        self._shape, self._dtype = as_shape(shape), dtypes.as_dtype(dtype)

    shape = property(lambda self: self._shape, doc="The shape.")
    dtype = property(lambda self: self._dtype, doc="The dtype.")
    carried = (dtypes.variant, TensorShape(None))

    def to_tensor(self, value: Any) -> Tensor:
        """Its three parts as variants."""
        return serialize_sparse(value, out_type=dtypes.variant)

    def to_rows(self, value: Any) -> Tensor:
        """Each row's three parts."""
        return serialize_many_sparse(value, out_type=dtypes.variant)

    def from_tensor(self, tensor: Tensor) -> Any:
        """The sparse tensor that the parts are."""
        found = deserialize_sparse(tensor, self._dtype, self._shape.rank)
        found.set_shape(self._shape)
        return found

    def batch(self, size: int | None) -> Spec:
        """One more dimension in front."""
        return SparseTensorSpec(TensorShape([size]).concatenate(self._shape), self._dtype)

    def unbatch(self) -> Spec:
        """One dimension less."""
        rest = TensorShape(None) if self._shape.rank is None else self._shape[1:]
        return SparseTensorSpec(rest, self._dtype)

    def most_general(self, other: Any) -> Spec | None:
        """One whose shape is what both know."""
        if type(other) is not SparseTensorSpec or other._dtype is not self._dtype:
            return None
        shape = self._shape.most_specific_compatible_shape(other._shape)
        return SparseTensorSpec(shape, self._dtype)

    def legacy(self) -> tuple[Any, Any, Any]:
        """(dtype, shape, tf.SparseTensor)"""
        return self._dtype, self._shape, SparseTensor

    def __repr__(self) -> str:
        return f"SparseTensorSpec({self._shape}, {self._dtype!r})"


class DatasetSpec(Spec):
    """A dataset of elements of some structure (tf.data.DatasetSpec)."""

    def __init__(self, element_spec: Any, dataset_shape: Any = ()) -> None:
        self._element_spec, self._dataset_shape = element_spec, as_shape(dataset_shape)

    carried = property(lambda self: (dtypes.variant, self._dataset_shape))  # type: ignore[assignment]

    @staticmethod
    def from_value(value: Any) -> DatasetSpec:
        """That of a dataset."""
        return DatasetSpec(value.element_spec)

    def to_tensor(self, value: Any) -> Tensor:
        """The dataset's variant."""
        return value._variant_tensor  # type: ignore[no-any-return]

    to_rows = to_tensor

    def from_tensor(self, tensor: Tensor) -> Any:
        """The dataset in a variant; of several, something that `from_tensor_slices` takes."""
        from flowgraph.data.base import dataset_of_variant

        tensor.set_shape(self._dataset_shape)
        return dataset_of_variant(tensor, self._element_spec, self._dataset_shape)

    def batch(self, size: int | None) -> Spec:
        """Several of them."""
        shape = TensorShape([size]).concatenate(self._dataset_shape)
        return DatasetSpec(self._element_spec, shape)

    def unbatch(self) -> Spec:
        """One of several."""
        if self._dataset_shape.rank == 0:
            raise ValueError("Unbatching a dataset is only supported for rank >= 1")
        return DatasetSpec(self._element_spec, self._dataset_shape[1:])

    def legacy(self) -> tuple[Any, Any, Any]:
        """Itself three times."""
        return self, self, self

    def _fits(self, other: Any) -> bool:
        return are_compatible(self._element_spec, other._element_spec) and (
            self._dataset_shape.is_compatible_with(other._dataset_shape)
        )

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is DatasetSpec
            and nest.is_sequence(other._element_spec) == nest.is_sequence(self._element_spec)
            and nest.flatten(other._element_spec) == nest.flatten(self._element_spec)
            and _same_shape(other._dataset_shape, self._dataset_shape)
        )

    __hash__ = Spec.__hash__

    def __repr__(self) -> str:
        return f"DatasetSpec({self._element_spec!r}, {self._dataset_shape!r})"


class TensorArraySpec(Spec):
    """A TensorArray like one that there was (tf.TensorArraySpec)."""

    carried = (dtypes.variant, SCALAR)

    def __init__(self, like: TensorArray) -> None:
        self._like = like

    def to_tensor(self, value: Any) -> Tensor:
        """What carries it in loops, too."""
        return composite.parts_of(value)[0]

    def from_tensor(self, tensor: Tensor) -> Any:
        """The array that a tensor carries."""
        return composite.pack(self._like, [tensor])

    def legacy(self) -> tuple[Any, Any, Any]:
        """Itself three times."""
        return self, self, self

    def __eq__(self, other: object) -> bool:
        return type(other) is TensorArraySpec and other._like.dtype is self._like.dtype

    __hash__ = Spec.__hash__

    def _fits(self, other: Any) -> bool:
        return bool(self == other)

    def __repr__(self) -> str:
        return f"TensorArraySpec({self._like.element_shape}, {self._like.dtype!r})"


class NoneTensorSpec(Spec):
    """No value; a tensor of no elements carries it."""

    carried = (dtypes.variant, SCALAR)

    def to_tensor(self, value: Any) -> Tensor:
        """Something that nobody reads."""
        from flowgraph.ops.control.tensor_list import empty_list

        return empty_list(dtypes.variant)

    to_rows = to_tensor

    def from_tensor(self, tensor: Tensor) -> Any:
        """None."""
        return None

    def batch(self, size: int | None) -> Spec:
        """The same."""
        return self

    def unbatch(self) -> Spec:
        """The same."""
        return self

    def legacy(self) -> tuple[Any, Any, Any]:
        """Itself three times."""
        return self, self, self

    def __eq__(self, other: object) -> bool:
        return type(other) is NoneTensorSpec

    __hash__ = Spec.__hash__

    def _fits(self, other: Any) -> bool:
        return True

    def __repr__(self) -> str:
        return "NoneTensorSpec()"


# --- of values ------------------------------------------------------------------------------------
_kinds: list[tuple[type, Any]] = [(TensorArray, TensorArraySpec)]


def register(kind: type, spec_of_value: Any) -> None:
    """Tells the spec of values of a class: (value) -> spec."""
    _kinds.append((kind, spec_of_value))


def is_composite(value: Any) -> bool:
    """Whether a component is something else than what is converted to a tensor."""
    kinds = (SparseTensor, SparseTensorValue, *[kind for kind, _ in _kinds])
    return value is None or isinstance(value, kinds)


def spec_of(value: Any) -> Any:
    """The nested specs of a nested value; TypeError when it can be no element."""
    if nest.is_sequence(value):
        return nest._rebuild(value, [spec_of(part) for part in nest._parts(value)])
    if isinstance(value, Spec):
        return value
    if isinstance(value, (SparseTensor, SparseTensorValue)):
        return _sparse_spec(value)
    for kind, spec_of_value in _kinds:
        if isinstance(value, kind):
            return spec_of_value(value)
    if value is None:
        return NoneTensorSpec()
    try:
        tensor = convert_to_tensor(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"Could not build a TypeSpec for {value!r}: {error}") from None
    return TensorSpec(tensor.shape, tensor.dtype.base_dtype)


def _sparse_spec(value: Any) -> SparseTensorSpec:
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    return SparseTensorSpec(value.shape, value.dtype.base_dtype)


def normalized(element: Any) -> Any:
    """The element with tensors for numbers, lists and arrays."""
    with name_scope("normalize_element"):
        leaves = [_normal(v, i) for i, v in enumerate(nest.flatten(element))]
    return nest.pack_sequence_as(element, leaves)


def _normal(value: Any, number: int) -> Any:
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if isinstance(value, list) and value and is_composite(value[0]):
        specs = [spec_of(v) for v in value]
        if all(isinstance(s, DatasetSpec) for s in specs):  # datasets, side by side
            carried = raw.Pack([s.to_tensor(v) for s, v in zip(specs, value, strict=True)])
            return specs[0].batch(len(value)).from_tensor(carried)
    if is_composite(value):
        return value
    tensor = convert_to_tensor(value, name=f"component_{number}")
    if tensor.dtype.is_ref_dtype:
        tensor = raw.Identity(tensor)
    return tensor


# --- many -----------------------------------------------------------------------------------------
def flat_of(spec: Any) -> Flat:
    """The dtypes and shapes of the tensors that carry elements."""
    return [leaf.carried for leaf in nest.flatten(spec)]


def attrs_of(spec: Any) -> dict[str, Any]:
    """The attributes `output_types` and `output_shapes` of an op."""
    flat = flat_of(spec)
    return {"output_types": [t for t, _ in flat], "output_shapes": [s for _, s in flat]}


def to_tensors(spec: Any, value: Any) -> list[Tensor]:
    """The tensors that carry an element."""
    return [s.to_tensor(v) for s, v in zip(nest.flatten(spec), nest.flatten(value), strict=True)]


def to_rows(spec: Any, value: Any) -> list[Tensor]:
    """The tensors whose rows carry elements."""
    return [s.to_rows(v) for s, v in zip(nest.flatten(spec), nest.flatten(value), strict=True)]


def from_tensors(spec: Any, tensors: Any) -> Any:
    """The element that tensors carry."""
    leaves = nest.flatten(spec)
    values = [
        s.value_from(t) if type(s) is TensorSpec else s.from_tensor(t)
        for s, t in zip(leaves, tensors, strict=True)
    ]
    return nest.pack_sequence_as(spec, values)


def map_spec(function: Any, spec: Any) -> Any:
    """The nested specs with `function` of each."""
    return nest.map_structure(function, spec)


def legacy(spec: Any, index: int) -> Any:
    """The nested dtypes (0), shapes (1) or classes (2)."""
    return nest.map_structure(lambda leaf: leaf.legacy()[index], spec)


def from_legacy(types: Any, shapes: Any, classes: Any) -> Any:
    """The nested specs that nested dtypes, shapes and classes tell."""
    return nest.pack_sequence_as(
        types,
        [
            _from_legacy(*parts)
            for parts in zip(
                nest.flatten(types),
                nest.flatten_up_to(types, shapes),
                nest.flatten_up_to(types, classes),
                strict=True,
            )
        ],
    )


def _from_legacy(dtype: Any, shape: Any, kind: Any) -> Spec:
    if isinstance(kind, Spec):
        return kind
    if kind is SparseTensor:
        return SparseTensorSpec(shape, dtype)
    if kind is Tensor:
        return TensorSpec(shape, dtype)
    raise TypeError(f"Could not build a structure for output class {kind!r}")


def are_compatible(spec1: Any, spec2: Any) -> bool:
    """Whether elements of one are elements of the other."""
    try:
        nest.assert_same_structure(spec1, spec2)
    except (TypeError, ValueError):
        return False
    pairs = zip(nest.flatten(spec1), nest.flatten(spec2), strict=True)
    return all(a.is_compatible_with(b) for a, b in pairs)
