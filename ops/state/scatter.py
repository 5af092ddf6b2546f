"""Ops that change some rows or elements of a variable: tf.scatter_* and tf.scatter_nd_*.

Each is declared twice, with one kernel: of a mutable tensor, and of a resource handle.

Everything is checked before anything is written, so that a failed update changes nothing. An index
that comes twice counts twice; of several updates by `scatter_update` the last one stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, brackets
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import _with_batches
from flowgraph.ops.array.known import merged
from flowgraph.ops.state.handles import checked, state_shape
from flowgraph.runtime.store import VariableCell

__all__ = [
    "batch_scatter_update",
    "scatter_add",
    "scatter_div",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_nd_add",
    "scatter_nd_sub",
    "scatter_nd_update",
    "scatter_sub",
    "scatter_update",
]

Rows = Callable[[Any, Any, Any], None]  # (rows of the variable, which, updates): writes in place
_CHUNK = 1 << 16  # elements that are combined at once where indices repeat


# --- what is done to rows -------------------------------------------------------------------------
def _replace(rows: Any, indices: Any, updates: Any) -> None:
    rows[indices] = updates


def _combining(ufunc: Any) -> Rows:
    """Rows become ufunc(row, update); a row that is named twice gets both updates."""

    def combine(rows: Any, indices: Any, updates: Any) -> None:
        if _are_distinct(indices):
            rows[indices] = ufunc(rows[indices], updates)
        elif rows.ndim == 1:
            ufunc.at(rows, indices, updates)
        else:
            _combine_repeated(ufunc, rows, indices, np.broadcast_to(
                updates, (*indices.shape, *rows.shape[1:])
            ))  # fmt: skip

    return combine


def _are_distinct(indices: Any) -> bool:
    ordered = np.sort(indices)
    return not (ordered[1:] == ordered[:-1]).any()


def _combine_repeated(ufunc: Any, rows: Any, indices: Any, updates: Any) -> None:
    """Element by element: numpy's `at` is several times faster on one dimension."""
    width = int(np.prod(rows.shape[1:], dtype=np.int64))
    if width == 0:
        return
    flat, columns = rows.reshape(-1), np.arange(width)
    step = max(1, _CHUNK // width)
    for i in range(0, len(indices), step):
        elements = (indices[i : i + step, None].astype(np.int64) * width + columns).reshape(-1)
        ufunc.at(flat, elements, updates[i : i + step].reshape(-1))


def _divide_integers(rows: Any, indices: Any, updates: Any) -> None:
    """Quotients are cut towards zero, as in C; one update after the other."""
    if not np.all(updates):
        raise InvalidArgumentError("Integer division by zero")
    updates = np.broadcast_to(updates, (*indices.shape, *rows.shape[1:]))
    for index, divisor in zip(indices, updates, strict=True):
        row = rows[index]
        quotient = row // divisor
        rows[index] = quotient + ((quotient < 0) & (quotient * divisor != row))


def _method(ctx: Any, name: str) -> Rows:
    if name == "update":
        return _replace
    if name == "divide" and ctx.input_dtypes[2].is_integer:
        return _divide_integers
    return _combining(getattr(ctx.xp, name))


# --- ScatterUpdate and its kin --------------------------------------------------------------------
def _define(
    op_type: str, method: str, types: Any, locking: bool = False, resource_types: Any = None
) -> OpDef:
    index = attrs.types(*dtypes.INDEX)
    resource_def = define(
        f"Resource{op_type}",
        inputs="resource: resource, indices: Tindices, updates: dtype",
        attrs={
            "dtype": attrs.types(*(types if resource_types is None else resource_types)),
            "Tindices": index,
        },
        shape=checked(_scattered_shape, "dtype"),
        writes="resource",
    ).no_gradient()
    op_def = define(
        op_type,
        inputs="ref: Ref(T), indices: Tindices, updates: T",
        outputs="output_ref: Ref(T)",
        attrs={
            "T": attrs.types(*types),
            "Tindices": index,
            "use_locking": attrs.boolean(locking),
        },
        shape=_scattered_shape,
        writes="ref",
    ).no_gradient()
    for each in (op_def, resource_def):
        each.kernel(lambda ctx: _scattering(_method(ctx, method)))
    return op_def


def _scattering(change: Rows) -> Any:
    def scatter(cell: VariableCell, indices: Any, updates: Any) -> VariableCell:
        with cell.lock:
            shape = cell.read().shape
            _check(shape, indices, updates)
            _check_rows(indices, shape[0])
            if updates.ndim:
                updates = updates.reshape(indices.size, *shape[1:])
            change(cell.writable(), indices.reshape(-1), updates)
        return cell

    return scatter


def _scattered_shape(op: Operation) -> TensorShape:
    ref, indices, updates = state_shape(op.inputs[0]), op.inputs[1].shape, op.inputs[2].shape
    rows = ref.with_rank_at_least(1)[1:] if ref.rank is not None else TensorShape(None)
    if updates.rank != 0:
        merged(updates, indices.concatenate(rows))
    return ref


def _check(shape: tuple[int, ...], indices: Any, updates: Any) -> None:
    if not shape:
        raise InvalidArgumentError("params must be at least 1-D, got shape []")
    if updates.ndim and updates.shape != (*indices.shape, *shape[1:]):
        raise InvalidArgumentError(
            "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], "
            f"got updates.shape {brackets(TensorShape(updates.shape))}, indices.shape "
            f"{brackets(TensorShape(indices.shape))}, params.shape "
            f"{brackets(TensorShape(shape))}"
        )


def _check_rows(indices: Any, size: int) -> None:
    wrong = (indices < 0) | (indices >= size)
    if wrong.any():
        bad = np.argwhere(wrong)[0].tolist()
        at = f"[{','.join(map(str, bad))}]" if bad else ""
        raise InvalidArgumentError(f"indices{at} = {indices[tuple(bad)]} is not in [0, {size})")


scatter_update_op = _define("ScatterUpdate", "update", (), locking=True)
scatter_add_op = _define("ScatterAdd", "add", dtypes.NUMBERS)
scatter_sub_op = _define("ScatterSub", "subtract", dtypes.NUMBERS)
scatter_mul_op = _define("ScatterMul", "multiply", dtypes.NUMBERS)
scatter_div_op = _define("ScatterDiv", "divide", dtypes.NUMBERS)
_ORDERED = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, *dtypes.INDEX)
scatter_min_op = _define("ScatterMin", "minimum", _ORDERED, resource_types=dtypes.REAL)
scatter_max_op = _define("ScatterMax", "maximum", _ORDERED, resource_types=dtypes.REAL)


def _scatter(op_def: OpDef, args: tuple[Any, ...], locking: bool, name: Any) -> Any:
    """A mutable tensor after the change; of a resource variable, what reads it after that."""
    ref, indices, updates = args
    if hasattr(ref, "_after"):
        return ref._after(f"Resource{op_def.name}", indices, updates, name=name)
    return op_def(ref, indices, updates, use_locking=locking, name=name)  # type: ignore[no-any-return]


def scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """ref[indices[i], ...] = updates[i, ...]; gives the variable after it (tf.scatter_update).

    Args:
      ref: a variable.
      indices: int32 or int64 of any shape.
      updates: of shape indices.shape + ref.shape[1:], or a scalar for all.
      use_locking: accepted; writes never tear here.
      name: the operation's name.
    """
    args = (ref, indices, updates)
    return _scatter(scatter_update_op, args, use_locking, name)


def scatter_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """ref[indices[i], ...] += updates[i, ...] (tf.scatter_add)."""
    return _scatter(scatter_add_op, (ref, indices, updates), use_locking, name)


def scatter_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """ref[indices[i], ...] -= updates[i, ...] (tf.scatter_sub)."""
    return _scatter(scatter_sub_op, (ref, indices, updates), use_locking, name)


def scatter_mul(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """ref[indices[i], ...] *= updates[i, ...] (tf.scatter_mul)."""
    return _scatter(scatter_mul_op, (ref, indices, updates), use_locking, name)


def scatter_div(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """ref[indices[i], ...] /= updates[i, ...]; integers are cut to zero (tf.scatter_div)."""
    return _scatter(scatter_div_op, (ref, indices, updates), use_locking, name)


def scatter_min(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """ref[indices[i], ...] = min(itself, updates[i, ...]) (tf.scatter_min)."""
    return _scatter(scatter_min_op, (ref, indices, updates), use_locking, name)


def scatter_max(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """ref[indices[i], ...] = max(itself, updates[i, ...]) (tf.scatter_max)."""
    return _scatter(scatter_max_op, (ref, indices, updates), use_locking, name)


# --- ScatterNdUpdate and its kin ------------------------------------------------------------------
def _define_nd(op_type: str, method: str, types: Any, locking: bool = False) -> OpDef:
    def kind(allowed: Any, default: bool) -> dict[str, attrs.Attr]:
        return {
            "T": attrs.types(*allowed),
            "Tindices": attrs.types(*dtypes.INDEX),
            "use_locking": attrs.boolean(default),
        }

    resource_def = define(
        f"Resource{op_type}",
        inputs="ref: resource, indices: Tindices, updates: T",
        attrs=kind(types, True),
        shape=checked(_scattered_nd_shape, "T"),
        writes="ref",
    ).no_gradient()
    op_def = define(
        op_type,
        inputs="ref: Ref(T), indices: Tindices, updates: T",
        outputs="output_ref: Ref(T)",
        attrs=kind(types, locking),
        shape=_scattered_nd_shape,
        writes="ref",
    ).no_gradient()
    for each in (op_def, resource_def):
        each.kernel(lambda ctx: _scattering_nd(_method(ctx, method)))
    return op_def


def _scattering_nd(change: Rows) -> Any:
    def scatter(cell: VariableCell, indices: Any, updates: Any) -> VariableCell:
        with cell.lock:
            rows = row_numbers(cell.read().shape, indices, updates.shape)
            scatter_rows(cell.writable(), change, rows, indices.shape[-1], updates)
        return cell

    return scatter


def scatter_rows(array: Any, change: Rows, rows: Any, depth: int, updates: Any) -> None:
    """Changes the slices whose numbers are `rows` when its first `depth` axes are one."""
    inner = array.shape[depth:]
    count = int(np.prod(array.shape[:depth], dtype=np.int64))
    change(array.reshape(count, *inner), rows, updates.reshape(rows.size, *inner))


def _scattered_nd_shape(op: Operation) -> TensorShape:
    ref, indices, updates = state_shape(op.inputs[0]), op.inputs[1].shape, op.inputs[2].shape
    if None in (ref.rank, indices.rank, updates.rank):
        return ref
    batch = indices.with_rank_at_least(1)[:-1]
    if ref.num_elements() == 0 and indices.num_elements() and updates.num_elements():
        raise ValueError(f"Indices and updates specified for an empty input of shape {ref}")
    outer = len(batch)
    depth = indices.known[-1]  # type: ignore[index]
    _check_part("indices", indices, batch, 0, updates, updates[:outer], 0)
    if depth is not None:
        ref.with_rank_at_least(depth)
        rest = updates[outer:]
        _check_part("input", ref, ref[depth:], depth, updates, rest, outer)
    return ref


def _check_part(
    name: str, whole: TensorShape, part: TensorShape, start: int, updates: TensorShape,
    theirs: TensorShape, their_start: int,
) -> None:  # fmt: skip
    try:
        merged(part, theirs)
    except ValueError as error:
        end, their_end = start + len(part), their_start + len(theirs)
        raise ValueError(
            f"Dimensions [{start},{end}) of {name}[shape={brackets(whole)}] = {brackets(part)} "
            f"must match dimensions [{their_start},{their_end}) of "
            f"updates[shape={brackets(updates)}] = {brackets(theirs)}: {error}"
        ) from None


def row_numbers(shape: Any, indices: Any, updates: Any) -> Any:
    """The numbers of the slices when the first dimensions are one; checks everything."""
    depth = indices.shape[-1] if indices.ndim else 0
    if indices.ndim == 0:
        raise InvalidArgumentError("Indices must be at least a vector, got shape []")
    if depth > len(shape):
        raise InvalidArgumentError(
            f"The last dimension of indices, {depth}, must be at most the rank of params: "
            f"{list(shape)}"
        )
    if updates != (*indices.shape[:-1], *shape[depth:]):
        raise InvalidArgumentError(
            "Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got "
            f"updates.shape: {list(updates)}, indices.shape: {list(indices.shape)}, "
            f"params_shape: {list(shape)}, slice_dim: {depth}, and batch_dim: {indices.ndim - 1}"
        )
    coordinates = indices.reshape(int(np.prod(indices.shape[:-1], dtype=np.int64)), depth)
    wrong = ((coordinates < 0) | (coordinates >= np.array(shape[:depth], np.int64))).any(axis=1)
    if wrong.any():
        bad = int(np.flatnonzero(wrong)[0])
        place = np.unravel_index(bad, indices.shape[:-1])
        at = f"[{','.join(str(int(i)) for i in place)}]" if place else ""
        came = ", ".join(map(str, coordinates[bad].tolist()))
        raise InvalidArgumentError(
            f"indices{at} = [{came}] does not index into shape {brackets(TensorShape(shape))}"
        )
    strides = np.cumprod([1, *shape[:depth][:0:-1]], dtype=np.int64)[::-1][:depth]
    return coordinates.astype(np.int64) @ strides if depth else np.zeros(len(coordinates), np.int64)


scatter_nd_update_op = _define_nd("ScatterNdUpdate", "update", (), locking=True)
scatter_nd_add_op = _define_nd("ScatterNdAdd", "add", dtypes.NUMBERS)
scatter_nd_sub_op = _define_nd("ScatterNdSub", "subtract", dtypes.NUMBERS)
_define_nd("ScatterNdMin", "minimum", dtypes.REAL)
_define_nd("ScatterNdMax", "maximum", dtypes.REAL)

# --- ScatterNdNonAliasingAdd ----------------------------------------------------------------------
scatter_nd_non_aliasing_add_op = define(
    "ScatterNdNonAliasingAdd",
    inputs="input: T, indices: Tindices, updates: T",
    outputs="output: T",
    attrs={
        "T": attrs.types(*dtypes.NUMBERS, dtypes.bool_),
        "Tindices": attrs.types(*dtypes.INDEX),
    },
    shape=_scattered_nd_shape,
)


@scatter_nd_non_aliasing_add_op.kernel
def _(ctx: Any) -> Any:
    change = _method(ctx, "add")

    def add(value: Any, indices: Any, updates: Any) -> Any:
        result = np.array(value)
        rows = row_numbers(result.shape, indices, updates.shape)
        scatter_rows(result, change, rows, indices.shape[-1], updates)
        return result

    return add


@scatter_nd_non_aliasing_add_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [grad, None, raw.GatherNd(grad, op.inputs[1])]


def scatter_nd_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """Sets the elements or slices of a variable at some coordinates (tf.scatter_nd_update).

    Args:
      ref: a variable of rank n.
      indices: int32 or int64; its last dimension holds k <= n coordinates.
      updates: of shape indices.shape[:-1] + ref.shape[k:].
      use_locking: accepted; writes never tear here.
      name: the operation's name.
    """
    args = (ref, indices, updates)
    return _scatter(scatter_nd_update_op, args, use_locking, name)


def scatter_nd_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Adds to the elements or slices of a variable at some coordinates (tf.scatter_nd_add)."""
    return _scatter(scatter_nd_add_op, (ref, indices, updates), use_locking, name)


def scatter_nd_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """Subtracts from the elements or slices of a variable at coordinates (tf.scatter_nd_sub)."""
    return _scatter(scatter_nd_sub_op, (ref, indices, updates), use_locking, name)


def batch_scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """`scatter_update` in which all dimensions of indices but the last are batches.

    ref[b, indices[b, i], ...] = updates[b, i, ...] (tf.batch_scatter_update).
    """
    with name_scope(name):
        indices = convert_to_tensor(indices, name="indices")
        rank = indices.shape.rank
        if rank is None:
            raise ValueError("batch_scatter_update does not allow indices with unknown shape.")
        with name_scope("coordinates"):
            last = raw.ExpandDims(indices, -1)
            coordinates = _with_batches(ref, last, rank - 1) if rank > 1 else last
        return scatter_nd_update(ref, coordinates, updates, use_locking=use_locking)
