"""`architecture`: a net as a row of stacks of feature maps and bars, as LeNet-5 was drawn in 1998.

The stages come from `stages`; this file places them, in several rows when one is too wide, and
paints them on a canvas.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flowgraph.viz import palette
from flowgraph.viz.canvas import FORMATS, Canvas, suffix, text_width
from flowgraph.viz.network.layers import find_layers
from flowgraph.viz.network.stages import Arc, Diagram, Form, Stage, find_stages

COLORS = {
    "input": (palette.PAPER, palette.SOFT), "convolution": (palette.BLUE_FILL, palette.BLUE),
    "pooling": (palette.GREEN_FILL, palette.GREEN), "dense": (palette.ORANGE_FILL, palette.ORANGE),
    "recurrent": (palette.PURPLE_FILL, palette.PURPLE),
    "other": (palette.FOLDED_FILL, palette.FAINT),
}  # fmt: skip
"""Kind of stage -> fill and line."""
SIZE, SMALL = 12.0, 11.0
LINE = 15.0
MARGIN, GAP, ROW_GAP = 24.0, 36.0, 30.0
LEVEL, BRACKET = 24.0, 20.0
LARGEST, SMALLEST = 116.0, 10.0
"""The side of the largest map of a net, and the least of any."""
WIDEST_ROW = 1180.0


@dataclass(slots=True)
class Place:
    """Where a stage stands: its front's upper left corner and size, and how far its sheets reach.

    `row` counts from 0; `bottom` is where the words below that row end.
    """

    stage: Stage
    width: float
    height: float
    sheets: int
    shift: float
    x: float = 0.0
    y: float = 0.0
    row: int = 0
    bottom: float = 0.0
    told: bool = False
    """Whether words above the heading tell of a way that comes from elsewhere."""

    @property
    def depth(self) -> float:
        """How far the sheets behind reach to the left and up."""
        return self.shift * (self.sheets - 1)

    @property
    def reach(self) -> float:
        """How wide it is with its sheets."""
        return self.width + self.depth

    @property
    def center(self) -> float:
        """The middle between its left and right end."""
        return self.x - self.depth + self.reach / 2

    @property
    def middle(self) -> float:
        """The front's middle height."""
        return self.y + self.height / 2

    @property
    def top(self) -> float:
        """Above its heading."""
        return self.y - self.depth - 2 * LINE - 11


def architecture(
    source: Any = None,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    theme: str = "auto",
) -> str:
    """Draws a net's architecture in the manner of LeNet-5: stacks of feature maps, bars of units.

    Each stack tells its size, as "6@28×28" (six maps of 28×28), and between two stands what leads
    from one to the other. Layers that repeat are folded with a count, shortcuts and branches run as
    arcs, sequences are drawn step by step.

    Args:
      source: a Keras model, a tensor (the net's output), a Graph, a scope: see `tf.viz.summary`.
        None takes the default graph.
      path: where to write (.svg, .png, .pdf). None: return the SVG, which a notebook shows.
      title: a heading.
      theme: "auto" (light; dark where the SVG's reader prefers it), "light" or "dark".

    Returns:
      The SVG as text, or the path as a string.

    Raises:
      TypeError: when `source` is nothing that has layers.
      ValueError: when there are none, or for a suffix or theme that there is none of.
      OSError: when the file cannot be written.

    Example:
      >>> import flowgraph as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [None, 28, 28, 1], name="digits")
      ...     maps = tf.layers.conv2d(x, 6, 5, activation=tf.nn.tanh, name="C1")
      >>> "6@24×24" in tf.viz.architecture(maps)
      True
    """
    palette.check_theme(theme)
    if path is not None:
        suffix(path, FORMATS)
    if source is None:
        from flowgraph.core.graph import get_default_graph

        source = get_default_graph()
    canvas = _draw(find_stages(find_layers(source)), title)
    return canvas.svg(theme) if path is None else canvas.save(path, theme)


# --- places ---------------------------------------------------------------------------------------
def _draw(diagram: Diagram, title: str | None) -> Canvas:
    places = [_sized(stage, diagram) for stage in diagram.stages]
    rows = _rows(places)
    levels = _levels(diagram.arcs, places)
    for arc in diagram.arcs:
        places[arc.end].told |= _is_told(arc, places)
    top = MARGIN + (26 if title else 0)
    for number, row in enumerate(rows):
        high = [LEVEL * level for arc, level in levels.items() if places[arc.end].row == number]
        told = any(place.told for place in row)
        top = _stood(row, top + max(high, default=0) + LINE * told)
        if any(number in (places[r.first].row, places[r.last].row) for r in diagram.repeats):
            top += BRACKET
    width = MARGIN + max(_right(place) for place in places)
    canvas = Canvas(max(width, 2 * MARGIN + text_width(title or "", 15, True)), top)
    if title:
        canvas.text(MARGIN, MARGIN + 4, title, size=15, bold=True)
    for place in places:
        _paint(canvas, place)
    for before, after in itertools.pairwise(places):
        _link(canvas, before, after)
    for arc in diagram.arcs:
        _arc(canvas, arc, places, levels)
    for repeat in diagram.repeats:
        _bracket(canvas, places[repeat.first : repeat.last + 1], repeat.times)
    return canvas


def _sized(stage: Stage, diagram: Diagram) -> Place:
    volume = stage.volume
    if volume.form is Form.MAPS:
        largest = max(
            (s for one in diagram.stages if one.volume.form is Form.MAPS
             for s in one.volume.space if s), default=1,
        )  # fmt: skip
        height, width = (_side(s, largest) for s in (volume.space * 2)[-2:])
        maps = volume.maps or 8
        sheets = min(maps, 1 + round(1.7 * math.log2(max(1, maps))))
        return Place(stage, width, height, sheets, min(5.0, 64 / max(1, sheets)))
    if volume.form is Form.SEQUENCE:
        steps = min(volume.space[0] or 5, 6)
        return Place(stage, 11 + 20 * (steps - 1), _bar_height(volume.maps), 1, 0)
    if volume.form is Form.UNITS:
        return Place(stage, 14, _bar_height(volume.maps), 1, 0)
    return Place(stage, 60, 40, 1, 0)


def _side(size: int | None, largest: int) -> float:
    share = ((size or largest) / largest) ** 0.6  # small maps would be dots else
    return max(SMALLEST, LARGEST * share)


def _bar_height(units: int | None) -> float:
    return min(150.0, 24 + 11 * math.log2(1 + (units or 64)))


def _rows(places: Sequence[Place]) -> list[list[Place]]:
    """As many stages in a row as fit; rows of about the same length."""
    _lined(places)
    whole = _right(places[-1])
    count = math.ceil(whole / WIDEST_ROW)
    room = whole / count * 1.04
    rows: list[list[Place]] = [[]]
    for place in places:
        if rows[-1] and len(rows) < count and _right(place) > len(rows) * room:
            rows.append([])
        rows[-1].append(place)
        place.row = len(rows) - 1
    for row in rows:
        _lined(row)
    return rows


def _lined(row: Sequence[Place]) -> None:
    """Puts stages side by side, as near as their headings and the words between them allow."""
    edge = MARGIN  # where the last heading or stack ends
    said = MARGIN  # where the last words below end
    before: Place | None = None
    for place in row:
        words = max(map(_caption_width, _caption(place.stage)), default=0.0)
        left = edge + (GAP if before is not None else 0)
        if before is None and place.row:  # the way comes from the row above
            left = MARGIN + words + 10
        heading = max(map(_heading_width, _heading(place.stage)))
        left += max(0.0, (heading - place.reach) / 2 - (GAP - 10 if before is not None else 0))
        if before is not None:  # the words stand in the middle between two stages
            start = before.x + before.width
            left = max(left, 2 * (said + 10 + words / 2) - start)
            said = (start + left + words) / 2
        elif place.row:
            said = MARGIN + words
        place.x = left + place.depth
        edge = max(place.x + place.width, left + (place.reach + heading) / 2)
        before = place


def _right(place: Place) -> float:
    """How far a stage and its heading reach."""
    heading = max(map(_heading_width, _heading(place.stage)))
    return max(place.x + place.width, place.center + heading / 2)


def _stood(row: Sequence[Place], top: float) -> float:
    """Puts a row's stages on one middle line; gives where the next row begins."""
    highest = max(p.height + p.depth for p in row)
    middle = top + 2 * LINE + 11 + highest / 2
    for place in row:
        place.y = middle - (place.height - place.depth) / 2
    below = [_below(a, b) + LINE * len(_caption(b.stage)) for a, b in itertools.pairwise(row)]
    first = row[0].y + row[0].height + 6 + LINE * len(_caption(row[0].stage))
    bottom = max([middle + highest / 2, first, *below])
    for place in row:
        place.bottom = bottom
    return bottom + ROW_GAP


def _below(before: Place, after: Place) -> float:
    """Where the words between two stages of a row begin."""
    return max(before.y + before.height, after.y + after.height) + 6


def _caption_width(words: str) -> float:
    return text_width(words, SMALL)


def _heading(stage: Stage) -> list[str]:
    name = stage.name.rpartition("/")[2] if len(stage.name) > 16 else stage.name
    return [name if len(name) <= 18 else name[:8] + "…" + name[-8:], stage.volume.text]


def _heading_width(words: str) -> float:
    return text_width(words, SIZE, bold=True)


def _caption(stage: Stage) -> list[str]:
    """What is written below the way that leads to a stage."""
    lines = list(stage.does)
    if stage.times > 1 and lines:
        lines.append(f"×{stage.times}")
    if stage.shortcuts:
        lines.append(f"{stage.shortcuts} shortcut" + ("s" if stage.shortcuts > 1 else ""))
    return lines


# --- stages ---------------------------------------------------------------------------------------
def _paint(canvas: Canvas, place: Place) -> None:
    painter = {
        Form.MAPS: _maps, Form.UNITS: _units, Form.SEQUENCE: _sequence, Form.OTHER: _other
    }[place.stage.volume.form]  # fmt: skip
    painter(canvas, place, *COLORS[place.stage.kind])
    top = place.y - place.depth - 8
    name, size = _heading(place.stage)
    canvas.text(place.center, top - LINE, name, size=SIZE, bold=True, anchor="middle")
    canvas.text(place.center, top, size, size=SIZE, fill=palette.SOFT, anchor="middle")


def _maps(canvas: Canvas, place: Place, fill: str, line: str) -> None:
    for k in reversed(range(place.sheets)):
        off = place.shift * k
        canvas.box(place.x - off, place.y - off, place.width, place.height, fill=fill,
                   stroke=line, thick=1.0)  # fmt: skip


def _units(canvas: Canvas, place: Place, fill: str, line: str) -> None:
    _bar(canvas, place.x, place, fill, line)


def _bar(canvas: Canvas, x: float, place: Place, fill: str, line: str) -> None:
    """A column seen from the side."""
    slant = 6.0
    left, right, top, bottom = x, x + 11, place.y, place.y + place.height
    canvas.line([(left, top + slant), (right, top), (right, bottom - slant), (left, bottom),
                 (left, top + slant)], fill=fill, stroke=line)  # fmt: skip


def _sequence(canvas: Canvas, place: Place, fill: str, line: str) -> None:
    """A bar for each step; in a recurrent layer each hands its state to the next."""
    steps = place.stage.volume.space[0]
    bars = 1 + round((place.width - 11) / 20)
    for k in range(bars):
        if steps != bars and k == bars - 2:  # the ones between are left out
            canvas.text(place.x + 20 * k + 5, place.middle + 3, "…", size=14, anchor="middle")
            continue
        _bar(canvas, place.x + 20 * k, place, fill, line)
        if place.stage.kind == "recurrent" and k:
            start = (place.x + 20 * (k - 1) + 11, place.middle)
            end = (place.x + 20 * k - 1.5, place.middle)
            canvas.curve([start, start, end, end], stroke=line, thick=1.0)


def _other(canvas: Canvas, place: Place, fill: str, line: str) -> None:
    canvas.box(place.x, place.y, place.width, place.height, fill=fill, stroke=line, radius=5)


# --- ways -----------------------------------------------------------------------------------------
def _link(canvas: Canvas, before: Place, after: Place) -> None:
    """What leads from one stage to the next, with its words below."""
    lines = _caption(after.stage)
    left = after.x - after.depth
    if before.row != after.row:  # the way comes from the row above
        start, bottom = MARGIN, after.y + after.height + 6
        tip = (left - 3, after.middle - after.depth / 2)
        canvas.curve([(start, tip[1]), (start, tip[1]), tip, tip], stroke=palette.FAINT)
    else:
        start, bottom = before.x + before.width, _below(before, after)
        both = before.stage.volume.form is after.stage.volume.form is Form.MAPS
        (_window if both else _fan)(canvas, before, after)
    for k, words in enumerate(lines):
        canvas.text((start + left) / 2, bottom + LINE * (k + 0.7), words, size=SMALL,
                    anchor="middle", fill=palette.SOFT if k else palette.INK)  # fmt: skip


def _window(canvas: Canvas, before: Place, after: Place) -> None:
    """A window on the front map, and the one place of the next stage that it decides."""
    space = (before.stage.volume.space * 2)[-2:]
    window = (after.stage.window * 2)[-2:] or (1, 1)
    high, wide = (
        min(side, max(5.0, side * (w or 1) / (s or w or 1)))
        for w, s, side in zip(window, space, (before.height, before.width))
    )  # fmt: skip
    x = before.x + (before.width - wide) * 0.65
    y = before.y + (before.height - high) * 0.3
    size = max(3.0, min(5.0, after.width * 0.2))
    tip_x, tip_y = after.x + (after.width - size) * 0.3, after.y + (after.height - size) * 0.4
    for corner, end in ((y, tip_y), (y + high, tip_y + size)):
        canvas.line([(x + wide, corner), (tip_x, end)], stroke=palette.INK, thick=0.7)
    for box in ((x, y, wide, high), (tip_x, tip_y, size, size)):
        canvas.box(*box, fill="none", stroke=palette.INK, thick=1.0)


def _fan(canvas: Canvas, before: Place, after: Place) -> None:
    """Every value of one stage meets every value of the next: lines from end to end, crossing."""
    ends = [(before.x + before.width, y) for y in (before.y + 3, before.y + before.height - 3)]
    top = after.y - after.depth
    tips = [(after.x - after.depth, y) for y in (top + 6, top + after.height - 1)]
    dense = after.stage.kind == "dense"
    for k, end in enumerate(ends):
        for m, tip in enumerate(tips):
            if dense or k == m:
                canvas.line([end, tip], stroke=palette.FAINT, thick=0.7)


def _levels(arcs: Sequence[Arc], places: Sequence[Place]) -> dict[Arc, int]:
    """How high each arc within a row has to rise: above those that it spans."""
    inside = [a for a in arcs if a.start >= 0 and places[a.start].row == places[a.end].row]
    levels: dict[Arc, int] = {}
    for arc in sorted(inside, key=lambda a: a.end - a.start):
        below = [levels[b] for b in levels if b.start < arc.end and arc.start < b.end]
        levels[arc] = 1 + max(below, default=0)
    return levels


def _is_told(arc: Arc, places: Sequence[Place]) -> bool:
    """Whether a way comes from another row, or from outside: words tell it then."""
    return arc.start < 0 or places[arc.start].row != places[arc.end].row


def _arc(canvas: Canvas, arc: Arc, places: Sequence[Place], levels: dict[Arc, int]) -> None:
    """A way around the stages between, from heading to heading."""
    end = places[arc.end]
    ink = {"size": SMALL, "fill": palette.PURPLE, "anchor": "middle"}
    if _is_told(arc, places):
        name = _heading(places[arc.start].stage)[0] if arc.start >= 0 else arc.text
        canvas.text(end.center, end.top - 3, f"+ {name}", **ink)
        return
    start = places[arc.start]
    floor = start.top - LINE * start.told
    begin, tip = start.center + 7, end.center - 7
    ceiling = min(floor, end.top) - LEVEL * levels[arc] + 4
    canvas.curve(
        [(begin, floor), (begin, ceiling), (begin, ceiling), (begin + 18, ceiling),
         (begin + 18, ceiling), (tip - 18, ceiling), (tip - 18, ceiling),
         (tip, ceiling), (tip, ceiling), (tip, end.top)],
        stroke=palette.PURPLE, thick=1.2,
    )  # fmt: skip
    canvas.text((begin + tip) / 2, ceiling - 4, arc.text, **ink)


def _bracket(canvas: Canvas, group: Sequence[Place], times: int) -> None:
    """A line below a group of stages that stands for several."""
    for row in dict.fromkeys(p.row for p in group):
        part = [p for p in group if p.row == row]
        left = part[0].x - part[0].depth - 12
        right, y = part[-1].x + part[-1].width, part[0].bottom + 8
        canvas.line([(left, y - 5), (left, y), (right, y), (right, y - 5)], stroke=palette.PURPLE,
                    thick=1.2)  # fmt: skip
        canvas.text((left + right) / 2, y + 14, f"×{times}", size=SIZE, bold=True,
                    fill=palette.PURPLE, anchor="middle")  # fmt: skip
