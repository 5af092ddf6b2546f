"""Ops that order the same elements in another shape: reshape, squeeze, transpose and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.simplify import Replacement
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import (
    described_shape,
    integer,
    integers,
    partial_integers,
    single,
    unknown_of_rank,
)
from flowgraph.ops.array.shape import shape_of

__all__ = [
    "expand_dims",
    "invert_permutation",
    "matrix_transpose",
    "reshape",
    "squeeze",
    "transpose",
]

_VIEW = Trait.VIEW | Trait.CHEAP

# --- Reshape --------------------------------------------------------------------------------------
reshape_op = define(
    "Reshape",
    inputs="tensor: T, shape: Tshape",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tshape": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    traits=_VIEW,
)


@reshape_op.shape
def _(op: Operation) -> TensorShape:
    tensor, shape = op.inputs
    wanted = described_shape(shape)
    dims = wanted.known
    if dims is None:
        return UNKNOWN
    values = integers(shape)
    if values is not None and values.count(-1) > 1:
        first, second = [i for i, v in enumerate(values) if v == -1][:2]
        raise ValueError(f"Only one input size may be -1, not both {first} and {second}")
    missing = [i for i, d in enumerate(dims) if d is None]
    count = tensor.shape.num_elements()
    if not missing:
        if count is not None and count != _product(dims):
            raise ValueError(
                f"Cannot reshape a tensor with {count} elements to shape {_listed(dims)} "
                f"({_product(dims)} elements)"
            )
        return wanted
    rest = _product([d for d in dims if d is not None])
    if len(missing) > 1 or rest == 0:
        return wanted
    return TensorShape.of(tuple([_filled(count, rest) if d is None else d for d in dims]))


def _filled(count: int | None, rest: int) -> int | None:
    """The one size that is left open, from the number of elements."""
    if count is not None:
        if count % rest:
            raise ValueError(f"Dimension size must be evenly divisible by {rest} but is {count}")
        return count // rest
    return None


def _product(values: Any) -> int:
    result = 1
    for value in values:
        result *= value
    return result


def _listed(dims: Any) -> str:
    return "[" + ",".join("?" if d is None else str(d) for d in dims) + "]"


@reshape_op.simplify
def _(step: Any) -> Any:
    x, shape = step.shape(0), step.constant(1)
    if shape is not None and shape.ndim == 1 and _is_shape(shape.tolist(), x.known):
        return step.input(0)
    inner = step.maker(0, "Reshape")
    # The first may not complain, and so must be known to fit.
    if inner is None or inner.shape(0).num_elements() != x.num_elements():
        return None
    if not x.num_elements():
        return None  # what -1 is of no elements, the other sizes tell
    return Replacement("Reshape", [inner.input(0), step.input(1)], step.op.attrs)


def _is_shape(wanted: list[int], known: Any) -> bool:
    """Whether `wanted`, with a -1 perhaps, is the shape that a tensor is known to have."""
    if known is None or len(wanted) != len(known):
        return False
    # Of no elements, numpy does not know what -1 should be.
    open_sizes = [i for i, n in enumerate(wanted) if n == -1]
    if len(open_sizes) > 1 or (open_sizes and 0 in known):
        return False
    return all(n == d or n == -1 for n, d in zip(wanted, known))


@reshape_op.kernel
def _(ctx: Any) -> Any:
    reshape_array = ctx.xp.reshape

    def run(x: Any, shape: Any) -> Any:
        wanted = tuple(shape.tolist()) if shape.ndim == 1 else _flat(shape)
        if wanted and min(wanted) < -1:
            raise InvalidArgumentError(_reshape_error(x, wanted))
        try:
            return reshape_array(x, wanted)
        except ValueError:
            inferred = _inferred_beside_zero(x, wanted)
            if inferred is None:
                raise InvalidArgumentError(_reshape_error(x, wanted)) from None
            return reshape_array(x, inferred)

    return run


def _flat(shape: Any) -> tuple[int, ...]:
    """A shape given as a scalar is that of a vector."""
    if shape.ndim:
        raise InvalidArgumentError(f"shape must be 1-D, got shape {list(shape.shape)}")
    return (shape.item(),)


def _inferred_beside_zero(x: Any, wanted: tuple[int, ...]) -> tuple[int, ...] | None:
    """The open size of an empty tensor when another is 0: from the sizes that are not."""
    if x.size or 0 not in wanted or wanted.count(-1) != 1 or min(wanted) < -1:
        return None
    missing = _product([d for d in x.shape if d]) // _product([d for d in wanted if d > 0])
    return tuple([missing if d == -1 else d for d in wanted])


def _reshape_error(x: Any, wanted: tuple[int, ...]) -> str:
    open_sizes = [i for i, d in enumerate(wanted) if d == -1]
    if len(open_sizes) > 1:
        return f"Only one input size may be -1, not both {open_sizes[0]} and {open_sizes[1]}"
    for i, d in enumerate(wanted):
        if d < -1:
            return f"Size {i} must be non-negative, not {d}"
    rest = _product([d for d in wanted if d != -1])
    what = f"requires a multiple of {rest}" if open_sizes and rest else f"has {rest}"
    return f"Input to reshape is a tensor with {x.size} values, but the requested shape {what}"


@reshape_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [raw.Reshape(grad, shape_of(op.inputs[0])), None]


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The same elements in another shape; one size may be -1 and is worked out (tf.reshape).

    >>> reshape([[1, 2], [3, 4]], [-1]).shape.as_list()
    [4]
    """
    return reshape_op(tensor, shape, name=name)  # type: ignore[no-any-return]


def _reshape_back(op: Operation, grad: Any) -> Any:
    back = raw.Reshape(grad, shape_of(op.inputs[0]))
    return [back] + [None] * (len(op.inputs) - 1)


# --- ExpandDims -----------------------------------------------------------------------------------
expand_dims_op = define(
    "ExpandDims",
    inputs="input: T, dim: Tdim",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tdim": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    traits=_VIEW,
)


@expand_dims_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.known
    if dims is None:
        return UNKNOWN
    axis = integer(op.inputs[1])
    if axis is None:
        return unknown_of_rank(len(dims) + 1)
    if op.inputs[1].shape.num_elements() != 1:
        raise ValueError(f"'dim' must hold one value, but has shape {op.inputs[1].shape}")
    if not -len(dims) - 1 <= axis <= len(dims):
        raise ValueError(f"dim {axis} not in the interval [{-len(dims) - 1}, {len(dims)}].")
    axis %= len(dims) + 1
    return TensorShape.of((*dims[:axis], 1, *dims[axis:]))


@expand_dims_op.kernel
def _(ctx: Any) -> Any:
    xp = ctx.xp

    def run(x: Any, axis: Any) -> Any:
        at = single(axis, "dim")
        if not -x.ndim - 1 <= at <= x.ndim:
            raise InvalidArgumentError(
                f"Tried to expand dim index {at} for tensor with {x.ndim} dimensions."
            )
        return xp.expand_dims(x, axis=at)

    return run


expand_dims_op.gradient(_reshape_back)


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Inserts a dimension of size 1 at `axis` (tf.expand_dims); `dim` is its older name."""
    if dim is not None:
        if axis is not None:
            raise ValueError("Cannot specify both 'axis' and 'dim'")
        axis = dim
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return expand_dims_op(input, axis, name=name)  # type: ignore[no-any-return]


# --- Squeeze --------------------------------------------------------------------------------------
squeeze_op = define(
    "Squeeze",
    inputs="input: T",
    outputs="output: T",
    attrs={"T": attrs.types(), "squeeze_dims": attrs.ints([])},
    traits=_VIEW,
)


@squeeze_op.shape
def _(op: Operation) -> TensorShape:
    dims, axes = op.inputs[0].shape.known, op.attrs["squeeze_dims"]
    if dims is None:
        return UNKNOWN
    if not axes:
        # An unknown size may be 1, and then the rank is not known either.
        return UNKNOWN if None in dims else TensorShape.of(tuple(d for d in dims if d != 1))
    gone = {_squeezable(axis, dims) for axis in axes}
    return TensorShape.of(tuple(d for i, d in enumerate(dims) if i not in gone))


def _squeezable(axis: int, dims: Any) -> int:
    if not -len(dims) <= axis < len(dims):
        raise ValueError(f"squeeze_dims[{axis}] not in [{-len(dims)},{len(dims)}).")
    if dims[axis] not in (1, None):
        raise ValueError(
            f"Can not squeeze dim[{axis}], expected a dimension of 1, got {dims[axis]}"
        )
    return axis % len(dims)


@squeeze_op.kernel
def _(ctx: Any) -> Any:
    axes = tuple(ctx.attrs["squeeze_dims"])

    def run(x: Any) -> Any:
        dims = x.shape
        if axes:
            gone = {_squeezable(axis, dims) for axis in axes}
        else:
            gone = {i for i, d in enumerate(dims) if d == 1}
        return ctx.xp.reshape(x, tuple([d for i, d in enumerate(dims) if i not in gone]))

    return run


squeeze_op.gradient(_reshape_back)


def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """Removes dimensions of size 1: all, or those in `axis` (tf.squeeze)."""
    if squeeze_dims is not None:
        if axis is not None:
            raise ValueError("Cannot specify both 'axis' and 'squeeze_dims'")
        axis = squeeze_dims
    if axis is not None and not isinstance(axis, (list, tuple, np.ndarray)):
        axis = [axis]
    return squeeze_op(input, squeeze_dims=axis, name=name)  # type: ignore[no-any-return]


# --- Transpose, ConjugateTranspose ----------------------------------------------------------------
def _transpose(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="x: T, perm: Tperm",
        outputs="y: T",
        attrs={"T": attrs.types(), "Tperm": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
        shape=_transposed_shape,
        traits=_VIEW,
    )


def _transposed_shape(op: Operation) -> TensorShape:
    x, perm = op.inputs
    dims, length = x.shape.known, perm.shape.with_rank(1).known
    if dims is not None and length is not None and length[0] not in (None, len(dims)):
        raise ValueError(
            f"Dimension must be {len(dims)} but is {length[0]}: perm must name each of the "
            f"{len(dims)} dimensions of x"
        )
    rank = len(dims) if dims is not None else (length or (None,))[0]
    order = partial_integers(perm)
    if dims is None or order is None or None in order:
        return unknown_of_rank(rank)
    for axis in order:
        if not -len(dims) <= axis < len(dims):  # type: ignore[operator]
            raise ValueError(f"perm dim {axis} is out of range of input rank {len(dims)}")
    return TensorShape.of(tuple([dims[axis] for axis in order]))  # type: ignore[index]


def _check_permutation(x: Any, order: Any) -> str:
    if len(order) != x.ndim:
        return (
            f"transpose expects a vector of size {x.ndim}. But input(1) is a vector of size "
            f"{len(order)}"
        )
    for axis in order:
        if not -x.ndim <= axis < x.ndim:
            return f"{axis} is out of range [0 .. {x.ndim})"
    missing = next((i for i in range(x.ndim) if i not in [a % x.ndim for a in order]), None)
    return f"{missing} is missing from {{{','.join(map(str, order))}}}."


transpose_op = _transpose("Transpose")
conjugate_transpose_op = _transpose("ConjugateTranspose")


@transpose_op.kernel
def _(ctx: Any) -> Any:
    permute = ctx.xp.permute_dims

    def run(x: Any, perm: Any) -> Any:
        order = tuple(perm.tolist())
        try:
            return permute(x, order)
        except ValueError:
            raise InvalidArgumentError(_check_permutation(x, order)) from None

    return run


@transpose_op.simplify
def _(step: Any) -> Any:
    order = _permutation(step)
    if order is None:
        return None
    if order == sorted(order):
        return step.input(0)
    inner = step.maker(0, "Transpose")
    first = None if inner is None else _permutation(inner)
    if first is None:
        return None
    both = [first[axis] for axis in order]
    if both == sorted(both):
        return inner.input(0)
    perm = np.array(both, step.constant(1).dtype)
    return Replacement("Transpose", [inner.input(0), perm], step.op.attrs)


def _permutation(step: Any) -> list[int] | None:
    """The order of the dimensions, where it is constant and fits the tensor."""
    perm, rank = step.constant(1), step.shape(0).rank
    if perm is None or rank is None or perm.shape != (rank,):
        return None
    order = [axis + rank if axis < 0 else axis for axis in perm.tolist()]
    return order if sorted(order) == list(range(rank)) else None


@conjugate_transpose_op.kernel
def _(ctx: Any) -> Any:
    xp = ctx.xp
    if not ctx.output_dtypes[0].is_complex:
        return lambda x, perm: xp.permute_dims(x, tuple(perm.tolist()))
    return lambda x, perm: xp.conj(xp.permute_dims(x, tuple(perm.tolist())))


@transpose_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [raw.Transpose(grad, raw.InvertPermutation(op.inputs[1])), None]


@conjugate_transpose_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [raw.ConjugateTranspose(grad, raw.InvertPermutation(op.inputs[1])), None]


def transpose(
    a: Any, perm: Any = None, name: str | None = "transpose", conjugate: bool = False
) -> Tensor:
    """Permutes the dimensions: dimension i of the result is perm[i] of `a` (tf.transpose).

    Args:
      a: a tensor.
      perm: a permutation; None reverses the dimensions.
      name: the operation's name.
      conjugate: conjugate complex elements too.
    """
    with name_scope(name, "transpose", [a]) as scope:
        tensor = convert_to_tensor(a, name="a")
        op_def = conjugate_transpose_op if conjugate and tensor.dtype.is_complex else transpose_op
        if perm is None:
            perm = _reversed(tensor)
        result = op_def(tensor, perm, name=scope)
    return result  # type: ignore[no-any-return]


def _reversed(a: Tensor) -> Any:
    rank = a.shape.rank
    if rank is not None:
        return np.arange(rank - 1, -1, -1, dtype=np.int32)
    count = raw.Rank(a)
    return (count - 1) - raw.Range(0, count, 1)


def matrix_transpose(
    a: Any, name: str | None = "matrix_transpose", conjugate: bool = False
) -> Tensor:
    """Swaps the last two dimensions (tf.matrix_transpose, tf.linalg.transpose)."""
    with name_scope(name, "matrix_transpose", [a]):
        tensor = convert_to_tensor(a, name="a")
        rank = tensor.shape.rank
        if rank is None:
            count = raw.Rank(tensor)
            last = [count - 1, count - 2]
            perm: Any = raw.ConcatV2([raw.Range(0, count - 2, 1), last], 0)
        elif rank < 2:
            raise ValueError(
                f"Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: {tensor.shape}"
            )
        else:
            perm = [*range(rank - 2), rank - 1, rank - 2]
        return transpose(tensor, perm=perm, conjugate=conjugate)


# --- InvertPermutation ----------------------------------------------------------------------------
invert_permutation_op = define(
    "InvertPermutation",
    inputs="x: T",
    outputs="y: T",
    attrs={"T": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    shape=lambda op: op.inputs[0].shape.with_rank(1),
    traits=Trait.CHEAP,
).no_gradient()


@invert_permutation_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any) -> Any:
        if x.ndim != 1:
            raise InvalidArgumentError("invert_permutation expects a 1D vector.")
        size = len(x)
        result = np.full(size, -1, ctx.dtype)
        for i, d in enumerate(x.tolist()):
            if not 0 <= d < size:
                raise InvalidArgumentError(f"{d} is not between 0 and {size}")
            if result[d] != -1:
                raise InvalidArgumentError(f"{d} is duplicated in the input.")
            result[d] = i
        return result

    return run


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """The inverse of a permutation: y[x[i]] = i (tf.invert_permutation)."""
    return invert_permutation_op(x, name=name)  # type: ignore[no-any-return]
