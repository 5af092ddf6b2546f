"""Records what TensorFlow says of each bad input (mistakes.py), into tests/golden/mistakes.

Run with a Python that has TensorFlow 2: `python tests/golden/record_mistakes.py [family ...]`,
where wrong_arguments is one of the families. Some input makes TensorFlow itself abort, so a family
is recorded by a forked process, and where that one ends another is forked to go on behind the
mistake that ended it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import tensorflow.compat.v1 as tf
from golden.cases import FAMILIES
from golden.mistakes import CRASH, chosen, mistakes, outcome
from golden.record import as_in_1_15
from golden.wrong_arguments import FAMILY, load, mistake

FOLDER = Path(__file__).parent / "mistakes"


def letters(mistakes: Sequence[Callable[[], str]]) -> str:
    """How each of them ends: a letter each."""
    found = ""
    while len(found) < len(mistakes):
        found += "".join(forked(mistakes[len(found) :]))
        if len(found) < len(mistakes):
            found += CRASH
            print(f"  TensorFlow ended itself at mistake {len(found)}", flush=True)
    return found


def forked(mistakes: Sequence[Callable[[], str]]) -> Iterator[str]:
    """The letters that a process of its own gives until it ends, by itself or not."""
    reading, writing = os.pipe()
    if not os.fork():
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        for mistake in mistakes:
            os.write(writing, mistake().encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as told:
        yield told.read()
    os.wait()


def ending(mistake: Any) -> Callable[[], str]:
    """Tells how the mistake ends in TensorFlow."""
    return lambda: outcome(tf, mistake)


def write(name: str, told: dict[str, str]) -> None:
    """Writes a file of letters."""
    FOLDER.mkdir(exist_ok=True)
    lines = [f"{json.dumps(name)}: {json.dumps(codes)}" for name, codes in told.items()]
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def record(family: str) -> None:
    """Records a family, or the wrong arguments."""
    if family == FAMILY:
        found = letters([ending(mistake(name)) for name in load()])
        write(FAMILY, dict(zip(load(), found, strict=True)))
        return
    counts = {case.name: sum(1 for _ in mistakes(case)) for case in chosen(family)}
    found = letters([ending(m) for case in chosen(family) for m in mistakes(case)])
    told = {}
    for name, count in counts.items():
        told[name], found = found[:count], found[count:]
    write(family, told)


def main() -> None:
    """Records the families named on the command line, or all."""
    tf.disable_v2_behavior()
    tf.logging.set_verbosity("ERROR")
    as_in_1_15(tf)
    for family in sys.argv[1:] or [*FAMILIES, FAMILY]:
        record(family)
        print(family, flush=True)


if __name__ == "__main__":
    main()
