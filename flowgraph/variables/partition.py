"""Variables in pieces: what a partitioner makes of `get_variable`, and the usual partitioners."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor, register_tensor_conversion_function
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.variables.store import Request, VariableStore, default_initializer
from flowgraph.variables.variable import SaveSliceInfo

Partitioner = Callable[..., list[int]]


@dataclass(frozen=True, slots=True)
class PartitionInfo:
    """Where a piece lies: the shape of the whole, and the piece's first index along each axis."""

    full_shape: list[int]
    var_offset: list[int]

    def single_offset(self, shape: Any) -> int:
        """The offset along the axis that is split, for a piece of this shape."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self.var_offset[axis]

    def single_slice_dim(self, shape: Any) -> int | None:
        """The axis along which a piece of this shape is smaller than the whole."""
        sizes = as_shape(shape).as_list()
        if len(sizes) != len(self.full_shape):
            raise ValueError(f"Expected a shape of rank {len(self.full_shape)}, got {shape}")
        split = [i for i, (n, m) in enumerate(zip(sizes, self.full_shape, strict=True)) if n != m]
        if len(split) > 1:
            raise ValueError(f"Cannot use a piece that is split along axes {split}: {shape}")
        return split[0] if split else None


def _check_pieces(shape: Any, variables: Any, partitions: Any) -> None:
    for what, given in (("variable_list", variables), ("partitions", partitions)):
        if not isinstance(given, (list, tuple)):
            raise TypeError(f"{what} is not a list or tuple: {given}")
    if not all(p >= 1 for p in partitions):
        raise ValueError(f"partition values must be positive: {partitions}")
    if not variables:
        raise ValueError("variable_list may not be empty")
    infos = [v._get_save_slice_info() for v in variables]
    if None in infos:
        raise ValueError(
            f"All variables must have a save_slice_info available: {[v.name for v in variables]}"
        )
    if len(shape) != len(partitions):
        raise ValueError(f"len(shape) != len(partitions): {shape} vs. {partitions}")
    full_shapes = [as_shape(info.full_shape) for info in infos]
    if any(full != as_shape(shape) for full in full_shapes):
        raise ValueError(
            f"All variables' full shapes must match shape: {shape}; but full shapes were: "
            f"{full_shapes}"
        )


class PartitionedVariable:
    """Variables that are the pieces of one along an axis; a tensor where one is asked for."""

    def __init__(
        self, name: str, shape: Any, dtype: Any, variable_list: list[Any], partitions: list[int]
    ) -> None:
        _check_pieces(shape, variable_list, partitions)
        self._name, self._shape, self._dtype = name, as_shape(shape), dtypes.as_dtype(dtype)
        self._variable_list = sorted(
            variable_list, key=lambda v: v._get_save_slice_info().var_offset
        )
        self._partitions = list(partitions)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._variable_list)

    def __len__(self) -> int:
        return len(self._variable_list)

    @property
    def name(self) -> str:
        """The name of the whole, without a number."""
        return self._name

    @property
    def dtype(self) -> dtypes.DType:
        """The type of the elements."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    def _get_variable_list(self) -> list[Any]:
        return self._variable_list

    def _get_partitions(self) -> list[int]:
        return self._partitions

    def _partition_axes(self) -> list[int]:
        return [i for i, count in enumerate(self._partitions) if count > 1] or [0]

    def as_tensor(self) -> Tensor:
        """The whole as one tensor."""
        pieces = self._variable_list
        if len(pieces) == 1:
            whole = pieces[0]
        else:
            with name_scope(self._name + "/ConcatPartitions/"):
                axis = np.int32(self._partition_axes()[0])
                whole = raw.ConcatV2([v.value() for v in pieces], axis, name="concat")
        with name_scope(None):
            return raw.Identity(whole, name=self._name)  # type: ignore[no-any-return]

    def assign(
        self, value: Any, use_locking: bool = False, name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:  # fmt: skip
        """Gives each piece its part of `value`, a whole tensor or a list of parts."""
        return self._change("assign", value, use_locking, name, read_value)

    def assign_add(
        self, value: Any, use_locking: bool = False, name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:  # fmt: skip
        """Adds to each piece its part of `value`."""
        return self._change("assign_add", value, use_locking, name, read_value)

    def assign_sub(
        self, value: Any, use_locking: bool = False, name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:  # fmt: skip
        """Subtracts from each piece its part of `value`."""
        return self._change("assign_sub", value, use_locking, name, read_value)

    def _change(
        self, method: str, value: Any, use_locking: bool, name: str | None, read_value: bool
    ) -> list[Any]:
        parts = value
        if isinstance(value, PartitionedVariable):
            parts = list(value)
        elif not isinstance(value, (list, tuple)) or len(value) != len(self):
            axis = self._partition_axes()[0]
            sizes = [v.shape.as_list()[axis] for v in self._variable_list]
            whole = convert_to_tensor(value, dtype=self._dtype)
            sizes64 = np.array(sizes, np.int64)
            parts = raw.SplitV(whole, sizes64, np.int32(axis), num_split=len(sizes))
        changed = [
            getattr(v, method)(part, use_locking=use_locking, name=name)
            for v, part in zip(self._variable_list, parts, strict=True)
        ]
        return changed if read_value else [tensor.op for tensor in changed]


def _to_tensor(
    value: PartitionedVariable, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    del name
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{value.dtype.name}'"
        )
    if as_ref:
        raise TypeError("A PartitionedVariable cannot be changed as a whole; change its pieces.")
    return value.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _to_tensor)


# --- get_variable with a partitioner --------------------------------------------------------------
def get_partitioned(store: VariableStore, request: Request) -> PartitionedVariable:
    """Finds or makes the pieces "w/part_0", "w/part_1" ... of a variable."""
    name, shape = request.name, request.static_shape
    if isinstance(request.initializer, Tensor):
        shape = shape.merge_with(request.initializer.shape)
    if name in store.variables:
        raise ValueError(
            "A partitioner was provided, but an unpartitioned version of the variable was found: "
            f"{name}.  Perhaps a variable of the same name was already created without "
            "partitioning?"
        )
    partitions = None
    if not request.reuse or request.partitioner:
        partitions = _partitions(request.partitioner, shape, request.base_dtype)
    if name in store.partitioned:
        return _reused(store.partitioned[name], request, shape, partitions)
    if request.reuse is True or partitions is None:
        raise ValueError(
            f"PartitionedVariable {name} does not exist, or was not created with "
            "tf.get_variable(). Did you mean to set reuse=False or reuse=tf.AUTO_REUSE in VarScope?"
        )
    pieces = _pieces(store, request, shape.as_list(), partitions)  # type: ignore[arg-type]
    made = PartitionedVariable(name, shape, pieces[0].dtype.base_dtype, pieces, partitions)
    store.partitioned[name] = made
    return made


def _reused(found: PartitionedVariable, request: Request, shape: Any, partitions: Any) -> Any:
    name = request.name
    if request.reuse is False:
        raise ValueError(
            f"Partitioned variable with name {name} already exists. Did you mean to set "
            "reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
        )
    facts = (
        ("shape", shape, found.shape, shape.is_compatible_with(found.shape)),
        ("dtype", request.base_dtype.name, found.dtype.name, request.base_dtype is found.dtype),
        ("partitions", partitions, found._get_partitions(),
         partitions is None or partitions == found._get_partitions()),
    )  # fmt: skip
    for what, wanted, there, fits in facts:
        if not fits:
            raise ValueError(
                f"Trying to reuse partitioned variable {name}, but specified {what} {wanted} and "
                f"found {what} {there}."
            )
    return found


def _partitions(partitioner: Partitioner, shape: TensorShape, dtype: dtypes.DType) -> list[int]:
    """How many pieces there are along each axis; all but one axis have one."""
    if not shape.is_fully_defined():
        raise ValueError(
            f"Shape of a new partitioned variable must be fully defined, but instead was {shape}."
        )
    if shape.rank == 0:
        raise ValueError(f"A partitioned Variable must have rank at least 1, but is: {shape}")
    found = partitioner(shape=shape, dtype=dtype)
    if not isinstance(found, Sequence):
        raise ValueError(f"Partitioner must return a sequence, but saw: {found}")
    if len(found) != shape.rank:
        raise ValueError(
            "Partitioner returned a partition list that does not match the Variable's rank: "
            f"{found} vs. {shape}"
        )
    if any(count < 1 for count in found):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {found}")
    if sum(count > 1 for count in found) > 1:
        raise ValueError(
            f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {found}"
        )
    return list(found)


def _pieces(
    store: VariableStore, request: Request, whole: list[int], partitions: list[int]
) -> list[Any]:
    axis = next((i for i, count in enumerate(partitions) if count > 1), 0)
    pieces = []
    for i, (offset, size) in enumerate(_slices(whole[axis], partitions[axis])):
        begin, part = [0] * len(whole), list(whole)
        begin[axis], part[axis] = offset, size
        name = f"{request.name}/part_{i}"
        with name_scope(name + "/PartitionedInitializer"):
            initializer = _initializer_of_piece(request, begin, part)
        asked = replace(
            request,
            name=name,
            shape=part if callable(initializer) else None,
            initializer=initializer,
            partitioner=None,
        )
        if not callable(initializer):
            asked = replace(asked, dtype=initializer.dtype.base_dtype)
        with name_scope(None):
            piece = store.single(asked, PartitionInfo(whole, begin))
        piece._set_save_slice_info(SaveSliceInfo(request.name, whole, begin, part))
        pieces.append(piece)
    return pieces


def _initializer_of_piece(request: Request, begin: list[int], size: list[int]) -> Any:
    initializer = request.initializer
    if initializer is None:
        return default_initializer(request)
    if callable(initializer):
        return initializer
    if not isinstance(initializer, Tensor):
        initializer = convert_to_tensor(initializer, dtype=request.base_dtype)
    return raw.Slice(initializer, begin, size)


def _slices(size: int, count: int) -> Iterator[tuple[int, int]]:
    """(offset, length) of pieces that are as equal as can be, the longer ones first."""
    offset = 0
    for i in range(count):
        length = size // count + (i < size % count)
        yield offset, length
        offset += length


# --- partitioners ---------------------------------------------------------------------------------
def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """`num_shards` pieces along an axis (tf.fixed_size_partitioner)."""

    def partitioner(shape: Any, **_: Any) -> list[int]:
        counts = [1] * len(shape)
        counts[axis] = min(num_shards, as_shape(shape).as_list()[axis])  # type: ignore[type-var]
        return counts

    return partitioner


def variable_axis_size_partitioner(
    max_shard_bytes: int, axis: int = 0, bytes_per_string_element: int = 16,
    max_shards: int | None = None,
) -> Partitioner:  # fmt: skip
    """Pieces of at most `max_shard_bytes`, at least one row each.

    `max_shards` limits their number (tf.variable_axis_size_partitioner).
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError(
            "Both max_shard_bytes and bytes_per_string_element must be positive. Currently, "
            f"max_shard_bytes is {max_shard_bytes} and bytes_per_string_element is "
            f"{bytes_per_string_element}"
        )
    if max_shards is not None and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        sizes, element = _checked(shape, dtype, bytes_per_string_element)
        row = math.prod(sizes) / sizes[axis] * element
        rows_each = max(1, math.floor(max_shard_bytes / row))
        count = math.ceil(sizes[axis] / rows_each)
        counts = [1] * len(sizes)
        counts[axis] = count if max_shards is None else min(count, max_shards)
        return counts

    return partitioner


def min_max_variable_partitioner(
    max_partitions: int = 1, axis: int = 0, min_slice_size: int = 256 << 10,
    bytes_per_string_element: int = 16,
) -> Partitioner:  # fmt: skip
    """At most `max_partitions` pieces of about `min_slice_size` bytes at least.

    tf.min_max_variable_partitioner.
    """

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        if axis >= len(shape):
            raise ValueError(
                f"Cannot partition variable along axis {axis} when shape is only {shape}"
            )
        sizes, element = _checked(shape, dtype, bytes_per_string_element)
        most = max(1, math.ceil(math.prod(sizes) * element / min_slice_size))
        counts = [1] * len(sizes)
        counts[axis] = min(max_partitions, most, sizes[axis])
        return counts

    return partitioner


def _checked(shape: Any, dtype: Any, bytes_per_string: int) -> tuple[list[int], int]:
    """The sizes, and the bytes of one element."""
    if not isinstance(shape, TensorShape):
        raise ValueError(f"shape is not a TensorShape: {shape}")
    if not shape.is_fully_defined():
        raise ValueError(f"shape is not fully defined: {shape}")
    dtype = dtypes.as_dtype(dtype).base_dtype
    element = bytes_per_string if dtype is dtypes.string else dtype.size
    return shape.as_list(), element  # type: ignore[return-value]
