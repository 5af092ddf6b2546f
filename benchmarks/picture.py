"""Draws a result as an SVG: bars of each side's time, the floor a black line across them."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from benchmarks.table import number

COLOURS = {"flowgraph": "#1f6fb4", "tensorflow": "#f28e2b", "torch": "#d1495b", "jax": "#7a9e7e"}
LEFT, BAR, RIGHT, HEIGHT, GAP = 270, 480, 90, 12, 10  # pixels
FONT = "font-family='Helvetica, Arial, sans-serif' font-size='12'"


def svg(result: dict[str, Any]) -> str:
    """The picture; each row is to the scale of its slowest side, and shorter is better."""
    parts: list[str] = []
    x, y = 16, 24
    parts.append(_text(x, y, "Time of a step: shorter is better, each row to its own scale", True))
    y = 34
    for side in result["sides"]:
        parts.append(_box(x, y, 12, 12, COLOURS[side["module"]]))
        label = f"{side['title']} {side['version']}"
        parts.append(_text(x + 16, y + 10, label))
        x += 40 + 7 * len(label)
    parts.append(_box(x, y, 2, 12, "black") + _text(x + 8, y + 10, "floor"))
    y += 34
    group = None
    for row in result["rows"]:
        if row["group"] != group:
            group = row["group"]
            parts.append(_text(16, y + 6, group, True))
            y += 16
        parts.append(_row(row, result["sides"], y))
        y += HEIGHT * len(_there(row, result["sides"])) + GAP
    parts.append(_text(16, y + 10, result["machine"]))
    width, height = LEFT + BAR + RIGHT, y + 26
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width} {height}'>\n<rect width='100%' height='100%' fill='white'/>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _there(row: dict[str, Any], sides: list[dict[str, str]]) -> list[str]:
    return [side["module"] for side in sides if side["module"] in row["sides"]]


def _row(row: dict[str, Any], sides: list[dict[str, str]], y: int) -> str:
    modules = _there(row, sides)
    times = [row["sides"][module]["least"] for module in modules]
    scale = BAR / max(times)
    tall = HEIGHT * len(modules)
    parts = [_text(LEFT - 8, y + tall / 2 + 4, row["name"], anchor="end")]
    for i, (module, seconds) in enumerate(zip(modules, times, strict=True)):
        top, long = y + i * HEIGHT, seconds * scale
        parts.append(_box(LEFT, top, long, HEIGHT - 1, COLOURS[module]))
        parts.append(_text(LEFT + long + 5, top + HEIGHT - 2, f"{number(seconds * 1e3)} ms"))
    if row["floor"]:
        parts.append(_box(LEFT + row["floor"] * scale - 1, y - 1, 2, tall + 1, "black"))
    return "\n".join(parts)


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{colour}'/>"
    )


def _text(x: float, y: float, words: str, bold: bool = False, anchor: str = "start") -> str:
    weight = " font-weight='bold'" if bold else ""
    where = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'"
    return f"<text {where} {FONT}{weight}>{escape(words)}</text>"
