"""Transformations of one op each, counts, single elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest, structure
from flowgraph.data.base import DatasetBase, dataset_of_variant
from flowgraph.data.dataset import Dataset
from flowgraph.data.functions import Function
from flowgraph.data.structure import SparseTensorSpec, TensorSpec
from flowgraph.data.transformations import (
    check_predicate,
    known_size,
    seeds_of,
    state_function,
    whole,
)
from flowgraph.ops.data import iterators as _declared  # noqa: F401 - the ops

Transformation = Callable[[Any], Any]
INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2


def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """`map`, then `batch` (tf.data.experimental.map_and_batch).

    Args:
      map_func: what makes an element.
      batch_size: int64.
      num_parallel_batches: batches that may be made at once.
      drop_remainder: leave out a last batch of fewer elements.
      num_parallel_calls: calls that may run at once; not with `num_parallel_batches`.
    """
    if num_parallel_calls is not None and num_parallel_batches is not None:
        raise ValueError("The `num_parallel_batches` and `num_parallel_calls` arguments are "
                         "mutually exclusive.")  # fmt: skip

    def apply(dataset: Any) -> Any:
        size = whole(batch_size, "batch_size")
        if num_parallel_calls is not None:
            calls = whole(num_parallel_calls, "num_parallel_calls")
        else:
            calls = raw.Mul(size, whole(num_parallel_batches, "num_parallel_batches", 1))
        drop = convert_to_tensor(drop_remainder, dtype=dtypes.bool_, name="drop_remainder")
        function = Function(map_func, "tf.data.experimental.map_and_batch()", dataset.element_spec)
        spec = structure.map_spec(lambda s: s.batch(known_size(size, drop)), function.spec)
        return dataset._calling(
            "ExperimentalMapAndBatchDataset", function, size, calls, drop, spec=spec,
            preserve_cardinality=True,
        )  # fmt: skip

    return apply


def map_and_batch_with_legacy_function(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """The same as `map_and_batch`."""
    return map_and_batch(
        map_func, batch_size, num_parallel_batches, drop_remainder, num_parallel_calls
    )


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """`shuffle`, then `repeat`, with a buffer that goes on from round to round."""

    def apply(dataset: Any) -> Any:
        return dataset._from_self(
            "ShuffleAndRepeatDataset", whole(buffer_size, "buffer_size"), *seeds_of(seed),
            whole(count, "count", -1),
        )  # fmt: skip

    return apply


def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """Tensors of different sizes as the rows of sparse tensors of shape [batch, *row_shape].

    Args:
      batch_size: int64.
      row_shape: the shape of a row; None or -1 in it stands for the largest size of the batch.
    """

    def apply(dataset: Any) -> Any:
        if nest.is_sequence(dataset.output_types):
            raise TypeError(
                "DenseToSparseDataset requires an input whose elements have a single component, "
                f"whereas the input has {dataset.output_types!r}."
            )
        sizes = _shape_tensor(row_shape)
        inner = constant_value_as_shape(sizes)
        spec = SparseTensorSpec(TensorShape([None]).concatenate(inner), dataset.output_types)
        return dataset._from_self(
            "ExperimentalDenseToSparseBatchDataset", whole(batch_size, "batch_size"), sizes,
            spec=spec,
        )  # fmt: skip

    return apply


def _shape_tensor(shape: Any) -> Tensor:
    try:
        known = as_shape(shape)
    except (TypeError, ValueError):
        return convert_to_tensor(shape, dtype=dtypes.int64)
    return convert_to_tensor(
        np.array([-1 if d is None else d for d in known.as_list()], np.int64), name="row_shape"
    )


def unbatch() -> Transformation:
    """The rows of elements (tf.data.experimental.unbatch)."""
    return lambda dataset: dataset.unbatch()


def ignore_errors() -> Transformation:
    """The elements that can be had without an error (tf.data.experimental.ignore_errors)."""
    return lambda dataset: dataset._from_self("ExperimentalIgnoreErrorsDataset")


def unique() -> Transformation:
    """The elements, scalars, that were not there before (tf.data.experimental.unique)."""

    def apply(dataset: Any) -> Any:
        if dataset.output_types not in (dtypes.int32, dtypes.int64, dtypes.string):
            raise TypeError(
                "`tf.data.experimental.unique()` only supports inputs with a single `tf.int32`, "
                "`tf.int64`, or `tf.string` component."
            )
        return dataset._from_self("ExperimentalUniqueDataset")

    return apply


def enumerate_dataset(start: Any = 0) -> Transformation:
    """Pairs of a number, counted from `start`, and an element."""
    return lambda dataset: dataset.enumerate(start)


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """The elements before the first for which a function gives false."""

    def apply(dataset: Any) -> Any:
        function = Function(predicate, "tf.data.experimental.take_while()", dataset.element_spec)
        check_predicate(function)
        return dataset._calling("ExperimentalTakeWhileDataset", function, attribute="predicate")

    return apply


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """What a function makes of a state and each element (tf.data.experimental.scan).

    Args:
      initial_state: a nest of tensors.
      scan_func: (state, element) -> (next state, result).
    """

    def apply(dataset: Any) -> Any:
        state = structure.normalized(initial_state)
        function, spec = state_function(
            scan_func, "tf.data.experimental.scan()", dataset.element_spec,
            structure.spec_of(state), results=True,
        )  # fmt: skip
        return dataset._calling(
            "ExperimentalScanDataset", function, structure.to_tensors(spec, state),
            spec=function.spec[1], preserve_cardinality=True,
        )  # fmt: skip

    return apply


def prefetch_to_device(device: Any, buffer_size: Any = None) -> Transformation:
    """`prefetch`: there is one device (tf.data.experimental.prefetch_to_device)."""
    del device
    return lambda dataset: dataset.prefetch(buffer_size)


def copy_to_device(target_device: Any, source_device: str = "/cpu:0") -> Transformation:
    """The dataset as it is: there is one device (tf.data.experimental.copy_to_device)."""
    del target_device, source_device
    return lambda dataset: dataset


def Counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Any:
    """The numbers start, start + step, ... without end (tf.data.experimental.Counter)."""
    first = convert_to_tensor(start, dtype=dtype, name="start")
    distance = convert_to_tensor(step, dtype=dtype, name="step")
    ones = Dataset.from_tensors(0).repeat(None)
    return ones.apply(scan(first, lambda state, _: (raw.Add(state, distance), state)))


class RandomDataset(Dataset):
    """Random numbers without end, int64 below 2**32 (tf.data.experimental.RandomDataset).

    Args:
      seed: with the graph's seed it fixes the numbers.
    """

    def __init__(self, seed: Any = None) -> None:
        spec = TensorSpec([], dtypes.int64)
        variant = raw.ExperimentalRandomDataset(*seeds_of(seed), **structure.attrs_of(spec))
        DatasetBase.__init__(self, variant, spec)


def cardinality(dataset: Any) -> Tensor:
    """The number of elements, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY; an int64 scalar."""
    return raw.ExperimentalDatasetCardinality(dataset._variant_tensor)  # type: ignore[no-any-return]


def assert_cardinality(expected_cardinality: Any) -> Transformation:
    """The elements, whose number is promised."""
    return lambda dataset: dataset._from_self(
        "ExperimentalAssertCardinalityDataset", whole(expected_cardinality, "cardinality")
    )


def get_single_element(dataset: Any) -> Any:
    """The element of a dataset that has one; InvalidArgumentError at a run for another number."""
    if not isinstance(dataset, DatasetBase):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    spec = dataset.element_spec
    with get_default_graph().name_scope(None):
        tensors = raw.DatasetToSingleElement(dataset._variant_tensor, **structure.attrs_of(spec))
    return structure.from_tensors(spec, tensors)


def from_variant(variant: Tensor, structure: Any) -> Any:
    """The dataset in a variant tensor (tf.data.experimental.from_variant)."""
    return dataset_of_variant(variant, structure)


def to_variant(dataset: Any) -> Tensor:
    """The variant tensor that carries a dataset (tf.data.experimental.to_variant)."""
    return dataset._variant_tensor  # type: ignore[no-any-return]


def TensorStructure(dtype: Any, shape: Any) -> TensorSpec:
    """The spec of a tensor (tf.data.experimental.TensorStructure)."""
    return TensorSpec(shape, dtype)


def SparseTensorStructure(dtype: Any, shape: Any) -> SparseTensorSpec:
    """The spec of a sparse tensor (tf.data.experimental.SparseTensorStructure)."""
    return SparseTensorSpec(shape, dtype)
