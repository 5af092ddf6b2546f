"""Barriers: elements by key whose components come one by one, and that are taken when complete."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.dtypes import DType
from flowgraph.core.errors import CancelledError, InvalidArgumentError, OutOfRangeError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, UNKNOWN, TensorShape, brackets
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer, merged
from flowgraph.ops.state._queue_store import rows, stacked
from flowgraph.ops.state.queues import _as_list, _shapes
from flowgraph.runtime.waiting import WaitingState

_PAIR = TensorShape.of((2,))


class BarrierState(WaitingState):
    """The elements of one barrier. Those whose keys came first are taken first."""

    def __init__(self, name: str, dtypes: Sequence[DType], shapes: Sequence[TensorShape]) -> None:
        super().__init__()
        self.name, self.dtypes = name, tuple(dtypes)
        self.shapes = tuple(shapes) or (UNKNOWN,) * len(self.dtypes)
        self.closed = self.cancelled = False
        self.ready: list[Any] = []  # a heap of (index, count, key, components)
        self.incomplete: dict[bytes, tuple[int, list[Any]]] = {}
        self._index = -(2**63)
        self._count = 0
        self._takers = self.new_line()

    def read(self) -> Any:
        """What the handle shows when it is fetched."""
        return np.array([b"localhost", self.name.encode()], object)

    def insert(self, component: int, keys: list[bytes], values: list[Any]) -> None:
        """Gives elements their component of that number; all, or none by an error."""

        def change() -> None:
            self._check_open(keys)
            self._check_new(component, keys)
            came = False
            for key, value in zip(keys, values, strict=True):
                if key not in self.incomplete:
                    self.incomplete[key] = self._index, [None] * len(self.dtypes)
                    came = True
                index, parts = self.incomplete[key]
                parts[component] = value
                if all(part is not None for part in parts):
                    del self.incomplete[key]
                    self._count += 1
                    heapq.heappush(self.ready, (index, self._count, key, parts))
            self._index += came

        self.act(change)

    def _check_open(self, keys: list[bytes]) -> None:
        if not self.closed:
            return
        new = [key for key in keys if key not in self.incomplete]
        if self.cancelled or (keys and not self.incomplete) or new:
            brand = f", but attempted to insert a brand new key: {new[0]!r}" if new else ""
            raise CancelledError(
                f"Barrier {self.name} is closed{brand}.  Pending enqueues cancelled: "
                f"{self.cancelled}.  Number of new insertions: {len(keys)}.  Number of incomplete "
                f"keys: {len(self.incomplete)}."
            )

    def _check_new(self, component: int, keys: list[bytes]) -> None:
        seen: set[bytes] = set()
        for key in keys:
            known = self.incomplete.get(key)
            if key in seen or (known is not None and known[1][component] is not None):
                raise InvalidArgumentError(
                    f"Key {key!r} already has a value for component {component} in barrier "
                    f"{self.name}"
                )
            if len(self.dtypes) > 1:  # else it is complete at once, and the key new again
                seen.add(key)

    def take(self, count: int, allow_fewer: bool) -> list[Any]:
        """Takes `count` complete elements; waits until there are as many."""
        found: list[Any] = []

        def attempt() -> bool:
            wanted = count
            if self.closed:
                available = len(self.ready)
                if allow_fewer:
                    wanted = min(count, available)
                else:
                    available += len(self.incomplete)
                if available < max(wanted, 1):
                    raise OutOfRangeError(
                        f"Barrier '{self.name}' is closed and has insufficient elements "
                        f"(requested {count}, total size {available})"
                    )
            if len(self.ready) < wanted:
                return False
            found.extend(heapq.heappop(self.ready) for _ in range(wanted))
            self.changed = True
            return True

        if count or self.closed:
            self.in_turn(self._takers, attempt, what="Take operation")
        return found

    def close(self, cancel: bool) -> None:
        """Lets no new keys in, and with `cancel` no components of those that are incomplete."""

        def change() -> None:
            if self.closed and (self.cancelled or not cancel):
                raise CancelledError(f"Barrier '{self.name}' is already closed.")
            self.closed, self.cancelled = True, cancel
            if cancel:
                self.incomplete.clear()

        self.act(change)


# --- Barrier --------------------------------------------------------------------------------------
barrier_op = define(
    "Barrier",
    outputs="handle: Ref(string)",
    attrs={
        "component_types": attrs.type_list(),
        "shapes": attrs.shapes(()),
        "capacity": attrs.integer(-1),
        "container": attrs.string(""),
        "shared_name": attrs.string(""),
    },
    shape=lambda op: _PAIR,
    traits=Trait.STATEFUL,
).no_gradient()


@barrier_op.preset
def _(ctx: Any) -> BarrierState:
    name = ctx.attrs["shared_name"] or ctx.name
    key = ("barrier", ctx.attrs["container"], name)
    types, shapes = ctx.attrs["component_types"], ctx.attrs["shapes"]
    found: BarrierState = ctx.state.state(key, lambda: BarrierState(name, types, shapes))
    return found


# --- BarrierInsertMany ----------------------------------------------------------------------------
insert_many_op = define(
    "BarrierInsertMany",
    inputs="handle: Ref(string), keys: string, values: T",
    attrs={"T": attrs.types(), "component_index": attrs.integer()},
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()


@insert_many_op.shape
def _(op: Operation) -> list[TensorShape]:
    keys, values = op.inputs[1].shape.with_rank(1), op.inputs[2].shape.with_rank_at_least(1)
    merged(keys, values[:1])
    return []


@insert_many_op.kernel
def _(ctx: Any) -> Any:
    at, dtype = ctx.attrs["component_index"], ctx.attrs["T"]

    def insert(barrier: BarrierState, keys: Any, values: Any) -> tuple[()]:
        if not 0 <= at < len(barrier.dtypes):
            raise InvalidArgumentError(
                f"The component ID is out of range {at} > num_components (= {len(barrier.dtypes)})"
            )
        if barrier.dtypes[at] is not dtype:
            raise InvalidArgumentError(
                f"Expected component of type {barrier.dtypes[at].name}, got {dtype.name}"
            )
        if keys.ndim != 1 or not values.ndim or len(keys) != len(values):
            raise InvalidArgumentError(
                f"Expected a vector of keys and as many values, got shapes {list(keys.shape)} and "
                f"{list(values.shape)}"
            )
        if len(keys) and not values.size:
            raise InvalidArgumentError(
                f"Tensors with no elements are not supported {barrier.name}: received shape "
                f"{list(values.shape)}"
            )
        inner = TensorShape.of(values.shape[1:])
        if not barrier.shapes[at].is_compatible_with(inner):
            raise InvalidArgumentError(
                f"Shape mismatch in tuple component {at}. Expected "
                f"{brackets(barrier.shapes[at])}, got {brackets(inner)}"
            )
        barrier.insert(at, keys.tolist(), [value for (value,) in rows((values,))])
        return ()

    return insert


# --- BarrierTakeMany ------------------------------------------------------------------------------
take_many_op = define(
    "BarrierTakeMany",
    inputs="handle: Ref(string), num_elements: int32",
    outputs="indices: int64, keys: string, values: *component_types",
    attrs={
        "component_types": attrs.type_list(),
        "allow_small_batch": attrs.boolean(False),
        "wait_for_incomplete": attrs.boolean(False),
        "timeout_ms": attrs.integer(-1),
    },
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()


@take_many_op.shape
def _(op: Operation) -> list[TensorShape]:
    merged(op.inputs[1].shape, SCALAR)
    count = None if op.attrs["allow_small_batch"] else integer(op.inputs[1])
    length = TensorShape.of((None if count is None or count < 0 else count,))
    shapes = op.inputs[0].op.attrs.get("shapes") or [UNKNOWN] * (len(op.outputs) - 2)
    return [length, length, *[length.concatenate(shape) for shape in shapes]]


@take_many_op.kernel
def _(ctx: Any) -> Any:
    allow_fewer, types = ctx.attrs["allow_small_batch"], tuple(ctx.attrs["component_types"])
    if ctx.attrs["timeout_ms"] != -1:
        raise InvalidArgumentError("Timeout not supported yet.")

    def take(barrier: BarrierState, count: Any) -> Any:
        if types != barrier.dtypes:
            raise InvalidArgumentError(
                f"Expected component types {[t.name for t in barrier.dtypes]}, got "
                f"{[t.name for t in types]}"
            )
        if count < 0:
            raise InvalidArgumentError(f"num_elements must not be negative, got {count}")
        found = barrier.take(int(count), allow_fewer)
        indices = np.array([index for index, *_ in found], np.int64)
        keys = np.array([key for *_, key, _ in found], object)
        columns = zip(*[parts for *_, parts in found], strict=True) if found else [()] * len(types)
        return indices, keys, *map(stacked, columns, types, barrier.shapes)

    return take


# --- BarrierClose, BarrierReadySize, BarrierIncompleteSize ----------------------------------------
close_op = define(
    "BarrierClose",
    inputs="handle: Ref(string)",
    attrs={"cancel_pending_enqueues": attrs.boolean(False)},
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()


@close_op.kernel
def _(ctx: Any) -> Any:
    cancel = ctx.attrs["cancel_pending_enqueues"]

    def close(barrier: BarrierState) -> tuple[()]:
        barrier.close(cancel)
        return ()

    return close


def _sizing(op_type: str, of: str) -> OpDef:
    op_def = define(
        op_type,
        inputs="handle: Ref(string)",
        outputs="size: int32",
        shape=lambda op: SCALAR,
        traits=Trait.STATEFUL | Trait.CHEAP,
    ).no_gradient()
    op_def.kernel(lambda ctx: lambda barrier: np.int32(len(getattr(barrier, of))))
    return op_def


ready_size_op = _sizing("BarrierReadySize", "ready")
incomplete_size_op = _sizing("BarrierIncompleteSize", "incomplete")


# --- the class ------------------------------------------------------------------------------------
class Barrier:
    """Tuples of tensors by key, which are taken when all their components have come.

    In TensorFlow, data_flow_ops.Barrier.

    Args:
      types: a dtype, or the list of a tuple's.
      shapes: the components' fully defined shapes, or None.
      shared_name: barriers of the same shared name in a session are the same.
      name: the operation's name.

    Raises:
      ValueError: a shape has no elements.
    """

    def __init__(
        self, types: Any, shapes: Any = None, shared_name: str | None = None, name: str = "barrier"
    ) -> None:
        self._types = _as_list(types)
        self._shapes = _shapes(shapes) or [UNKNOWN] * len(self._types)
        for i, shape in enumerate(self._shapes):
            if shape.num_elements() == 0:
                raise ValueError(
                    f"Empty tensors are not supported, but received shape '{shape}' at index {i}"
                )
        self._barrier_ref = barrier_op(
            component_types=self._types, shapes=self._shapes, shared_name=shared_name, name=name
        )
        self._name = self._barrier_ref.op.name.split("/")[-1]

    @property
    def barrier_ref(self) -> Tensor:
        """The tensor that holds the barrier."""
        return self._barrier_ref  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The name of the operation that makes it."""
        return self._barrier_ref.op.name  # type: ignore[no-any-return]

    def insert_many(
        self, component_index: int, keys: Any, values: Any, name: str | None = None
    ) -> Operation:
        """An operation that gives the tuples of `keys` their component of that number.

        Args:
          component_index: the component's number.
          keys: a vector of strings.
          values: a tensor with a row for each key.
          name: the operation's name.
        """
        return insert_many_op(  # type: ignore[no-any-return]
            self._barrier_ref,
            keys,
            values,
            component_index=component_index,
            name=name or f"{self._name}_BarrierInsertMany",
        )

    def take_many(
        self,
        num_elements: Any,
        allow_small_batch: bool = False,
        timeout: int | None = None,
        name: str | None = None,
    ) -> list[Tensor]:
        """[indices, keys, components...] of complete tuples, in the order in which their keys came.

        It waits until there are `num_elements`; when the barrier is closed and there will not be,
        it is a tf.errors.OutOfRangeError, or with `allow_small_batch` fewer if there are some.
        """
        taken: list[Tensor] = take_many_op(
            self._barrier_ref,
            num_elements,
            component_types=self._types,
            allow_small_batch=allow_small_batch,
            timeout_ms=timeout,
            name=name or f"{self._name}_BarrierTakeMany",
        )
        count = None if allow_small_batch else constant_value(taken[0].op.inputs[1])
        for tensor, shape in zip(taken, (SCALAR, SCALAR, *self._shapes), strict=True):
            tensor.set_shape(TensorShape([count]).concatenate(shape))
        return taken

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """An operation after which no new keys come in; incomplete ones can be completed.

        With `cancel_pending_enqueues`, they are forgotten.
        """
        return close_op(  # type: ignore[no-any-return]
            self._barrier_ref,
            cancel_pending_enqueues=cancel_pending_enqueues,
            name=name or f"{self._name}_BarrierClose",
        )

    def ready_size(self, name: str | None = None) -> Tensor:
        """How many tuples are complete, an int32 scalar."""
        return ready_size_op(self._barrier_ref, name=name or f"{self._name}_BarrierReadySize")  # type: ignore[no-any-return]

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """How many tuples are not, an int32 scalar."""
        return incomplete_size_op(  # type: ignore[no-any-return]
            self._barrier_ref, name=name or f"{self._name}_BarrierIncompleteSize"
        )
