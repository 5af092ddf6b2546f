"""Datasets as TensorFlow 1.2 and 1.3 had them: methods that later became functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.data import dataset, experimental
from flowgraph.data.dataset import Dataset as NewDataset


class Dataset(NewDataset):
    """A dataset with the methods of older versions, too (tf.contrib.data.Dataset)."""

    def map(
        self,
        map_func: Callable[..., Any],
        num_threads: Any = None,
        output_buffer_size: Any = None,
        num_parallel_calls: Any = None,
    ) -> Any:
        """What a function makes of each element.

        Args:
          map_func: as for `tf.data.Dataset.map`.
          num_threads: the older name of `num_parallel_calls`.
          output_buffer_size: results that are made ahead.
          num_parallel_calls: how many calls may run at once.
        """
        calls = num_threads if num_parallel_calls is None else num_parallel_calls
        made = super().map(map_func, calls)
        return made if output_buffer_size is None else made.prefetch(output_buffer_size)

    def dense_to_sparse_batch(self, batch_size: Any, row_shape: Any) -> Any:
        """See `tf.data.experimental.dense_to_sparse_batch`."""
        return self.apply(experimental.dense_to_sparse_batch(batch_size, row_shape))

    def group_by_window(
        self, key_func: Callable[..., Any], reduce_func: Callable[..., Any], window_size: Any
    ) -> Any:
        """See `tf.data.experimental.group_by_window`."""
        return self.apply(experimental.group_by_window(key_func, reduce_func, window_size))

    def ignore_errors(self) -> Any:
        """The elements that can be had without an error."""
        return self.apply(experimental.ignore_errors())

    @classmethod
    def read_batch_features(
        cls,
        file_pattern: Any,
        batch_size: Any,
        features: Any,
        reader: Any,
        reader_args: Any = None,
        randomize_input: bool = True,
        num_epochs: int | None = None,
        capacity: int = 10000,
    ) -> Any:
        """Batches of the `Example` records of files, parsed."""
        return read_batch_features(
            file_pattern, batch_size, features, reader, reader_args, randomize_input, num_epochs,
            capacity,
        )  # fmt: skip


Dataset._results = Dataset


class TextLineDataset(dataset.TextLineDataset, Dataset):
    """The lines of text files (tf.contrib.data.TextLineDataset)."""


class TFRecordDataset(dataset.TFRecordDataset, Dataset):
    """The records of TFRecord files (tf.contrib.data.TFRecordDataset)."""


class FixedLengthRecordDataset(dataset.FixedLengthRecordDataset, Dataset):
    """Records of one length of files (tf.contrib.data.FixedLengthRecordDataset)."""


def read_batch_features(
    file_pattern: Any,
    batch_size: Any,
    features: Any,
    reader: Any = dataset.TFRecordDataset,
    reader_args: Any = None,
    randomize_input: bool = True,
    num_epochs: int | None = None,
    capacity: int = 10000,
) -> Any:
    """Tensors of the next batch of the `Example` records of files (tf.contrib.data's function).

    Args:
      file_pattern: a pattern of names, or a list of them.
      batch_size: records in a batch.
      features: name -> `FixedLenFeature`, `VarLenFeature` ...
      reader: a function of a file's name that gives a dataset of records.
      reader_args: more arguments of `reader`.
      randomize_input: in random order.
      num_epochs: rounds; without end when None.
      capacity: the buffer of that order.
    """
    made = experimental.make_batched_features_dataset(
        file_pattern, batch_size, features, reader, reader_args=reader_args,
        num_epochs=num_epochs, shuffle=randomize_input, shuffle_buffer_size=capacity,
    )  # fmt: skip
    return made.make_one_shot_iterator().get_next()


# --- functions that are only here -----------------------------------------------------------------
Transformation = Callable[[Any], Any]


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """`batch(batch_size, drop_remainder=True)`."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
    batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> Transformation:
    """`padded_batch` with `drop_remainder=True`."""
    return lambda dataset: dataset.padded_batch(
        batch_size, padded_shapes, padding_values, drop_remainder=True
    )


def sloppy_interleave(
    map_func: Callable[..., Any], cycle_length: Any, block_length: Any = 1
) -> Transformation:
    """See `tf.data.experimental.parallel_interleave`; the order is always the same one."""
    return experimental.parallel_interleave(map_func, cycle_length, block_length, sloppy=True)


def assert_element_shape(expected_shapes: Any) -> Transformation:
    """The elements with these static shapes; InvalidArgumentError at a run for another one.

    Args:
      expected_shapes: nested shapes.
    """
    from flowgraph.core.shapes import as_shape
    from flowgraph.data import nest

    def checked(*element: Any) -> Any:
        value = element if len(element) > 1 else element[0]
        wanted = nest.flatten_up_to(value, expected_shapes)
        leaves = [
            _with_shape(v, as_shape(s)) for v, s in zip(nest.flatten(value), wanted, strict=True)
        ]
        return nest.pack_sequence_as(value, leaves)

    return lambda dataset: dataset.map(checked)


def _with_shape(tensor: Any, shape: Any) -> Any:
    import numpy as np

    from flowgraph.core.graph import control_dependencies
    from flowgraph.core.op_def import raw
    from flowgraph.ops.control.value_checks import assert_equal

    merged = tensor.shape.merge_with(shape)
    known = [None] * (shape.rank or 0) if tensor.shape.rank is None else tensor.shape.as_list()
    checks = [
        assert_equal(raw.GatherV2(raw.Shape(tensor), np.int32(axis), np.int32(0)), np.int32(size))
        for axis, size in enumerate(shape.as_list() if shape.rank is not None else ())
        if size is not None and known[axis] is None
    ]
    with control_dependencies(checks):
        result = raw.Identity(tensor)
    result.set_shape(merged)
    return result


def sliding_window_batch(
    window_size: Any, stride: Any = None, window_shift: Any = None, window_stride: Any = 1
) -> Transformation:
    """Batches of `window_size` elements that follow each other.

    Args:
      window_size: elements in a batch.
      stride: the older name of `window_shift`.
      window_shift: elements from the start of one to the start of the next; 1 when None.
      window_stride: elements from one in a batch to the next.
    """
    from flowgraph.data import structure
    from flowgraph.data.transformations import whole

    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `stride` and `window_shift`")
    shift = window_shift if stride is None else stride

    def apply(dataset: Any) -> Any:
        spec = structure.map_spec(lambda s: s.batch(None), dataset.element_spec)
        return dataset._from_self(
            "ExperimentalSlidingWindowDataset", whole(window_size, "window_size"),
            whole(shift, "window_shift", 1), whole(window_stride, "window_stride"), spec=spec,
        )  # fmt: skip

    return apply


def reduce_dataset(dataset: Any, reducer: Any) -> Any:
    """What a `Reducer` makes of all elements of a dataset."""
    import numpy as np

    first = reducer.init_func(np.int64(0))
    return reducer.finalize_func(dataset.reduce(first, reducer.reduce_func))
