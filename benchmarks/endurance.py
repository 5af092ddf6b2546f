"""What only shows in the long run or in company: memory that grows, threads that share a session.

`python -m benchmarks.endurance soak NAME STEPS` and `... threads NAME CALLS` measure one workload
of flowgraph and print a line of JSON; `python -m benchmarks --soak` and `--threads` run them all in
fresh processes.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.compare import difference
from benchmarks.sides import ROOT
from benchmarks.table import markdown, number
from benchmarks.worker import load, resident, sample, two_cores, workloads

SOAKS = {"scalars": 1_000_000, "lenet-5": 10_000}
GROWTH = 5.0  # MB that a soak may grow by
SHARED = {"scalars": 5000, "mlp inference, batch 64": 200, "lenet inference": 8, "branches": 20}
THREADS = 8
SLOWER = 1.1  # how much longer the threads may take: clocks are not better than that


def soak(name: str, steps: int) -> dict[str, Any]:
    """MB resident after a start of a tenth of the steps, and how many more after the rest."""
    workload = workloads("flowgraph")[name](load("flowgraph"))
    marks = []
    for _ in range(10):
        for _ in range(steps // 10):
            workload.step()
        gc.collect()
        marks.append(resident("VmRSS"))
    return {"resident": marks[0], "growth": marks[-1] - marks[0], "marks": marks}


def threads(name: str, calls: int) -> dict[str, Any]:
    """Seconds of calls by eight threads at once, and of as many one after the other."""
    workload = workloads("flowgraph")[name](load("flowgraph"))
    expected = [sample(workload.step())]
    wrong: list[str] = []

    def work() -> None:
        values = [workload.step() for _ in range(calls)]
        for value in values:
            why = difference([sample(value)], expected, workload.rtol)
            if why:
                wrong.append(why)

    def at_once() -> None:
        crew = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()

    def in_turn() -> None:
        for _ in range(THREADS):
            work()

    at_once()
    taken: dict[str, list[float]] = {"at once": [], "in turn": []}
    for _ in range(3):
        for title, function in (("in turn", in_turn), ("at once", at_once)):
            start = time.perf_counter()
            function()
            taken[title].append(time.perf_counter() - start)
    return {**{title: min(rounds) for title, rounds in taken.items()}, "wrong": wrong[:3]}


def run_soaks(told: Callable[[str], None]) -> tuple[str, bool]:
    """(a table, whether nothing grew by more than GROWTH)."""
    lines, fine = [], True
    for name, steps in SOAKS.items():
        told(f"soak: {name}")
        found = _fresh("soak", name, steps)
        fine = fine and found["growth"] <= GROWTH
        figures = [f"{found[key]:.1f}" for key in ("resident", "growth")]
        lines.append([name, f"{steps:,}", *figures])
    return markdown(["workload", "steps", "resident, MB", f"growth, MB (≤ {GROWTH})"], lines), fine


def run_threads(told: Callable[[str], None]) -> tuple[str, bool]:
    """(a table, whether values were right and eight threads no slower than one)."""
    lines, fine = [], True
    for name, calls in SHARED.items():
        told(f"threads: {name}")
        found = _fresh("threads", name, calls)
        ratio = found["at once"] / found["in turn"]
        fine = fine and ratio <= SLOWER and not found["wrong"]
        figures = [number(found[key] * 1e3) for key in ("in turn", "at once")]
        lines.append([name, f"{THREADS * calls:,}", *figures, f"{ratio:.2f}"])
        lines += [[f"**WRONG** {why}", "", "", "", ""] for why in found["wrong"]]
    head = ["workload", "calls", "in turn, ms", f"{THREADS} threads, ms", "ratio"]
    return markdown(head, lines), fine


def _fresh(kind: str, name: str, count: int) -> dict[str, Any]:
    words = [sys.executable, "-m", "benchmarks.endurance", kind, name, str(count)]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    two_cores()
    measure = {"soak": soak, "threads": threads}[sys.argv[1]]
    print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
