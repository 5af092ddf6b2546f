"""Elements grouped by a key (tf.data.experimental.group_by_window and others)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest
from flowgraph.data.functions import Function
from flowgraph.data.structure import DatasetSpec, TensorSpec
from flowgraph.data.transformations import state_function

Transformation = Callable[[Any], Any]
_KEY = TensorSpec([], dtypes.int64)


class Reducer:
    """How the elements of one key become one: `init_func`, `reduce_func`, `finalize_func`.

    Args:
      init_func: key -> first state.
      reduce_func: (state, element) -> next state.
      finalize_func: state -> result.
    """

    def __init__(
        self,
        init_func: Callable[..., Any],
        reduce_func: Callable[..., Any],
        finalize_func: Callable[..., Any],
    ) -> None:
        self._functions = init_func, reduce_func, finalize_func

    init_func = property(lambda self: self._functions[0], doc="key -> first state.")
    reduce_func = property(lambda self: self._functions[1], doc="(state, element) -> state.")
    finalize_func = property(lambda self: self._functions[2], doc="state -> result.")


def _key_function(func: Callable[..., Any], called: str, spec: Any, name: str) -> Function:
    function = Function(
        lambda *args: convert_to_tensor(func(*args), dtype=dtypes.int64), called, spec
    )
    if not _KEY.is_compatible_with(function.spec):
        raise ValueError(f"`{name}` must return a single tf.int64 scalar tensor.")
    return function


def _grouped(op_type: str, dataset: Any, functions: dict[str, Function], spec: Any) -> Any:
    outside = [op for f in functions.values() for op in f.graph.outer_controls]
    with get_default_graph().control_dependencies(outside):
        return dataset._from_self(
            op_type, *[f.captured for f in functions.values()], spec=spec,
            **{name: f.graph for name, f in functions.items()},
        )  # fmt: skip


def group_by_reducer(key_func: Callable[..., Any], reducer: Reducer) -> Transformation:
    """One element for each key, by ascending keys: what a `Reducer` makes of its elements."""
    called = "tf.data.experimental.group_by_reducer()"

    def apply(dataset: Any) -> Any:
        key = Function(key_func, called, dataset.element_spec)
        if not _KEY.is_compatible_with(key.spec):
            raise ValueError(f"`key_func` must return a single tf.int64 tensor. Got {key.spec!r}")
        first = Function(reducer.init_func, called, _KEY)
        reduce, state = state_function(
            reducer.reduce_func, called, dataset.element_spec, first.spec
        )
        finish = Function(reducer.finalize_func, called, state)
        functions = {
            "key_func": key, "init_func": first, "reduce_func": reduce, "finalize_func": finish,
        }  # fmt: skip
        return _grouped("ExperimentalGroupByReducerDataset", dataset, functions, finish.spec)

    return apply


def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:
    """Elements of one key, so many at a time, made datasets (tf.data.experimental.group_by_window).

    Args:
      key_func: an element's tensors -> an int64 scalar.
      reduce_func: (key, dataset of the elements) -> a dataset.
      window_size: how many elements of a key are put together.
      window_size_func: key -> how many, instead.
    """
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Must pass either window_size or window_size_func.")
    called = "tf.data.experimental.group_by_window()"
    size_func = window_size_func or (lambda _: window_size)

    def apply(dataset: Any) -> Any:
        key = _key_function(key_func, called, dataset.element_spec, "key_func")
        reduce = Function(reduce_func, called, (_KEY, DatasetSpec(dataset.element_spec)))
        if not isinstance(reduce.spec, DatasetSpec):
            raise TypeError("`reduce_func` must return a `Dataset` object.")
        size = _key_function(size_func, called, _KEY, "window_size_func")
        functions = {"key_func": key, "reduce_func": reduce, "window_size_func": size}
        spec = reduce.spec._element_spec
        return _grouped("ExperimentalGroupByWindowDataset", dataset, functions, spec)

    return apply


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Any,
    bucket_batch_sizes: Any,
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
    drop_remainder: bool = False,
) -> Transformation:
    """Batches of elements of similar length (tf.data.experimental.bucket_by_sequence_length).

    Args:
      element_length_func: an element's tensors -> its length, an int32 scalar.
      bucket_boundaries: ascending lengths between buckets.
      bucket_batch_sizes: the batch size of each bucket: one more than boundaries.
      padded_shapes: as for `padded_batch`; the elements' own shapes when None.
      padding_values: as for `padded_batch`.
      pad_to_bucket_boundary: fill up to a bucket's longest length, not the batch's.
      no_padding: elements of a bucket have equal shapes.
      drop_remainder: leave out last batches of fewer elements.
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
    limits = np.array(list(bucket_boundaries), np.int64)
    sizes = np.array(list(bucket_batch_sizes), np.int64)

    def bucket(*element: Any) -> Tensor:
        length = raw.Cast(element_length_func(*element), DstT=dtypes.int64)
        above = raw.Cast(raw.GreaterEqual(length, limits), DstT=dtypes.int64)
        return raw.Sum(above, np.int32([0]))  # type: ignore[no-any-return]

    def size_of(number: Tensor) -> Tensor:
        return raw.GatherV2(sizes, number, np.int32(0))  # type: ignore[no-any-return]

    def batched(number: Tensor, group: Any) -> Any:
        if no_padding:
            return group.batch(size_of(number), drop_remainder=drop_remainder)
        longest = _boundary(number, limits) if pad_to_bucket_boundary else None
        shapes = _filled(padded_shapes or group.output_shapes, longest)
        return group.padded_batch(size_of(number), shapes, padding_values, drop_remainder)

    def apply(dataset: Any) -> Any:
        with name_scope("bucket_by_seq_length"):
            return dataset.apply(group_by_window(bucket, batched, window_size_func=size_of))

    return apply


def _boundary(number: Tensor, limits: Any) -> Tensor:
    """The longest length of a bucket."""
    from flowgraph.ops.control.value_checks import assert_less

    check = assert_less(
        number, np.int64(len(limits)),
        message="When pad_to_bucket_boundary=True, elements must have length < "
        "max(bucket_boundaries).",
    )  # fmt: skip
    with control_dependencies([check]):
        return raw.Sub(raw.GatherV2(limits, number, np.int32(0)), np.int64(1))  # type: ignore[no-any-return]


def _filled(shapes: Any, longest: Tensor | None) -> Any:
    """Nested shapes in which unknown sizes are `longest`, where that is given."""

    def fill(shape: Any) -> Any:
        known = TensorShape(shape).as_list()
        if longest is None or None not in known:
            return TensorShape(known)
        return raw.Pack([longest if d is None else np.int64(d) for d in known])

    return nest.pack_sequence_as(shapes, [fill(s) for s in nest.flatten(shapes)])
