"""`explain`: the way from a graph to the plan that a session runs, pass by pass."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowgraph.viz import costs, moments
from flowgraph.viz.costs import Count
from flowgraph.viz.moments import Change, Moment
from flowgraph.viz.palette import escape

PASSES: dict[str, tuple[str, str]] = {
    "lower": ("prune", "keeps what the fetches need, cut at the feeds"),
    "fold_constants": ("fold constants", "computes once what is the same in every run"),
    "merge_common": ("merge common", "computes once what is computed twice"),
    "simplify": ("simplify", "takes a shorter way to the same values"),
    "drop_dead": ("drop dead", "drops what nobody needs any more"),
    "fuse_patterns": ("fuse chains", "one kernel for a chain that a library knows"),
    "order_state": ("order state", "keeps reads and writes of a variable in order"),
    "choose_kernels": ("choose kernels", "binds each step to the first library that takes it"),
    "fuse_elementwise": ("fuse elementwise", "one compiled loop for each cluster"),
    "reuse_buffers": ("reuse memory", "writes a result where an input lies that is not needed"),
}
"""Pass -> its title and what it is for; passes that are not here number and link only."""
MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class StepCost:
    """A step of the finished plan with its kernel and what it costs."""

    name: str
    kind: str
    library: str
    why: str
    output: str
    bytes: tuple[Count, ...]
    operations: tuple[Count, ...]
    reuses: tuple[str, ...]
    is_open: bool = False
    """Whether it has a tensor of unknown rank, which `bytes` and `operations` leave out."""


@dataclass(frozen=True)
class Explanation:
    """How fetches became a plan: `str` tells it in words, a notebook shows it as a picture.

    `changes` has an entry for each pass that was run, `steps` one for each step of the plan.
    """

    title: str
    hot: bool
    graph: Moment
    plan: Moment
    changes: tuple[Change, ...]
    steps: tuple[StepCost, ...]
    libraries: tuple[tuple[str, str], ...]
    tensors: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The tensors whose values the plan holds, by name."""
    bodies: tuple[Explanation, ...] = ()
    """Of the loops' and conditionals' subgraphs, those that are plans of their own."""

    def change(self, name: str) -> Change:
        """What a pass did; KeyError when it was not run."""
        for change in self.changes:
            if change.name == name:
                return change
        raise KeyError(f"no pass {name!r} was run: there are {[c.name for c in self.changes]}")

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        return f"<explanation of {self.title}: {self.headline}>"

    @property
    def headline(self) -> str:
        """The counts in a line."""
        nodes = len(self.graph.steps) + self.graph.values
        kind = "hot plan (with the JIT)" if self.hot else "cold plan"
        steps = count(len(self.plan.steps), "step")
        return f"a graph of {count(nodes, 'node')} became a {kind} of {steps}"

    def save(self, path: str | os.PathLike[str], theme: str = "auto") -> str:
        """Writes the picture (.svg .png .pdf) or the words (.txt); returns the path."""
        from flowgraph.viz import canvas, explain_picture

        kind = canvas.suffix(path, (*canvas.FORMATS, "txt"))
        if kind == "txt":
            with open(path, "w", encoding="utf-8") as file:
                file.write(str(self) + "\n")
            return os.fspath(path)
        return explain_picture.picture(self).save(path, theme)

    def _repr_svg_(self) -> str:
        from flowgraph.viz import explain_picture

        return explain_picture.picture(self).svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        from flowgraph.viz.interactive import mimebundle

        return mimebundle(self)

    def _repr_html_(self) -> str:
        from flowgraph.viz.render import RenderError

        try:
            picture = self._repr_svg_()
        except RenderError as error:
            picture = f"<p>no picture: {escape(str(error))}</p>"
        words = "\n".join(map(escape, str(self).split("\n")))
        more = f"<details><summary>all steps</summary><pre>{words}</pre></details>"
        return f"<div>{picture}{more}</div>"


def explain(
    fetches: Any,
    path: str | os.PathLike[str] | None = None,
    feeds: Any = None,
    session: Any = None,
    *,
    hot: bool = False,
) -> Explanation:
    """Explains how a session would run some fetches: what each pass does, which kernels, what cost.

    Nothing is run, and no variable changes.

    Args:
      fetches: as for `Session.run`.
      path: where to write the picture (.svg .png .pdf) or the words (.txt); None writes nothing.
      feeds: what would be fed: a tensor or its name, a list of them, or a feed_dict. None: all
        placeholders that the fetches depend on. With a feed_dict, a `hot` plan is the one for the
        shapes of its values.
      session: whose libraries and options count; None takes the default session, or a new one.
      hot: explains the plan of a call that has been made often, with the JIT's clusters, instead of
        the first one.

    Returns:
      An `Explanation`: `print` it, or let a notebook show it.

    Raises:
      ValueError, TypeError: for what cannot be fetched or fed, or an unknown suffix.
      tf.errors.InvalidArgumentError: a placeholder is needed and not among `feeds`.

    Example:
      >>> import flowgraph as tf
      >>> with tf.Graph().as_default():
      ...     b, c = tf.placeholder(tf.float32, name="b"), tf.placeholder(tf.float32, name="c")
      ...     a = tf.multiply(b + c, c + (1.0 + tf.constant(1.0)), name="a")
      >>> tf.viz.explain(a).change("fold_constants").gone
      ('add_1',)
    """
    from flowgraph.core.stacks import get_default_session
    from flowgraph.runtime.fetches import FetchPlan
    from flowgraph.runtime.session import Session

    if path is not None:  # a wrong suffix is told before the work is done
        from flowgraph.viz import canvas

        canvas.suffix(path, (*canvas.FORMATS, "txt"))
    session = session or get_default_session()
    graph = graph_of(fetches, session)
    own = Session(graph=graph) if session is None or session.graph is not graph else None
    session = own or session
    try:
        wanted = FetchPlan(graph, fetches).elements
        tensors = _fed(graph, wanted, feeds)
        shapes = _shapes_of(feeds) if hot else []
        result = _explained(session, fetches, wanted, tensors, hot, shapes)
    finally:
        if own is not None:
            own.close()
    if path is not None:
        result.save(path)
    return result


def graph_of(fetches: Any, session: Any) -> Any:
    """The graph of the first fetch that has one."""
    from flowgraph.core.graph import get_default_graph

    stack = [fetches]
    while stack:
        item = stack.pop(0)
        if isinstance(item, dict):
            stack = [*item.values(), *stack]
        elif isinstance(item, (list, tuple)):
            stack = [*item, *stack]
        elif getattr(item, "graph", None) is not None:
            return item.graph
    return get_default_graph() if session is None else session.graph


def _fed(graph: Any, wanted: Sequence[Any], feeds: Any) -> list[Any]:
    from flowgraph.core.op_def import Trait
    from flowgraph.viz import reading

    if feeds is not None:
        is_one = isinstance(feeds, str) or hasattr(feeds, "as_graph_element")
        return [feeds] if is_one else list(feeds)
    roots = [getattr(f, "op", f) for f in wanted]
    needed = reading.ancestors(roots)
    return [t for op in needed if op.op_def.traits & Trait.MUST_BE_FED for t in op.outputs]


def _shapes_of(feeds: Any) -> list[Any]:
    """The shapes of a feed_dict's values."""
    import numpy as np

    from flowgraph.core.shapes import TensorShape

    return [TensorShape(np.shape(v)) for v in feeds.values()] if hasattr(feeds, "values") else []


def _explained(
    session: Any, fetches: Any, wanted: Sequence[Any], tensors: list[Any], hot: bool,
    shapes: list[Any],
) -> Explanation:  # fmt: skip
    seen: list[tuple[str, Moment]] = []
    plan = session.watch_compile(
        fetches, tensors, lambda name, p: seen.append((name, moments.of_plan(p))), hot, shapes
    )
    graph = moments.of_graph(session.graph.get_operations(), wanted)
    names = [f.name for f in wanted]
    title = ", ".join(names[:3]) + (f", … ({len(names)} fetches)" if len(names) > 3 else "")
    return _told_of(session, title, graph, seen, plan, hot)


def _told_of(
    session: Any, title: str, graph: Moment, seen: list[tuple[str, Moment]], plan: Any, hot: bool
) -> Explanation:
    from flowgraph.core import kernel_registry

    befores = [graph, *(moment for _, moment in seen)]
    changes = [moments.difference(name, old, new) for (name, new), old in zip(seen, befores)]
    steps = tuple(_step(session, step, plan, hot) for step in plan.steps)
    used = dict.fromkeys(s.library for s in steps)
    libraries = tuple((name, _without_folders(kernel_registry.status_of(name))) for name in used)
    return Explanation(title, hot, graph, seen[-1][1], tuple(changes), steps, libraries,
                       {slot.tensor.name: slot.tensor for slot in plan.slots},
                       _explained_bodies(session, plan, hot))  # fmt: skip


def _explained_bodies(session: Any, plan: Any, hot: bool) -> tuple[Explanation, ...]:
    """The plans of loops' and conditionals' subgraphs; one that is compiled whole has none."""
    from flowgraph.core.kernel_registry import REFERENCE

    found = []
    for step in plan.steps:
        if len(step.operations) > 1 or step.library not in ("", REFERENCE):
            continue
        for name, body in _bodies(step.operation).items():
            seen: list[tuple[str, Moment]] = []
            inner = session.watch_function(
                body, lambda word, p, to=seen: to.append((word, moments.of_plan(p))), hot
            )
            graph = moments.of_graph(body.get_operations(), body.outputs)
            title = f"{step.operation.name}, its {name}"
            found.append(_told_of(session, title, graph, seen, inner, hot))
    return tuple(found)


def _without_folders(status: str) -> str:
    """Pictures are handed round; where a library lies on this machine, show_config tells."""
    return re.sub(r"\S*/", "", status)


def _step(session: Any, step: Any, plan: Any, hot: bool) -> StepCost:
    from flowgraph.viz.reading import describe

    view = moments.StepView(
        "", tuple(o.name for o in step.operations), tuple(o.type for o in step.operations), (), ()
    )
    outputs = [describe(plan.slots[i].tensor) or "scalar" for i in step.outputs]
    text = f"{outputs[0]} and {len(outputs) - 1} more" if len(outputs) > 1 else "".join(outputs)
    return StepCost(
        step.operation.name, view.kind, step.library, _why(session, step, hot), text,
        tuple(costs.moved_bytes(step.operations)), tuple(costs.operations_of(step.operations)),
        tuple(plan.slots[i].tensor.name for i in step.reuses),
        any(costs.size_of(t) is None for o in step.operations for t in (*o.inputs, *o.outputs)),
    )  # fmt: skip


def _why(session: Any, step: Any, hot: bool) -> str:
    """Why a step has the kernel that it has, as far as the registry tells."""
    from flowgraph.core import kernel_registry

    if len(step.operations) > 1:
        if step.bind is not None:
            return f"{step.library} has one kernel for this chain"
        kinds = Counter(op.type for op in step.operations)
        most = ", ".join(f"{n} {kind}" if n > 1 else kind for kind, n in kinds.most_common(3))
        return f"one loop for {most}" + (", …" if len(kinds) > 3 else "")
    offers = session.kernel_offers(step.operation, hot)
    refused = "; ".join(_refusal(offer) for offer in offers if not offer.accepts)
    dtypes = dict.fromkeys(t.dtype.base_dtype.name for t in step.operation.inputs)
    what = step.operation.type + (f" of {', '.join(dtypes)}" if dtypes else "")
    if taken := next((o for o in offers if o.library == step.library and o.accepts), None):
        rule = f"{step.operation.type}: {taken.rule}" if taken.rule else what
        words = f"{taken.library} takes {rule}"
    elif bodies := _bodies(step.operation):
        sizes = (f"{n} ({count(len(b.get_operations()), 'node')})" for n, b in bodies.items())
        words = f"runs plans of their own: {', '.join(sizes)}"
    elif step.library not in ("", kernel_registry.REFERENCE):
        words = f"{step.library} compiles a loop of it: each element for itself"
    elif refused:
        words, refused = f"{refused}; this is {what}", ""
    else:
        words = f"no library speeds up {step.operation.type}"
    return f"{words}; {refused}" if refused else words


def _refusal(offer: Any) -> str:
    return f"{offer.library} refused it" + (f": it wants that {offer.rule}" if offer.rule else "")


def _bodies(operation: Any) -> dict[str, Any]:
    """The subgraphs that an operation calls, by its attributes' names."""
    return {n: v for n, v in operation.attrs.items() if hasattr(v, "get_operations")}


# --- words ----------------------------------------------------------------------------------------
def count(number: int, word: str) -> str:
    """ "1 step", "2 steps"."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def told(change: Change) -> str:
    """What a pass did, in a line."""
    by_name = change.before.by_name
    parts = []
    if change.gone:
        kinds = Counter(by_name[name].kind for name in change.gone)
        if len(change.gone) <= MOST_NAMES:
            parts.append(f"{_GONE.get(change.name, 'took out')} {', '.join(change.gone)}")
        else:
            what = [f"{n} {kind}" for kind, n in kinds.most_common(MOST_NAMES)]
            more = len(change.gone) - sum(n for _, n in kinds.most_common(MOST_NAMES))
            what += [f"{more} other{'s' * (more > 1)}"] if more else []
            parts.append(f"{_GONE.get(change.name, 'took out')} {', '.join(what)}")
    if change.name == "lower":
        verb = "needs" if change.before.values == 1 else "need"
        parts.append(f"{count(change.before.values, 'value')} {verb} no step")
    parts += _of_changed(change)
    return "; ".join(parts)


_GONE = {
    "lower": "left out", "fold_constants": "computed", "merge_common": "merged",
    "fuse_patterns": "joined", "fuse_elementwise": "joined", "drop_dead": "dropped",
    "simplify": "spared",
}  # fmt: skip


def _of_changed(change: Change) -> Iterable[str]:
    after = [change.after.by_name[name] for name in change.changed]
    if change.name == "choose_kernels":
        libraries = Counter(step.library for step in change.after.steps)
        yield ", ".join(f"{name} {n}" for name, n in libraries.most_common())
    elif change.name == "reuse_buffers":
        verb = "writes" if len(after) == 1 else "write"
        yield f"{count(len(after), 'step')} {verb} where an input lies"
    elif change.name == "order_state":
        yield f"{count(len(after), 'step')} wait for a read or write of the same variable"
    elif change.name in ("fuse_patterns", "fuse_elementwise") and after:
        operations = count(sum(len(step.operations) for step in after), "operation")
        yield f"{operations} in {count(len(after), 'kernel')}"


def joined(counts: Sequence[Count], unit: str = "") -> str:
    """The sum for a table; a dash when nothing is known or done."""
    return " + ".join(c.text(unit) for c in counts) or "–"


def totals(steps: Sequence[StepCost]) -> str:
    """All bytes and all operations, in a sentence that tells what is not known of them."""
    moved = costs.total_text([c for s in steps for c in s.bytes], "B")
    done = costs.total_text([c for s in steps for c in s.operations])
    text = f"a run moves {moved} and does {done} operations"
    if "n" in moved + done:
        text += "; n is a size that is unknown before a run"
    if any(s.is_open for s in steps):
        text += "; what has any shape is not counted"
    return text


def _cut(name: str, most: int = 44) -> str:
    """The end of a long name."""
    return name if len(name) <= most else "…" + name[-most + 1 :]


def _text(e: Explanation) -> str:
    lines = [f"{e.title}: {e.headline}", ""]
    for change in e.changes:
        if change.name in PASSES:
            steps = f"{len(change.before.steps)} → {len(change.after.steps)}"
            what = "nothing to do" if change.is_none and change.name != "lower" else told(change)
            lines.append(f"{PASSES[change.name][0]:17}{steps:>13}  {what}")
    slots = (e.changes[0].after.slots, e.plan.slots)
    lines += [f"{'number, link':17}{slots[0]:>5} → {slots[1]:<5}  slots for values", ""]
    rows = [("step", "operation", "library", "output", "bytes", "operations", "why")]
    for s in e.steps:
        why = s.why + (f"; writes where {', '.join(s.reuses)} lies" if s.reuses else "")
        rows.append((
            _cut(s.name), _cut(s.kind), s.library, s.output, joined(s.bytes, "B"),
            joined(s.operations), why,
        ))  # fmt: skip
    widths = [max(len(row[k]) for row in rows) for k in range(6)]
    lines += ["  ".join([*map(str.ljust, row[:6], widths), row[6]]).rstrip() for row in rows]
    lines += ["", totals(e.steps)]
    lines += [f"{name}: {status}" for name, status in e.libraries if status]
    return "\n".join([*lines, *(f"\n{_text(body)}" for body in e.bodies)])
