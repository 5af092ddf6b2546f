"""Datasets of tensors, of numbers, of Python generators, of files that match a pattern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import Dimension, TensorShape, as_shape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest, structure
from flowgraph.data.base import DatasetBase
from flowgraph.data.structure import TensorSpec
from flowgraph.ops.control import python as python_ops
from flowgraph.ops.data._sources import checked_value


class Sources(DatasetBase):
    """The ways to a dataset."""

    @classmethod
    def from_tensors(cls, tensors: Any) -> Any:
        """One element: a tensor, or a nest of tensors and sparse tensors."""
        element = structure.normalized(tensors)
        spec = structure.spec_of(element)
        shapes = [shape for _, shape in structure.flat_of(spec)]
        variant = raw.TensorDataset(structure.to_tensors(spec, element), output_shapes=shapes)
        return cls._made("TensorDataset", variant, spec)

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Any:
        """The rows of a tensor, or of a nest of tensors with as many rows.

        Raises:
          ValueError: there are scalars, or other numbers of rows.
        """
        element = structure.normalized(tensors)
        whole = structure.spec_of(element)
        carried = structure.to_rows(whole, element)
        if not carried:
            raise ValueError("from_tensor_slices needs at least one tensor")
        spec = structure.map_spec(lambda s: s.unbatch(), whole)
        rows = Dimension(None)
        for tensor in carried:
            rows = rows.merge_with(tensor.shape.with_rank_at_least(1)[0])
        shapes = [shape for _, shape in structure.flat_of(spec)]
        variant = raw.TensorSliceDataset(carried, output_shapes=shapes)
        return cls._made("TensorSliceDataset", variant, spec)

    @classmethod
    def from_sparse_tensor_slices(cls, sparse_tensor: Any) -> Any:
        """The rows of a sparse tensor as (indices, values, shape)."""
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(
                f"`sparse_tensor` must be a `tf.SparseTensor` object. Was {sparse_tensor}."
            )
        parts = sparse_tensor.indices, sparse_tensor.values, sparse_tensor.dense_shape
        a, b = parts[0].shape.with_rank(2)[1], parts[2].shape.with_rank(1)[0]
        rank = (a - 1).merge_with(b - 1).value
        spec = (
            TensorSpec([None, rank], dtypes.int64),
            TensorSpec([None], sparse_tensor.dtype),
            TensorSpec([rank], dtypes.int64),
        )
        return cls._made("SparseTensorSliceDataset", raw.SparseTensorSliceDataset(*parts), spec)

    @classmethod
    def from_generator(
        cls,
        generator: Callable[..., Any],
        output_types: Any,
        output_shapes: Any = None,
        args: Any = None,
    ) -> Any:
        """What the iterator that a Python function returns yields.

        Args:
          generator: called once for each iterator, with the values of `args`.
          output_types: nested dtypes of an element.
          output_shapes: nested shapes; unknown ones when None.
          args: tensors, whose values the function gets.

        Raises:
          TypeError: `generator` is not callable.
          InvalidArgumentError: at a run, it yields something else than told.
        """
        if not callable(generator):
            raise TypeError("`generator` must be callable.")
        types = nest.map_structure(dtypes.as_dtype, output_types)
        if output_shapes is None:
            shapes = nest.map_structure(lambda _: TensorShape(None), types)
        else:
            shapes = nest.map_structure_up_to(types, as_shape, output_shapes)
        spec = nest.map_structure(lambda t, s: TensorSpec(s, t), types, shapes)
        given = [convert_to_tensor(a, name="args") for a in args or ()]
        token = python_ops.new_token()
        variant = raw.GeneratorDataset(
            given, token=token, function=(generator, _converter(types, shapes)),
            **structure.attrs_of(spec),
        )  # fmt: skip
        python_ops.remember(token, variant.op)
        return cls._made("GeneratorDataset", variant, spec)

    @classmethod
    def range(cls, *args: Any) -> Any:
        """The numbers of Python's `range`: stop; start, stop; or start, stop, step (int64)."""
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        start, stop, step = (0, *args, 1)[-3:] if len(args) < 2 else (*args, 1)[:3]
        names = ("start", "stop", "step")
        limits = [
            convert_to_tensor(v, dtype=dtypes.int64, name=n)
            for v, n in zip((start, stop, step), names, strict=True)
        ]
        spec = TensorSpec([], dtypes.int64)
        variant = raw.RangeDataset(*limits, **structure.attrs_of(spec))
        return cls._made("RangeDataset", variant, spec)

    @classmethod
    def zip(cls, datasets: Any) -> Any:
        """Elements of nested datasets, nested as these are, as long as each has one."""
        flat = nest.flatten(datasets)
        for dataset in flat:
            if not isinstance(dataset, DatasetBase):
                if isinstance(dataset, list):
                    raise TypeError(
                        "The argument to `Dataset.zip()` must be a nested structure of `Dataset` "
                        "objects. Nested structures do not support Python lists; please use a "
                        "tuple instead."
                    )
                raise TypeError(
                    "The argument to `Dataset.zip()` must be a nested structure of `Dataset` "
                    f"objects: got {dataset!r}"
                )
        spec = nest.pack_sequence_as(datasets, [d.element_spec for d in flat])
        variant = raw.ZipDataset([d._variant_tensor for d in flat], **structure.attrs_of(spec))
        return cls._made("ZipDataset", variant, spec, flat)

    @classmethod
    def list_files(cls, file_pattern: Any, shuffle: bool | None = None, seed: Any = None) -> Any:
        """The names of files that match a pattern, or one of several.

        Args:
          file_pattern: a string tensor of patterns with *, ? and [...].
          shuffle: in random order, as it is when None.
          seed: of that order.

        InvalidArgumentError at a run when no file matches.
        """
        with name_scope("list_files"):
            pattern = convert_to_tensor(file_pattern, dtype=dtypes.string, name="file_pattern")
            files = _matching(pattern)
            dataset = cls.from_tensor_slices(files)
            if shuffle or shuffle is None:
                count = raw.Shape(files, out_type=dtypes.int64)
                size = raw.Maximum(raw.GatherV2(count, np.int32(0), np.int32(0)), np.int64(1))
                dataset = dataset.shuffle(size, seed=seed)
            return dataset


def _matching(pattern: Tensor) -> Tensor:
    from flowgraph.ops.control.assertion import Assert
    from flowgraph.ops.math.reduce_join import reduce_join

    files = raw.MatchingFiles(pattern)
    found = raw.Greater(raw.Size(files), np.int32(0), name="match_not_empty")
    told = reduce_join(pattern, separator=", ")
    message = raw.Add("No files matched pattern: ", told, name="message")
    check = Assert(found, [message], summarize=1, name="assert_not_empty")
    with control_dependencies([check]):
        return raw.Identity(files)  # type: ignore[no-any-return]


def _converter(types: Any, shapes: Any) -> Callable[[Any], tuple[Any, ...]]:
    """(value that was yielded) -> its arrays."""
    flat = list(zip(nest.flatten(types), nest.flatten(shapes), strict=True))

    def convert(value: Any) -> tuple[Any, ...]:
        try:
            values = nest.flatten_up_to(types, value)
        except (TypeError, ValueError):
            raise TypeError(
                "`generator` yielded an element that did not match the expected structure. The "
                f"expected structure was {types}, but the yielded element was {value}."
            ) from None
        return tuple([checked_value(v, *told) for v, told in zip(values, flat, strict=True)])

    return convert
