"""A run in several calls: each feeds some tensors and computes the steps that some fetches need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowgraph.core import errors
from flowgraph.core.graph import Graph
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.runtime import run_state
from flowgraph.runtime.feeds import converter, feed_tensor
from flowgraph.runtime.fetches import FetchPlan, expand_feed
from flowgraph.runtime.serial import execute

if TYPE_CHECKING:
    from flowgraph.runtime.callable import CompiledCall

_UNSPECIFIED = "was not specified in partial_run_setup"


class PartialRun:
    """The state of such a run: what was fed, and which steps have run (each does once)."""

    def __init__(
        self,
        graph: Graph,
        call: CompiledCall,
        feeds: list[Tensor],
        fetches: list[Tensor | Operation],
    ) -> None:
        self._graph, self._call, self._plan = graph, call.cold, call.cold.plan
        self._values = self._plan.presets.copy()
        self._unfed = dict(zip(feeds, self._plan.feeds, strict=True))
        self._fetches, self._feeds = set(fetches), set(feeds)
        self._fetched: set[Tensor | Operation] = set()
        self._done: set[int] = set()
        self._slot_of = {slot.tensor: slot.index for slot in self._plan.slots}
        self._step_of = {op: s.index for s in self._plan.steps for op in s.operations}

    def run(self, fetches: Any, feed_dict: dict[Any, Any]) -> Any:
        """Feeds, runs what `fetches` still need, and gives their values.

        Raises:
          RuntimeError: an operation is fetched; TensorFlow takes tensors only here.
          InvalidArgumentError: a fetch or feed that was not set up, or comes a second time.
        """
        run_state.begin()  # the user has held what an earlier part gave
        wanted = FetchPlan(self._graph, fetches)
        targets = [e.name for e in wanted.elements if isinstance(e, Operation)]
        if targets:
            raise RuntimeError(
                "partial_run() requires empty target_list: expected tensors to fetch, found the "
                f"operations {', '.join(targets)}. Fetch a tensor that is computed after them."
            )
        self._feed(feed_dict)
        for element in wanted.elements:
            if element not in self._fetches:
                before = element in self._fetched
                told = "has already been fetched" if before else _UNSPECIFIED
                raise _misuse(element, f"The fetch {element.name} {told}.")
        steps = self._needed(wanted.elements)
        with np.errstate(all="ignore"):
            for index in sorted(steps):
                execute(self._plan.steps[index], self._values, None)
                self._done.add(index)
        self._fetches.difference_update(wanted.elements)
        self._fetched.update(wanted.elements)
        tensors = [e for e in wanted.elements if isinstance(e, Tensor)]
        return wanted.rebuild([self._value(t) for t in tensors])

    def _feed(self, feed_dict: dict[Any, Any]) -> None:
        converted = {}
        for key, value in feed_dict.items():
            for inner, part in expand_feed(key, value):
                tensor = feed_tensor(self._graph, inner)
                if tensor not in self._unfed:
                    before = tensor in self._feeds
                    told = "has already been fed" if before else _UNSPECIFIED
                    raise _misuse(tensor, f"The feed {tensor.name} {told}.")
                converted[tensor] = converter(tensor)(part)
        for tensor, value in converted.items():
            self._values[self._unfed.pop(tensor)] = value

    def _needed(self, elements: list[Tensor | Operation]) -> set[int]:
        stack = [self._step_of[o] for o in map(_operation, elements) if o in self._step_of]
        needed: set[int] = set()
        unfed = set(self._unfed.values())
        while stack:
            index = stack.pop()
            if index in needed or index in self._done:
                continue
            needed.add(index)
            step = self._plan.steps[index]
            missing = [i for i in step.inputs if i in unfed]
            if missing:
                op = step.operation
                raise errors.InvalidArgumentError(
                    None, op,
                    f"Must feed {self._plan.slots[missing[0]].tensor.name} before what depends on "
                    f"it is fetched\n{errors.where(op)}",
                )  # fmt: skip
            stack += step.waits
        return needed

    def _value(self, tensor: Tensor) -> Any:
        slot = self._slot_of[tensor]
        if slot in self._unfed.values():
            raise errors.InvalidArgumentError(
                None, tensor.op, f"Must feed {tensor.name} before it is fetched"
            )
        value = self._values[slot]
        finish = self._call._finish(slot)
        return finish(value) if finish else value[()] if getattr(value, "ndim", 1) == 0 else value


def _misuse(element: Tensor | Operation, message: str) -> errors.InvalidArgumentError:
    op = _operation(element)
    return errors.InvalidArgumentError(None, op, message)


def _operation(element: Tensor | Operation) -> Operation:
    return element if isinstance(element, Operation) else element.op
