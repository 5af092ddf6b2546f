"""Writes a result as Markdown: a table of times for each group, and one of memory."""

from __future__ import annotations

import math
from typing import Any

Result = dict[str, Any]


def tables(result: Result) -> str:
    """The machine, the times, the memory, and what went wrong."""
    sides = ", ".join(f"{side['title']} {side['version']}" for side in result["sides"])
    wide = max(result["bandwidth"], key=int)
    parts = [
        f"{result['machine']}; {sides}; two threads each. Peak {result['peak'] / 1e9:.0f} GFLOP/s, "
        f"{result['bandwidth'][wide] / 1e9:.0f} GB/s. Milliseconds: the least of "
        f"{result['rounds']} rounds in fresh processes, the median in brackets; ratio: flowgraph's "
        "least over the other's. The floor: operations over the peak, bytes over the bandwidth."
    ]
    groups = list(dict.fromkeys(row["group"] for row in result["rows"]))
    for group in groups:
        rows = [row for row in result["rows"] if row["group"] == group]
        parts.append(f"**{group}**\n\n{_times(rows, result['sides'])}")
        series = [row for row in rows if row["size"]]
        if series:
            parts.append(_unit_costs(series, result["sides"]))
    if len(groups) > 1:
        parts.append(_all_means(result))
    parts.append(f"**Peak resident memory, MB**\n\n{_memory(result)}")
    parts += [f"**WRONG** {line}" for line in result["wrong"]]
    return "\n\n".join(parts) + "\n"


def ratio(row: dict[str, Any], peer: str, kind: str = "least") -> float | None:
    """flowgraph's figure over a peer's, if both are there."""
    sides = row["sides"]
    return sides["flowgraph"][kind] / sides[peer][kind] if peer in sides else None


def mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(math.log(value) for value in ratios) / len(ratios))


def _ratios(rows: list[dict[str, Any]], peer: str, kind: str = "least") -> list[float]:
    found = [ratio(row, peer, kind) for row in rows]
    return [value for value in found if value is not None]


def _times(rows: list[dict[str, Any]], sides: list[dict[str, str]]) -> str:
    ours, peers = sides[0], sides[1:]
    head = ["workload", f"{ours['title']}, ms"]
    for peer in peers:
        head += [f"{peer['title']}, ms", "ratio"]
    lines = []
    for row in rows:
        cells = [row["name"], _cell(row["sides"].get("flowgraph"))]
        for peer in peers:
            value = ratio(row, peer["module"])
            cells.append(_cell(row["sides"].get(peer["module"])))
            cells.append("–" if value is None else f"{value:.2f}")
        cells.append("–" if row["floor"] is None else number(row["floor"] * 1e3))
        lines.append(cells)
    last = ["geometric mean", ""]
    for peer in peers:
        values = _ratios(rows, peer["module"])
        last += ["", f"**{mean(values):.2f}**" if values else "–"]
    return markdown([*head, "floor, ms"], [*lines, [*last, ""]] if peers else lines)


def _unit_costs(rows: list[dict[str, Any]], sides: list[dict[str, str]]) -> str:
    """Microseconds for each op or row of a batch, by size: level where cost is in proportion."""
    sizes = sorted({row["size"] for row in rows})
    found = {(row["kind"], row["size"]): row["sides"] for row in rows}
    lines = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        for side in sides:
            by_size = [found.get((kind, size), {}).get(side["module"]) for size in sizes]
            if any(by_size):
                costs = [
                    number(cell["least"] / size * 1e6) if cell else "–"
                    for cell, size in zip(by_size, sizes, strict=True)
                ]
                lines.append([f"{side['title']}, {kind}", *costs])
    return markdown(["µs for each, by size", *(f"{size:,}" for size in sizes)], lines)


def _all_means(result: Result) -> str:
    """The geometric mean over all rows of all groups, for each peer."""
    told = []
    for peer in result["sides"][1:]:
        values = _ratios(result["rows"], peer["module"])
        if values:
            ahead = sum(value < 1 for value in values)
            told.append(
                f"{mean(values):.2f} against {peer['title']} "
                f"(ahead in {ahead} of {len(values)} rows)"
            )
    return f"Geometric mean of all rows: {', '.join(told)}." if told else ""


def _memory(result: Result) -> str:
    """One line for each workload: rows of the same process have the same memory."""
    sides = result["sides"]
    lines, seen = [], set()
    for row in result["rows"]:
        name = row["name"].partition(": ")[0]
        if name not in seen:
            seen.add(name)
            found = [row["sides"].get(side["module"]) for side in sides]
            lines.append([name, *("–" if f is None else f"{f['resident']:.0f}" for f in found)])
    return markdown(["workload", *(side["title"] for side in sides)], lines)


def _cell(found: dict[str, float] | None) -> str:
    if found is None:
        return "–"
    return f"{number(found['least'] * 1e3)} ({number(found['median'] * 1e3)})"


def number(value: float) -> str:
    """Three digits that count."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    if value < 0.001:
        return "< 0.001"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def markdown(head: list[str], lines: list[list[str]]) -> str:
    """A table: names to the left, numbers to the right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *lines])
