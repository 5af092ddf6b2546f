"""What a traced run records, in the form of TensorFlow's RunMetadata and StepStats."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from flowgraph.core.display import Displayed


@dataclass(slots=True)
class NodeExecStats:
    """One step of a traced run; times in microseconds, as in TensorFlow's step_stats.proto."""

    node_name: str
    all_start_micros: int
    op_start_rel_micros: int
    op_end_rel_micros: int
    all_end_rel_micros: int
    timeline_label: str
    thread_id: int
    scheduled_micros: int
    op_type: str
    output_bytes: int
    start: float  # seconds on time.perf_counter's clock
    end: float
    thread_name: str
    fused: tuple[str, ...] = ()  # the types of the ops that the step computes, when several


@dataclass(slots=True)
class DeviceStepStats:
    """The steps that ran on one device."""

    device: str
    node_stats: list[NodeExecStats] = field(default_factory=list)
    thread_names: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class StepStats:
    """The steps of a run by device."""

    dev_stats: list[DeviceStepStats] = field(default_factory=list)


class RunMetadata(Displayed):
    """What a run with `RunOptions(trace_level=FULL_TRACE)` recorded (tf.RunMetadata)."""

    def __init__(self) -> None:
        self.step_stats = StepStats()
        self.partition_graphs: list[Any] = []

    def HasField(self, name: str) -> bool:
        """Whether something was recorded under the name of a message field."""
        if name != "step_stats":
            raise ValueError(f'Protocol message RunMetadata has no singular "{name}" field.')
        return bool(self.step_stats.dev_stats)

    def Clear(self) -> None:
        """Forgets what was recorded."""
        self.step_stats = StepStats()
        self.partition_graphs = []

    def CopyFrom(self, other: RunMetadata) -> None:
        """Takes over what `other` recorded."""
        self.step_stats = other.step_stats
        self.partition_graphs = other.partition_graphs


class Trace:
    """Collects the steps of one run; threads may record at the same time."""

    def __init__(self) -> None:
        self._epoch = time.time() - time.perf_counter()
        self._stats: list[NodeExecStats] = []
        self._threads: dict[int, int] = {}
        self._lock = threading.Lock()

    def record(self, step: Any, start: float, end: float, result: Any) -> None:
        """Records that this thread ran `step` from `start` to `end` (time.perf_counter)."""
        op = step.operation
        thread = threading.current_thread()
        micros = int((start + self._epoch) * 1e6)
        took = int((end - start) * 1e6)
        label = f"{op.name} = {op.type}({', '.join(t.op.name for t in op.inputs)})"
        fused = tuple([o.type for o in step.operations])
        with self._lock:
            number = self._threads.setdefault(thread.ident or 0, len(self._threads))
            self._stats.append(
                NodeExecStats(
                    op.name, micros, 0, took, took, label, number, micros, op.type,
                    _bytes_of(result), start, end, thread.name,
                    fused if len(fused) > 1 else (),
                )
            )  # fmt: skip

    def write_to(self, metadata: RunMetadata) -> None:
        """Puts what was recorded into `metadata`, in order of start."""
        device = DeviceStepStats("/job:localhost/replica:0/task:0/device:CPU:0")
        device.node_stats = sorted(self._stats, key=lambda s: s.start)
        device.thread_names = {s.thread_id: s.thread_name for s in device.node_stats}
        metadata.step_stats = StepStats([device])


def _bytes_of(result: Any) -> int:
    if isinstance(result, tuple):
        return sum(_bytes_of(r) for r in result)
    return getattr(result, "nbytes", 0)
