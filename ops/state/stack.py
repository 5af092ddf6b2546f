"""Stacks of tensors that live for one run, made by `StackV2` in each."""

from __future__ import annotations

import threading
from typing import Any

from flowgraph.core import attrs
from flowgraph.core.dtypes import DType
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define
from flowgraph.core.shapes import SCALAR, UNKNOWN
from flowgraph.ops.array.known import boxed
from flowgraph.ops.state._queue_store import own


class Stack:
    """Tensors, of which the last one comes out first."""

    def __init__(self, name: str, dtype: DType, most: int) -> None:
        self.name, self.dtype, self.most = name, dtype, most
        self._items: list[Any] | None = []
        self._lock = threading.Lock()

    def push(self, value: Any) -> None:
        """Puts a tensor on top."""
        with self._lock:
            items = self._open()
            if 0 <= self.most <= len(items):
                raise InvalidArgumentError(
                    f"Stack[{self.name}] overflowed its max_size ({self.most})"
                )
            items.append(value)

    def pop(self) -> Any:
        """Takes the tensor on top."""
        with self._lock:
            items = self._open()
            if not items:
                raise InvalidArgumentError(f"Stack[{self.name}] is empty when calling Pop().")
            return items.pop()

    def close(self) -> None:
        """Forgets all; nothing can be pushed or popped any more."""
        with self._lock:
            self._items = None

    def _open(self) -> list[Any]:
        if self._items is None:
            raise InvalidArgumentError(f"Stack[{self.name}] has already been closed.")
        return self._items


# --- StackV2 --------------------------------------------------------------------------------------
stack_op = define(
    "StackV2",
    inputs="max_size: int32",
    outputs="handle: resource",
    attrs={"elem_type": attrs.types(), "stack_name": attrs.string("")},
    shape=lambda op: SCALAR,
    traits=Trait.STATEFUL,
).no_gradient()


@stack_op.kernel
def _(ctx: Any) -> Any:
    name, dtype = ctx.attrs["stack_name"] or ctx.name, ctx.attrs["elem_type"]

    def make(size: Any) -> Any:
        if size.ndim:
            raise InvalidArgumentError(
                f"Stack size must be a scalar, but had shape: {list(size.shape)}"
            )
        return boxed(Stack(name, dtype, int(size)))

    return make


# --- StackPushV2, StackPopV2, StackCloseV2 --------------------------------------------------------
push_op = define(
    "StackPushV2",
    inputs="handle: resource, elem: T",
    outputs="output: T",
    attrs={"T": attrs.types(), "swap_memory": attrs.boolean(False)},
    shape=lambda op: op.inputs[1].shape,
    traits=Trait.STATEFUL | Trait.VIEW,
).no_gradient()


@push_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.attrs["T"]

    def push(handle: Any, value: Any) -> Any:
        stack: Stack = handle.item()
        _check_type(stack, dtype)
        stack.push(own(value))
        return value

    return push


pop_op = define(
    "StackPopV2",
    inputs="handle: resource",
    outputs="elem: elem_type",
    attrs={"elem_type": attrs.types()},
    shape=lambda op: UNKNOWN,
    traits=Trait.STATEFUL,
).no_gradient()


@pop_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.attrs["elem_type"]

    def pop(handle: Any) -> Any:
        stack: Stack = handle.item()
        _check_type(stack, dtype)
        return stack.pop()

    return pop


def _check_type(stack: Stack, dtype: DType) -> None:
    if stack.dtype is not dtype:
        raise InvalidArgumentError(f"Must have type {stack.dtype.name} but got {dtype.name}")


close_op = define("StackCloseV2", inputs="handle: resource", traits=Trait.STATEFUL).no_gradient()


@close_op.kernel
def _(ctx: Any) -> Any:
    def close(handle: Any) -> tuple[()]:
        handle.item().close()
        return ()

    return close
