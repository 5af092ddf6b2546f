"""Strided slices: `x[1:, ::-1, tf.newaxis, ..., i]`, and their gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, Dimension, TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.joining import stack
from flowgraph.ops.array.known import integers, merged, partial_integers, sizes
from flowgraph.ops.array.making import ones_like

__all__ = ["newaxis", "strided_slice"]

newaxis = None

_INT32 = 1 << 31
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
_MASK_ATTRS = {mask: attrs.integer(0) for mask in _MASKS}
_INDEX = attrs.types(dtypes.int16, *dtypes.INDEX, default=dtypes.int32)


@dataclass(frozen=True, slots=True)
class Masks:
    """The five bit masks; bit i tells how entry i of begin, end and strides is meant."""

    begin: int
    end: int
    ellipsis: int
    new_axis: int
    shrink: int

    @staticmethod
    def of(values: Any) -> Masks:
        """The masks among an op's attributes."""
        return Masks(*[values[mask] for mask in _MASKS])


def numpy_index(masks: Masks, begin: Any, end: Any, strides: Any) -> tuple[Any, ...]:
    """The index that does the same to a numpy array."""
    index: list[Any] = []
    for i in range(len(begin)):
        bit = 1 << i
        if masks.ellipsis & bit:
            index.append(Ellipsis)
        elif masks.new_axis & bit:
            index.append(None)
        elif masks.shrink & bit:
            index.append(begin[i])
        else:
            first = None if masks.begin & bit else begin[i]
            last = None if masks.end & bit else end[i]
            index.append(slice(first, last, strides[i]))
    return tuple(index)


def _checked_index(masks: Masks, begin: Any, end: Any, strides: Any, rank: int) -> Any:
    """`numpy_index` with TensorFlow's errors; an ellipsis is always there."""
    for i, stride in enumerate(strides):
        if stride == 0:
            raise InvalidArgumentError(f"strides[{i}] must be non-zero")
        if masks.shrink >> i & 1 and stride is not None and stride < 0:
            raise InvalidArgumentError("only stride 1 allowed on non-range indexing.")
    index = numpy_index(masks, begin, end, strides)
    used = sum(not (masks.ellipsis >> i & 1 or masks.new_axis >> i & 1) for i in range(len(begin)))
    if used > rank:
        raise InvalidArgumentError(
            f"Index out of range using input dim {rank}; input has only {rank} dims"
        )
    return index if masks.ellipsis else (*index, Ellipsis)


def _shrink_error(masks: Masks, begin: Any, shape: Any) -> str:
    dim, rank = 0, len(shape)
    for i, at in enumerate(begin):
        if masks.ellipsis >> i & 1:
            rest = range(i + 1, len(begin))
            dim = rank - sum(not masks.new_axis >> k & 1 for k in rest)
        elif not masks.new_axis >> i & 1:
            if masks.shrink >> i & 1 and at is not None and not -shape[dim] <= at < shape[dim]:
                return f"slice index {at} of dimension {dim} out of bounds."
            dim += 1
    return "slice index out of bounds."


# --- StridedSlice ---------------------------------------------------------------------------------
strided_slice_op = define(
    "StridedSlice",
    inputs="input: T, begin: Index, end: Index, strides: Index",
    outputs="output: T",
    attrs={"T": attrs.types(), "Index": _INDEX, **_MASK_ATTRS},
    traits=Trait.VIEW | Trait.CHEAP,
)


@strided_slice_op.kernel
def _(ctx: Any) -> Any:
    masks = Masks.of(ctx.attrs)

    def run(x: Any, begin: Any, end: Any, strides: Any) -> Any:
        if not begin.shape == end.shape == strides.shape or begin.ndim != 1:
            raise InvalidArgumentError(
                "Expected begin, end, and strides to be 1D equal size tensors, but got shapes "
                f"{list(begin.shape)}, {list(end.shape)}, and {list(strides.shape)} instead."
            )
        first = begin.tolist()
        index = _checked_index(masks, first, end.tolist(), strides.tolist(), x.ndim)
        try:
            return x[index]
        except IndexError:
            raise InvalidArgumentError(_shrink_error(masks, first, x.shape)) from None

    return run


@strided_slice_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.known
    spec = _known_spec(op.inputs[1:])
    if dims is None or spec is None:
        return UNKNOWN
    try:
        return TensorShape.of(_sliced(dims, Masks.of(op.attrs), *spec))
    except InvalidArgumentError as error:
        raise ValueError(error.message) from None


def _known_spec(tensors: Sequence[Tensor]) -> list[list[int | None]] | None:
    shape = TensorShape([None])
    for tensor in tensors:
        shape = merged(shape, tensor.shape)
    found = [partial_integers(t) for t in tensors]
    length = next((len(f) for f in found if f is not None), None)
    if length is None:
        return None
    return [[None] * length if f is None else f for f in found]


def _sliced(
    dims: tuple[int | None, ...], masks: Masks, begin: Any, end: Any, strides: Any
) -> tuple[int | None, ...]:
    index = _checked_index(masks, begin, end, strides, len(dims))
    kinds = _kinds(masks, len(begin))
    used = sum(kind in "is" for kind in kinds)
    result: list[int | None] = []
    left = list(dims)
    for i, kind in enumerate(kinds):
        if kind == "n":
            result.append(1)
        elif kind == "e":
            skip = len(dims) - used
            result += left[:skip]
            left = left[skip:]
        else:
            size = left.pop(0)
            if kind == "i":
                _check_shrunk(begin[i], size, len(dims) - len(left) - 1)
            else:
                result.append(_length(size, index[i], masks, i))
    return tuple(result + left)


def _kinds(masks: Masks, count: int) -> str:
    """A letter for each entry: e(llipsis), n(ewaxis), i(ndex), s(lice)."""
    kinds = ""
    for i in range(count):
        if masks.ellipsis >> i & 1:
            kinds += "e"
        elif masks.new_axis >> i & 1:
            kinds += "n"
        else:
            kinds += "i" if masks.shrink >> i & 1 else "s"
    return kinds


def _check_shrunk(at: int | None, size: int | None, dim: int) -> None:
    if at is not None and size is not None and not -size <= at < size:
        raise ValueError(f"slice index {at} of dimension {dim} out of bounds.")


def _length(size: int | None, entry: slice, masks: Masks, i: int) -> int | None:
    if size is None or entry.step is None:
        return None
    if entry.start is None and not masks.begin >> i & 1:
        return None
    if entry.stop is None and not masks.end >> i & 1:
        return None
    return len(range(*entry.indices(size)))


def _sliced_sizes(op: Operation) -> Any:
    """What a slice of a shape is, as far as known: sizes, or one size, or None for nothing."""
    source, *spec = op.inputs
    if op.outputs[0].dtype.base_dtype not in dtypes.INDEX or source.shape.rank != 1:
        return None
    masks = Masks.of(op.attrs)
    if masks.new_axis or masks.ellipsis:
        return None
    values = [integers(t) for t in spec]
    known = None if any(v is None or len(v) != 1 for v in values) else sizes(source)
    if known is None:
        return None
    try:
        index = _checked_index(masks, *values, 1)
        return known[index[0]]
    except (IndexError, InvalidArgumentError):
        return None


@strided_slice_op.static
def _(op: Operation) -> Any:
    found = _sliced_sizes(op)
    if found is None or (isinstance(found, tuple) and None in found):
        return None
    return np.array(found, op.outputs[0].dtype.np_dtype)


@strided_slice_op.shape_value
def _(op: Operation) -> TensorShape | None:
    found = _sliced_sizes(op)
    return TensorShape.of(found) if isinstance(found, tuple) else None


@strided_slice_op.gradient
def _(op: Operation, grad: Any) -> Any:
    x, begin, end, strides = op.inputs
    shape = _shape_like(x, begin)
    masks = {mask: op.attrs[mask] for mask in _MASKS}
    index = begin.dtype.base_dtype
    result = strided_slice_grad_op(shape, begin, end, strides, grad, Index=index, **masks)
    return [result, None, None, None]


def _shape_like(x: Tensor, index: Tensor) -> Any:
    dtype = index.dtype.base_dtype
    if x.shape.is_fully_defined():
        return np.array(x.shape.known, dtype.np_dtype)
    if dtype is dtypes.int16:
        return raw.Cast(raw.Shape(x), DstT=dtype)
    return raw.Shape(x, out_type=dtype)


# --- StridedSliceGrad -----------------------------------------------------------------------------
strided_slice_grad_op = define(
    "StridedSliceGrad",
    inputs="shape: Index, begin: Index, end: Index, strides: Index, dy: T",
    outputs="output: T",
    attrs={"T": attrs.types(), "Index": _INDEX, **_MASK_ATTRS},
    shape=lambda op: constant_value_as_shape(op.inputs[0]),
)


@strided_slice_grad_op.kernel
def _(ctx: Any) -> Any:
    masks = Masks.of(ctx.attrs)

    def run(shape: Any, begin: Any, end: Any, strides: Any, dy: Any) -> Any:
        result = np.zeros(tuple(shape.tolist()), ctx.dtype)
        first = begin.tolist()
        index = _checked_index(masks, first, end.tolist(), strides.tolist(), result.ndim)
        try:
            target = result[index]
        except IndexError:
            raise InvalidArgumentError(_shrink_error(masks, first, result.shape)) from None
        if target.shape != dy.shape:
            raise InvalidArgumentError(
                f"shape of dy was {list(dy.shape)} instead of {list(target.shape)}"
            )
        result[index] = dy
        return result

    return run


@strided_slice_grad_op.gradient
def _(op: Operation, grad: Any) -> Any:
    _, begin, end, strides, _ = op.inputs
    masks = {mask: op.attrs[mask] for mask in _MASKS}
    return [None, None, None, None, strided_slice_op(grad, begin, end, strides, **masks)]


# --- Python's own slices --------------------------------------------------------------------------
_SLICE_TYPE_ERROR = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
    "tf.int32/tf.int64 tensors are valid indices"
)


def _check_entry(entry: Any) -> None:
    if isinstance(entry, (int, np.integer, Dimension)):
        return
    dtype = getattr(entry, "dtype", None)
    if dtype is None or dtypes.as_dtype(dtype).base_dtype not in (*dtypes.INDEX, dtypes.int16):
        raise TypeError(f"{_SLICE_TYPE_ERROR}, got {entry!r}")
    if len(getattr(entry, "shape", ()) or ()) == 1:
        raise TypeError(f"{_SLICE_TYPE_ERROR}, got {entry!r}")


class _Spec:
    """A Python index as begin, end, strides and masks."""

    def __init__(self, entries: Sequence[Any]) -> None:
        self.begin: list[Any] = []
        self.end: list[Any] = []
        self.strides: list[Any] = []
        self.masks = dict.fromkeys(_MASKS, 0)
        for i, entry in enumerate(entries):
            self._add(i, entry)

    def _add(self, i: int, entry: Any) -> None:
        if isinstance(entry, slice):
            self._add_slice(i, entry)
        elif entry is Ellipsis:
            if self.masks["ellipsis_mask"]:
                raise ValueError("Multiple ellipses in slice spec not allowed")
            self._put(0, 0, 1, "ellipsis_mask", i)
        elif entry is None:
            self._put(0, 0, 1, "new_axis_mask", i)
        else:
            _check_entry(entry)
            one = _one_like(entry)
            self._put(entry, entry + 1, one, "shrink_axis_mask", i)

    def _add_slice(self, i: int, entry: slice) -> None:
        for mask, bound, target in (
            ("begin_mask", entry.start, self.begin),
            ("end_mask", entry.stop, self.end),
        ):
            if bound is None or (isinstance(bound, Dimension) and bound.value is None):
                self.masks[mask] |= 1 << i
                bound = 0
            else:
                _check_entry(bound)
            target.append(bound)
        if entry.step is not None:
            _check_entry(entry.step)
        self.strides.append(1 if entry.step is None else entry.step)

    def _put(self, begin: Any, end: Any, stride: Any, mask: str, i: int) -> None:
        self.begin.append(begin)
        self.end.append(end)
        self.strides.append(stride)
        self.masks[mask] |= 1 << i

    def tensors(self) -> list[Tensor]:
        """begin, end and strides as tensors of one dtype."""
        if not self.begin:
            empty = constant([], dtypes.int32)
            return [empty, empty, empty]
        lists = (self.begin, self.end, self.strides)
        if all(type(v) is int and -_INT32 <= v < _INT32 for entries in lists for v in entries):
            return [constant(np.array(v, np.int32), name="stack") for v in lists]
        found = [stack(v) for v in lists]
        kinds = {t.dtype.base_dtype for t in found}
        if len(kinds) > 1:
            wide = dtypes.int64 if dtypes.int64 in kinds else dtypes.int32
            found = [t if t.dtype == wide else raw.Cast(t, DstT=wide) for t in found]
        return found


def _one_like(entry: Any) -> Any:
    if isinstance(entry, Tensor) and entry.dtype.base_dtype in (dtypes.int64, dtypes.int16):
        return constant(1, entry.dtype.base_dtype)
    return 1


def slice_helper(tensor: Tensor, index: Any, variable: Any = None) -> Tensor:
    """`tensor[index]`: a boolean mask selects, anything else is a strided slice."""
    if isinstance(index, bool) or (
        isinstance(index, (Tensor, np.ndarray)) and dtypes.as_dtype(index.dtype).is_bool
    ):
        from flowgraph.ops.array.indexing import boolean_mask

        return boolean_mask(tensor, index)
    spec = _Spec(index if isinstance(index, (list, tuple)) else [index])
    entries = [*spec.begin, *spec.end, *spec.strides]
    with name_scope(None, "strided_slice", [tensor, *entries]) as scope:
        begin, end, strides = spec.tensors()
        return strided_slice(tensor, begin, end, strides, var=variable, name=scope, **spec.masks)


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """A slice with strides: begin, end and strides hold an entry for each dimension.

    Bit i of a mask says that entry i of begin or end does not count, is an ellipsis or a new
    dimension, or that its dimension goes (tf.strided_slice). With `var`, a variable, the result has
    a method `assign`.
    """
    if strides is None:
        strides = ones_like(begin)
    masks = {
        "begin_mask": begin_mask, "end_mask": end_mask, "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask, "shrink_axis_mask": shrink_axis_mask,
    }  # fmt: skip
    result = strided_slice_op(input_, begin, end, strides, name=name, **masks)
    if var is not None:

        def assign(val: Any, name: str | None = None) -> Any:
            own = name or f"{result.op.name}/_assign"
            return var._strided_slice_assign(
                begin=begin, end=end, strides=strides, value=val, name=own, **masks
            )

        result.assign = assign
    return result  # type: ignore[no-any-return]
