"""Example and SequenceExample messages parsed into tensors by name (tf.io.parse_example ...)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.reshape import squeeze
from flowgraph.ops.control.assertion import Assert
from flowgraph.ops.parsing.example import parse_example_op, parse_single_example_op
from flowgraph.ops.parsing.features import (
    OF_CONTEXT,
    OF_EXAMPLE,
    OF_LISTS,
    SparseFeature,
    Wanted,
    sort,
    with_steps,
)
from flowgraph.ops.parsing.sequence_example import (
    parse_sequence_example_op,
    parse_single_sequence_example_op,
)
from flowgraph.ops.sparse.merging import sparse_merge

__all__ = [
    "parse_example", "parse_sequence_example", "parse_single_example",
    "parse_single_sequence_example",
]  # fmt: skip


# --- what the ops take and give -------------------------------------------------------------------
def _node_name(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.\-/]", "_", key)


def _default_tensors(wanted: Wanted) -> list[Tensor]:
    """For each dense key its default, its padding, or an empty vector where it must be there."""
    found = []
    for key, dtype, shape in zip(
        wanted.dense_keys, wanted.dense_types, wanted.dense_shapes, strict=True
    ):
        value = wanted.defaults.get(key)
        varies = bool(shape.rank) and shape.known[0] is None  # type: ignore[index]
        if value is None:
            empty: Any = ("" if dtype is dtypes.string else 0) if varies else []
            found.append(convert_to_tensor(empty, dtype=dtype))
        elif varies:
            padding = convert_to_tensor(value, dtype=dtype, name=f"padding_{_node_name(key)}")
            found.append(raw.Reshape(padding, []))
        elif isinstance(value, Tensor):
            found.append(value)
        else:
            default = convert_to_tensor(value, dtype=dtype, name=f"key_{_node_name(key)}")
            found.append(raw.Reshape(default, shape.as_list()))
    return found


def _take(outputs: list[Tensor], wanted: Wanted) -> dict[str, Any]:
    """The first outputs of an op by key: sparse indices, values, shapes, then dense values."""
    count, dense = len(wanted.sparse_keys), len(wanted.dense_keys)
    parts = [outputs[i * count : (i + 1) * count] for i in range(3)]
    sparse = [SparseTensor(*each) for each in zip(*parts, strict=True)]
    tensors = outputs[3 * count : 3 * count + dense]
    return dict(zip(wanted.sparse_keys + wanted.dense_keys, sparse + tensors, strict=True))


def _merge(features: Mapping[str, Any], tensors: dict[str, Any]) -> dict[str, Any]:
    """The tensors by feature: a `SparseFeature` is made of those of its indices and values."""
    for key in sorted(features):
        feature = features[key]
        if isinstance(feature, SparseFeature):
            keys = feature.index_key
            ids = tensors[keys] if isinstance(keys, str) else [tensors[k] for k in keys]
            tensors[key] = sparse_merge(
                ids, tensors[feature.value_key], vocab_size=feature.size,
                already_sorted=feature.already_sorted,
            )  # fmt: skip
    return {key: value for key, value in tensors.items() if key in features}


# --- Example --------------------------------------------------------------------------------------
def parse_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """Parses a batch of serialised Examples (tf.io.parse_example).

    Args:
      serialized: a vector of strings.
      features: name -> VarLenFeature, SparseFeature, FixedLenFeature or FixedLenSequenceFeature.
      name: a name scope.
      example_names: a vector of names that errors mention.

    Returns:
      name -> `SparseTensor` (VarLenFeature, SparseFeature) or tensor of shape [batch, ...], which
      for a FixedLenSequenceFeature is [batch, longest, ...].

    Raises:
      ValueError: the features contradict each other.
      InvalidArgumentError: at run time, for bytes that are no Example, a feature that is missing,
        or one of another dtype or number of values.
    """
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    wanted = sort(with_steps(features), OF_EXAMPLE)
    return _merge(features, _parse_example(serialized, example_names, wanted, name))


def _parse_example(serialized: Any, names: Any, wanted: Wanted, name: Any) -> dict[str, Any]:
    with name_scope(name, "ParseExample", [serialized, names]):
        defaults = _default_tensors(wanted)
        outputs = parse_example_op(
            serialized, [] if names is None else names, wanted.sparse_keys, wanted.dense_keys,
            defaults, sparse_types=wanted.sparse_types, dense_shapes=wanted.dense_shapes, name=name,
        )  # fmt: skip
        return _take(outputs, wanted)


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """Parses one serialised Example, a scalar string (tf.io.parse_single_example).

    The arguments and the result are those of `parse_example`, without the dimension of the batch.
    """
    if not features:
        raise ValueError("Missing features.")
    wanted = sort(with_steps(features), OF_EXAMPLE)
    if example_names is not None:
        return _merge(features, _parse_named_example(serialized, example_names, wanted, name))
    with name_scope(name, "ParseSingleExample", [serialized]):
        serialized = convert_to_tensor(serialized, name="serialized")
        outputs = parse_single_example_op(
            serialized, _default_tensors(wanted), num_sparse=len(wanted.sparse_keys),
            sparse_keys=wanted.sparse_keys, sparse_types=wanted.sparse_types,
            dense_keys=wanted.dense_keys, dense_shapes=wanted.dense_shapes, name=name,
        )  # fmt: skip
        parsed = _take(outputs, wanted)
    return _merge(features, parsed)


def _parse_named_example(serialized: Any, label: Any, wanted: Wanted, name: Any) -> dict[str, Any]:
    """One example by way of a batch of one, since only that op takes names."""
    with name_scope(name, "ParseSingleExample", [serialized, label]):
        batch = raw.ExpandDims(_scalar(serialized, "Input serialized", "Serialized"), 0)
        labels = raw.ExpandDims(_scalar(label, "Input names", "Names"), 0)
        parsed = _parse_example(batch, labels, wanted, name)
        for key in wanted.dense_keys:
            parsed[key] = squeeze(parsed[key], [0], name=f"Squeeze_{_node_name(key)}")
        for key in wanted.sparse_keys:
            sparse, word = parsed[key], _node_name(key)
            parsed[key] = SparseTensor(
                raw.Slice(sparse.indices, [0, 1], [-1, -1], name=f"Slice_Indices_{word}"),
                sparse.values,
                raw.Slice(sparse.dense_shape, [1], [-1], name=f"Squeeze_Shape_{word}"),
            )
        return parsed


def _scalar(value: Any, what: str, word: str) -> Tensor:
    """The value as a scalar string; checked when the graph runs where its rank is not known."""
    tensor = convert_to_tensor(value)
    if tensor.dtype.base_dtype is not dtypes.string:
        raise TypeError(f"{what} must be of dtype string, got {tensor.dtype.base_dtype.name}")
    if tensor.shape.rank is None:
        is_scalar = raw.Equal(raw.Rank(tensor), 0)
        check = Assert(is_scalar, [f"{what} must be a scalar"], name=f"{word}IsScalar")
        with control_dependencies([check]):
            return identity(tensor, name=f"{word}Dependencies")
    if tensor.shape.rank:
        raise ValueError(f"{what} must be a scalar")
    return tensor


# --- SequenceExample ------------------------------------------------------------------------------
def _sort_sequence(context: Any, sequence: Any) -> tuple[Wanted, Wanted, list[str]]:
    """(context keys, list keys, those lists that may be missing)."""
    if not (context or sequence):
        raise ValueError("Missing features.")
    in_context, in_lists = sort(context, OF_CONTEXT), sort(sequence, OF_LISTS)
    for key, value in in_lists.defaults.items():
        if value is not None:
            raise ValueError(f"Value feature_list_dense_defaults[{key}] must be None")
    return in_context, in_lists, list(in_lists.defaults)


def _sequence_attrs(context: Wanted, lists: Wanted) -> dict[str, Any]:
    return {
        "context_sparse_types": context.sparse_types,
        "context_dense_shapes": context.dense_shapes,
        "feature_list_sparse_types": lists.sparse_types,
        "feature_list_dense_types": lists.dense_types,
        "feature_list_dense_shapes": lists.dense_shapes,
    }


def _taken(outputs: list[Tensor], context: Wanted, lists: Wanted) -> tuple[Any, Any, Any]:
    """(context by key, lists by key, the outputs that are left)."""
    used = 3 * len(context.sparse_keys) + len(context.dense_keys)
    last = used + 3 * len(lists.sparse_keys) + len(lists.dense_keys)
    return _take(outputs, context), _take(outputs[used:], lists), outputs[last:]


def parse_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Parses a batch of serialised SequenceExamples (tf.io.parse_sequence_example).

    Args:
      serialized: a vector of strings.
      context_features: name -> VarLenFeature or FixedLenFeature.
      sequence_features: name -> VarLenFeature or FixedLenSequenceFeature.
      example_names: a vector of names that errors mention.
      name: a name scope.

    Returns:
      (context, lists, lengths), each by name: tensors of shape [batch, ...] or sparse ones of rank
      2; tensors of shape [batch, longest, ...] or sparse ones of rank 3; for each dense list the
      number of its steps in each example.
    """
    context, lists, missing = _sort_sequence(context_features, sequence_features)
    keys = {
        "context_sparse": context.sparse_keys, "context_dense": context.dense_keys,
        "feature_list_sparse": lists.sparse_keys, "feature_list_dense": lists.dense_keys,
    }  # fmt: skip
    with name_scope(name, "ParseSequenceExample", [serialized]):
        outputs = parse_sequence_example_op(
            serialized, [] if example_names is None else example_names, _default_tensors(context),
            feature_list_dense_missing_assumed_empty=missing,
            **{f"N{kind}": len(found) for kind, found in keys.items()},
            **{f"{kind}_keys": found for kind, found in keys.items()},
            **_sequence_attrs(context, lists), name=name,
        )  # fmt: skip
        in_context, in_lists, lengths = _taken(outputs, context, lists)
        return in_context, in_lists, dict(zip(lists.dense_keys, lengths, strict=True))


def parse_single_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parses one serialised SequenceExample, a scalar string (tf.io.parse_single_sequence_example).

    Returns:
      (context, lists), each by name: as `parse_sequence_example`, without the batch's dimension.
    """
    context, lists, missing = _sort_sequence(context_features, sequence_features)
    with name_scope(name, "ParseSingleSequenceExample", [serialized]):
        outputs = parse_single_sequence_example_op(
            serialized, missing, context.sparse_keys, context.dense_keys,
            lists.sparse_keys, lists.dense_keys, _default_tensors(context),
            "" if example_name is None else example_name,
            **_sequence_attrs(context, lists), name=name,
        )  # fmt: skip
        in_context, in_lists, _ = _taken(outputs, context, lists)
        return in_context, in_lists
