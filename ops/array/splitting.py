"""Ops that take a tensor apart: split and unstack."""

from __future__ import annotations

import numbers
from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer, integers, positive_axis, unknown_of_rank

__all__ = ["split", "unstack"]


def _with_size(shape: TensorShape, axis: int | None, size: int | None) -> TensorShape:
    """The shape with another size at `axis`; only its rank when the axis is not known."""
    dims = shape.known
    if dims is None or axis is None:
        return unknown_of_rank(shape.rank)
    axis %= len(dims)
    return TensorShape.of((*dims[:axis], size, *dims[axis + 1 :]))


# --- Split ----------------------------------------------------------------------------------------
split_op = define(
    "Split",
    inputs="split_dim: int32, value: T",
    outputs="output: num_split * T",
    attrs={"num_split": attrs.count(), "T": attrs.types()},
    traits=Trait.VIEW | Trait.CHEAP,
)


@split_op.shape
def _(op: Operation) -> list[TensorShape]:
    (dim, value), count = op.inputs, op.attrs["num_split"]
    dim.shape.with_rank(0)
    known, axis = value.shape.known, integer(dim)
    size = None
    if known is not None and axis is not None:
        size = known[positive_axis(axis, len(known))]
        if size is not None:
            if size % count:
                raise ValueError(
                    f"Dimension size must be evenly divisible by {count} but is {size}\n\t"
                    "Number of ways to split should evenly divide the split dimension"
                )
            size //= count
    return [_with_size(value.shape, axis, size)] * count


@split_op.kernel
def _(ctx: Any) -> Any:
    count = ctx.attrs["num_split"]

    def run(dim: Any, value: Any) -> Any:
        axis = _checked_axis(dim, value)
        size = value.shape[axis]
        if size % count:
            raise InvalidArgumentError(
                f"Number of ways to split should evenly divide the split dimension, but got "
                f"split_dim {axis} (size = {size}) and num_split {count}"
            )
        step, before = size // count, (slice(None),) * axis
        return tuple([value[(*before, slice(i * step, i * step + step))] for i in range(count)])

    return run


def _checked_axis(dim: Any, value: Any) -> int:
    if dim.size != 1:
        raise InvalidArgumentError("split_dim_tensor must have exactly one element.")
    axis = int(dim.item())
    if not -value.ndim <= axis < value.ndim:
        raise InvalidArgumentError(
            f"-input rank(-{value.ndim}) <= split_dim < input rank ({value.ndim}), but got {axis}"
        )
    return axis % value.ndim  # type: ignore[no-any-return]


@split_op.gradient
def _(op: Operation, *grads: Any) -> Any:
    return [None, _join(list(grads), op.inputs[0])]


def _join(grads: list[Any], axis: Any) -> Any:
    return raw.ConcatV2(grads, axis) if len(grads) > 1 else convert_to_tensor(grads[0])


# --- SplitV ---------------------------------------------------------------------------------------
split_v_op = define(
    "SplitV",
    inputs="value: T, size_splits: Tlen, split_dim: int32",
    outputs="output: num_split * T",
    attrs={
        "num_split": attrs.count(),
        "T": attrs.types(),
        "Tlen": attrs.types(*dtypes.INDEX, default=dtypes.int64),
    },
    traits=Trait.VIEW | Trait.CHEAP,
)


@split_v_op.shape
def _(op: Operation) -> list[TensorShape]:
    value, lengths, dim = op.inputs
    lengths.shape.with_rank(1)
    dim.shape.with_rank(0)
    count, axis, known = op.attrs["num_split"], integer(dim), value.shape.known
    found: Any = integers(lengths) or [None] * count
    if len(found) != count:
        raise ValueError(f"Length of size_splits should be equal to num_split, got {found}")
    total = None
    if known is not None and axis is not None:
        total = known[positive_axis(axis, len(known))]
    if None not in found and total is not None:
        try:
            found = _lengths(list(found), total)
        except InvalidArgumentError as error:
            raise ValueError(error.message) from None
    return [_with_size(value.shape, axis, None if n in (None, -1) else n) for n in found]


def _lengths(wanted: list[int], size: int) -> list[int]:
    """The lengths with -1 worked out; InvalidArgumentError unless they make up the whole size."""
    missing = [i for i, n in enumerate(wanted) if n == -1]
    total = sum(n for n in wanted if n != -1)
    if len(missing) > 1:
        raise InvalidArgumentError("There can only be one -1 in the input.")
    if any(n < -1 for n in wanted):
        raise InvalidArgumentError(f"Split size at index must be >= 0. Got: {wanted}")
    if total > size or (not missing and total != size):
        raise InvalidArgumentError(
            f"can't split axis of size {size} into pieces of size [{','.join(map(str, wanted))}]"
        )
    for i in missing:
        wanted[i] = size - total
    return wanted


@split_v_op.kernel
def _(ctx: Any) -> Any:
    def run(value: Any, lengths: Any, dim: Any) -> Any:
        axis = _checked_axis(dim, value)
        before, start, result = (slice(None),) * axis, 0, []
        for n in _lengths(lengths.tolist(), value.shape[axis]):
            result.append(value[(*before, slice(start, start + n))])
            start += n
        return tuple(result)

    return run


@split_v_op.gradient
def _(op: Operation, *grads: Any) -> Any:
    return [_join(list(grads), op.inputs[2]), None, None]


def split(
    value: Any = None,
    num_or_size_splits: Any = None,
    axis: Any = 0,
    num: int | None = None,
    name: str = "split",
    split_dim: Any = None,
    num_split: int | None = None,
) -> list[Tensor]:
    """Splits a tensor along a dimension (tf.split).

    The order before TensorFlow 1.0, `split(dim, number, value)`, is told by the tensor that comes
    third.

    Args:
      value: the tensor.
      num_or_size_splits: the number of equal pieces, or a vector of their sizes (one may be -1).
      axis: the dimension.
      num: the number of pieces, where it cannot be told from the vector.
      name: the operation's name.
      split_dim: the older name of `axis`.
      num_split: the older name of the number of pieces.

    Raises:
      TypeError: there is no value, or nothing tells the pieces.
    """
    if isinstance(value, numbers.Integral) and not isinstance(axis, numbers.Integral):
        value, axis = axis, value
    axis = axis if split_dim is None else split_dim
    num_or_size_splits = num_split if num_or_size_splits is None else num_or_size_splits
    if value is None or num_or_size_splits is None:
        raise TypeError("split() needs the arguments 'value' and 'num_or_size_splits'")
    lengths = convert_to_tensor(num_or_size_splits)
    if isinstance(num_or_size_splits, (numbers.Integral, Dimension)):
        return split_op(axis, value, num_split=int(num_or_size_splits), name=name)  # type: ignore[no-any-return]
    if lengths.shape.rank == 0:
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split. "
            f"Argument provided: {num_or_size_splits}"
        )
    if num is None:
        known = lengths.shape.known
        num = None if known is None else known[0]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {num_or_size_splits}")
    return split_v_op(value, lengths, axis, num_split=num, name=name)  # type: ignore[no-any-return]


# --- Unpack ---------------------------------------------------------------------------------------
unpack_op = define(
    "Unpack",
    inputs="value: T",
    outputs="output: num * T",
    attrs={"num": attrs.count(0), "T": attrs.types(), "axis": attrs.integer(0)},
    traits=Trait.VIEW | Trait.CHEAP,
)


@unpack_op.shape
def _(op: Operation) -> Any:
    dims, axis, count = op.inputs[0].shape.known, op.attrs["axis"], op.attrs["num"]
    if dims is None:
        return [TensorShape(None)] * count
    axis = positive_axis(axis, len(dims))
    if dims[axis] not in (None, count):
        raise ValueError(f"Dimension must be {count} but is {dims[axis]}")
    return [TensorShape.of((*dims[:axis], *dims[axis + 1 :]))] * count


@unpack_op.kernel
def _(ctx: Any) -> Any:
    axis, count = ctx.attrs["axis"], ctx.attrs["num"]

    def run(value: Any) -> Any:
        if not -value.ndim <= axis < value.ndim or value.shape[axis] != count:
            raise InvalidArgumentError(
                f"Input shape axis {axis} must equal {count}, got shape "
                f"[{','.join(map(str, value.shape))}]"
            )
        before = (slice(None),) * (axis % value.ndim)
        return tuple([value[(*before, i, ...)] for i in range(count)])

    return run


@unpack_op.gradient
def _(op: Operation, *grads: Any) -> Any:
    return raw.Pack(list(grads), axis=op.attrs["axis"])


def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str = "unstack"
) -> list[Tensor]:
    """The slices of a tensor along a dimension, which goes (tf.unstack).

    `num` is how many there are, where the static shape does not tell.
    """
    if num is None:
        value = convert_to_tensor(value)
        dims = value.shape.known
        if dims is not None:
            if not -len(dims) <= axis < len(dims):
                raise ValueError(f"axis = {axis} not in [{-len(dims)}, {len(dims)})")
            num = dims[axis]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {value.shape}")
    return unpack_op(value, num=num, axis=axis, name=name)  # type: ignore[no-any-return]
