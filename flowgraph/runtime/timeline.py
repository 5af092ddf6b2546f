"""Traced runs as Chrome's timelines (tensorflow.python.client.timeline).

Open the text of `generate_chrome_trace_format` at chrome://tracing or in https://ui.perfetto.dev.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Event = dict[str, Any]
_LABEL = re.compile(r"(.*?) = (.*?)\((.*)\)")


class AllocationMaximum(NamedTuple):
    """The most bytes that outputs took at a time: when, and those of which nodes."""

    timestamp: int
    num_bytes: int
    tensors: frozenset[str]


class ChromeTrace(NamedTuple):
    """Events in Chrome's trace format."""

    events: list[Event]

    def format_to_string(self, pretty: bool = False) -> str:
        """The events as JSON, in lines if it is to be `pretty`."""
        layout: Any = {"indent": 2} if pretty else {"separators": (",", ":")}
        return json.dumps({"traceEvents": self.events}, **layout)


class StepStatsAnalysis(NamedTuple):
    """What `Timeline.analyze_step_stats` finds."""

    chrome_trace: ChromeTrace
    allocator_maximums: dict[str, AllocationMaximum]


class _Step(NamedTuple):
    """One node's run: when, where, of what, with how many bytes of output."""

    name: str
    op: str
    inputs: list[str]
    start: int
    duration: int
    process: int
    thread: int
    bytes: int

    @property
    def end(self) -> int:
        return self.start + self.duration


class Timeline:
    """A traced run as events for Chrome's viewer.

    Args:
        step_stats: `step_stats` of a `tf.RunMetadata`, or of the message of this name.
        graph: has no use; the names of inputs are in the trace.
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        del graph
        self._devices = list(step_stats.dev_stats)
        self._steps = [
            _read(node, process)
            for process, device in enumerate(self._devices)
            for node in device.node_stats
        ]

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """The run in Chrome's trace format, a text of JSON.

        Args:
            show_dataflow: whether arrows go from the end of a node to the starts of those that
                take its outputs.
            show_memory: whether a curve shows the bytes of the outputs that are still needed.
        """
        return self.analyze_step_stats(show_dataflow, show_memory).chrome_trace.format_to_string()

    def analyze_step_stats(
        self, show_dataflow: bool = True, show_memory: bool = True
    ) -> StepStatsAnalysis:
        """The trace, and the most bytes that outputs took at a time."""
        events = [*self._headings(), *map(_region, self._steps)]
        if show_dataflow:
            events += self._arrows()
        changes = self._memory()
        if show_memory:
            events += _curve(changes, process=len(self._devices))
        return StepStatsAnalysis(ChromeTrace(events), {"cpu": _most(changes)} if changes else {})

    def _headings(self) -> Iterator[Event]:
        for process, device in enumerate(self._devices):
            yield _heading("process_name", f"{device.device} Compute", process)
            names = getattr(device, "thread_names", None) or {}
            for thread in sorted(names):
                yield _heading("thread_name", names[thread], process, thread)

    def _arrows(self) -> Iterator[Event]:
        made = {step.name: step for step in self._steps}
        number = 0
        for step in self._steps:
            for name in step.inputs:
                source = made.get(name)
                if source is not None and source is not step:
                    yield _arrow("s", name, number, source.end, source)
                    yield _arrow("t", name, number, step.start, step)
                    number += 1

    def _memory(self) -> list[tuple[int, int, str]]:
        """When how many bytes of whose output come (or go, at the end of their last use)."""
        last_use = {step.name: step.end for step in self._steps}
        for step in self._steps:
            for name in step.inputs:
                if name in last_use:
                    last_use[name] = max(last_use[name], step.end)
        changes = []
        for step in self._steps:
            if step.bytes:
                changes.append((step.start, step.bytes, step.name))
                changes.append((last_use[step.name], -step.bytes, step.name))
        return sorted(changes)


def _read(node: Any, process: int) -> _Step:
    parts = _LABEL.match(node.timeline_label)
    op = parts.group(2) if parts else node.node_name
    inputs = parts.group(3).split(", ") if parts and parts.group(3) else []
    # Whoever waits for a node by a control edge waits for "^name"; an output is "name:1".
    names = [name.lstrip("^").partition(":")[0] for name in inputs]
    end = max(node.all_end_rel_micros, node.op_end_rel_micros)
    return _Step(
        node.node_name, op, names, node.all_start_micros, max(1, end), process, node.thread_id,
        _bytes(node),
    )  # fmt: skip


def _bytes(node: Any) -> int:
    if hasattr(node, "output_bytes"):
        return int(node.output_bytes)
    descriptions = (out.tensor_description for out in node.output)
    return sum(d.allocation_description.requested_bytes for d in descriptions)


def _heading(kind: str, name: str, process: int, thread: int | None = None) -> Event:
    event: Event = {"name": kind, "ph": "M", "pid": process, "args": {"name": name}}
    return event if thread is None else {**event, "tid": thread}


def _region(step: _Step) -> Event:
    args = {"name": step.name, "op": step.op}
    args.update({f"input{i}": name for i, name in enumerate(step.inputs)})
    return {
        "ph": "X", "cat": "Op", "name": step.op, "pid": step.process, "tid": step.thread,
        "ts": step.start, "dur": step.duration, "args": args,
    }  # fmt: skip


def _arrow(phase: str, name: str, number: int, when: int, at: _Step) -> Event:
    return {
        "ph": phase, "cat": "DataFlow", "name": name, "pid": at.process, "tid": at.thread,
        "ts": when, "id": number,
    }  # fmt: skip


def _curve(changes: list[tuple[int, int, str]], process: int) -> Iterator[Event]:
    yield _heading("process_name", "Memory", process)
    total = 0
    for when, change, _ in changes:
        total += change
        yield {
            "ph": "C", "cat": "Memory", "name": "cpu", "pid": process, "ts": when,
            "args": {"Bytes": total},
        }  # fmt: skip


def _most(changes: list[tuple[int, int, str]]) -> AllocationMaximum:
    total = 0
    held: set[str] = set()
    most = AllocationMaximum(0, 0, frozenset())
    for when, change, name in changes:
        total += change
        held = held | {name} if change > 0 else held - {name}
        if total > most.num_bytes:
            most = AllocationMaximum(when, total, frozenset(held))
    return most
