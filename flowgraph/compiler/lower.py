"""Prunes a graph to what some fetches need, cut at the feeds, and makes steps and slots of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.compiler.plan import Plan, Slot, Step
from flowgraph.core import dtypes, errors
from flowgraph.core.function import sharing_memory
from flowgraph.core.op_def import KernelContext, Trait
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import brackets
from flowgraph.core.tensor import Tensor

Contexts = Callable[[Operation], KernelContext]


def prune(targets: Sequence[Operation], fed: set[Tensor]) -> list[Operation]:
    """The operations that `targets` need, in the order in which they were made."""
    needed = set(targets)
    stack = list(needed)
    while stack:
        op = stack.pop()
        for tensor in op.inputs:
            producer = tensor._op
            if producer not in needed and tensor not in fed:
                needed.add(producer)
                stack.append(producer)
        for producer in op.control_inputs:
            if producer not in needed:
                needed.add(producer)
                stack.append(producer)
    return sorted(needed, key=lambda op: op._id)


def lower(
    fetches: Sequence[Tensor | Operation], feeds: Sequence[Tensor], contexts: Contexts
) -> Plan:
    """Makes a plan with a step for each operation that is needed and not known beforehand."""
    return _Lowering(fetches, feeds, contexts).plan()


class _Lowering:
    def __init__(
        self, fetches: Sequence[Tensor | Operation], feeds: Sequence[Tensor], contexts: Contexts
    ) -> None:
        self.fetches, self.feeds, self.contexts = fetches, feeds, contexts
        self.fed = set(feeds)
        self.slots: list[Slot] = []
        self.presets: list[Any] = []
        self.slot_of: dict[Tensor, int] = {}
        self.steps: list[Step] = []
        # The steps that whoever needs an operation has to wait for: its own, as a rule.
        self.after: dict[Operation, tuple[int, ...]] = {}

    def plan(self) -> Plan:
        for tensor in self.feeds:
            slot = self._slot(tensor)
            slot.fresh = False
            _mark_handle(slot)
        self._join_state()
        targets = [
            f if isinstance(f, Operation) else f._op
            for f in self.fetches
            if isinstance(f, Operation) or f not in self.fed
        ]
        for op in prune(targets, self.fed):
            self._after(op)
        asked = [i for f in self.fetches if isinstance(f, Operation) for i in self.after[f]]
        wanted = [self.slot_of[f] for f in self.fetches if isinstance(f, Tensor)]
        fed = tuple(self.slot_of[t] for t in self.feeds)
        return Plan(
            self.slots, self.steps, fed, tuple(wanted), self.presets, targets=frozenset(asked)
        )

    def _join_state(self) -> None:
        """Inputs of a subgraph that share memory outside (a variable, its value) do so inside."""
        fed = [self.slots[self.slot_of[t]] for t in self.feeds]
        if any(slot.roots for slot in fed):
            memory = [sharing_memory(slot.tensor) for slot in fed]
            handles = [i for i, slot in enumerate(fed) if slot.roots]
            for slot, shares in zip(fed, memory, strict=True):
                joined = [fed[i].index for i in handles if shares & memory[i]]
                slot.roots = slot.roots.union(joined)

    def _slot(self, tensor: Tensor) -> Slot:
        slot = Slot(len(self.slots), tensor)
        self.slots.append(slot)
        self.presets.append(None)
        self.slot_of[tensor] = slot.index
        return slot

    def _operation(self, op: Operation) -> None:
        definition = op.op_def
        if definition.traits & Trait.MUST_BE_FED:
            if any(t not in self.fed for t in op.outputs):
                raise _not_fed(op)
            self.after[op] = ()
        elif definition.preset_value is not None:
            self._preset(op)
        else:
            self._step(op)

    def _preset(self, op: Operation) -> None:
        waits = [w for c in op.control_inputs for w in self._after(c)]
        self.after[op] = tuple(waits)
        if op.outputs[0] in self.fed:
            return
        assert op.op_def.preset_value is not None
        slot = self._slot(op.outputs[0])
        slot.fresh = False
        try:
            self.presets[slot.index] = op.op_def.preset_value(self.contexts(op))
        except errors.OpError as error:
            raise errors.of_operation(error, op) from error
        _mark_handle(slot)

    def _step(self, op: Operation) -> None:
        waits: set[int] = set()
        controls: set[int] = set()
        for tensor in op.inputs:
            if tensor not in self.fed:
                after = self._after(tensor._op)
                if tensor._value is not None:  # who makes it may have nothing to make it of
                    controls.update(w for c in tensor._op.control_inputs for w in self._after(c))
                elif tensor._op.op_def.preset_value is None:
                    waits.update(after)
                else:
                    controls.update(after)
        inputs = tuple([self.slot_of[t] for t in op.inputs])
        for control in op.control_inputs:
            controls.update(self._after(control))
        outputs = tuple([self._output(t, op, inputs) for t in op.outputs])
        index = len(self.steps)
        step = Step(index, (op,), inputs, outputs, waits)
        if controls:
            waits |= controls
            step.controls = frozenset(controls)
        step.reads, step.writes = self._effects(op, inputs)
        self.steps.append(step)
        self.after[op] = (index,)

    def _after(self, op: Operation) -> tuple[int, ...]:
        # What is added to an operation later can be younger than it.
        if op not in self.after:
            self._operation(op)
        return self.after[op]

    def _output(self, tensor: Tensor, op: Operation, inputs: tuple[int, ...]) -> int:
        if tensor in self.fed:  # computed all the same for the other outputs, but not used
            return self._unused(tensor)
        slot = self._slot(tensor)
        if tensor._value is not None:  # the same in every run
            slot.fresh, self.presets[slot.index] = False, tensor._value
            return self._unused(tensor)
        if tensor.dtype.is_ref_dtype or op.op_def.traits & Trait.VIEW:
            sources = [self.slots[i] for i in inputs]
            slot.fresh = False
            slot.roots = frozenset().union(*(s.roots for s in sources))
            slot.is_handle = tensor.dtype.is_ref_dtype
            if not op.inputs:
                _mark_handle(slot)
        elif tensor.dtype is dtypes.resource:  # made by a step: a dense table has inputs
            slot.fresh = False
            _mark_handle(slot)
        elif op.op_def.traits & Trait.SNAPSHOT:
            slot.fresh = False
        return slot.index

    def _unused(self, tensor: Tensor) -> int:
        slot = Slot(len(self.slots), tensor)
        self.slots.append(slot)
        self.presets.append(None)
        return slot.index

    def _effects(
        self, op: Operation, inputs: tuple[int, ...]
    ) -> tuple[frozenset[int], frozenset[int]]:
        touched = [self.slots[i].roots for i in inputs]
        if not any(touched):
            return frozenset(), frozenset()
        written = written_inputs(op)
        writes: frozenset[int] = frozenset().union(*(touched[i] for i in written))
        reads = frozenset().union(*touched) - writes
        return reads, writes


def _mark_handle(slot: Slot) -> None:
    dtype = slot.tensor.dtype
    if dtype.is_ref_dtype or dtype is dtypes.resource:
        slot.roots = frozenset([slot.index])
        slot.is_handle = dtype.is_ref_dtype


def written_inputs(op: Operation) -> list[int]:
    """The indices of the inputs whose state a run of `op` changes."""
    if op.op_def.effects is not None:
        return list(op.op_def.effects(op))
    writes = op.op_def.writes
    if not writes:
        return []
    return [i for i, t in enumerate(op.inputs) if any(op.input_named(w) is t for w in writes)]


def _not_fed(op: Operation) -> errors.InvalidArgumentError:
    tensor = op.outputs[0]
    shape = "" if tensor.shape.rank is None else f" and shape {brackets(tensor.shape)}"
    return errors.InvalidArgumentError(
        None,
        op,
        f"You must feed a value for placeholder tensor '{op.name}' with dtype "
        f"{tensor.dtype.name}{shape}\n{errors.where(op)}\n"
        f"  Hint: pass feed_dict={{{op.name}: value}} to session.run.",
    )
