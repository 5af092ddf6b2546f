"""The report of a profile, as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LABELS = {
    "params": "params",
    "float_ops": "flops",
    "micros": "us",
    "cpu_micros": "us",
    "bytes": "B",
}
_UNITS = ((10**9, "b"), (10**6, "m"), (10**3, "k"))


def ordered(entry: Any, options: dict[str, Any]) -> list[Any]:
    """What lies below, the largest first; by name where that is asked."""
    by, below = options["order_by"], list(entry.below.values())
    if by == "name":
        return sorted(below, key=lambda e: e.name)
    if by == "occurrence":
        return sorted(below, key=lambda e: -e.occurrence)
    return sorted(below, key=lambda e: -e.total.get(by, 0))


def write(root: Any, options: dict[str, Any], is_shown: Callable[[Any, int], bool]) -> None:
    """Prints the report, or writes it to the file that the options name."""
    output = options["output"]
    if output == "none":
        return
    lines = ["", "==================Model Analysis Report======================"]
    lines += [*_lines(root, options, is_shown, 0), "======================End of Report=========="]
    text = "\n".join(lines)
    if output.startswith("file:outfile="):
        with open(output.removeprefix("file:outfile="), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    else:
        print(text)


def _lines(
    entry: Any, options: dict[str, Any], is_shown: Callable[[Any, int], bool], depth: int
) -> list[str]:
    told = [_measure(entry, name) for name in options["select"] if name in _LABELS]
    if entry.shape is not None:
        told.insert(0, "x".join(map(str, entry.shape)))
    if "occurrence" in options["select"]:
        told.append(str(entry.occurrence))
    lines = [f"{'  ' * depth}{entry.name} ({', '.join(told)})"]
    for other in ordered(entry, options):
        if is_shown(other, depth + 1):
            lines += _lines(other, options, is_shown, depth + 1)
    return lines


def _measure(entry: Any, name: str) -> str:
    own = _short(entry.own[name]) if entry.own.get(name) else "--"
    return f"{own}/{_short(entry.total.get(name, 0))} {_LABELS[name]}"


def _short(number: int) -> str:
    for unit, letter in _UNITS:
        if number >= unit:
            return f"{number / unit:.2f}{letter}"
    return str(number)
