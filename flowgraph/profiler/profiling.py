"""Profiles: what each node takes, summed over scopes, types of operations or lines of code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.profiler import protos, report
from flowgraph.profiler.float_operations import float_operations
from flowgraph.profiler.options import complete

_VARIABLES = ("VariableV2", "Variable", "VarHandleOp")
_TRAINABLE = "_trainable_variables"
# A measure's name in options -> in the messages.
FIELDS = {
    "params": "parameters", "float_ops": "float_ops", "micros": "exec_micros",
    "cpu_micros": "cpu_exec_micros", "bytes": "requested_bytes", "output_bytes": "output_bytes",
}  # fmt: skip


@dataclass
class Entry:
    """A line of a report: what it takes itself, and with what lies below it."""

    name: str
    shape: list[int] | None = None
    own: dict[str, int] = field(default_factory=dict)
    total: dict[str, int] = field(default_factory=dict)
    occurrence: int = 0
    below: dict[str, Entry] = field(default_factory=dict)

    def add(self, measures: dict[str, int]) -> None:
        """Counts what one more node takes as its own."""
        self.occurrence += 1
        for name, value in measures.items():
            self.own[name] = self.own.get(name, 0) + value

    def sum_up(self) -> dict[str, int]:
        """Computes the totals here and below."""
        self.total = dict(self.own)
        for entry in self.below.values():
            for name, value in entry.sum_up().items():
                self.total[name] = self.total.get(name, 0) + value
        return self.total


def profile(
    graph: Any = None, run_meta: Any = None, op_log: Any = None, cmd: str = "scope",
    options: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Tells, and prints, what a graph's parts take (tf.profiler.profile).

    Args:
      graph: the graph; the default one when None.
      run_meta: the RunMetadata of a traced run, for times and bytes.
      op_log: accepted.
      cmd: by what it is told: "scope" (or "graph"), "op" (types of operations) or "code" (lines).
      options: what is counted and shown; see ProfileOptionBuilder.

    Returns:
      a GraphNodeProto for "scope" and "graph", else a MultiGraphNodeProto; its `total_parameters`,
      `total_float_ops` and `total_exec_micros` are sums over all nodes that count.

    Raises:
      ValueError: `cmd` is none of these.
    """
    del op_log
    return Profiler(graph)._told(cmd, run_meta, options)


class Profiler:
    """Profiles of several steps (tf.profiler.Profiler).

    Args:
      graph: the graph; the default one when None.
      op_log: accepted.
    """

    def __init__(self, graph: Any = None, op_log: Any = None) -> None:
        del op_log
        self._graph = get_default_graph() if graph is None else graph
        self._steps: dict[int, Any] = {}

    def add_step(self, step: int, run_meta: Any) -> None:
        """Adds the RunMetadata of a traced step."""
        self._steps[step] = run_meta

    def profile_name_scope(self, options: dict[str, Any]) -> Any:
        """By scopes of names; a GraphNodeProto."""
        return self._told("scope", self._step(options), options)

    def profile_graph(self, options: dict[str, Any]) -> Any:
        """As `profile_name_scope`."""
        return self._told("graph", self._step(options), options)

    def profile_operations(self, options: dict[str, Any]) -> Any:
        """By types of operations; a MultiGraphNodeProto."""
        return self._told("op", self._step(options), options)

    def profile_python(self, options: dict[str, Any]) -> Any:
        """By the lines that made the operations; a MultiGraphNodeProto."""
        return self._told("code", self._step(options), options)

    def _step(self, options: dict[str, Any]) -> Any:
        step = complete(options)["step"]
        return self._steps.get(step, next(reversed(self._steps.values()), None))

    def _told(self, cmd: str, run_meta: Any, options: dict[str, Any] | None) -> Any:
        options = complete(options)
        groupings = {"scope": _by_scope, "graph": _by_scope, "op": _by_type, "code": _by_line}
        if cmd not in groupings:
            raise ValueError(f"unknown cmd: {cmd}. Expected one of {sorted(groupings)}.")
        root = groupings[cmd](list(_measured(self._graph, run_meta, options)))
        root.sum_up()
        scoped = groupings[cmd] is _by_scope
        report.write(root, options, lambda entry, depth: _is_shown(entry, depth, options))
        kind = protos.GraphNodeProto if scoped else protos.MultiGraphNodeProto
        return _message(kind(), root, options, 0)


# --- what nodes take ------------------------------------------------------------------------------
def _measured(graph: Any, run_meta: Any, options: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """(operation, what it takes) of the nodes whose type counts."""
    trained = {v.op.name for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)}
    times = _times(run_meta)
    for op in graph.get_operations():
        types = [op.type, *([_TRAINABLE] if op.name in trained else []), op.device]
        if not _matches(options["account_type_regexes"], *types):
            continue
        parameters = prod(_shape(op) or [0]) if op.type in _VARIABLES else 0
        found = {"params": parameters, "float_ops": float_operations(op)}
        yield op, {**found, **times.get(op.name, {})}


def _shape(op: Any) -> list[int] | None:
    """The sizes of a variable; None when they are not known, or it is something else."""
    if op.type not in _VARIABLES:
        return None
    shape = op.get_attr("shape") if op.type == "VarHandleOp" else op.outputs[0].shape
    shape = getattr(shape, "as_list", lambda: None)()
    return None if shape is None or None in shape else shape or [1]


def _times(run_meta: Any) -> dict[str, dict[str, int]]:
    """For each node that ran: its microseconds and the bytes of its outputs."""
    found: dict[str, dict[str, int]] = {}
    for device in run_meta.step_stats.dev_stats if run_meta is not None else ():
        for node in device.node_stats:
            size = getattr(node, "output_bytes", None)
            if size is None:
                described = [o.tensor_description.allocation_description for o in node.output]
                size = sum(d.requested_bytes for d in described)
            micros = int(node.all_end_rel_micros)
            found[node.node_name] = {
                "micros": micros, "cpu_micros": micros, "bytes": int(size),
                "output_bytes": int(size),
            }  # fmt: skip
    return found


def _matches(patterns: list[str], *texts: str) -> bool:
    return any(re.match(f"(?:{p})$", text) for p in patterns for text in texts)


# --- how they are put together --------------------------------------------------------------------
def _by_scope(nodes: list[tuple[Any, dict[str, int]]]) -> Entry:
    root = Entry("_TFProfRoot")
    for op, measures in nodes:
        entry = root
        parts = op.name.split("/")
        for i in range(1, len(parts) + 1):
            name = "/".join(parts[:i])
            entry = entry.below.setdefault(name, Entry(name))
        entry.shape = _shape(op)
        entry.add(measures)
    return root


def _by_type(nodes: list[tuple[Any, dict[str, int]]]) -> Entry:
    return _flat(nodes, lambda op: op.type)


def _by_line(nodes: list[tuple[Any, dict[str, int]]]) -> Entry:
    return _flat(nodes, lambda op: str(op.created_at or "unknown"))


def _flat(nodes: list[tuple[Any, dict[str, int]]], key: Any) -> Entry:
    root = Entry("_TFProfRoot")
    for op, measures in nodes:
        name = key(op)
        root.below.setdefault(name, Entry(name)).add(measures)
    return root


# --- what is shown --------------------------------------------------------------------------------
def _is_shown(entry: Entry, depth: int, options: dict[str, Any]) -> bool:
    least = {
        name: options[f"min_{name}"]
        for name in ("params", "float_ops", "micros", "cpu_micros", "bytes", "output_bytes")
    }
    return (
        depth <= options["max_depth"]
        and all(entry.total.get(name, 0) >= value for name, value in least.items())
        and (bool(entry.below) or entry.occurrence >= options["min_occurrence"])
        and _matches(options["show_name_regexes"], entry.name)
        and not _matches(options["hide_name_regexes"], entry.name)
    )


def _message(message: Any, entry: Entry, options: dict[str, Any], depth: int) -> Any:
    message.name = entry.name
    for name, written in FIELDS.items():
        setattr(message, written, entry.own.get(name, 0))
        setattr(message, f"total_{written}", entry.total.get(name, 0))
    if entry.shape is not None and hasattr(message, "shapes"):
        shape = message.shapes.add()
        for size in entry.shape:
            shape.dim.add(size=size)
    for other in report.ordered(entry, options):
        if _is_shown(other, depth + 1, options):
            _message(message.children.add(), other, options, depth + 1)
    return message
