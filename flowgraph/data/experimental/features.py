"""Datasets of parsed `Example` records (tf.data.experimental.make_batched_features_dataset ...)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.data.dataset import Dataset, TFRecordDataset
from flowgraph.data.experimental.choosing import parallel_interleave
from flowgraph.data.experimental.csv_files import in_rounds, matching_names
from flowgraph.data.experimental.simple import map_and_batch
from flowgraph.data.transformations import AUTOTUNE


def parse_example_dataset(features: dict[str, Any], num_parallel_calls: Any = 1) -> Any:
    """Batches of serialized `Example` records as dicts of tensors: `tf.parse_example` of each.

    Args:
      features: name -> `FixedLenFeature`, `VarLenFeature` ...
      num_parallel_calls: batches that are parsed at once.
    """
    if features is None:
        raise ValueError("Missing: features was None.")

    def apply(dataset: Any) -> Any:
        from flowgraph.ops.parsing.parse_features import parse_example

        if dataset.output_types != dtypes.string:
            raise TypeError("Input dataset should be a dataset of vectors of strings")
        return dataset.map(lambda records: parse_example(records, features), num_parallel_calls)

    return apply


def make_batched_features_dataset(
    file_pattern: Any,
    batch_size: Any,
    features: dict[str, Any],
    reader: Any = TFRecordDataset,
    label_key: str | None = None,
    reader_args: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = AUTOTUNE,
    reader_num_threads: int = 1,
    parser_num_threads: int = 2,
    sloppy_ordering: bool = False,
    drop_final_batch: bool = False,
) -> Any:
    """Batches of the `Example` records of files as dicts of tensors.

    (tf.data.experimental.make_batched_features_dataset)

    Args:
      file_pattern: a pattern of names, or a list of them.
      batch_size: records in a batch.
      features: name -> `FixedLenFeature`, `VarLenFeature` ...
      reader: a function of a file's name that gives a dataset of records.
      label_key: the feature that is given apart: (features, label).
      reader_args: more arguments of `reader`.
      num_epochs: rounds; without end when None.
      shuffle: in random order.
      shuffle_buffer_size: see `Dataset.shuffle`.
      shuffle_seed: of that order.
      prefetch_buffer_size: batches made ahead.
      reader_num_threads: files that are open at once.
      parser_num_threads: batches that are parsed at once.
      sloppy_ordering: accepted.
      drop_final_batch: leave out a last batch of fewer records.
    """
    if label_key is not None and label_key not in features:
        raise ValueError("`label_key` provided must be in `features`.")
    if isinstance(reader, type) and not issubclass(reader, Dataset):
        raise TypeError(
            "The `reader` argument must return a `Dataset` object. `tf.ReaderBase` subclasses are "
            "not supported. For example, pass `tf.data.TFRecordDataset` instead of "
            "`tf.TFRecordReader`."
        )
    files = matching_names(file_pattern)
    dataset = Dataset.from_tensor_slices(files)
    if shuffle:
        dataset = dataset.shuffle(len(files), shuffle_seed)
    dataset = dataset.apply(
        parallel_interleave(
            lambda name: reader(name, *(reader_args or ())),
            cycle_length=reader_num_threads, sloppy=sloppy_ordering,
        )
    )  # fmt: skip
    if dataset.output_types == (dtypes.string, dtypes.string):
        dataset = dataset.map(lambda _, value: value)  # a reader of keys and values
    dataset = in_rounds(dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    drop = drop_final_batch or num_epochs is None
    dataset = dataset.batch(batch_size, drop_remainder=drop)
    dataset = dataset.apply(parse_example_dataset(features, parser_num_threads))
    if label_key is not None:
        dataset = dataset.map(lambda found: (found, found.pop(label_key)))
    return dataset.prefetch(prefetch_buffer_size)


def make_tf_record_dataset(
    file_pattern: Any,
    batch_size: Any,
    parser_fn: Callable[..., Any] | None = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int | None = None,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = AUTOTUNE,
    num_parallel_reads: int | None = None,
    num_parallel_parser_calls: int | None = None,
    drop_final_batch: bool = False,
) -> Any:
    """Batches of the records of TFRecord files, each made an element by `parser_fn`."""
    files = Dataset.list_files(file_pattern, shuffle=shuffle, seed=shuffle_seed)
    dataset: Any = TFRecordDataset(files, num_parallel_reads=num_parallel_reads or 24)
    size = 10000 if shuffle_buffer_size is None else shuffle_buffer_size
    dataset = in_rounds(dataset, num_epochs, shuffle, size, shuffle_seed)
    drop = drop_final_batch or num_epochs is None
    if parser_fn is None:
        dataset = dataset.batch(batch_size, drop_remainder=drop)
    else:
        dataset = dataset.apply(
            map_and_batch(
                parser_fn, batch_size, num_parallel_calls=num_parallel_parser_calls,
                drop_remainder=drop,
            )
        )  # fmt: skip
    return dataset if prefetch_buffer_size == 0 else dataset.prefetch(prefetch_buffer_size)


class TFRecordWriter:
    """Writes a dataset of strings to a TFRecord file (tf.data.experimental.TFRecordWriter).

    Args:
      filename: a string tensor.
      compression_type: "" (or None), "ZLIB" or "GZIP".
    """

    def __init__(self, filename: Any, compression_type: Any = None) -> None:
        self._filename = convert_to_tensor(filename, dtype=dtypes.string, name="filename")
        self._packing = convert_to_tensor(
            compression_type or "", dtype=dtypes.string, name="compression_type"
        )

    def write(self, dataset: Any) -> Operation:
        """The operation that writes all elements, which are scalar strings."""
        if not isinstance(dataset, Dataset):
            raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
        if dataset.output_types != dtypes.string or dataset.output_shapes.rank not in (None, 0):
            raise TypeError(
                "`dataset` must produce scalar `DT_STRING` tensors whereas it produces shape "
                f"{dataset.output_shapes} and types {dataset.output_types}"
            )
        return raw.ExperimentalDatasetToTFRecord(  # type: ignore[no-any-return]
            dataset._variant_tensor, self._filename, self._packing
        )
