"""The picture of an explanation: a before and an after of each pass, then the plan as a table.

graphviz arranges each panel; all is painted on one canvas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowgraph.viz import palette, sites
from flowgraph.viz.canvas import Canvas, Point, shortened, text_width
from flowgraph.viz.explanation import (
    PASSES,
    Explanation,
    StepCost,
    count,
    joined,
    told,
    totals,
)
from flowgraph.viz.moments import Change
from flowgraph.viz.sites import CHANGED, GONE, SAME, VALUE, Panel, PanelNode

WIDTH, MARGIN, GAP = 980.0, 16.0, 14.0
COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
_LABEL = 150.0  # the widest that a node's words may be
_LEAST_SCALE = 0.72  # smaller words cannot be read
ROWS = 24
MOST_BODIES = 6
"""So many subgraphs of loops and conditionals are drawn."""
_FILLS = {
    SAME: (palette.PAPER, palette.SOFT), GONE: (palette.ORANGE_FILL, palette.ORANGE),
    CHANGED: (palette.GREEN_FILL, palette.GREEN), VALUE: (palette.YELLOW_FILL, palette.OLIVE),
}  # fmt: skip
_LEGEND = ((GONE, "goes"), (CHANGED, "comes or changes"), (SAME, "stays"), (VALUE, "known or fed"))
_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel with places: of nodes their rectangles, of edges the points of their curves."""

    panel: Panel
    width: float
    height: float
    boxes: tuple[tuple[float, float, float, float], ...]
    curves: tuple[tuple[Point, ...], ...]


def picture(explanation: Explanation) -> Canvas:
    """Paints all of an explanation."""
    canvas = Canvas(WIDTH, 0)
    y = _heading(canvas, explanation)
    y = _table(canvas, _passes(canvas, y, explanation), explanation) + MARGIN
    bodies = list(_all_bodies(explanation))
    for body in bodies[:MOST_BODIES]:
        y = _body_heading(canvas, y + GAP, body)
        y = _table(canvas, _passes(canvas, y, body), body) + MARGIN
    if len(bodies) > MOST_BODIES:
        rest = count(len(bodies) - MOST_BODIES, "more body").replace("bodys", "bodies")
        canvas.text(MARGIN, y + 10, f"… and {rest}; print() shows them all", size=10,
                    fill=palette.FAINT)  # fmt: skip
        y += 26
    canvas.height = y
    return canvas


def _all_bodies(explanation: Explanation) -> Iterator[Explanation]:
    for body in explanation.bodies:
        yield body
        yield from _all_bodies(body)


def _passes(canvas: Canvas, y: float, explanation: Explanation) -> float:
    shown = [c for c in explanation.changes if c.name in PASSES and not c.is_none]
    views = [sites.views(change) for change in shown]
    placed = arrange([panel for view in views for panel in (view.before, view.after)])
    for k, change in enumerate(shown):
        pair = placed[2 * k], placed[2 * k + 1]
        y = _pass(canvas, y, k + 1, change, pair, views[k].hidden)
    return y


def _body_heading(canvas: Canvas, y: float, body: Explanation) -> float:
    canvas.box(MARGIN - 4, y, WIDTH - 2 * MARGIN + 8, 44, fill=palette.LANE, radius=5)
    title = shortened(f"Inside {body.title}", WIDTH - 2 * MARGIN - 20, 14, True)
    canvas.text(MARGIN + 6, y + 19, title, size=14, bold=True)
    words = f"{body.headline}; it runs once for each call"
    canvas.text(MARGIN + 6, y + 35, words, size=11, fill=palette.FAINT)
    return y + 60


# --- the layout -----------------------------------------------------------------------------------
def arrange(panels: Sequence[Panel]) -> list[Placed]:
    """Asks graphviz for the places of all panels, in one call."""
    from flowgraph.viz.render import render

    if not panels:
        return []
    plain = render("\n".join(map(_dot, panels)), "plain").decode("utf-8")
    parts = [part for part in plain.split("stop\n") if part.strip()]
    return [_read(panel, part) for panel, part in zip(panels, parts, strict=True)]


def _lines(node: PanelNode) -> list[str]:
    title = _fitting(node.title, _LABEL, 11)
    return [title, *(shortened(line, _LABEL, 9) for line in node.detail.split("\n") if line)]


def _fitting(name: str, width: float, size: float) -> str:
    """A name without its outer scopes, as far as it must be: they tell least."""
    parts = name.split("/")
    for k in range(max(1, len(parts) - 1)):
        text = "/".join(parts) if k == 0 else "…" + "/".join(parts[k:])
        if text_width(text, size, True) <= width:
            return text
    return shortened(text, width, size, True)


def _dot(panel: Panel) -> str:
    lines = ["digraph panel {", "nodesep=0.18; ranksep=0.24;",
             'node [shape=box, fixedsize=true, label=""];']  # fmt: skip
    number = {node.key: k for k, node in enumerate(panel.nodes)}
    for k, node in enumerate(panel.nodes):
        title, *details = _lines(node)
        width = max([text_width(title, 11, True), *(text_width(d, 9) for d in details)])
        wide = (width + (24 if node.state == VALUE else 14)) / _PER_INCH
        tall = (18 + 11 * len(details) + 2) / _PER_INCH
        lines.append(f"n{k} [width={wide:.3f}, height={tall:.3f}];")
    for edge in panel.edges:
        lines.append(f"n{number[edge.source]} -> n{number[edge.target]};")
    return "\n".join([*lines, "}"])


def _read(panel: Panel, plain: str) -> Placed:
    width = height = 0.0
    boxes, curves = [], []
    for line in plain.splitlines():
        kind, *words = line.split()
        if kind == "graph":
            width, height = (float(word) * _PER_INCH for word in words[1:3])
        elif kind == "node":
            x, y, w, h = (float(word) * _PER_INCH for word in words[1:5])
            boxes.append((x - w / 2, height - y - h / 2, w, h))
        elif kind == "edge":
            numbers = [float(word) * _PER_INCH for word in words[3 : 3 + 2 * int(words[2])]]
            points = zip(numbers[::2], numbers[1::2])
            curves.append((words[0], words[1], tuple((x, height - y) for x, y in points)))
    # Edges come in an order of their own.
    by_ends = {(tail, head): points for tail, head, points in curves}
    number = {node.key: k for k, node in enumerate(panel.nodes)}
    ordered = [by_ends[f"n{number[e.source]}", f"n{number[e.target]}"] for e in panel.edges]
    return Placed(panel, width, height, tuple(boxes), tuple(ordered))


# --- painting -------------------------------------------------------------------------------------
def _heading(canvas: Canvas, e: Explanation) -> float:
    title = shortened(f"From graph to plan: {e.title}", WIDTH - 2 * MARGIN, 16, True)
    canvas.text(MARGIN, 30, title, size=16, bold=True)
    canvas.text(MARGIN, 50, e.headline, size=12, fill=palette.FAINT)
    x = MARGIN
    for state, words in _LEGEND:
        fill, stroke = _FILLS[state]
        paint = canvas.ellipse if state == VALUE else canvas.box
        paint(x, 62, 20, 12, fill=fill, stroke=stroke, dashed=state == GONE)
        canvas.text(x + 26, 72, words, size=11, fill=palette.SOFT)
        x += 26 + text_width(words) + 22
    for words, thick, dashed in (
        ("waits for", 1.1, True),
        ("new order, memory reused", 2.4, False),
    ):
        color = palette.GREEN if thick > 2 else palette.FAINT
        canvas.curve([(x, 68), (x + 8, 68), (x + 14, 68), (x + 20, 68)], stroke=color,
                     thick=thick, dashed=dashed)  # fmt: skip
        canvas.text(x + 34, 72, words, size=11, fill=palette.SOFT)
        x += 34 + text_width(words) + 22
    return 90.0


def _pass(
    canvas: Canvas, y: float, number: int, change: Change, pair: tuple[Placed, Placed], hidden: int
) -> float:
    title, purpose = PASSES[change.name]
    canvas.line([(MARGIN, y), (WIDTH - MARGIN, y)], stroke=palette.GRID)
    heading = f"{number}  {title}"
    canvas.text(MARGIN, y + 20, heading, size=13, bold=True)
    steps = f"{len(change.before.steps):,} → {count(len(change.after.steps), 'step')}"
    x = MARGIN + text_width(heading, 13, True) + 12
    canvas.text(x, y + 20, f"{steps}: {purpose}", size=11, fill=palette.FAINT)
    words = told(change)
    if hidden:
        words += f" ({count(hidden, 'more step')} not drawn)"
    canvas.text(MARGIN, y + 36, shortened(words, WIDTH - 2 * MARGIN, 11), size=11)
    return _panels(canvas, y + 44, pair)


def _panels(canvas: Canvas, y: float, pair: tuple[Placed, Placed]) -> float:
    """The two side by side, or one above the other when they are wide."""
    inner = COLUMN - 16
    beside = all(placed.width * _LEAST_SCALE <= inner for placed in pair)
    room = inner if beside else WIDTH - 2 * MARGIN - 16
    scales = [min(1.0, room / max(placed.width, 1.0)) for placed in pair]
    tall = [24 + placed.height * scale + 8 for placed, scale in zip(pair, scales)]
    if beside:
        for k, (placed, scale) in enumerate(zip(pair, scales)):
            x = MARGIN + k * (COLUMN + GAP)
            _panel(canvas, (x, y, COLUMN, max(tall)), ("before", "after")[k], placed, scale)
        return y + max(tall) + 12
    for k, (placed, scale) in enumerate(zip(pair, scales)):
        place = (MARGIN, y, WIDTH - 2 * MARGIN, tall[k])
        _panel(canvas, place, ("before", "after")[k], placed, scale)
        y += tall[k] + 8
    return y + 4


def _panel(
    canvas: Canvas, place: tuple[float, float, float, float], word: str, p: Placed, scale: float
) -> None:
    left, top, width, height = place
    canvas.box(left, top, width, height, fill=palette.LANE, radius=5)
    canvas.text(left + 8, top + 15, word, size=10, bold=True, fill=palette.FAINT)
    if not p.panel.nodes:
        canvas.text(left + width / 2, top + 15, "nothing", size=11, anchor="middle")
    x0, y0 = left + (width - p.width * scale) / 2, top + 24

    def at(point: Point) -> Point:
        return x0 + point[0] * scale, y0 + point[1] * scale

    for edge, points in zip(p.panel.edges, p.curves):
        color = palette.GREEN if edge.strong else palette.FAINT
        canvas.curve([at(q) for q in points], stroke=color, dashed=edge.waits,
                     thick=2.4 if edge.strong else 1.1)  # fmt: skip
    for node, (x, y, w, h) in zip(p.panel.nodes, p.boxes):
        _node(canvas, node, (*at((x, y)), w * scale, h * scale), scale)


def _node(
    canvas: Canvas, node: PanelNode, box: tuple[float, float, float, float], scale: float
) -> None:
    x, y, width, height = box
    fill, stroke = _FILLS[node.state]
    if node.state == VALUE:
        canvas.ellipse(*box, fill=fill, stroke=stroke, tooltip=node.tooltip)
    else:
        canvas.box(*box, fill=fill, stroke=stroke, dashed=node.state == GONE, radius=4,
                   tooltip=node.tooltip, thick=1.6 if node.state != SAME else 1.1)  # fmt: skip
    title, *details = _lines(node)
    middle = x + width / 2
    first = y + height / 2 + (4 - 5.5 * len(details)) * scale
    canvas.text(middle, first, title, size=11 * scale, bold=True, anchor="middle")
    for k, line in enumerate(details):
        down = first + 11 * (k + 1) * scale
        canvas.text(middle, down, line, size=9 * scale, anchor="middle", fill=palette.SOFT)


# --- the table ------------------------------------------------------------------------------------
_COLUMNS: tuple[tuple[str, float, str], ...] = (
    ("step", 0, "start"), ("operation", 175, "start"), ("library", 315, "start"),
    ("output", 382, "start"), ("bytes", 575, "end"), ("operations", 685, "end"),
    ("why", 700, "start"),
)  # fmt: skip


def _table(canvas: Canvas, y: float, e: Explanation) -> float:
    canvas.line([(MARGIN, y), (WIDTH - MARGIN, y)], stroke=palette.GRID)
    canvas.text(MARGIN, y + 20, "The plan", size=13, bold=True)
    canvas.text(MARGIN + 70, y + 20, totals(e.steps), size=11, fill=palette.FAINT)
    y += 40
    for title, x, anchor in _COLUMNS:
        canvas.text(MARGIN + x, y, title, size=10, bold=True, anchor=anchor, fill=palette.FAINT)
    rows = _rows(e.steps)
    for k, step in enumerate(rows):
        y += 16
        why = _wrapped(_why(step), WIDTH - 2 * MARGIN - _COLUMNS[-1][1], 10)
        if k % 2 == 0:
            tall = 16 + 12 * (len(why) - 1)
            canvas.box(MARGIN - 4, y - 11.5, WIDTH - 2 * MARGIN + 8, tall, fill=palette.LANE)
        _row(canvas, y, step)
        for line, words in enumerate(why):
            canvas.text(MARGIN + _COLUMNS[-1][1], y + 12 * line, words, size=10)
        y += 12 * (len(why) - 1)
    if len(rows) < len(e.steps):
        y += 18
        rest = len(e.steps) - len(rows)
        canvas.text(MARGIN, y, f"… and {count(rest, 'cheaper step')}; print() shows them all",
                    size=10, fill=palette.FAINT)  # fmt: skip
    for name, status in e.libraries:
        if status:
            y += 16
            canvas.text(MARGIN, y, f"{name}: {status}", size=10, fill=palette.FAINT)
    return y


def _rows(steps: Sequence[StepCost]) -> list[StepCost]:
    """The steps in their order; of many, those that cost most."""
    if len(steps) <= ROWS:
        return list(steps)

    def weight(step: StepCost) -> tuple[float, ...]:
        return max([(c.power, c.number) for c in (*step.bytes, *step.operations)] or [(0, 0.0)])

    dear = set(sorted(range(len(steps)), key=lambda k: weight(steps[k]), reverse=True)[:ROWS])
    return [step for k, step in enumerate(steps) if k in dear]


def _why(step: StepCost) -> str:
    return step.why + (f"; writes where {', '.join(step.reuses)} lies" if step.reuses else "")


def _wrapped(words: str, room: float, size: float) -> list[str]:
    """Words on one line or two; what does not fit even so is cut in its middle."""
    first = ""
    for word in words.split(" "):
        longer = f"{first} {word}".lstrip()
        if first and text_width(longer, size) > room:
            break
        first = longer
    rest = words[len(first) :].lstrip()
    return [shortened(line, room, size) for line in (first, rest) if line]


def _row(canvas: Canvas, y: float, step: StepCost) -> None:
    cells = (step.name, step.kind, step.library, step.output, joined(step.bytes, "B"),
             joined(step.operations))  # fmt: skip
    ends = (*(column[1] for column in _COLUMNS[1:4]), 515, 600, 0)
    for k, (cell, (_, x, anchor)) in enumerate(zip(cells, _COLUMNS)):
        room = 110.0 if anchor == "end" else ends[k] - x - 6
        text = _fitting(cell, room, 10) if k == 0 else shortened(cell, room, 10)
        canvas.text(MARGIN + x, y, text, size=10, anchor=anchor, bold=k == 0)
