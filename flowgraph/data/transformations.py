"""What is made of one dataset, or two: order, batches, functions of elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest, structure
from flowgraph.data.base import DatasetBase
from flowgraph.data.functions import Function
from flowgraph.data.padding import padded_arguments
from flowgraph.data.structure import DatasetSpec, TensorSpec
from flowgraph.ops.random.seeds import get_seed

AUTOTUNE = -1  # let the runtime choose (tf.data.experimental.AUTOTUNE)


def whole(value: Any, name: str, default: int | None = None) -> Tensor:
    """An int64 scalar tensor."""
    value = default if value is None else value
    return convert_to_tensor(value, dtype=dtypes.int64, name=name)


def seeds_of(seed: Any) -> list[Tensor]:
    """The two int64 seeds of a dataset; zeros where its order differs in each session."""
    if isinstance(seed, Tensor):
        graph_seed, _ = get_seed(0)
        return [whole(graph_seed, "seed"), raw.Cast(seed, DstT=dtypes.int64)]
    return [whole(s, n, 0) for s, n in zip(get_seed(seed), ("seed", "seed2"), strict=True)]


class Ordered(DatasetBase):
    """The elements in another order, fewer or more of them."""

    def repeat(self, count: Any = None) -> Any:
        """The elements `count` times; without end when None or -1 (tf.data.Dataset.repeat)."""
        return self._from_self("RepeatDataset", whole(count, "count", -1))

    def take(self, count: Any) -> Any:
        """The first `count` elements; all for -1."""
        return self._from_self("TakeDataset", whole(count, "count"))

    def skip(self, count: Any) -> Any:
        """All but the first `count` elements; none for -1."""
        return self._from_self("SkipDataset", whole(count, "count"))

    def shard(self, num_shards: Any, index: Any) -> Any:
        """Every `num_shards`-th element, from the one with number `index` on.

        InvalidArgumentError unless 0 <= index < num_shards.
        """
        return self._from_self(
            "ShardDataset", whole(num_shards, "num_shards"), whole(index, "index")
        )

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None
    ) -> Any:
        """The elements in random order, each drawn from the next `buffer_size` ones.

        Args:
          buffer_size: int64; elements of a smaller buffer stay nearer to their places.
          seed: with the graph's seed it fixes the order, which is TensorFlow's.
          reshuffle_each_iteration: another order in each round of a repeated dataset (None: yes).
        """
        again = True if reshuffle_each_iteration is None else reshuffle_each_iteration
        return self._from_self(
            "ShuffleDataset", whole(buffer_size, "buffer_size"), *seeds_of(seed),
            reshuffle_each_iteration=again,
        )  # fmt: skip

    def cache(self, filename: Any = "") -> Any:
        """The elements, which are kept after the first round: in memory, or in a file."""
        path = convert_to_tensor(filename, dtype=dtypes.string, name="filename")
        return self._from_self("CacheDataset", path)

    def prefetch(self, buffer_size: Any) -> Any:
        """The elements; up to `buffer_size` are made ahead, where making one takes long."""
        return self._from_self("PrefetchDataset", whole(buffer_size, "buffer_size", AUTOTUNE))

    def concatenate(self, dataset: Any) -> Any:
        """The elements of this dataset, then those of another.

        TypeError or ValueError when their elements differ in dtypes, classes or nesting.
        """
        mine, theirs = self._spec, dataset.element_spec
        if self.output_types != dataset.output_types:
            raise TypeError(
                "Two datasets to concatenate have different types "
                f"{self.output_types} and {dataset.output_types}"
            )
        if self.output_classes != dataset.output_classes:
            raise TypeError(
                "Two datasets to concatenate have different classes "
                f"{self.output_classes} and {dataset.output_classes}"
            )
        nest.assert_same_structure(mine, theirs)
        pairs = zip(nest.flatten(mine), nest.flatten(theirs), strict=True)
        spec = nest.pack_sequence_as(mine, [a.most_general(b) for a, b in pairs])
        made = self._from_self("ConcatenateDataset", dataset._variant_tensor, spec=spec)
        made._inputs_ = (self, dataset)
        return made

    def enumerate(self, start: Any = 0) -> Any:
        """Pairs of a number, counted from `start`, and an element."""
        most = np.iinfo(np.int64).max
        numbers = self._results.range(start, most)
        return self._results.zip((numbers, self))


class Batched(DatasetBase):
    """Elements put together, and taken apart."""

    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Any:
        """`batch_size` elements as one, with a new first dimension (tf.data.Dataset.batch).

        Args:
          batch_size: int64.
          drop_remainder: leave out a last batch of fewer elements.

        InvalidArgumentError at a run for elements of different shapes.
        """
        size = whole(batch_size, "batch_size")
        drop = convert_to_tensor(drop_remainder, dtype=dtypes.bool_, name="drop_remainder")
        spec = structure.map_spec(lambda s: s.batch(known_size(size, drop)), self._spec)
        return self._from_self("BatchDatasetV2", size, drop, spec=spec)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any = None,
        drop_remainder: Any = False,
    ) -> Any:
        """`batch_size` elements as one, filled up to equal shapes (tf.data.Dataset.padded_batch).

        Args:
          batch_size: int64.
          padded_shapes: nested shapes; None or -1 in one stands for the largest size of the batch.
          padding_values: nested scalars; 0 or "" when None.
          drop_remainder: leave out a last batch of fewer elements.
        """
        size = whole(batch_size, "batch_size")
        drop = convert_to_tensor(drop_remainder, dtype=dtypes.bool_, name="drop_remainder")
        shapes, values, spec = padded_arguments(self, padded_shapes, padding_values)
        spec = structure.map_spec(lambda s: s.batch(known_size(size, drop)), spec)
        flat = [shape for _, shape in structure.flat_of(spec)]
        variant = raw.PaddedBatchDatasetV2(
            self._variant, size, shapes, values, drop, output_shapes=flat
        )
        return self._made("PaddedBatchDataset", variant, spec, (self,))

    def unbatch(self) -> Any:
        """The rows of elements."""
        if any(type(leaf) is not TensorSpec for leaf in nest.flatten(self._spec)):
            return self._unbatched_composite()
        flat = [shape for _, shape in structure.flat_of(self._spec)]
        if any(shape.rank == 0 for shape in flat):
            raise ValueError("Cannot unbatch an input with scalar components.")
        rows = {shape[0].value for shape in flat if shape.rank is not None} - {None}
        if len(rows) > 1:
            raise ValueError("Cannot unbatch an input whose components have different batch sizes.")
        spec = structure.map_spec(lambda s: s.unbatch(), self._spec)
        return self._from_self("ExperimentalUnbatchDataset", spec=spec)

    def _unbatched_composite(self) -> Any:
        """The rows of elements some of whose components are sparse, or datasets."""
        whole_spec, spec = self._spec, structure.map_spec(lambda s: s.unbatch(), self._spec)

        def carried(*element: Any) -> Any:
            value = element if type(whole_spec) is tuple else element[0]
            return tuple(structure.to_rows(whole_spec, value))

        rows = self.map(carried).unbatch()  # type: ignore[attr-defined]
        return self._made("UnbatchDataset", rows._variant_tensor, spec, (self,))

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False
    ) -> Any:
        """Nested datasets of `size` elements that are `stride` apart, `shift` from one to the next.

        (tf.data.Dataset.window) `shift` is `size` when None.
        """
        shift = size if shift is None else shift
        numbers = [whole(size, "size"), whole(shift, "shift"), whole(stride, "stride")]
        drop = convert_to_tensor(drop_remainder, dtype=dtypes.bool_, name="drop_remainder")
        spec = structure.map_spec(DatasetSpec, self._spec)
        return self._from_self("WindowDataset", *numbers, drop, spec=spec)


def known_size(size: Tensor, drop: Tensor) -> int | None:
    """The size that all batches have, where it is known."""
    known, drops = constant_value(size), constant_value(drop)
    return int(known) if known is not None and drops is not None and drops else None


class Called(DatasetBase):
    """Functions of elements."""

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Any:
        """What a function makes of each element (tf.data.Dataset.map).

        Args:
          map_func: takes the tensors of an element (a tuple's as so many arguments, a dict or
            namedtuple as one), and returns a nest of tensors. It is called once, to build them.
          num_parallel_calls: how many calls may run at once; the order stays.
        """
        function = Function(map_func, "Dataset.map()", self._spec)
        if num_parallel_calls is None:
            return self._calling("MapDataset", function, spec=function.spec)
        calls = convert_to_tensor(num_parallel_calls, dtype=dtypes.int32, name="num_parallel_calls")
        with get_default_graph().control_dependencies(function.graph.outer_controls):
            return self._from_self(
                "ParallelMapDataset", calls, function.captured, f=function.graph,
                spec=function.spec,             )  # fmt: skip

    def map_with_legacy_function(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None
    ) -> Any:
        """The same as `map`."""
        return self.map(map_func, num_parallel_calls)

    def flat_map(self, map_func: Callable[..., Any]) -> Any:
        """The elements of the dataset that a function makes of each element.

        TypeError when it returns something else than a dataset.
        """
        function = Function(map_func, "Dataset.flat_map()", self._spec)
        return self._calling("FlatMapDataset", function, spec=elements_of(function))

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = AUTOTUNE,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Any:
        """Elements of the datasets that a function makes, some of each in turn.

        Args:
          map_func: an element's tensors -> a dataset.
          cycle_length: how many datasets are open at once.
          block_length: how many elements are taken of one before the next's turn.
          num_parallel_calls: accepted; the order stays.
        """
        function = Function(map_func, "Dataset.interleave()", self._spec)
        numbers = [whole(cycle_length, "cycle_length"), whole(block_length, "block_length")]
        op_type = "InterleaveDataset"
        if num_parallel_calls is not None:
            op_type = "ParallelInterleaveDatasetV2"
            numbers.append(whole(num_parallel_calls, "num_parallel_calls"))
        return self._interleaved(op_type, function, numbers)

    def _interleaved(self, op_type: str, function: Function, numbers: list[Any]) -> Any:
        spec = elements_of(function)
        with get_default_graph().control_dependencies(function.graph.outer_controls):
            return self._from_self(
                op_type, function.captured, *numbers, f=function.graph, spec=spec
            )

    def filter(self, predicate: Callable[..., Any]) -> Any:
        """The elements for which a function gives true.

        ValueError unless it returns a scalar bool.
        """
        function = Function(predicate, "Dataset.filter()", self._spec)
        check_predicate(function)
        return self._calling("FilterDataset", function, attribute="predicate")

    def filter_with_legacy_function(self, predicate: Callable[..., Any]) -> Any:
        """The same as `filter`."""
        return self.filter(predicate)

    def apply(self, transformation_func: Callable[[Any], Any]) -> Any:
        """What a function makes of this dataset; TypeError when that is no dataset."""
        dataset = transformation_func(self)
        if not isinstance(dataset, DatasetBase):
            raise TypeError(f"`transformation_func` must return a Dataset. Got {dataset}.")
        return dataset

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """A state after all elements: `reduce_func(state, element)` gives the next state.

        Args:
          initial_state: a nest of tensors.
          reduce_func: (state, element) -> a state of the same nesting, dtypes and classes.
        """
        state = structure.normalized(initial_state)
        function, spec = state_function(
            reduce_func, "reduce()", self._spec, structure.spec_of(state)
        )
        with get_default_graph().control_dependencies(function.graph.outer_controls):
            tensors = raw.ReduceDataset(
                self._variant, structure.to_tensors(spec, state), function.captured,
                f=function.graph, **structure.attrs_of(spec),
            )  # fmt: skip
        return structure.from_tensors(spec, tensors)


def elements_of(function: Function) -> Any:
    """The spec of elements of the datasets that a function gives; TypeError for something else."""
    if not isinstance(function.spec, DatasetSpec):
        raise TypeError(f"`map_func` must return a `Dataset` object. Got {function.spec!r}")
    return function.spec._element_spec


def check_predicate(function: Function, name: str = "predicate") -> None:
    """ValueError unless the function gives a scalar bool."""
    if nest.is_sequence(function.spec) or not TensorSpec([], dtypes.bool_).is_compatible_with(
        function.spec
    ):
        raise ValueError(
            f"`{name}` return type must be convertible to a scalar boolean tensor. Was "
            f"{function.spec}."
        )


def state_function(
    func: Callable[..., Any], called: str, element_spec: Any, spec: Any, results: bool = False
) -> tuple[Function, Any]:
    """A function of (state, element), traced, and the spec of a state.

    It is traced again where the shapes of a state turn out to be less known. With `results` it
    gives (state, result), else a state.

    Raises:
      TypeError, ValueError: the next state has another nesting, classes or dtypes.
    """
    while True:
        function = Function(func, called, (spec, element_spec))
        found = function.spec
        if results:
            if not isinstance(found, tuple) or len(found) != 2:
                raise TypeError("The scan function must return a pair comprising the new state "
                                "and the output value.")  # fmt: skip
            found = found[0]
        _check_state(spec, found, called)
        pairs = zip(nest.flatten(spec), nest.flatten(found), strict=True)
        weaker = nest.pack_sequence_as(spec, [a.most_general(b) for a, b in pairs])
        if nest.flatten(weaker) == nest.flatten(spec):
            return function, spec
        spec = weaker


def _check_state(spec: Any, found: Any, called: str) -> None:
    for what, index in (("classes", 2), ("types", 0)):
        mine, theirs = structure.legacy(spec, index), structure.legacy(found, index)
        nest.assert_same_structure(mine, theirs)
        for a, b in zip(nest.flatten(mine), nest.flatten(theirs), strict=True):
            if a is not b and a != b:
                raise TypeError(
                    f"The element {what} for the new state must match the initial state. Expected "
                    f"{mine}; got {theirs} ({called})."
                )
