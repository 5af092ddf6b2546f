"""Tells kernels which of their inputs stay as they are from run to run: variables and constants.

A kernel that derives something from an input, say a filter rearranged as its library wants it, can
keep that while the input does not change. Such a kernel has a method `watching(sources)`, which
gives a kernel that may do so; `sources` maps places among the inputs to `Source`s.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np

from flowgraph.compiler.plan import Plan, Step
from flowgraph.core.op_def import Kernel, Trait


class Source(Protocol):
    """Where an input comes from: its memory, and a number that each write changes.

    A write happens, number included, while its thread holds the lock.
    """

    value: Any
    version: int
    lock: Any


class Constant:
    """A source that nobody writes."""

    def __init__(self, value: np.ndarray[Any, Any]) -> None:
        self.value, self.version, self.lock = value, 0, threading.RLock()


class Sources:
    """Finds the sources of a plan's inputs."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._makers = {slot: step for step in plan.steps for slot in step.outputs}

    def tell(self, step: Step, kernel: Kernel) -> Kernel:
        """The kernel that knows its sources, where it wants to and there are some."""
        watching = getattr(kernel, "watching", None)
        if watching is None:
            return kernel
        found = {place: self._source(slot) for place, slot in enumerate(step.inputs)}
        sources = {place: source for place, source in found.items() if source is not None}
        told: Kernel = watching(sources) if sources else kernel
        return told

    def _source(self, slot: int) -> Source | None:
        """The variable or constant whose memory may lie in a slot; its user has to compare."""
        preset = self._plan.presets[slot]
        if preset is not None and self._plan.slots[slot].roots != {slot}:
            return Constant(preset) if isinstance(preset, np.ndarray) else None
        roots = self._plan.slots[slot].roots
        maker = self._makers.get(slot)
        if maker is not None and maker.traits & Trait.SNAPSHOT:
            roots = roots | maker.reads
        if len(roots) != 1:
            return None
        cell = self._plan.presets[next(iter(roots))]
        if isinstance(cell, np.ndarray) and cell.dtype == object and cell.ndim == 0:
            cell = cell.item()  # a resource handle
        return cell if hasattr(cell, "version") else None
