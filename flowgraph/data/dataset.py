"""`tf.data.Dataset`, and datasets of files."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.data import iterators
from flowgraph.data.base import DatasetBase
from flowgraph.data.sources import Sources
from flowgraph.data.structure import TensorSpec
from flowgraph.data.transformations import Batched, Called, Ordered
from flowgraph.ops.data import readers as _declared  # noqa: F401 - the ops

__all__ = [
    "Dataset", "FixedLengthRecordDataset", "TFRecordDataset", "TextLineDataset",
    "get_output_classes", "get_output_shapes", "get_output_types",
    "make_initializable_iterator", "make_one_shot_iterator",
]  # fmt: skip


class Dataset(Sources, Ordered, Batched, Called):
    """A sequence of elements, each a nest of tensors (tf.data.Dataset).

    It is made by one of `from_tensors`, `from_tensor_slices`, `from_generator`, `range`, `zip`,
    `list_files` or a dataset of files, changed by methods that give another one, and read by an
    iterator.

    >>> numbers = Dataset.range(5).map(lambda x: x * x).batch(2)
    >>> numbers
    <BatchDataset shapes: (?,), types: tf.int64>
    >>> square = numbers.make_one_shot_iterator().get_next()  # run it for the next batch
    """


DatasetBase._results = Dataset


# --- files ----------------------------------------------------------------------------------------
def tensor_or(value: Any, default: Any, dtype: Any, name: str) -> Any:
    """A tensor of an argument that may be left out."""
    return convert_to_tensor(default if value is None else value, dtype=dtype, name=name)


def _names(filenames: Any) -> Any:
    if isinstance(filenames, DatasetBase):
        if filenames.output_types != dtypes.string:
            raise TypeError("`filenames` must be a `tf.data.Dataset` of `tf.string` elements.")
        if not filenames.output_shapes.is_compatible_with([]):
            raise TypeError(
                "`filenames` must be a `tf.data.Dataset` of scalar `tf.string` elements."
            )
        return filenames
    names = convert_to_tensor(filenames, dtype=dtypes.string, name="filenames")
    return raw.Reshape(names, np.array([-1], np.int32), name="flat_filenames")


_LINE = TensorSpec([], dtypes.string)


class _OfFiles(Dataset):
    """Records of files; `_record_op` gives those of some names."""

    def _read(self, filenames: Any, parallel: Any = None) -> None:
        names = _names(filenames)
        if isinstance(names, DatasetBase):
            if parallel is None:
                made = names.flat_map(self._of_one)
            else:
                made = names.interleave(
                    self._of_one, cycle_length=parallel, num_parallel_calls=parallel
                )
        elif parallel is None:
            DatasetBase.__init__(self, self._record_op(names), _LINE)
            return
        else:
            made = Dataset.from_tensor_slices(names).interleave(
                self._of_one, cycle_length=parallel, num_parallel_calls=parallel
            )
        DatasetBase.__init__(self, made._variant_tensor, _LINE)
        self._inputs_ = made._inputs_

    def _record_op(self, names: Any) -> Any:
        raise NotImplementedError

    def _of_one(self, name: Any) -> Any:
        return self._made(type(self).__name__, self._record_op(name), _LINE)


class TextLineDataset(_OfFiles):
    """The lines of text files, without their ends (tf.data.TextLineDataset).

    Args:
      filenames: a string tensor of names, or a dataset of them.
      compression_type: "" (or None), "ZLIB" or "GZIP".
      buffer_size: accepted: bytes that are read at once.
      num_parallel_reads: files that are open at once; their lines come in turn.

    NotFoundError at a run when there is no such file.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        self._packing = [
            tensor_or(compression_type, "", dtypes.string, "compression_type"),
            tensor_or(buffer_size, 256 * 1024, dtypes.int64, "buffer_size"),
        ]
        self._read(filenames, num_parallel_reads)

    def _record_op(self, names: Any) -> Any:
        return raw.TextLineDataset(names, *self._packing)


class TFRecordDataset(_OfFiles):
    """The records of TFRecord files (tf.data.TFRecordDataset).

    Args:
      filenames: a string tensor of names, or a dataset of them.
      compression_type: "" (or None), "ZLIB" or "GZIP".
      buffer_size: accepted: bytes that are read at once.
      num_parallel_reads: files that are open at once; their records come in turn.

    At a run, NotFoundError when there is no such file, DataLossError for a damaged one.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        self._packing = [
            tensor_or(compression_type, "", dtypes.string, "compression_type"),
            tensor_or(buffer_size, 256 * 1024, dtypes.int64, "buffer_size"),
        ]
        self._read(filenames, num_parallel_reads)

    def _record_op(self, names: Any) -> Any:
        return raw.TFRecordDataset(names, *self._packing)


class FixedLengthRecordDataset(_OfFiles):
    """Records of one length of binary files (tf.data.FixedLengthRecordDataset).

    Args:
      filenames: a string tensor of names, or a dataset of them.
      record_bytes: the length of a record.
      header_bytes: bytes at a file's start that are left out (None: 0).
      footer_bytes: bytes at its end that are left out (None: 0).
      buffer_size: accepted: bytes that are read at once.
      compression_type: "" (or None), "ZLIB" or "GZIP".
      num_parallel_reads: files that are open at once; their records come in turn.

    InvalidArgumentError at a run when a file is no whole number of records long.
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        self._sizes = [
            tensor_or(header_bytes, 0, dtypes.int64, "header_bytes"),
            tensor_or(record_bytes, None, dtypes.int64, "record_bytes"),
            tensor_or(footer_bytes, 0, dtypes.int64, "footer_bytes"),
            tensor_or(buffer_size, 256 * 1024, dtypes.int64, "buffer_size"),
            tensor_or(compression_type, "", dtypes.string, "compression_type"),
        ]
        self._read(filenames, num_parallel_reads)

    def _record_op(self, names: Any) -> Any:
        return raw.FixedLengthRecordDatasetV2(names, *self._sizes)


# --- functions ------------------------------------------------------------------------------------
def make_one_shot_iterator(dataset: Any) -> iterators.Iterator:
    """An iterator over the elements once (tf.data.make_one_shot_iterator)."""
    return dataset.make_one_shot_iterator()  # type: ignore[no-any-return]


def make_initializable_iterator(dataset: Any, shared_name: str | None = None) -> iterators.Iterator:
    """An iterator with an initializer (tf.data.make_initializable_iterator)."""
    return dataset.make_initializable_iterator(shared_name)  # type: ignore[no-any-return]


def get_structure(dataset_or_iterator: Any) -> Any:
    """The nested specs of an element (tf.data.experimental.get_structure)."""
    if not hasattr(dataset_or_iterator, "element_spec"):
        raise TypeError(
            "`dataset_or_iterator` must be a Dataset or Iterator object, but got "
            f"{type(dataset_or_iterator)}."
        )
    return dataset_or_iterator.element_spec


def get_output_types(dataset_or_iterator: Any) -> Any:
    """The nested dtypes of an element (tf.data.get_output_types)."""
    return get_structure(dataset_or_iterator) and dataset_or_iterator.output_types


def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """The nested static shapes of an element (tf.data.get_output_shapes)."""
    return get_structure(dataset_or_iterator) and dataset_or_iterator.output_shapes


def get_output_classes(dataset_or_iterator: Any) -> Any:
    """The nested classes of an element (tf.data.get_output_classes)."""
    return get_structure(dataset_or_iterator) and dataset_or_iterator.output_classes
