"""What to parse of Example messages: the kinds of features, and features as the ops take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flowgraph.core import dtypes
from flowgraph.core.dtypes import as_dtype
from flowgraph.core.shapes import TensorShape, as_shape

__all__ = ["FixedLenFeature", "FixedLenSequenceFeature", "SparseFeature", "VarLenFeature"]


# --- the kinds of features ------------------------------------------------------------------------
class VarLenFeature(NamedTuple):
    """A feature of any length: gives a `SparseTensor` (tf.io.VarLenFeature)."""

    dtype: Any


class SparseFeature(NamedTuple):
    """A sparse tensor whose indices and values are features (tf.io.SparseFeature).

    Args:
      index_key: the name of the feature of indices, int64; or a list, one for each dimension.
      value_key: the name of the feature of values.
      dtype: the values' dtype.
      size: the size of the dimension, or a list of sizes.
      already_sorted: whether the values are in the order of their indices.
    """

    index_key: Any
    value_key: str
    dtype: Any
    size: Any
    already_sorted: bool = False


class FixedLenFeature(NamedTuple):
    """A feature of a fixed shape: gives a dense tensor (tf.io.FixedLenFeature).

    It may be missing only where there is a `default_value`, of that shape.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(NamedTuple):
    """A list of items of a fixed shape: gives a dense tensor (tf.io.FixedLenSequenceFeature).

    Args:
      shape: the shape of an item.
      dtype: the dtype.
      allow_missing: whether the feature may be missing: it counts as empty.
      default_value: what short lists are padded with in a batch of Examples; 0 or "" when None.
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


@dataclass(slots=True)
class Wanted:
    """Features sorted by how the ops take them."""

    sparse_keys: list[str] = field(default_factory=list)
    sparse_types: list[Any] = field(default_factory=list)
    dense_keys: list[str] = field(default_factory=list)
    dense_types: list[Any] = field(default_factory=list)
    dense_shapes: list[TensorShape] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)

    def add_sparse(self, key: str, dtype: Any) -> None:
        """Adds a sparse key; ValueError when it is there with another dtype."""
        if key not in self.sparse_keys:
            self.sparse_keys.append(key)
            self.sparse_types.append(dtype)
            return
        known = self.sparse_types[self.sparse_keys.index(key)]
        if as_dtype(known) is not as_dtype(dtype):
            raise ValueError(f"Conflicting type {known} vs {dtype} for feature {key}.")

    def add_dense(self, key: str, feature: Any) -> None:
        """Adds a dense key with its shape and dtype."""
        self.dense_keys.append(key)
        self.dense_types.append(as_dtype(feature.dtype))
        self.dense_shapes.append(as_shape(feature.shape))

    def checked(self) -> Wanted:
        """Itself; ValueError when a key is asked for in two ways."""
        both = set(self.dense_keys) & set(self.sparse_keys)
        if both:
            raise ValueError(f"Dense and sparse keys must not intersect; intersection: {both}")
        return self


def sort(features: Any, kinds: tuple[type, ...]) -> Wanted:
    """The features by key; ValueError for one of a kind that is not among those allowed."""
    wanted = Wanted()
    for key in sorted(features or {}):
        feature = features[key]
        if not isinstance(feature, (VarLenFeature, SparseFeature, FixedLenFeature,
                                    FixedLenSequenceFeature)):  # fmt: skip
            raise ValueError(f"Invalid feature {key}:{feature}.")
        if not isinstance(feature, kinds):
            raise ValueError(f"Unsupported {type(feature).__name__} {feature}.")
        if not feature.dtype:
            raise ValueError(f"Missing type for feature {key}.")
        _ADD[type(feature)](wanted, key, feature)
    return wanted.checked()


def _add_var_len(wanted: Wanted, key: str, feature: VarLenFeature) -> None:
    wanted.add_sparse(key, as_dtype(feature.dtype))


def _add_sparse(wanted: Wanted, _key: str, feature: SparseFeature) -> None:
    if not feature.index_key:
        raise ValueError(f"Missing index_key for SparseFeature {feature}.")
    if not feature.value_key:
        raise ValueError(f"Missing value_key for SparseFeature {feature}.")
    keys = [feature.index_key] if isinstance(feature.index_key, str) else feature.index_key
    for index_key in sorted(keys):
        wanted.add_sparse(index_key, dtypes.int64)
    wanted.add_sparse(feature.value_key, as_dtype(feature.dtype))


def _add_fixed(wanted: Wanted, key: str, feature: FixedLenFeature) -> None:
    if feature.shape is None:
        raise ValueError(f"Missing shape for feature {key}.")
    shape = as_shape(feature.shape)
    if shape.rank and shape.known[0] is None:  # type: ignore[index]
        raise ValueError(
            f"First dimension of shape for feature {key} unknown. Consider using "
            "FixedLenSequenceFeature."
        )
    if not shape.is_fully_defined():
        raise ValueError(
            f"All dimensions of shape for feature {key} need to be known but received "
            f"{feature.shape}."
        )
    wanted.add_dense(key, feature)
    if feature.default_value is not None:
        wanted.defaults[key] = feature.default_value


def _add_sequence(wanted: Wanted, key: str, feature: FixedLenSequenceFeature) -> None:
    if feature.shape is None:
        raise ValueError(f"Missing shape for feature {key}.")
    wanted.add_dense(key, feature)
    if feature.allow_missing or feature.default_value is not None:
        wanted.defaults[key] = feature.default_value


_ADD: dict[type, Any] = {
    VarLenFeature: _add_var_len,
    SparseFeature: _add_sparse,
    FixedLenFeature: _add_fixed,
    FixedLenSequenceFeature: _add_sequence,
}
OF_EXAMPLE = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)
OF_CONTEXT = (VarLenFeature, FixedLenFeature)
OF_LISTS = (VarLenFeature, FixedLenSequenceFeature)


def with_steps(features: Mapping[str, Any]) -> dict[str, Any]:
    """The features with an unknown first size in the shapes of sequences."""
    result = dict(features)
    for key, feature in features.items():
        if isinstance(feature, FixedLenSequenceFeature):
            if not feature.allow_missing:
                raise ValueError(
                    "Unsupported: FixedLenSequenceFeature requires allow_missing to be True."
                )
            result[key] = feature._replace(shape=[None, *as_shape(feature.shape).as_list()])
    return result
