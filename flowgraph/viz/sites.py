"""Which part of a plan a pass's picture shows: the places that it changed and what is next to them.

Places that are alike are shown once, with a count; a plan that is small enough is shown whole.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flowgraph.core.kernel_registry import REFERENCE
from flowgraph.viz.moments import Change, Moment, StepView

WHOLE = 14
"""A plan of at most this many steps is shown whole."""
MOST_STEPS = 9
"""Changed steps that one picture shows."""
SAME, GONE, CHANGED, VALUE = "same", "gone", "changed", "value"


@dataclass(frozen=True, slots=True)
class PanelNode:
    """A step or a value in a picture."""

    key: str
    title: str
    detail: str
    state: str
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class PanelEdge:
    """Data, or (`waits`) an order; `strong`: it is what the pass is about."""

    source: str
    target: str
    waits: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """What one side of a picture shows."""

    nodes: tuple[PanelNode, ...]
    edges: tuple[PanelEdge, ...]

    def names(self, state: str | None = None) -> set[str]:
        """The names of the steps and values, or of those in a state."""
        return {n.key for n in self.nodes if state is None or n.state == state}


@dataclass(frozen=True, slots=True)
class Views:
    """A pass's picture: two panels, and how many changed steps neither shows."""

    before: Panel
    after: Panel
    hidden: int


def views(change: Change) -> Views:
    """The panels of a pass that changed something."""
    if max(len(change.before.steps), len(change.after.steps)) <= WHOLE:
        everything = {s.name for m in (change.before, change.after) for s in m.steps}
        return Views(*_panels(change, everything, everything, Counter()), 0)
    focus, counts, hidden = _chosen(change)
    if change.name == "choose_kernels":  # what is next to a step has no say in it
        return Views(*_panels(change, focus, set(), counts), hidden)
    with_values = set() if change.name == "lower" else focus
    shown = focus | _near(change, focus)
    return Views(*_panels(change, shown, with_values, counts), hidden)


def _chosen(change: Change) -> tuple[set[str], Counter[str], int]:
    """(steps to show, step -> how many places are like its own, changed steps not shown)."""
    if change.name == "choose_kernels":
        by_name = change.after.by_name
        order = sorted(change.changed, key=lambda name: by_name[name].library == REFERENCE)
        groups = [[name] for name in order]
    else:
        groups = _connected(change)
    alike: dict[Any, list[list[str]]] = {}
    for group in groups:
        alike.setdefault(_signature(change, group), []).append(group)
    focus: set[str] = set()
    counts: Counter[str] = Counter()
    hidden = 0
    if change.name != "choose_kernels":
        alike = dict(sorted(alike.items(), key=lambda pair: -len(pair[1]) * len(pair[1][0])))
    for same in alike.values():
        first = same[0][: MOST_STEPS - len(focus)]
        hidden += sum(map(len, same)) if not first else len(same[0]) - len(first)
        focus.update(first)
        if len(same) > 1:
            counts.update({name: len(same) for name in first})
    return focus, counts, hidden


def _signature(change: Change, group: list[str]) -> Any:
    return tuple(sorted(
        (step.kind, step.library, name in change.after.by_name)
        for name in group
        if (step := change.after.by_name.get(name) or change.before.by_name.get(name))
    ))  # fmt: skip


def _connected(change: Change) -> list[list[str]]:
    """The changed steps in groups of those that touch each other."""
    touched = list(dict.fromkeys([*change.gone, *change.changed]))
    leader = {name: name for name in touched}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    def join(a: str | None, b: str | None) -> None:
        if a in leader and b in leader:
            leader[find(str(a))] = find(str(b))

    for moment in (change.before, change.after):
        for name in touched:
            step = moment.by_name.get(name)
            for tensor in step.inputs if step else ():
                join(moment.makers.get(tensor), name)
    for step in change.after.steps:  # what was fused belongs to what it was fused into
        if len(step.operations) > 1:
            for name in step.operations:
                join(name, step.name)
    groups: dict[str, list[str]] = {}
    for name in touched:
        groups.setdefault(find(name), []).append(name)
    return list(groups.values())


def _near(change: Change, focus: set[str]) -> set[str]:
    """What the steps take from, what takes from those that are gone, and what stands in for it."""
    found: set[str] = set()
    gone = set(change.gone)
    for moment in (change.before, change.after):
        for step in moment.steps:
            sources = {moment.makers.get(t) for t in step.inputs} - {None}
            if step.name in focus:
                found.update(str(s) for s in list(sources)[:3])
                found |= step.waits if change.name == "order_state" else set()
            elif sources & focus & gone and len(found) < MOST_STEPS:
                found.add(step.name)
    for old, new in change.stands_in.items():
        if change.before.makers.get(old) in focus and new in change.before.makers:
            found.add(change.before.makers[new])
    return found


def _panels(
    change: Change, shown: set[str], with_values: set[str], counts: Counter[str]
) -> tuple[Panel, Panel]:
    """The two panels; `with_values` are the steps whose known or fed inputs are drawn, too."""
    joined = [n for n in change.changed if len(change.after.by_name[n].operations) > 1]
    gone = dict.fromkeys([*change.gone, *joined], GONE)
    changed = dict.fromkeys(change.changed, CHANGED)
    old = _panel(change.before, shown, with_values, gone, counts, change)
    new = _panel(change.after, shown, with_values, changed, counts, change)
    return old, new


def _panel(
    moment: Moment,
    shown: set[str],
    with_values: set[str],
    states: dict[str, str],
    counts: Counter[str],
    change: Change,
) -> Panel:
    nodes: dict[str, PanelNode] = {}
    edges: dict[PanelEdge, None] = {}
    computed = moment.known.keys() - change.before.known.keys()
    for step in moment.steps:
        if step.name not in shown:
            continue
        state = states.get(step.name, SAME)
        nodes[step.name] = _node(step, state, counts[step.name], change)
        for tensor in dict.fromkeys(step.inputs):
            source = moment.makers.get(tensor)
            if source is None and (step.name in with_values or tensor in computed):
                nodes.setdefault(tensor, _value(tensor, moment))
                source = tensor
            if source is not None and (source in shown or source == tensor):
                strong = tensor in step.reuses
                edges[PanelEdge(source, step.name, strong=strong)] = None
        if change.name in ("lower", "order_state"):
            old = change.before.by_name.get(step.name)
            for waited in step.waits & shown:
                strong = old is not None and waited not in old.waits
                edges[PanelEdge(waited, step.name, True, strong)] = None
    return Panel(tuple(nodes.values()), tuple(edges))


def _node(step: StepView, state: str, count: int, change: Change) -> PanelNode:
    detail = step.kind + (f"  × {count}" if count > 1 else "")
    if state == CHANGED and change.name in ("choose_kernels", "fuse_patterns", "fuse_elementwise"):
        detail += f"\n{step.library}" if step.library else ""
    tooltip = "\n".join(step.operations[:12])
    return PanelNode(step.name, step.name, detail, state, tooltip)


def _value(tensor: str, moment: Moment) -> PanelNode:
    title = tensor.removesuffix(":0")
    return PanelNode(tensor, title, moment.known.get(tensor, ""), VALUE, tensor)
