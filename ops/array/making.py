"""Ops that make tensors of a given shape: zeros, ones, fill, tile, broadcasts, one_hot and more."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape, broadcast
from flowgraph.core.simplify import input_if
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.known import (
    described_shape,
    integer,
    integers,
    partial_integers,
    single,
    unknown_of_rank,
)
from flowgraph.ops.array.shape import shape_of, size
from flowgraph.ops.math.broadcast import sum_to_shape_of

__all__ = [
    "broadcast_to",
    "eye",
    "fill",
    "meshgrid",
    "one_hot",
    "ones",
    "ones_like",
    "sequence_mask",
    "tile",
    "zeros",
    "zeros_like",
]

_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)
_SMALL = 1000  # zeros and ones of fewer elements are constants, as in TensorFlow

# --- Fill -----------------------------------------------------------------------------------------
fill_op = define(
    "Fill",
    inputs="dims: index_type, value: T",
    outputs="output: T",
    attrs={"T": attrs.types(), "index_type": _INDEX},
)


@fill_op.shape
def _(op: Operation) -> TensorShape:
    dims, value = op.inputs
    value.shape.with_rank(0)
    sizes = integers(dims)
    if sizes and min(sizes) < 0:
        raise ValueError(f"Fill dimensions must be >= 0, got {sizes}")
    return described_shape(dims)


@fill_op.kernel
def _(ctx: Any) -> Any:
    full, dtype = np.full, ctx.dtype

    def run(dims: Any, value: Any) -> Any:
        if dims.ndim > 1:
            raise InvalidArgumentError(f"dims must be a vector, got shape {list(dims.shape)}")
        wanted = tuple(dims.reshape(-1).tolist())
        if wanted and min(wanted) < 0:
            raise InvalidArgumentError(f"Dimensions must be non-negative, got {list(wanted)}")
        return full(wanted, single(value, "value"), dtype)

    return run


@fill_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [None, raw.Sum(grad, _all_axes(grad), keep_dims=False)]


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor of shape `dims` filled with the scalar `value` (tf.fill)."""
    return fill_op(dims, value, name=name)  # type: ignore[no-any-return]


# --- ZerosLike, OnesLike --------------------------------------------------------------------------
def _constant_like(op_type: str, value: int) -> OpDef:
    op_def = define(
        op_type, inputs="x: T", outputs="y: T", attrs={"T": attrs.types()}, shape=like("x")
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        full, dtype = np.full, ctx.dtype
        element = b"" if dtype.kind == "O" else dtype.type(value)
        return lambda x: full(x.shape, element, dtype)

    @op_def.static
    def _(op: Operation) -> Any:
        count = op.inputs[0].shape.num_elements()
        dtype = op.outputs[0].dtype.np_dtype
        if count is None or count > _SMALL or dtype.kind == "O":
            return None
        return np.full(op.inputs[0].shape.known, value, dtype)  # type: ignore[arg-type]

    return op_def


zeros_like_op = _constant_like("ZerosLike", 0)
ones_like_op = _constant_like("OnesLike", 1)


def zeros(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Zeros of a shape; False and "" for bool and string (tf.zeros).

    >>> zeros([2, 3]).op.type
    'Const'
    """
    wanted = dtypes.as_dtype(dtype).base_dtype
    zero = b"" if wanted is dtypes.string else False if wanted.is_bool else 0
    return _filled(shape, zero, wanted, name, "zeros")


def ones(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Ones of a shape; True for bool (tf.ones)."""
    wanted = dtypes.as_dtype(dtype).base_dtype
    return _filled(shape, True if wanted.is_bool else 1, wanted, name, "ones")


def _filled(shape: Any, value: Any, dtype: Any, name: str | None, default: str) -> Tensor:
    with name_scope(name, default, [shape]) as scope:
        if not isinstance(shape, Tensor):
            static = _static_shape(shape)
            if static is not None and not isinstance(shape, (int, np.integer, Dimension)):
                count = static.num_elements()
                if count is not None and count < _SMALL:
                    return constant(np.full(static.known, value, dtype.np_dtype), name=scope)  # type: ignore[arg-type]
            if static is not None and static.is_fully_defined():
                shape = convert_to_tensor(static)
            else:
                shape = convert_to_tensor(shape, dtype=dtypes.int32)
        if not shape.shape.rank:  # a scalar is the shape of a vector; what it may be is not known
            shape = raw.Reshape(shape, [-1])
        return fill_op(shape, constant(value, dtype), name=scope)  # type: ignore[no-any-return]


def _static_shape(shape: Any) -> TensorShape | None:
    """The shape that is no tensor as a TensorShape; None when there are tensors in it."""
    if isinstance(shape, np.ndarray):
        shape = shape.tolist()
    try:
        found = shape if isinstance(shape, TensorShape) else TensorShape(shape)
    except (TypeError, ValueError):
        return None
    return found if found.is_fully_defined() else None


def zeros_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Zeros of a tensor's shape and dtype, or of another dtype (tf.zeros_like).

    With `optimize`, a constant or fill where the static shape is fully defined.
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        own = tensor.dtype.base_dtype
        wanted = own if dtype is None else dtypes.as_dtype(dtype).base_dtype
        if optimize and tensor.shape.is_fully_defined() and own is not dtypes.variant:
            return zeros(tensor.shape, wanted, name=scope)
        if wanted is not own and wanted is not dtypes.variant:
            return zeros(shape_of(tensor, optimize=optimize), wanted, name=scope)
        return zeros_like_op(tensor, name=scope)  # type: ignore[no-any-return]


def ones_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Ones of a tensor's shape and dtype, or of another dtype (tf.ones_like)."""
    with name_scope(name, "ones_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        found = shape_of(tensor, optimize=optimize)
        result = ones(found, dtype=tensor.dtype if dtype is None else dtype, name=scope)
        result.set_shape(tensor.shape)
        return result


# --- BroadcastTo ----------------------------------------------------------------------------------
broadcast_to_op = define(
    "BroadcastTo",
    inputs="input: T, shape: Tidx",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tidx": _INDEX},
    traits=Trait.VIEW,
)


@broadcast_to_op.shape
def _(op: Operation) -> TensorShape:
    wanted, given = described_shape(op.inputs[1]), op.inputs[0].shape
    if wanted.known is None or given.known is None:
        return wanted
    missing = len(wanted.known) - len(given.known)
    if missing < 0:
        raise ValueError(
            f"Shape must be at most rank {len(wanted.known)} but is rank {len(given.known)}"
        )
    if wanted.is_fully_defined() and given.is_fully_defined():
        try:
            if broadcast(given, wanted).known != wanted.known:
                raise ValueError
        except ValueError:
            raise ValueError(f"Incompatible shapes to broadcast: {given} to {wanted}") from None
    # A size that is not 1 stays as it is.
    own = (None,) * missing + tuple([None if d == 1 else d for d in given.known])
    return TensorShape.of(tuple([b if a is None else a for a, b in zip(wanted.known, own)]))


@broadcast_to_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, shape: Any) -> Any:
        wanted = tuple(shape.tolist())
        try:
            return ctx.xp.broadcast_to(x, wanted)
        except ValueError:
            raise InvalidArgumentError(
                f"Incompatible shapes: {list(x.shape)} vs. {list(wanted)}"
            ) from None

    return run


broadcast_to_op.simplify(lambda step: input_if(step, step.shape(0).known))


@broadcast_to_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [sum_to_shape_of(convert_to_tensor(grad), op.inputs[0], op.outputs[0]), None]


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """The tensor broadcast to a shape (tf.broadcast_to)."""
    return broadcast_to_op(input, shape, name=name)  # type: ignore[no-any-return]


# --- Tile -----------------------------------------------------------------------------------------
tile_op = define(
    "Tile",
    inputs="input: T, multiples: Tmultiples",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tmultiples": _INDEX},
)


@tile_op.shape
def _(op: Operation) -> TensorShape:
    x, multiples = op.inputs
    length = multiples.shape.with_rank(1).known[0]  # type: ignore[index]
    rank = x.shape.rank
    if rank is not None and length not in (None, rank):
        raise ValueError(f"Shape must be rank {rank} but is rank {length}")
    times, dims = partial_integers(multiples), x.shape.known
    if times is None:
        return unknown_of_rank(rank if rank is not None else length)
    if any(n is not None and n < 0 for n in times):
        raise ValueError(f"Expected multiples >= 0, got {times}")
    dims = (None,) * len(times) if dims is None else dims
    return TensorShape([_repeated(d, n) for d, n in zip(dims, times, strict=True)])


def _repeated(size: int | None, times: int | None) -> int | None:
    if 0 in (size, times):
        return 0
    return None if size is None or times is None else size * times


@tile_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, multiples: Any) -> Any:
        times = tuple(multiples.tolist())
        if len(times) != x.ndim:
            raise InvalidArgumentError(
                "Expected multiples argument to be a vector of length "
                f"{x.ndim} but got length {len(times)}"
            )
        if times and min(times) < 0:
            raise InvalidArgumentError(f"Expected multiples[i] >= 0, but got {list(times)}")
        return ctx.xp.tile(x, times)

    return run


tile_op.simplify(lambda step: input_if(step, step.shape(0).known and [1] * step.shape(0).rank))


@tile_op.gradient
def _(op: Operation, grad: Any) -> Any:
    x, multiples = op.inputs
    grad = convert_to_tensor(grad)
    index = multiples.dtype.base_dtype
    times = integers(multiples)
    if x.shape.is_fully_defined() and times is not None:
        pairs = [n for pair in zip(times, x.shape.known) for n in pair]  # type: ignore[arg-type]
        parts: Any = np.array(pairs, np.int32)
        axes: Any = np.arange(0, len(pairs), 2, dtype=np.int32)
    else:
        pairs_of = raw.Pack([multiples, raw.Shape(x, out_type=index)], axis=1)
        parts = raw.Reshape(pairs_of, [-1])
        axes = raw.Range(0, raw.Size(parts), 2)
    total = raw.Sum(raw.Reshape(grad, parts), axes, keep_dims=False)
    total.set_shape(x.shape)
    return [total, None]


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """The tensor repeated multiples[i] times along each dimension i (tf.tile)."""
    return tile_op(input, multiples, name=name)  # type: ignore[no-any-return]


# --- OneHot ---------------------------------------------------------------------------------------
one_hot_op = define(
    "OneHot",
    inputs="indices: TI, depth: int32, on_value: T, off_value: T",
    outputs="output: T",
    attrs={
        "axis": attrs.integer(-1),
        "T": attrs.types(),
        "TI": attrs.types(dtypes.uint8, *dtypes.INDEX, default=dtypes.int64),
    },
).no_gradient()


@one_hot_op.shape
def _(op: Operation) -> TensorShape:
    dims, axis = op.inputs[0].shape.known, op.attrs["axis"]
    for scalar in op.inputs[1:]:  # the depth and both values
        scalar.shape.with_rank(0)
    if axis < -1:
        raise ValueError(f"axis must be >= -1, got {axis}")
    if dims is None:
        return TensorShape(None)
    if axis > len(dims):
        raise ValueError(f"Shape must be at least rank {axis} but is rank {len(dims)}")
    depth, at = integer(op.inputs[1]), len(dims) if axis == -1 else axis
    if depth is not None and depth < 0:
        raise ValueError(f"depth must be non-negative, got: {depth}")
    return TensorShape.of((*dims[:at], depth, *dims[at:]))


@one_hot_op.kernel
def _(ctx: Any) -> Any:
    axis, dtype = ctx.attrs["axis"], ctx.dtype

    def run(indices: Any, depth: Any, on: Any, off: Any) -> Any:
        size = int(depth)
        if size < 0:
            raise InvalidArgumentError(f"depth must be non-negative, got: {size}")
        result = np.full((*indices.shape, size), off[()], dtype)
        flat = result.reshape(-1, size) if size else result.reshape(indices.size, 0)
        hot = indices.reshape(-1)
        rows = np.flatnonzero((hot >= 0) & (hot < size))
        flat[rows, hot[rows]] = on[()]
        return result if axis == -1 else np.moveaxis(result, -1, axis)

    return run


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Vectors that are `on_value` at an index and `off_value` elsewhere (tf.one_hot).

    Args:
      indices: uint8, int32 or int64; an index out of range gives `off_value` everywhere.
      depth: the length of the new dimension.
      on_value: 1 by default.
      off_value: 0 by default.
      axis: where the new dimension goes; -1, the default, is last.
      dtype: that of the values; float32 when there are none.
      name: the operation's name.
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as scope:
        given = [
            convert_to_tensor(v, dtype_hint=dtype).dtype.base_dtype
            for v in (on_value, off_value)
            if v is not None
        ]
        if dtype is not None:
            wanted = dtypes.as_dtype(dtype).base_dtype
            for name_of, kind in zip(("on_value", "off_value"), given):
                if kind is not wanted:
                    raise TypeError(
                        f"dtype {kind} of {name_of} does not match dtype parameter {wanted}"
                    )
        else:
            wanted = given[0] if given else dtypes.float32
        if len(given) == 2 and given[0] is not given[1]:
            raise TypeError(
                f"dtype {given[0]} of on_value does not match dtype {given[1]} of off_value"
            )
        on = convert_to_tensor(1 if on_value is None else on_value, wanted, name="on_value")
        off = convert_to_tensor(0 if off_value is None else off_value, wanted, name="off_value")
        return one_hot_op(indices, depth, on, off, axis=axis, name=scope)  # type: ignore[no-any-return]


# --- made of other ops ----------------------------------------------------------------------------
def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool_, name: str | None = None
) -> Tensor:
    """mask[..., j] = j < lengths[...], of shape lengths.shape + [maxlen] (tf.sequence_mask)."""
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            most = raw.Max(lengths, _all_axes(lengths))
            maxlen = raw.Maximum(constant(0, most.dtype), most)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.shape.rank not in (None, 0):
            raise ValueError(f"maxlen must be scalar for sequence_mask, not {maxlen.shape}")
        kind = maxlen.dtype.base_dtype
        row = raw.Range(constant(0, kind), maxlen, constant(1, kind))
        column = raw.Cast(raw.ExpandDims(lengths, -1), DstT=kind)
        result = raw.Less(row, column)
        wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        return result if wanted in (None, dtypes.bool_) else raw.Cast(result, DstT=wanted)  # type: ignore[no-any-return]


def _all_axes(x: Tensor) -> Tensor:
    if x.shape.rank is not None:
        return constant(np.arange(x.shape.rank, dtype=np.int32))
    return raw.Range(0, raw.Rank(x), 1)  # type: ignore[no-any-return]


def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Grids of coordinates from vectors of them (tf.meshgrid); indexing="xy" or "ij", name."""
    indexing, name = kwargs.pop("indexing", "xy"), kwargs.pop("name", "meshgrid")
    for key in kwargs:
        raise TypeError(f"'{key}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing parameter must be either 'xy' or 'ij', got {indexing!r}")
    with name_scope(name, "meshgrid", [a for a in args if isinstance(a, Tensor)]):
        rank = len(args)
        if not rank:
            return []
        grids = [_along(stack(x), i, rank) for i, x in enumerate(args)]
        lengths = [size(x) for x in args]
        dtype = convert_to_tensor(args[0]).dtype.base_dtype
        if indexing == "xy" and rank > 1:
            grids[:2] = [_along(grids[0], 1, rank), _along(grids[1], 0, rank)]
            lengths[:2] = [lengths[1], lengths[0]]
        factor = ones(lengths, dtype)
        return [grid * factor for grid in grids]


def _along(x: Tensor, axis: int, rank: int) -> Any:
    """The elements of a tensor along one axis of `rank`."""
    return raw.Reshape(x, [-1 if i == axis else 1 for i in range(rank)])


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """The identity matrix, or a batch of them (tf.eye, tf.linalg.eye)."""
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        columns = num_rows if num_columns is None else num_columns
        batch = [] if batch_shape is None else batch_shape
        is_square = columns is num_rows
        if isinstance(num_rows, Tensor) or isinstance(columns, Tensor):
            diagonal: Any = raw.Minimum(num_rows, columns)
        else:
            num_rows, columns = int(num_rows), int(columns)
            is_square, diagonal = num_rows == columns, min(num_rows, columns)
        if isinstance(batch, Tensor) or isinstance(diagonal, Tensor):
            batch = convert_to_tensor(batch, name="shape", dtype=dtypes.int32)
            length = concat((batch, [diagonal]), axis=0)
            shape: Any = None if is_square else concat((batch, [num_rows, columns]), axis=0)
        else:
            batch = list(batch)
            length, shape = [*batch, diagonal], [*batch, num_rows, columns]
        ones_on_it = ones(length, dtype=dtype)
        if is_square:
            return raw.MatrixDiag(ones_on_it, name="diag")  # type: ignore[no-any-return]
        return raw.MatrixSetDiag(zeros(shape, dtype=dtype), ones_on_it, name="set_diag")  # type: ignore[no-any-return]
