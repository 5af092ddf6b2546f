"""How the optimizers' updates become ops: one rule makes the op of mutable tensors and of handles.

A rule is written as `make(attrs)`, which gives a function (the states' values, the other inputs) ->
the states' new values: of whole arrays in a dense update, of rows in a sparse one. It writes to
nothing. The kernels here, which do, check all inputs before; so a failed update changes nothing.
Faster kernels take the rule from these (`rule`, `states`) and treat it as they see fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.ops.array.known import merged
from flowgraph.ops.state.handles import checked, state_shape
from flowgraph.runtime.store import VariableCell

Rule = Callable[..., tuple[Any, ...]]  # (values of the states..., other inputs...) -> new values
MakeRule = Callable[[Any], Rule]
_TYPE_OF = {"indices": "Tindices", "global_step": "int64"}  # of other inputs than numbers of type T
_DATA = ("grad", "delta", "indices")
_CHUNK = 1 << 14  # elements that a rule is given at once, so that what it makes stays in the cache


def dense_update(
    name: str, states: str, others: str, resource_only: bool = False, **flags: bool
) -> Callable[[MakeRule], MakeRule]:
    """Declares Apply<name> and ResourceApply<name> by the decorated `make(attrs) -> Rule`.

    `states` and `others` are names separated by blanks, in TensorFlow's order; the first state is
    the variable, the gradient is called "grad" or "delta". `flags` are boolean attributes.
    """

    def declare(make: MakeRule) -> MakeRule:
        op_defs = _declare(f"Apply{name}", states, others, _dense_shape, resource_only, flags)
        for op_def in op_defs:
            op_def.kernel(lambda ctx: DenseUpdate(ctx, make(ctx.attrs), len(states.split())))
        return make

    return declare


def sparse_update(
    name: str, states: str, others: str, resource_only: bool = False, **flags: bool
) -> Callable[[MakeRule], MakeRule]:
    """Declares SparseApply<name> and ResourceSparseApply<name> by `make(attrs) -> Rule`.

    The others hold "grad", one row for each of "indices", which the update itself does not take.
    """

    def declare(make: MakeRule) -> MakeRule:
        op_defs = _declare(
            f"SparseApply{name}", states, others, _sparse_shape, resource_only, flags
        )
        for op_def in op_defs:
            op_def.kernel(lambda ctx: SparseUpdate(ctx, make(ctx.attrs), len(states.split())))
        return make

    return declare


def _declare(
    op_type: str, states: str, others: str, shape: Any, resource_only: bool, flags: dict[str, bool]
) -> list[OpDef]:
    plain = [f"{name}: {_TYPE_OF.get(name, 'T')}" for name in others.split()]
    kinds: dict[str, Any] = {"T": dtypes.INEXACT, "use_locking": attrs.boolean(False)}
    if "indices" in others.split():
        kinds["Tindices"] = dtypes.INDEX
    kinds |= {name: attrs.boolean(default) for name, default in flags.items()}
    op_defs = []
    for prefix, kind in (("Resource", "resource"),) + (() if resource_only else (("", "Ref(T)"),)):
        op_def = define(
            prefix + op_type,
            inputs=", ".join([f"{name}: {kind}" for name in states.split()] + plain),
            outputs="" if prefix else "out: Ref(T)",
            attrs=kinds,
            shape=checked(shape, "T"),
            writes=tuple(states.split()),
        )
        op_defs.append(op_def.no_gradient())
    return op_defs


# --- static shapes --------------------------------------------------------------------------------
def _one_shape(op: Operation) -> TensorShape:
    """The one shape of the variable and its slots; ValueError unless the numbers are scalars."""
    shape = state_shape(op.inputs[0])
    for arg, tensor in zip(op.op_def.inputs, op.inputs, strict=True):
        if arg.is_ref or tensor.dtype is dtypes.resource:
            shape = merged(shape, state_shape(tensor))
        elif arg.name not in _DATA and tensor.shape.rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {tensor.shape.rank}")
    return shape


def _dense_shape(op: Operation) -> TensorShape:
    shape = _one_shape(op)
    for arg, tensor in zip(op.op_def.inputs, op.inputs, strict=True):
        if arg.name in _DATA:
            shape = merged(shape, tensor.shape)
    return shape


def _sparse_shape(op: Operation) -> TensorShape:
    """That of the variable; `grad` has one row of it for each index."""
    shape = _one_shape(op)
    indices, grad = op.input_named("indices").shape, op.input_named("grad").shape
    if indices.rank not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {indices.rank}")
    if None not in (shape.rank, grad.rank, indices.rank):
        merged(grad, indices.concatenate(shape[1:]))
    return shape


# --- kernels --------------------------------------------------------------------------------------
class DenseUpdate:
    """The kernel of an update of whole variables.

    `states` is how many of the inputs are states; `gradient` is the place of the gradient among the
    others.
    """

    def __init__(self, ctx: Any, rule: Rule, states: int) -> None:
        names = [arg.name for arg in ctx.op.op_def.inputs[states:]]
        self.rule, self.states = rule, states
        self.gradient = names.index("grad" if "grad" in names else "delta")

    def __call__(self, *args: Any) -> VariableCell:
        """Changes the states and gives the variable."""
        cells: tuple[VariableCell, ...] = args[: self.states]
        others = list(args[self.states :])
        with cells[0].lock:
            _check_shapes([cell.read().shape for cell in cells], np.shape(others[self.gradient]))
            self._write([cell.writable() for cell in cells], others)
        return cells[0]

    def _write(self, arrays: list[Any], others: list[Any]) -> None:
        """Part by part: the states' memory is in one piece."""
        flat = [array.reshape(-1) for array in arrays]
        grad = np.reshape(others[self.gradient], -1)
        if grad.size > _CHUNK and any(np.may_share_memory(a, x) for a in arrays for x in others):
            others, grad = [np.array(other) for other in others], grad.copy()
        for start in range(0, grad.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            others[self.gradient] = grad[part]
            values = [array[part] for array in flat]
            for value, new in zip(values, self.rule(*values, *others), strict=True):
                if new is not value:
                    value[...] = new


def _check_shapes(shapes: list[tuple[int, ...]], grad: tuple[int, ...]) -> None:
    for other, what in [*((s, "its slot") for s in shapes[1:]), (grad, "grad")]:
        if shapes[0] != other:
            raise InvalidArgumentError(
                f"var and {what} do not have the same shape: {list(shapes[0])} {list(other)}"
            )


class SparseUpdate:
    """The kernel of an update of the rows that a sparse gradient names.

    `gradient` and `indices` are their places among the inputs that are no states; the rule is not
    given the indices.
    """

    def __init__(self, ctx: Any, rule: Rule, states: int) -> None:
        names = [arg.name for arg in ctx.op.op_def.inputs[states:]]
        self.rule, self.states = rule, states
        self.gradient, self.indices = names.index("grad"), names.index("indices")

    def __call__(self, *args: Any) -> VariableCell:
        """Changes the states and gives the variable."""
        cells: tuple[VariableCell, ...] = args[: self.states]
        others = list(args[self.states :])
        grad, indices = others[self.gradient], others[self.indices]
        with cells[0].lock:
            _check_rows([cell.read().shape for cell in cells], grad.shape, indices)
            arrays = [cell.writable() for cell in cells]
            for part in _rounds(indices):
                which, others[self.gradient] = indices[part], grad[part]
                given = [x for i, x in enumerate(others) if i != self.indices]
                new = self.rule(*[array[which] for array in arrays], *given)
                for array, value in zip(arrays, new, strict=True):
                    array[which] = value
        return cells[0]


def _rounds(indices: Any) -> Iterator[Any]:
    """Parts of the indices without repetitions: a row that is named twice is updated twice."""
    left = np.arange(indices.size)
    while left.size:
        _, first = np.unique(indices[left], return_index=True)
        if first.size == indices.size:
            yield slice(None)
            return
        first.sort()
        yield left[first]
        left = np.delete(left, first)


def _check_rows(shapes: list[tuple[int, ...]], grad: tuple[int, ...], indices: Any) -> None:
    shape = shapes[0]
    if any(other != shape for other in shapes):
        raise InvalidArgumentError(f"var and its slots must have one shape: {shapes}")
    if not shape or grad != (*indices.shape, *shape[1:]):
        raise InvalidArgumentError(
            f"grad must have one row of var for each index: var {list(shape)}, indices "
            f"{list(indices.shape)}, grad {list(grad)}"
        )
    wrong = np.flatnonzero((indices < 0) | (indices >= shape[0]))
    if wrong.size:
        raise InvalidArgumentError(
            f"Index {indices[wrong[0]]} at offset {wrong[0]} in indices is out of range "
            f"[0, {shape[0]})"
        )
