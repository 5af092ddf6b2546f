"""`timeline`: a traced run with a lane for each thread and a bar for each step."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowgraph.core import op_def
from flowgraph.core.op_def import Trait
from flowgraph.viz import costs, palette
from flowgraph.viz.canvas import FORMATS, Canvas, shortened, suffix, text_width
from flowgraph.viz.palette import check_theme

WIDTH, MARGIN, LEFT, RIGHT = 980.0, 16.0, 120.0, 84.0
_LANE, _ROW, _TOP = 34.0, 22.0, 84.0
_SPAN = WIDTH - LEFT - RIGHT
_LONGEST = 8
_TELLS = 56.0  # a gap at least so wide tells how long it is
_KINDS = {
    "product, convolution": (palette.ORANGE_FILL, palette.ORANGE),
    "elementwise": (palette.BLUE_FILL, palette.BLUE),
    "moves data": (palette.YELLOW_FILL, palette.OLIVE),
    "variables, state": (palette.PURPLE_FILL, palette.PURPLE),
    "reductions and others": (palette.GREEN_FILL, palette.GREEN),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of a run; seconds since its first."""

    name: str
    type: str
    lane: str
    start: float
    end: float
    bytes: int
    fused: tuple[str, ...] = ()
    """The types of all ops that it computes, when there are several."""

    @property
    def what(self) -> str:
        """Its type, or those that were fused."""
        if not self.fused:
            return self.type
        return " + ".join(self.fused) if len(self.fused) <= 3 else f"{len(self.fused)} operations"

    @property
    def kind(self) -> str:
        """What a step is to the reader; each kind has its colour."""
        try:
            traits = op_def.get(self.type).traits
            heavy = any(op_def.get(name).traits & Trait.HEAVY for name in self.fused)
        except LookupError:
            return "reductions and others"
        if heavy or traits & Trait.HEAVY:
            return "product, convolution"
        if traits & Trait.STATEFUL:
            return "variables, state"
        if traits & Trait.VIEW or self.type in costs.MOVES:
            return "moves data"
        return "elementwise" if traits & Trait.ELEMENTWISE else "reductions and others"

    @property
    def tooltip(self) -> str:
        """All that is known of it."""
        return (
            f"{self.name} ({self.what})\n{seconds(self.end - self.start)}, from "
            f"{seconds(self.start)}\n{costs.Count(self.bytes).text('B')} of output"
        )


def timeline(
    run_metadata: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    theme: str = "auto",
) -> str:
    """Draws a traced run: threads are lanes, steps are bars, and gaps show who waited.

    Args:
      run_metadata: a `tf.RunMetadata` of a run with `RunOptions(trace_level=FULL_TRACE)`.
      path: where to write (.svg .png .pdf, or .json for Chrome's viewer of traces); None gives the
        SVG as text, which a notebook shows.
      title: a heading.
      theme: "auto" (an SVG follows its reader's system), "light" or "dark".

    Raises:
      ValueError: there is no trace in `run_metadata`, or the suffix or theme is unknown.

    Example:
      >>> import flowgraph as tf
      >>> with tf.Graph().as_default(), tf.Session() as session:
      ...     metadata, full = tf.RunMetadata(), tf.RunOptions(trace_level=3)
      ...     y = tf.exp(tf.placeholder(tf.float32, name="x"))
      ...     _ = session.run(y, {"x:0": 1.0}, options=full, run_metadata=metadata)
      >>> tf.viz.timeline(metadata).startswith("<svg")
      True
    """
    check_theme(theme)
    kind = "svg" if path is None else suffix(path, (*FORMATS, "json"))
    bars = read(run_metadata)
    if kind == "json":
        from flowgraph.runtime.timeline import Timeline

        text = Timeline(run_metadata.step_stats).generate_chrome_trace_format()
        Path(path or "").write_text(text, encoding="utf-8")
        return os.fspath(path or "")
    canvas = picture(bars, title or "Timeline of a run")
    return canvas.svg(theme) if path is None else canvas.save(path, theme)


def read(run_metadata: Any) -> list[Bar]:
    """The steps of a traced run, the first at 0 seconds; ValueError when there are none."""
    stats = getattr(run_metadata, "step_stats", None)
    if stats is None:
        raise TypeError(f"timeline() takes a RunMetadata, got {type(run_metadata).__name__}")
    found = []
    for device in stats.dev_stats:
        names = dict(getattr(device, "thread_names", None) or {})
        for node in device.node_stats:
            found.append(_bar(node, names.get(node.thread_id, f"thread {node.thread_id}")))
    if stats.dev_stats and not found:
        raise ValueError("the traced run had no step: all that it gave was known before")
    if not found:
        raise ValueError(
            "run_metadata holds no trace: run with "
            "options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=metadata"
        )
    first = min(bar.start for bar in found)
    return [
        replace(b, start=b.start - first, end=b.end - first)
        for b in sorted(found, key=lambda b: b.start)
    ]


def _bar(node: Any, lane: str) -> Bar:
    if hasattr(node, "output_bytes"):  # flowgraph's own record, which is finer than microseconds
        return Bar(node.node_name, node.op_type, lane, node.start, node.end, node.output_bytes,
                   node.fused)  # fmt: skip
    start = node.all_start_micros * 1e-6
    took = max(node.all_end_rel_micros, node.op_end_rel_micros, 1) * 1e-6
    kind = node.timeline_label.partition(" = ")[2].partition("(")[0] or node.node_name
    described = (o.tensor_description.allocation_description for o in node.output)
    size = sum(d.requested_bytes for d in described)
    return Bar(node.node_name, kind, lane, start, start + took, size)


def seconds(value: float) -> str:
    """A time for people: "12.5 µs"."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e6:.2g} µs"


# --- the picture ----------------------------------------------------------------------------------
def picture(bars: Sequence[Bar], title: str) -> Canvas:
    """Paints the lanes, the axis and the longest steps."""
    lanes: dict[str, list[Bar]] = defaultdict(list)
    for bar in bars:
        lanes[bar.lane].append(bar)
    total = max(max(bar.end for bar in bars), 1e-9)
    canvas = Canvas(WIDTH, 0)
    canvas.text(MARGIN, 30, shortened(title, WIDTH - 2 * MARGIN, 16, True), size=16, bold=True)
    count = f"{len(bars):,} step" + ("s" if len(bars) > 1 else "")
    threads = f"{len(lanes)} thread" + ("s" if len(lanes) > 1 else "")
    words = f"{seconds(total)}: {count} on {threads}"
    canvas.text(MARGIN, 49, words, size=12, fill=palette.FAINT)
    _legend(canvas, bars)
    rows = {name: _rows(lanes[name]) for name in sorted(lanes, key=_rank)}
    bottom = _TOP + sum(_LANE + _ROW * (len(r) - 1) for r in rows.values())
    _axis(canvas, total, bottom)
    y = _TOP
    for name, lane in rows.items():
        _lane(canvas, y, name, lane, total)
        y += _LANE + _ROW * (len(lane) - 1)
    canvas.height = _longest(canvas, bottom + 30, bars) + MARGIN
    return canvas


def _rank(name: str) -> tuple[bool, int, str]:
    return name != "MainThread", len(name), name


def _rows(bars: Sequence[Bar]) -> list[list[Bar]]:
    """A lane's steps in rows without overlap: a step of a loop's body runs within the loop's."""
    rows: list[list[Bar]] = []
    for bar in bars:
        for row in rows:
            if row[-1].end <= bar.start + 1e-9:
                row.append(bar)
                break
        else:
            rows.append([bar])
    return rows


def _legend(canvas: Canvas, bars: Sequence[Bar]) -> None:
    present = {bar.kind for bar in bars}
    x = MARGIN
    for kind, (fill, stroke) in _KINDS.items():
        if kind in present:
            canvas.box(x, 59, 20, 11, fill=fill, stroke=stroke, radius=2)
            canvas.text(x + 26, 69, kind, size=11, fill=palette.SOFT)
            x += 26 + text_width(kind) + 20
    canvas.text(x, 69, "grey: idle", size=11, fill=palette.FAINT)


def _axis(canvas: Canvas, total: float, bottom: float) -> None:
    step = next(
        size * 10.0**power
        for power in range(-9, 9)
        for size in (1, 2, 5)
        if total / (size * 10.0**power) <= 8
    )
    for k in range(int(total / step + 1e-9) + 1):
        x = LEFT + _SPAN * k * step / total
        canvas.line([(x, _TOP - 2), (x, bottom + 4)], stroke=palette.GRID)
        words = "0" if k == 0 else seconds(k * step * (1 + 1e-12))
        canvas.text(x, bottom + 17, words, size=10, anchor="middle", fill=palette.FAINT)


def _lane(canvas: Canvas, y: float, name: str, rows: list[list[Bar]], total: float) -> None:
    height = _LANE - 8 + _ROW * (len(rows) - 1)
    canvas.box(LEFT, y, _SPAN, height, fill=palette.FOLDED_FILL, radius=2)
    label = name.replace("flowgraph-", "")
    canvas.text(LEFT - 8, y + 17, shortened(label, LEFT - MARGIN - 8), anchor="end")
    scale = _SPAN / total
    end = 0.0
    for bar in (*rows[0], Bar("", "", name, total, total, 0)):
        gap = (bar.start - end) * scale
        if gap >= _TELLS:
            middle = LEFT + (bar.start + end) / 2 * scale
            canvas.text(middle, y + 17, seconds(bar.start - end), size=9, anchor="middle",
                        fill=palette.FAINT)  # fmt: skip
        end = max(end, bar.end)
    for k, row in enumerate(rows):
        _bars(canvas, y + 2 + k * _ROW, row, scale)
    share = sum(bar.end - bar.start for bar in rows[0]) / total
    canvas.text(WIDTH - RIGHT + 8, y + 17, f"busy {share:.0%}", size=10, fill=palette.FAINT)


def _bars(canvas: Canvas, y: float, row: Sequence[Bar], scale: float) -> None:
    drawn = -1.0
    for bar in row:
        x, right = LEFT + bar.start * scale, LEFT + bar.end * scale
        if right < drawn + 0.3:  # within the pixel of the one before it
            continue
        fill, stroke = _KINDS[bar.kind]
        width = max(right - x, 0.6)
        outline = stroke if width > 3 else "none"
        canvas.box(x, y, width, _ROW, fill=fill if width > 3 else stroke, stroke=outline,
                   radius=2 if width > 8 else 0, tooltip=bar.tooltip)  # fmt: skip
        label = bar.name if text_width(bar.name) <= width - 6 else bar.name.rpartition("/")[2]
        if text_width(label) <= width - 6:
            canvas.text(x + width / 2, y + 15, label, anchor="middle")
        drawn = max(right, x + 0.6)


def _longest(canvas: Canvas, y: float, bars: Sequence[Bar]) -> float:
    """The steps that took longest, each with its share of all steps' time."""
    whole = sum(bar.end - bar.start for bar in bars) or 1.0
    canvas.text(MARGIN, y + 16, "Longest steps", size=13, bold=True)
    y += 22
    longest = sorted(bars, key=lambda b: b.start - b.end)[:_LONGEST]
    most = longest[0].end - longest[0].start or 1.0
    for bar in longest:
        y += 18
        took = bar.end - bar.start
        canvas.text(MARGIN, y, shortened(bar.name, 290, 11, True), bold=True)
        canvas.text(320, y, shortened(bar.what, 210), fill=palette.SOFT)
        canvas.text(590, y, seconds(took), anchor="end")
        canvas.text(645, y, f"{took / whole:.0%}", anchor="end", fill=palette.SOFT)
        fill, stroke = _KINDS[bar.kind]
        canvas.box(660, y - 10, max(1.0, 290 * took / most), 12, fill=fill, stroke=stroke)
    return y + 6
