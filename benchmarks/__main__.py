"""Measures flowgraph beside TensorFlow, PyTorch and JAX: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from tqdm import tqdm

from benchmarks import endurance, picture, rounds, sides, table
from benchmarks.workloads import GROUPS, WORKLOADS

ABOUT = """
Measures flowgraph beside TensorFlow, PyTorch and JAX, turn by turn in fresh processes, and compares
their results. The exit code is 1 if values differ, a process fails, or --soak or --threads find
fault.
"""


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=ABOUT)
    say = parser.add_argument
    say("names", nargs="*", metavar="NAME", help="workloads or groups (* and ? allowed): all")
    say("--peer", action="append", default=[], metavar="PYTHON", help="an interpreter with a peer")
    say("--seconds", type=float, default=1.0, help="of timing in each process (1)")
    say("--rounds", type=int, default=3, help="processes for each side (3)")
    say("--json", type=Path, metavar="FILE", help="write the result there")
    say("--picture", type=Path, metavar="FILE.svg", help="write bars there")
    say("--show", type=Path, metavar="FILE", help="measure nothing: show what --json wrote")
    say("--list", action="store_true", help="list the workloads")
    say("--soak", action="store_true", help="many steps: does memory grow?")
    say("--threads", action="store_true", help="eight threads on a session against one")
    given = parser.parse_args(arguments)
    if given.rounds < 1 or given.seconds <= 0:
        parser.error("--rounds and --seconds have to be positive")
    if given.picture and given.picture.suffix != ".svg":
        parser.error("--picture writes SVG: give it a name that ends in .svg")
    try:
        given.names = chosen(given.names)
    except KeyError as error:
        parser.error(f"no workload or group is called {error.args[0]!r}; --list names them")
    return given


def chosen(patterns: list[str]) -> list[str]:
    """The names of workloads meant by names and patterns of workloads and groups, in order."""
    meant = set() if patterns else set(WORKLOADS)
    for pattern in patterns:
        found = {
            name
            for group, members in GROUPS.items()
            for name in members
            if fnmatchcase(name, pattern) or fnmatchcase(group.lower(), pattern.lower())
        }
        if not found:
            raise KeyError(pattern)
        meant |= found
    return [name for name in WORKLOADS if name in meant]


def main() -> int:
    """Does what the command line says; the exit code."""
    given = options()
    if given.list:
        for group, members in GROUPS.items():
            print(group, *members, sep="\n  ")
        return 0
    if given.soak or given.threads:
        return _endure(given)
    if given.show:
        result = json.loads(given.show.read_text())
    else:
        result = _measure(given)
    if given.json:
        given.json.write_text(json.dumps(result, indent=1))
    if given.picture:
        given.picture.write_text(picture.svg(result))
    print(table.tables(result))
    return 1 if result["wrong"] else 0


def _measure(given: argparse.Namespace) -> rounds.Told:
    found = [sides.ours()]
    for python in given.peer:
        beside = sides.peers(python)
        if not beside:
            print(f"{python} has none of TensorFlow, PyTorch and JAX", file=sys.stderr)
        found += [side for side in beside if side.module not in {s.module for s in found}]
    count = given.rounds * sum(side.can(name) for name in given.names for side in found)
    with tqdm(total=count, file=sys.stderr) as bar:
        result = rounds.run(given.names, found, given.rounds, given.seconds, _teller(bar))
        bar.update(count - bar.n)
        return result


def _teller(bar: tqdm) -> Callable[[str], None]:
    """Shows what is being done; what was told of before is done by then."""
    begun: list[str] = []

    def told(doing: str) -> None:
        bar.update(1 if begun else 0)
        begun.append(doing)
        bar.set_description(doing)

    return told


def _endure(given: argparse.Namespace) -> int:
    wanted = [(given.soak, endurance.run_soaks), (given.threads, endurance.run_threads)]
    fine = True
    for want, run in wanted:
        if want:
            text, good = run(lambda doing: print(doing, file=sys.stderr))
            print(text + "\n")
            fine = fine and good
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
