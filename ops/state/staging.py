"""Staging areas between steps: the ops that put elements, take them and look at them.

The areas are in `_staging_store.py`, Python's classes in `staging_areas.py`. All ops of an area
name it by their attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.shapes import SCALAR, UNKNOWN
from flowgraph.ops.state import _staging_store as store
from flowgraph.ops.state._queue_store import own

_AREA = {
    "capacity": attrs.integer(0, minimum=0),
    "memory_limit": attrs.integer(0, minimum=0),
    "dtypes": attrs.type_list(),
    "container": attrs.string(""),
    "shared_name": attrs.string(""),
}
_WAITS = Trait.STATEFUL | Trait.BLOCKS


def _area(ctx: Any, kind: str, make: Callable[[], Any]) -> Any:
    name = ctx.attrs["shared_name"] or ctx.name
    return ctx.state.state(("staging", kind, ctx.attrs["container"], name), make)


def _buffer(ctx: Any) -> store.StagingBuffer:
    capacity, limit = ctx.attrs["capacity"], ctx.attrs["memory_limit"]
    return _area(ctx, "buffer", lambda: store.StagingBuffer(capacity, limit))  # type: ignore[no-any-return]


# --- Stage, Unstage, StagePeek --------------------------------------------------------------------
stage_op = define("Stage", "values: *dtypes", attrs=_AREA, traits=_WAITS).no_gradient()
unstage_op = define(
    "Unstage",
    outputs="values: *dtypes",
    attrs=_AREA,
    shape=lambda op: [UNKNOWN] * len(op.outputs),
    traits=_WAITS,
).no_gradient()
stage_peek_op = define(
    "StagePeek",
    inputs="index: int32",
    outputs="values: *dtypes",
    attrs=_AREA,
    shape=lambda op: [UNKNOWN] * len(op.outputs),
    traits=_WAITS,
).no_gradient()


@stage_op.kernel
def _(ctx: Any) -> Any:
    area = _buffer(ctx)

    def stage(*values: Any) -> tuple[()]:
        area.put([own(value) for value in values])
        return ()

    return stage


@unstage_op.kernel
def _(ctx: Any) -> Any:
    area, count = _buffer(ctx), len(ctx.output_dtypes)
    return lambda: area.get(count)


@stage_peek_op.kernel
def _(ctx: Any) -> Any:
    area, count = _buffer(ctx), len(ctx.output_dtypes)
    return lambda index: area.peek(int(index), count)


# --- StageSize, StageClear, and those of maps -----------------------------------------------------
def _sizing(op_type: str, area: Callable[[Any], Any], of: str = "size") -> OpDef:
    op_def = define(
        op_type,
        outputs="size: int32",
        attrs=_AREA,
        shape=lambda op: SCALAR,
        traits=Trait.STATEFUL | Trait.CHEAP,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        ask = getattr(area(ctx), of)
        return lambda: np.int32(ask())

    return op_def


def _clearing(op_type: str, area: Callable[[Any], Any]) -> OpDef:
    op_def = define(op_type, attrs=_AREA, traits=_WAITS).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        found = area(ctx)

        def clear() -> tuple[()]:
            found.clear()
            return ()

        return clear

    return op_def


stage_size_op = _sizing("StageSize", _buffer)
stage_clear_op = _clearing("StageClear", _buffer)


# --- MapStage, MapUnstage, MapUnstageNoKey, MapPeek, and their ordered twins ----------------------
class MapOps:
    """The ops of one kind of map."""

    def __init__(self, prefix: str) -> None:
        self.ordered = prefix.startswith("Ordered")
        self.put = define(
            f"{prefix}Stage",
            inputs="key: int64, indices: int32, values: *fake_dtypes",
            attrs={**_AREA, "fake_dtypes": attrs.type_list()},
            traits=_WAITS,
        ).no_gradient()
        self.put.kernel(self._bind_put)
        self.pop = self._taking(f"{prefix}Unstage", "key: int64, indices: int32", "")
        self.pop.kernel(self._bind_pop)
        self.pop_any = self._taking(f"{prefix}UnstageNoKey", "indices: int32", "key: int64, ")
        self.pop_any.kernel(self._bind_pop_any)
        self.peek = self._taking(f"{prefix}Peek", "key: int64, indices: int32", "")
        self.peek.kernel(self._bind_peek)
        self.size = _sizing(f"{prefix}Size", self._map)
        self.incomplete_size = _sizing(f"{prefix}IncompleteSize", self._map, "incomplete_size")
        self.clear = _clearing(f"{prefix}Clear", self._map)

    def _taking(self, op_type: str, inputs: str, before: str) -> OpDef:
        return define(
            op_type,
            inputs=inputs,
            outputs=f"{before}values: *dtypes",
            attrs=_AREA,
            shape=lambda op: [SCALAR] * bool(before) + [UNKNOWN] * len(op.attrs["dtypes"]),
            traits=_WAITS,
        ).no_gradient()

    def _map(self, ctx: Any, length: int | None = None) -> store.StagingMap:
        """The map of an op. How many tensors its elements have is told by whoever puts some."""
        capacity, limit = ctx.attrs["capacity"], ctx.attrs["memory_limit"]
        found: store.StagingMap = _area(
            ctx,
            f"map {self.ordered}",
            lambda: store.StagingMap(capacity, limit, self.ordered),
        )
        if length is not None:
            found.set_length(length)
        return found

    def _bind_put(self, ctx: Any) -> Any:
        area = self._map(ctx, len(ctx.attrs["dtypes"]))

        def put(key: Any, indices: Any, *values: Any) -> tuple[()]:
            area.put(_key(key), indices.reshape(-1).tolist(), [own(value) for value in values])
            return ()

        return put

    def _bind_pop(self, ctx: Any) -> Any:
        area = self._map(ctx)
        return lambda key, indices: area.get(_key(key), indices.reshape(-1).tolist())[1]

    def _bind_pop_any(self, ctx: Any) -> Any:
        area = self._map(ctx)

        def pop(indices: Any) -> list[Any]:
            key, values = area.get(None, indices.reshape(-1).tolist())
            return [np.int64(key), *values]

        return pop

    def _bind_peek(self, ctx: Any) -> Any:
        area = self._map(ctx)
        return lambda key, indices: area.peek(_key(key), indices.reshape(-1).tolist())


def _key(key: Any) -> int:
    if key.ndim:
        raise InvalidArgumentError(f"The key must be a scalar, got shape {list(key.shape)}")
    return int(key)


map_ops = MapOps("Map")
ordered_map_ops = MapOps("OrderedMap")
