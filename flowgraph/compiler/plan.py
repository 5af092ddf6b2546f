"""The plan: steps over numbered slots. What passes take and give and the runtime runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flowgraph.core.op_def import Kernel, Trait
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor


@dataclass(slots=True, eq=False)
class Slot:
    """Where one value of a run is kept.

    `roots` are the handle slots whose state this value shares memory with; `fresh` says that the
    value is nobody else's memory, so that a caller who fetches it may keep it.
    """

    index: int
    tensor: Tensor
    fresh: bool = True
    roots: frozenset[int] = frozenset()
    is_handle: bool = False


@dataclass(slots=True, eq=False)
class Step:
    """One kernel call: which slots it reads and fills, and which steps it waits for.

    `operations` are the graph's nodes that it came from (a fused step has several), `controls`
    those of `waits` that no data comes from (till `order_state`, `waits` are these and the makers
    of `inputs`), `reads` and `writes` the handle slots of the state that it touches, `free` the
    slots that nobody needs after it, `touched` those of its slots whose memory may go, `library`
    the kernel library it was bound from. `plain` is the kernel that takes arrays, `kernel` takes
    variables as well. `bind` makes the kernel of a step that was fused before kernels were chosen.
    `reuses` are the inputs whose memory it may take.
    """

    index: int
    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    waits: set[int]
    reads: frozenset[int] = frozenset()
    writes: frozenset[int] = frozenset()
    kernel: Kernel | None = None
    plain: Kernel | None = None
    library: str = ""
    controls: frozenset[int] = frozenset()
    free: tuple[int, ...] = ()
    touched: tuple[int, ...] = ()
    seconds: float = -1.0  # measured by the scheduler; negative until then
    bind: Callable[[], Kernel] | None = None
    reuses: tuple[int, ...] = ()

    @property
    def operation(self) -> Operation:
        """The node that errors and traces are told of: the last one that the step computes."""
        return self.operations[-1]

    @property
    def single_output(self) -> bool:
        """Whether the kernel gives its one output itself, and not a tuple of one."""
        if len(self.operations) > 1:
            return len(self.outputs) == 1
        return self.operation.op_def.single_output

    @property
    def traits(self) -> int:
        """The op's traits; of a fused step the last one's, and whether any is heavy."""
        traits = self.operation.op_def.traits
        for op in self.operations[:-1]:
            traits |= op.op_def.traits & Trait.HEAVY
        return traits


def renumber(steps: list[Step]) -> dict[int, int]:
    """Gives each step its place in the list as its number; returns old number -> new number."""
    new = {step.index: i for i, step in enumerate(steps)}
    for step in steps:
        step.waits = {new[w] for w in step.waits}
        step.index = new[step.index]
    return new


@dataclass(frozen=True, slots=True)
class StepNow:
    """A step at one moment: see `Step`."""

    type: str
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    waits: frozenset[int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A plan between two passes: its steps, the slots' tensors by name, which slots are known."""

    steps: tuple[StepNow, ...]
    tensors: tuple[str, ...]
    known: frozenset[int]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Plan:
    """A compiled (fetches, feeds) pair: `steps` in an order that is right when run one by one.

    `presets` is the list of slot values before a run: constants and handles in place, None
    elsewhere. `targets` are the steps that are asked for themselves, till `order_state`.
    `successors` and `counts` drive the parallel scheduler, `users` tells it how many steps touch a
    slot; `blocking` are the steps that may wait
    for one another, so that each needs a thread of its own.
    """

    slots: list[Slot]
    steps: list[Step]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    presets: list[Any]
    successors: list[tuple[int, ...]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    users: dict[int, int] = field(default_factory=dict)
    heavy_width: float = 1.0
    blocking: frozenset[int] = frozenset()
    targets: frozenset[int] = frozenset()

    def snapshot(self) -> Snapshot:
        """The plan as it is now, for a picture of what the passes do."""
        steps = [
            StepNow(s.operation.type, s.operation.name, s.inputs, s.outputs, frozenset(s.waits))
            for s in self.steps
        ]
        known = [i for i, value in enumerate(self.presets) if value is not None]
        names = [slot.tensor.name for slot in self.slots]
        return Snapshot(tuple(steps), tuple(names), frozenset(known), self.feeds, self.fetches)

    def __str__(self) -> str:
        lines = [f"plan of {len(self.steps)} steps over {len(self.slots)} slots"]
        for step in self.steps:
            took = " ".join(f"s{i}" for i in step.inputs)
            gave = " ".join(f"s{i}" for i in step.outputs) or "-"
            op = step.operation
            lines.append(f"  {step.index:4d} {gave} = {op.type}({took})  {op.name} {step.library}")
        return "\n".join(lines)
