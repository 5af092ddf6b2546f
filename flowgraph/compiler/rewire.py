"""What passes that take steps out of a plan share: who stands in for what is gone.

A pass goes through the steps in order, calls `catch_up` on each and then may take it out. `done`
closes the gaps. The edges are kept: who waited for a step that is gone waits for what that one
waited for, as far as no data tells it already.
"""

from __future__ import annotations

from flowgraph.compiler.plan import Plan, Step, renumber
from flowgraph.core import dtypes
from flowgraph.core.op_def import Trait

_IMPURE = Trait.STATEFUL | Trait.CALLS | Trait.MUST_BE_FED | Trait.BLOCKS | Trait.SNAPSHOT
MOST_CONTROLS = 8  # a step with more stays: each of its followers would take on that many edges
_NOBODY: frozenset[int] = frozenset()


def is_pure(plan: Plan, step: Step) -> bool:
    """Whether a step's outputs depend on nothing but its inputs, and running it does nothing else.

    It may read a variable.
    """
    definition = step.operation.op_def
    if definition.traits & _IMPURE or step.writes or definition.effects is not None:
        return False
    if len(step.controls) > MOST_CONTROLS or not step.outputs:
        return False
    for i in step.outputs:
        dtype = plan.slots[i].tensor._dtype
        if dtype is dtypes.variant or dtype is dtypes.resource or dtype.is_ref_dtype:
            return False
    return True


def _has_order(step: Step) -> bool:
    """Whether it can be seen that something waits for a step: it writes, or waited by order."""
    traits = step.traits
    calls_out = traits & Trait.STATEFUL and traits & Trait.CALLS
    return bool(step.writes or step.controls or calls_out or traits & Trait.BLOCKS)


class Rewiring:
    """The changes that a pass makes to a plan's steps and slots."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._stand_in: dict[int, int] = {}  # slot -> the slot that has its value
        # step that is gone -> what those wait for who used its outputs, and who only waited for it
        self._gone: dict[int, tuple[frozenset[int], frozenset[int]]] = {}
        self._makers: list[int] | None = None
        self._ordered: list[bool] | None = None
        self._changed = False

    def catch_up(self, step: Step) -> None:
        """Lets a step use what stands in for what is gone before it."""
        if not self._gone or self._gone.keys().isdisjoint(step.waits):
            return
        controls = set(step.controls)
        for index in step.waits & self._gone.keys():
            users, followers = self._gone[index]
            controls |= followers if index in step.controls else users
        controls -= self._gone.keys()
        stand_in = self._stand_in
        self.rewire(step, tuple([stand_in.get(i, i) for i in step.inputs]), frozenset(controls))

    def rewire(self, step: Step, inputs: tuple[int, ...], controls: frozenset[int]) -> None:
        """Gives a step other inputs and controls."""
        step.inputs, step.controls = inputs, controls
        makers = self.makers()
        step.waits = {makers[i] for i in inputs if makers[i] >= 0} | controls
        self._changed = True

    def makers(self) -> list[int]:
        """The step that makes each slot, -1 for none."""
        if self._makers is None:
            self._makers = [-1] * len(self.plan.slots)
            for step in self.plan.steps:
                for slot in step.outputs:
                    self._makers[slot] = step.index
        return self._makers

    def fold(self, step: Step) -> None:
        """Takes out a step whose outputs are presets now.

        Who uses them waits for what the step was told to wait for; for inputs, of which only the
        static shape was asked, where that puts them behind what the run changes.
        """
        for slot in step.outputs:
            self.plan.slots[slot].fresh = False
            self.makers()[slot] = -1
        waits = frozenset(step.waits)
        self._gone[step.index] = (waits if self._is_ordered(step) else step.controls, waits)

    def _is_ordered(self, step: Step) -> bool:
        """Whether a step's inputs, as the graph has them, come after what a run changes or asks."""
        if self._ordered is None:  # nothing is gone yet
            after: list[bool] = []
            for one in self.plan.steps:
                makers = one.waits - one.controls
                after.append(
                    any(
                        w >= one.index or after[w] or _has_order(self.plan.steps[w]) for w in makers
                    )
                )
            self._ordered = after
        return self._ordered[step.index]

    def alias(self, step: Step, values: tuple[int, ...], controls: frozenset[int]) -> None:
        """Takes out a step whose outputs equal other slots; `controls` led to these, too."""
        self._stand_in.update(zip(step.outputs, values, strict=True))
        self._gone[step.index] = (controls, frozenset(step.waits))

    def merge(self, step: Step, first: Step) -> None:
        """Takes out a step that does what `first` does, which waits for the same."""
        self._stand_in.update(zip(step.outputs, first.outputs, strict=True))
        self._gone[step.index] = (_NOBODY, frozenset([first.index]))

    def drop(self, step: Step) -> None:
        """Takes out a step that nobody waits for."""
        self._gone[step.index] = (_NOBODY, _NOBODY)

    def done(self) -> Plan:
        """Takes the steps out and numbers the others anew; returns the plan."""
        plan, gone = self.plan, self._gone
        if not gone:
            return plan
        plan.fetches = tuple([self._stand_in.get(i, i) for i in plan.fetches])
        asked = [gone[i][1] if i in gone else (i,) for i in plan.targets]
        plan.steps = [step for step in plan.steps if step.index not in gone]
        new = renumber(plan.steps)
        plan.targets = frozenset([new[i] for indices in asked for i in indices])
        for step in plan.steps:
            if step.controls:
                step.controls = frozenset([new[w] for w in step.controls])
        return plan
