"""Ops that make datasets by calling functions of the graph on elements of others."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait
from flowgraph.ops.data import _calls, _threads
from flowgraph.ops.data._calls import Bound, as_dataset
from flowgraph.ops.data._declare import dataset_op, restarting
from flowgraph.ops.data._elements import scalar_argument

_IN = "input_dataset: variant"
_F = [("f", "other_arguments", "Targuments")]


def _int(value: Any, name: str) -> int:
    return int(scalar_argument(value, name))


_MAP = {
    "use_inter_op_parallelism": attrs.boolean(True),
    "preserve_cardinality": attrs.boolean(False),
}


@dataset_op("MapDataset", _IN, functions=_F, **_MAP)
def map_dataset_op(ctx: Any) -> Any:
    """What a function makes of elements."""
    keeps = ctx.attrs["preserve_cardinality"]
    return lambda source, f: _calls.Map(as_dataset(source), f, keeps)


@dataset_op("ParallelMapDataset", f"{_IN}, num_parallel_calls: int32", functions=_F, **_MAP)
def parallel_map_dataset_op(ctx: Any) -> Any:
    """What a function makes of elements, several at once."""
    keeps = ctx.attrs["preserve_cardinality"]
    random = _has_order(ctx.attrs["f"])

    def make(source: Any, calls: Any, f: Any) -> Any:
        count = _parallel(calls)
        return _threads.ParallelMap(as_dataset(source), f, keeps, 1 if random else count)

    return make


def _has_order(graph: Any) -> bool:
    """Whether calls of a function depend on those before: random numbers, state."""
    return any(
        op.op_def.traits & Trait.STATEFUL and not op.type.startswith(("PyFunc", "LookupTable"))
        for op in graph.get_operations()
    )


def _parallel(calls: Any) -> int:
    count = _int(calls, "num_parallel_calls")
    if count < 1 and count != _threads.AUTOTUNE:
        raise InvalidArgumentError("num_parallel_calls must be greater than zero.")
    return count


@dataset_op(
    "ExperimentalMapAndBatchDataset",
    f"{_IN}, batch_size: int64, num_parallel_calls: int64, drop_remainder: bool",
    functions=_F,
    preserve_cardinality=attrs.boolean(False),
)
def map_and_batch_dataset_op(ctx: Any) -> Any:
    """Batches of what a function makes of elements."""
    keeps = ctx.attrs["preserve_cardinality"]
    random = _has_order(ctx.attrs["f"])

    def make(source: Any, size: Any, calls: Any, drop: Any, f: Any) -> Any:
        count = 1 if random else _parallel(calls)
        size = _int(size, "batch_size")
        if size <= 0:
            raise InvalidArgumentError("batch_size must be greater than zero.")
        return _threads.MapAndBatch(as_dataset(source), f, keeps, count, size, bool(drop))

    return make


@dataset_op("FlatMapDataset", _IN, functions=_F)
def flat_map_dataset_op(_ctx: Any) -> Any:
    """The elements of the datasets that a function makes."""
    return lambda source, f: _calls.FlatMap(as_dataset(source), f)


_CYCLE = ("other_arguments: *Targuments", "cycle_length: int64", "block_length: int64")


def _interleave(op_type: str, *more: str, **attributes: Any) -> Any:
    """Declares an op that interleaves; here the captured values come before the numbers."""
    given = {"f": attrs.function(), "Targuments": attrs.type_list([]), **attributes}

    @dataset_op(op_type, ", ".join((_IN, *_CYCLE, *more)), **given)
    def declared(ctx: Any) -> Any:
        errors_in_turn = op_type == "ExperimentalParallelInterleaveDataset"
        call, count = ctx.compile(ctx.attrs["f"]), len(ctx.attrs["Targuments"])
        restart = restarting(ctx, ctx.attrs["f"])

        def make(source: Any, *values: Any) -> Any:
            bound = Bound(call, values[:count], restart)
            cycle, block, *rest = values[count:]
            cycle = _int(cycle, "cycle_length")
            if cycle == _threads.AUTOTUNE:
                cycle = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
            if op_type == "ParallelInterleaveDatasetV2":
                _parallel(rest[0])
            block = _int(block, "block_length")
            return _calls.Interleave(as_dataset(source), bound, cycle, block, errors_in_turn)

        return make

    return declared


interleave_dataset_op = _interleave("InterleaveDataset")
parallel_interleave_dataset_op = _interleave(
    "ParallelInterleaveDatasetV2", "num_parallel_calls: int64", sloppy=attrs.boolean(False)
)
older_parallel_interleave_dataset_op = _interleave(
    "ExperimentalParallelInterleaveDataset",
    "sloppy: bool",
    "buffer_output_elements: int64",
    "prefetch_input_elements: int64",
)


@dataset_op("FilterDataset", _IN, functions=[("predicate", "other_arguments", "Targuments")])
def filter_dataset_op(_ctx: Any) -> Any:
    """The elements for which a function gives true."""
    return lambda source, predicate: _calls.Filter(as_dataset(source), predicate)


@dataset_op(
    "ExperimentalTakeWhileDataset", _IN, functions=[("predicate", "other_arguments", "Targuments")]
)
def take_while_dataset_op(_ctx: Any) -> Any:
    """The elements before the first for which a function gives false."""
    return lambda source, predicate: _calls.TakeWhile(as_dataset(source), predicate)


@dataset_op(
    "ExperimentalScanDataset",
    f"{_IN}, initial_state: *Tstate",
    functions=_F,
    Tstate=attrs.type_list(),
    preserve_cardinality=attrs.boolean(False),
)
def scan_dataset_op(ctx: Any) -> Any:
    """What a function makes of a state and elements."""
    keeps = ctx.attrs["preserve_cardinality"]

    def make(source: Any, *values: Any) -> Any:
        return _calls.Scan(as_dataset(source), values[:-1], values[-1], keeps)

    return make


@dataset_op(
    "ExperimentalGroupByWindowDataset",
    _IN,
    functions=[
        ("key_func", "key_func_other_arguments", "Tkey_func_other_arguments"),
        ("reduce_func", "reduce_func_other_arguments", "Treduce_func_other_arguments"),
        (
            "window_size_func", "window_size_func_other_arguments",
            "Twindow_size_func_other_arguments",
        ),
    ],
)  # fmt: skip
def group_by_window_dataset_op(_ctx: Any) -> Any:
    """Windows of elements of the same key, made datasets."""
    return lambda source, *functions: _calls.GroupByWindow(as_dataset(source), *functions)


@dataset_op(
    "ExperimentalGroupByReducerDataset",
    _IN,
    functions=[
        (f"{name}_func", f"{name}_func_other_arguments", f"T{name}_func_other_arguments")
        for name in ("key", "init", "reduce", "finalize")
    ],
)
def group_by_reducer_dataset_op(_ctx: Any) -> Any:
    """One element for each key."""
    return lambda source, *functions: _calls.GroupByReducer(as_dataset(source), *functions)
