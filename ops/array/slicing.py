"""Slice: a block of a tensor; and paddings, which put a tensor inside a bigger one."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integers, partial_integers, sizes, unknown_of_rank

__all__ = ["pad", "slice"]

_PADDINGS = attrs.types(*dtypes.INDEX, default=dtypes.int32)
_block = slice  # Python's own, before tf.slice takes the name

# --- Slice ----------------------------------------------------------------------------------------
slice_op = define(
    "Slice",
    inputs="input: T, begin: Index, size: Index",
    outputs="output: T",
    attrs={"T": attrs.types(), "Index": attrs.types(*dtypes.INDEX)},
    traits=Trait.VIEW | Trait.CHEAP,
)


@slice_op.shape
def _(op: Operation) -> TensorShape:
    x, begin, size = op.inputs
    lengths = [t.shape.with_rank(1).known for t in (begin, size)]
    found = {n[0] for n in lengths if n is not None and n[0] is not None}
    if x.shape.known is not None:
        found.add(len(x.shape.known))
    if len(found) > 1:
        raise ValueError(f"Dimensions must be equal, but are {min(found)} and {max(found)}")
    if not found:
        return TensorShape(None)
    rank = found.pop()
    dims = x.shape.known or (None,) * rank
    starts = partial_integers(begin) or [None] * rank
    # -1 asks for the rest; where a size is only partly known, it might be that.
    exact = integers(size)
    lengths_known: Any = exact if exact is not None else partial_integers(size) or [None] * rank
    return TensorShape.of(
        tuple([_taken(i, *v) for i, v in enumerate(zip(dims, starts, lengths_known, strict=True))])
    )


def _taken(i: int, dim: int | None, start: int | None, length: int | None) -> int | None:
    if dim is not None and start is not None and not 0 <= start <= dim:
        raise ValueError(_slice_error(i, start, 0, dim))
    if length is None:
        return None
    if length == -1:
        return None if dim is None or start is None else dim - start
    if dim is not None and start is not None and not 0 <= start <= start + length <= dim:
        raise ValueError(
            f"slice of dimension {i} from {start} with size {length} is out of its size {dim}"
        )
    return length


@slice_op.simplify
def _(step: Any) -> Any:
    begin, size, dims = step.constant(1), step.constant(2), step.shape(0).known
    if begin is None or size is None or dims is None or begin.any():
        return None
    if begin.shape != (len(dims),) or size.shape != begin.shape:
        return None
    return step.input(0) if all(n in (-1, d) for n, d in zip(size.tolist(), dims)) else None


@slice_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, begin: Any, size: Any) -> Any:
        starts, lengths = begin.tolist(), size.tolist()
        if len(starts) != x.ndim or len(lengths) != x.ndim:
            raise InvalidArgumentError(
                "Expected begin and size arguments to be 1-D tensors of size "
                f"{x.ndim}, but got shapes [{len(starts)}] and [{len(lengths)}] instead."
            )
        index = []
        for i, (start, length, dim) in enumerate(zip(starts, lengths, x.shape)):
            stop = dim if length == -1 else start + length
            if not (0 <= start <= dim and start <= stop <= dim):
                raise InvalidArgumentError(_slice_error(i, start, length, dim))
            index.append(_block(start, stop))
        return x[tuple(index)] if index else x

    return run


def _slice_error(i: int, start: int, length: int, dim: int) -> str:
    if not 0 <= start <= dim:
        return f"Expected begin[{i}] in [0, {dim}], but got {start}"
    return f"Expected size[{i}] in [0, {dim - start}], but got {length}"


@slice_op.shape_value
def _(op: Operation) -> TensorShape | None:
    x, begin, size = op.inputs
    if x.dtype.base_dtype not in dtypes.INDEX or x.shape.rank != 1:
        return None
    start, length = integers(begin), integers(size)
    if start is None or length is None:
        return None
    known = sizes(x)
    if known is None:
        return None
    stop = len(known) if length[0] == -1 else start[0] + length[0]
    return TensorShape.of(known[start[0] : stop])


@slice_op.gradient
def _(op: Operation, grad: Any) -> Any:
    x, begin, _ = op.inputs
    index = begin.dtype.base_dtype
    taken = raw.Shape(op.outputs[0], out_type=index)
    after = raw.Shape(x, out_type=index) - taken - begin
    return [raw.Pad(grad, raw.Pack([begin, after], axis=1)), None, None]


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block that starts at `begin` with sizes `size`, where -1 is the rest (tf.slice)."""
    return slice_op(input_, begin, size, name=name)  # type: ignore[no-any-return]


# --- Pad, PadV2 -----------------------------------------------------------------------------------
pad_op = define(
    "Pad",
    inputs="input: T, paddings: Tpaddings",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tpaddings": _PADDINGS},
)
pad_v2_op = define(
    "PadV2",
    inputs="input: T, paddings: Tpaddings, constant_values: T",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tpaddings": _PADDINGS},
)


def _padded_shape(op: Operation, sign: int = 1) -> TensorShape:
    x, paddings = op.inputs[:2]
    table, rank = paddings.shape.with_rank(2).known, x.shape.rank
    if table[1] not in (2, None):  # type: ignore[index]
        raise ValueError(f"Dimension must be 2 but is {table[1]}")  # type: ignore[index]
    rows = table[0]  # type: ignore[index]
    if rank is not None and rows not in (None, rank):
        raise ValueError(f"Shape must be rank {rows} but is rank {rank}")
    pairs, dims = _known_paddings(paddings), x.shape.known
    if dims is None or pairs is None:
        return unknown_of_rank(rank if rank is not None else rows)
    if any(n is not None and n < 0 for pair in pairs for n in pair):
        raise ValueError(f"Paddings must be non-negative: {pairs}")
    return TensorShape(
        [
            None if d is None or None in pair else d + sign * sum(pair)
            for d, pair in zip(dims, pairs, strict=True)
        ]
    )


def _known_paddings(paddings: Tensor) -> list[Any] | None:
    """The pairs (before, after), with None for what is not known, as in [[0, n], [1, 1]]."""
    value = constant_value(paddings)
    if value is not None:
        return np.asarray(value).tolist()  # type: ignore[no-any-return]
    if paddings.op.type == "Pack" and paddings.op.attrs["axis"] == 0:
        return [partial_integers(row) or [None, None] for row in paddings.op.inputs]
    return None


pad_op.shape(_padded_shape)
pad_v2_op.shape(_padded_shape)


@pad_op.simplify
@pad_v2_op.simplify
def _(step: Any) -> Any:
    paddings = step.constant(1)
    if paddings is None or paddings.shape != (step.shape(0).rank, 2) or paddings.any():
        return None
    return step.input(0)


@pad_op.kernel
def _(ctx: Any) -> Any:
    fill = b"" if ctx.dtype == object else ctx.dtype.type(0)
    return lambda x, paddings: _pad(x, paddings, fill)


@pad_v2_op.kernel
def _(ctx: Any) -> Any:
    return _pad_v2


def _pad_v2(x: Any, paddings: Any, fill: Any) -> Any:
    return _pad(x, paddings, fill[()])


def _pad(x: Any, paddings: Any, fill: Any) -> Any:
    table = _checked_paddings(x, paddings)
    shape = tuple([d + before + after for d, (before, after) in zip(x.shape, table)])
    result = np.full(shape, fill, x.dtype)
    result[_inner(x.shape, table)] = x
    return result


def _checked_paddings(x: Any, paddings: Any) -> list[list[int]]:
    if paddings.shape != (x.ndim, 2):
        raise InvalidArgumentError(
            "The first dimension of paddings must be the rank of inputs"
            f"[{','.join(map(str, paddings.shape))}] [{','.join(map(str, x.shape))}]"
        )
    table: list[list[int]] = paddings.tolist()
    for before, after in table:
        if before < 0 or after < 0:
            raise InvalidArgumentError(f"Paddings must be non-negative: {before} {after}")
    return table


def _inner(dims: Any, table: list[list[int]]) -> Any:
    return (*[_block(before, before + d) for d, (before, _) in zip(dims, table)], ...)


@pad_op.gradient
@pad_v2_op.gradient
def _(op: Operation, grad: Any) -> Any:
    x, paddings = op.inputs[:2]
    before = raw.StridedSlice(
        paddings, [0, 0], [0, 1], [1, 1], begin_mask=1, end_mask=1, shrink_axis_mask=2
    )
    size = raw.Shape(x, out_type=paddings.dtype.base_dtype)
    return [raw.Slice(grad, before, size)] + [None] * (len(op.inputs) - 1)


# --- MirrorPad, MirrorPadGrad ---------------------------------------------------------------------
def _mirror(op_type: str, sign: int) -> OpDef:
    return define(
        op_type,
        inputs="input: T, paddings: Tpaddings",
        outputs="output: T",
        attrs={
            "T": attrs.types(),
            "Tpaddings": _PADDINGS,
            "mode": attrs.choice("REFLECT", "SYMMETRIC"),
        },
        shape=lambda op: _padded_shape(op, sign),
    )


mirror_pad_op = _mirror("MirrorPad", 1)
mirror_pad_grad_op = _mirror("MirrorPadGrad", -1)


@mirror_pad_op.kernel
def _(ctx: Any) -> Any:
    mode = ctx.attrs["mode"]

    def run(x: Any, paddings: Any) -> Any:
        table = _checked_paddings(x, paddings)
        for dim, (before, after) in zip(x.shape, table):
            most = dim - (mode == "REFLECT")
            if max(before, after) > most:
                raise InvalidArgumentError(
                    f"paddings must be {'less than' if mode == 'REFLECT' else 'no greater than'} "
                    f"the dimension size: {before}, {after} "
                    f"{'not less than' if mode == 'REFLECT' else 'greater than'} {dim}"
                )
        return np.pad(x, table, mode=mode.lower()) if table else x.copy()

    return run


@mirror_pad_grad_op.kernel
def _(ctx: Any) -> Any:
    reflect = int(ctx.attrs["mode"] == "REFLECT")

    def run(grad: Any, paddings: Any) -> Any:
        result = np.array(grad)
        for axis, (before, after) in enumerate(_checked_paddings(grad, paddings)):
            result = _folded(result, axis, before, after, reflect)
        return result

    return run


def _folded(x: Any, axis: int, before: int, after: int, reflect: int) -> Any:
    """Adds both borders of an axis, mirrored, to the part that they are copies of."""
    x = np.moveaxis(x, axis, 0)
    size = len(x) - before - after
    inner = x[before : before + size].copy()
    if before:
        inner[reflect : reflect + before] += x[:before][::-1]
    if after:
        stop = size - reflect
        inner[stop - after : stop] += x[before + size :][::-1]
    return np.moveaxis(inner, 0, axis)


@mirror_pad_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [mirror_pad_grad_op(grad, op.inputs[1], mode=op.attrs["mode"]), None]


@mirror_pad_grad_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [mirror_pad_op(grad, op.inputs[1], mode=op.attrs["mode"]), None]


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """Puts a border around a tensor (tf.pad).

    Args:
      tensor: a tensor of rank n.
      paddings: an int32 tensor of shape [n, 2]: how much before and after in each dimension.
      mode: "CONSTANT", "REFLECT" or "SYMMETRIC", in any case.
      name: the operation's name.
      constant_values: the border's value with "CONSTANT".
    """
    upper = mode.upper()
    if upper == "CONSTANT":
        if not isinstance(constant_values, Tensor) and not np.any(constant_values != 0):
            return pad_op(tensor, paddings, name=name)  # type: ignore[no-any-return]
        return pad_v2_op(tensor, paddings, constant_values, name=name)  # type: ignore[no-any-return]
    if upper not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(f"Unknown padding mode: {mode}")
    return mirror_pad_op(convert_to_tensor(tensor), paddings, mode=upper, name=name)  # type: ignore[no-any-return]
