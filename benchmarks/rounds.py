"""Runs workloads on every side, turn by turn in fresh processes, and gathers what they tell."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks import machine
from benchmarks.compare import difference
from benchmarks.sides import Side
from benchmarks.workloads import GROUPS

Told = dict[str, Any]
MATMUL = "matmul"  # a workload that is nearly all peak


def run(
    names: list[str], sides: list[Side], rounds: int, seconds: float,
    told: Callable[[str], None] = lambda doing: None,
) -> dict[str, Any]:  # fmt: skip
    """The whole result, as it goes to JSON; `told` is called before each process.

    Control-C ends the measurement, not the result: what was measured until then is in it.
    """
    gathered = {name: {side.module: list[Told]() for side in sides} for name in names}
    limits = machine.limits(sides[0])
    turns = [(n, name, side) for n in range(rounds) for name in names for side in sides]
    try:
        for number, name, side in turns:
            if side.can(name):
                told(f"{name}: {side.title}, round {number + 1}")
                gathered[name][side.module].append(side.run(name, seconds))
    except KeyboardInterrupt:
        told("interrupted")
    limits = machine.better(limits, machine.limits(sides[0]))
    products = {s.module: [s.run(MATMUL, min(seconds, 1.0))] for s in sides}
    peak = max([limits["peak"], *_reached({**gathered, f"{MATMUL} for the peak": products})])
    rows = [row for name in names for row in _rows(name, gathered[name], peak, limits["bandwidth"])]
    return {
        "machine": machine.name(),
        "peak": peak,
        "bandwidth": limits["bandwidth"],
        "rounds": rounds,
        "sides": [{"module": s.module, "title": s.title, "version": s.version} for s in sides],
        "rows": rows,
        "wrong": [why for name in names for why in _wrong(name, gathered[name])],
    }


def _good(tellings: list[Told]) -> list[Told]:
    return [told for told in tellings if "failed" not in told]


def _reached(gathered: dict[str, dict[str, list[Told]]]) -> list[float]:
    """Operations per second that any side reached in any workload: the peak is no lower."""
    speeds = []
    for by_side in gathered.values():
        counted = _good(by_side["flowgraph"])
        for tellings in by_side.values():
            speeds += [counted[0]["flops"] / t["least"] for t in _good(tellings) if counted]
    return speeds


def _rows(
    name: str, by_side: dict[str, list[Told]], peak: float, bandwidth: dict[str, float]
) -> list[dict[str, Any]]:
    """A row for each kind of time that the workload shows."""
    group = next(title for title, members in GROUPS.items() if name in members)
    counted = _good(by_side["flowgraph"])
    if not counted:
        return []
    kinds = counted[0]["rows"]
    return [
        {
            "name": name if len(kinds) == 1 else f"{name}: {'run' if k == 'seconds' else k}",
            "group": group,
            "kind": "run" if k == "seconds" else k,
            "size": counted[0]["size"],
            "floor": machine.floor(counted[0], peak, bandwidth) if k == "seconds" else None,
            "sides": {
                module: _summary(_good(tellings), k)
                for module, tellings in by_side.items()
                if _good(tellings)
            },
        }
        for k in kinds
    ]


def _summary(tellings: list[Told], kind: str) -> dict[str, float]:
    """Least and median seconds of the rounds, and the peak of resident memory in MB."""
    least = min(told["least" if kind == "seconds" else kind] for told in tellings)
    return {
        "least": least,
        "median": statistics.median(told[kind] for told in tellings),
        "resident": max(told["resident"] for told in tellings),
    }


def _wrong(name: str, by_side: dict[str, list[Told]]) -> list[str]:
    """What failed, and where a process's values differ from those of our first."""
    wrong = [
        f"{name}: {module} failed: {told['failed']}"
        for module, tellings in by_side.items()
        for told in tellings
        if "failed" in told
    ]
    counted = _good(by_side["flowgraph"])
    for module, tellings in by_side.items():
        for told in _good(tellings) if counted else []:
            why = difference(counted[0]["values"], told["values"], counted[0]["rtol"])
            if why:
                wrong.append(f"{name}: flowgraph and {module} differ: {why}")
    return wrong
