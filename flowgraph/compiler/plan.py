"""The plan: steps over numbered slots. What passes take and give and the runtime runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flowgraph.core.op_def import Kernel
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

    `operations` are the graph's nodes that it came from (a fused step has several), `reads` and
    `writes` the handle slots of the state that it touches, `free` the slots that nobody needs
    after it, `library` the kernel library it was bound from.
    """

    index: int
    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    waits: set[int]
    reads: frozenset[int] = frozenset()
    writes: frozenset[int] = frozenset()
    kernel: Kernel | None = None
    library: str = ""
    free: tuple[int, ...] = ()
    seconds: float = -1.0  # measured by the scheduler; negative until then

    @property
    def operation(self) -> Operation:
        """The node that errors and traces are told of: the last one that the step computes."""
        return self.operations[-1]

    @property
    def traits(self) -> int:
        """The op's traits."""
        return self.operation.op_def.traits


@dataclass(slots=True, eq=False)
class Plan:
    """A compiled (fetches, feeds) pair: `steps` in an order that is right when run one by one.

    `presets` is the list of slot values before a run: constants and handles in place, None
    elsewhere. `successors` and `counts` drive the parallel scheduler.
    """

    slots: list[Slot]
    steps: list[Step]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    presets: list[Any]
    successors: list[tuple[int, ...]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    heavy_width: int = 1

    def __str__(self) -> str:
        lines = [f"plan of {len(self.steps)} steps over {len(self.slots)} slots"]
        for step in self.steps:
            took = " ".join(f"s{i}" for i in step.inputs)
            gave = " ".join(f"s{i}" for i in step.outputs) or "-"
            op = step.operation
            lines.append(f"  {step.index:4d} {gave} = {op.type}({took})  {op.name} {step.library}")
        return "\n".join(lines)
