"""Ops that make datasets of tensors, of ranges, and of other datasets.

Each gives a variant, which is the dataset while the graph runs (`_runtime.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.control.python import _raised
from flowgraph.ops.data import (
    _batches,
    _caching,
    _calls,
    _ordering,
    _sources,
    _threads,
)
from flowgraph.ops.data._calls import as_dataset
from flowgraph.ops.data._declare import dataset_op
from flowgraph.ops.data._elements import scalar_argument

_IN = "input_dataset: variant"


def _owned(ctx: Any) -> Any:
    """Gives copies of what may be somebody else's memory: all but constants."""
    constant = [t.op.type == "Const" for t in ctx.op.inputs]

    def own(values: Any) -> tuple[Any, ...]:
        return tuple(
            [
                v if c or not isinstance(v, np.ndarray) else v.copy()
                for v, c in zip(values, constant, strict=True)
            ]
        )

    return own


def _int(value: Any, name: str) -> int:
    return int(scalar_argument(value, name))


# --- sources --------------------------------------------------------------------------------------
_COMPONENTS = {"Toutput_types": attrs.type_list(), "output_shapes": attrs.shapes()}


@dataset_op("TensorDataset", "components: *Toutput_types", False, **_COMPONENTS)
def tensor_dataset_op(ctx: Any) -> Any:
    """One element."""
    own = _owned(ctx)
    return lambda *values: _sources.Single(own(values))


@dataset_op("TensorSliceDataset", "components: *Toutput_types", False, **_COMPONENTS)
def tensor_slice_dataset_op(ctx: Any) -> Any:
    """The rows of tensors."""
    own = _owned(ctx)
    return lambda *values: _sources.Slices(own(values))


@dataset_op(
    "SparseTensorSliceDataset",
    "indices: int64, values: Tvalues, dense_shape: int64",
    False,
    Tvalues=attrs.types(),
)
def sparse_tensor_slice_dataset_op(ctx: Any) -> Any:
    """The rows of a sparse tensor."""
    own = _owned(ctx)
    return lambda *values: _sources.SparseSlices(*own(values))


@dataset_op("RangeDataset", "start: int64, stop: int64, step: int64")
def range_dataset_op(_ctx: Any) -> Any:
    """Numbers of equal distance."""
    return lambda start, stop, step: _sources.Range(
        _int(start, "start"), _int(stop, "stop"), _int(step, "step")
    )


@dataset_op("ExperimentalRandomDataset", "seed: int64, seed2: int64")
def random_dataset_op(_ctx: Any) -> Any:
    """Random numbers without end."""
    return lambda seed, seed2: _sources.RandomNumbers(_int(seed, "seed"), _int(seed2, "seed2"))


@dataset_op(
    "GeneratorDataset",
    "args: *Targs",
    Targs=attrs.type_list([]),
    token=attrs.string(),
    function=attrs.python(),
)
def generator_dataset_op(ctx: Any) -> Any:
    """What a Python function's iterator yields."""
    generator, convert = ctx.attrs["function"]  # as of a py_func, found by its token

    def make(*args: Any) -> Any:
        taken = [v[()] if isinstance(v, np.ndarray) and not v.ndim else v for v in args]
        return _sources.Generated(
            lambda: _Failing(iter(_translated(lambda: generator(*taken)))),
            lambda value: _translated(lambda: convert(value)),
        )

    return make


def _translated(call: Any) -> Any:
    try:
        return call()
    except Exception as error:
        raise _raised(error) from error


class _Failing:
    """The values of an iterator; its errors come as TensorFlow's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __next__(self) -> Any:
        try:
            return next(self._inner)
        except StopIteration:
            raise
        except Exception as error:
            raise _raised(error) from error


# --- order ----------------------------------------------------------------------------------------
@dataset_op("ZipDataset", "input_datasets: N * variant", N=attrs.count())
def zip_dataset_op(_ctx: Any) -> Any:
    """Elements of datasets side by side."""
    return lambda *datasets: _ordering.Zip(*map(as_dataset, datasets))


@dataset_op("ConcatenateDataset", f"{_IN}, another_dataset: variant")
def concatenate_dataset_op(_ctx: Any) -> Any:
    """The elements of one dataset, then those of another."""
    return lambda a, b: _ordering.Concatenate(as_dataset(a), as_dataset(b))


@dataset_op("RepeatDataset", f"{_IN}, count: int64")
def repeat_dataset_op(_ctx: Any) -> Any:
    """The elements again and again."""
    return lambda source, count: _ordering.Repeat(as_dataset(source), _int(count, "count"))


@dataset_op("TakeDataset", f"{_IN}, count: int64")
def take_dataset_op(_ctx: Any) -> Any:
    """The first elements."""
    return lambda source, count: _ordering.Take(as_dataset(source), _int(count, "count"))


@dataset_op("SkipDataset", f"{_IN}, count: int64")
def skip_dataset_op(_ctx: Any) -> Any:
    """All but the first elements."""
    return lambda source, count: _ordering.Skip(as_dataset(source), _int(count, "count"))


@dataset_op(
    "ShardDataset",
    f"{_IN}, num_shards: int64, index: int64",
    require_non_empty=attrs.boolean(False),
)
def shard_dataset_op(_ctx: Any) -> Any:
    """Every so many-th element."""
    return lambda source, shards, index: _ordering.Shard(
        as_dataset(source), _int(shards, "num_shards"), _int(index, "index")
    )


_SHUFFLE = f"{_IN}, buffer_size: int64, seed: int64, seed2: int64"


@dataset_op("ShuffleDataset", _SHUFFLE, reshuffle_each_iteration=attrs.boolean(True))
def shuffle_dataset_op(ctx: Any) -> Any:
    """The elements in random order."""
    again = ctx.attrs["reshuffle_each_iteration"]

    def make(source: Any, size: Any, seed: Any, seed2: Any) -> Any:
        seeds = _int(seed, "seed"), _int(seed2, "seed2")
        return _ordering.Shuffle(as_dataset(source), _int(size, "buffer_size"), seeds, again)

    return make


@dataset_op("ShuffleAndRepeatDataset", f"{_SHUFFLE}, count: int64")
def shuffle_and_repeat_dataset_op(_ctx: Any) -> Any:
    """The elements again and again in random order."""

    def make(source: Any, size: Any, seed: Any, seed2: Any, count: Any) -> Any:
        seeds, rounds = (_int(seed, "seed"), _int(seed2, "seed2")), _int(count, "count")
        size = _int(size, "buffer_size")
        return _ordering.Shuffle(as_dataset(source), size, seeds, False, rounds)

    return make


@dataset_op(
    "ExperimentalDirectedInterleaveDataset",
    "selector_input_dataset: variant, data_input_datasets: N * variant",
    N=attrs.count(),
)
def directed_interleave_dataset_op(_ctx: Any) -> Any:
    """Elements of datasets in the order that another one tells."""
    return lambda *datasets: _ordering.Directed(*map(as_dataset, datasets))


@dataset_op("CacheDataset", f"{_IN}, filename: string")
def cache_dataset_op(ctx: Any) -> Any:
    """The elements of the first round, kept for the others."""
    types = ctx.attrs["output_types"]

    def make(source: Any, filename: Any) -> Any:
        path = scalar_argument(filename, "filename")
        source = as_dataset(source)
        return _caching.FileCache(source, path, types) if path else _ordering.Cache(source)

    return make


@dataset_op("PrefetchDataset", f"{_IN}, buffer_size: int64", slack_period=attrs.integer(0))
def prefetch_dataset_op(_ctx: Any) -> Any:
    """The elements, made ahead."""

    def make(source: Any, size: Any) -> Any:
        size = _int(size, "buffer_size")
        if size < -1:
            raise InvalidArgumentError("buffer_size must be >= 0 or set buffer_size to be -1 "
                                       "for auto-tuning")  # fmt: skip
        return _threads.Prefetch(as_dataset(source), size)

    return make


@dataset_op("ExperimentalIgnoreErrorsDataset", _IN)
def ignore_errors_dataset_op(_ctx: Any) -> Any:
    """The elements that can be had without an error."""
    return lambda source: _calls.IgnoreErrors(as_dataset(source))


@dataset_op("ExperimentalUniqueDataset", _IN)
def unique_dataset_op(_ctx: Any) -> Any:
    """The elements that were not there before."""
    return lambda source: _calls.Unique(as_dataset(source))


@dataset_op("ExperimentalAssertCardinalityDataset", f"{_IN}, cardinality: int64")
def assert_cardinality_dataset_op(_ctx: Any) -> Any:
    """The elements, whose number is promised."""
    return lambda source, count: _ordering.Promised(as_dataset(source), _int(count, "cardinality"))


# --- batches --------------------------------------------------------------------------------------
_BATCH = f"{_IN}, batch_size: int64"


@dataset_op("BatchDatasetV2", f"{_BATCH}, drop_remainder: bool", parallel_copy=attrs.boolean(False))
def batch_dataset_op(_ctx: Any) -> Any:
    """Elements put together."""
    return lambda source, size, drop: _batches.Batch(
        as_dataset(source), _int(size, "batch_size"), bool(scalar_argument(drop, "drop_remainder"))
    )


@dataset_op(
    "PaddedBatchDatasetV2",
    f"{_BATCH}, padded_shapes: N * int64, padding_values: *Toutput_types, drop_remainder: bool",
    False,
    N=attrs.count(),
    Toutput_types=attrs.type_list(),
    output_shapes=attrs.shapes(),
)
def padded_batch_dataset_op(ctx: Any) -> Any:
    """Elements of different sizes put together."""
    count = ctx.attrs["N"]

    def make(source: Any, size: Any, *rest: Any) -> Any:
        shapes = [shape.tolist() for shape in rest[:count]]
        if any(size < -1 for shape in shapes for size in shape):
            raise InvalidArgumentError("A padded shape must have sizes >= 0, or -1")
        fillers = [np.asarray(value) for value in rest[count:-1]]
        if any(filler.ndim for filler in fillers):
            raise InvalidArgumentError("All padding values must be scalars")
        drop = bool(scalar_argument(rest[-1], "drop_remainder"))
        size = _int(size, "batch_size")
        return _batches.PaddedBatch(as_dataset(source), size, shapes, fillers, drop)

    return make


@dataset_op(
    "ExperimentalDenseToSparseBatchDataset",
    f"{_BATCH}, row_shape: int64",
    drop_remainder=attrs.boolean(False),
)
def dense_to_sparse_batch_dataset_op(ctx: Any) -> Any:
    """Elements of different sizes as rows of a sparse tensor."""
    drop = ctx.attrs["drop_remainder"]
    return lambda source, size, shape: _batches.SparseBatch(
        as_dataset(source), _int(size, "batch_size"), shape.tolist(), drop
    )


@dataset_op("ExperimentalUnbatchDataset", _IN)
def unbatch_dataset_op(_ctx: Any) -> Any:
    """The rows of elements."""
    return lambda source: _batches.Unbatch(as_dataset(source))


_WINDOW = f"{_IN}, size: int64, shift: int64, stride: int64"


@dataset_op("WindowDataset", f"{_WINDOW}, drop_remainder: bool")
def window_dataset_op(_ctx: Any) -> Any:
    """Datasets of elements that follow each other."""
    return lambda source, size, shift, stride, drop: _batches.Window(
        as_dataset(source), int(size), int(shift), int(stride), bool(drop)
    )


@dataset_op(
    "ExperimentalSlidingWindowDataset",
    f"{_IN}, window_size: int64, window_shift: int64, window_stride: int64",
)
def sliding_window_dataset_op(_ctx: Any) -> Any:
    """Batches of elements that follow each other."""
    return lambda source, size, shift, stride: _batches.Sliding(
        as_dataset(source), int(size), int(shift), int(stride), True
    )
