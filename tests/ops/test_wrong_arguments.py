"""Wrong attributes and Python arguments: they end as in TensorFlow, and the message says enough.

Enough is: the op or the function, what came, and of a failed run the user's line.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from traceback import walk_tb

import pytest

import flowgraph as tf
from flowgraph.core.errors import OpError

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.mistakes import BUILDING, NOT_COMPARED, outcome
from golden.wrong_arguments import FAMILY, load, mistake

WRONG = load()
RECORDED: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / f"golden/mistakes/{FAMILY}.json").read_text()
)

# Where flowgraph knows sooner, or where TensorFlow calls it a bug of its own: (theirs, ours).
AS_GOOD = {"iV", "iT", "uV", "AT"}

# Where it ends otherwise on purpose, and why.
DIFFERS = {
    "transpose: when run": "TensorFlow does not look at the order of axes of size 1",
    "reverse: when run": "TensorFlow does not look at the axes of a single element",
    "linspace: none": "TensorFlow 2's is made of other ops, and laxer",
    "linspace: integers": "TensorFlow 2's is made of other ops, and laxer",
    "cholesky: not definite": "TensorFlow 2 gives NaN, 1.15 refused it",
    "fractional_max_pool: ratio": "1.15 tells it when the kernel is made",
    "softmax_cross_entropy: by place": "1.15 wants labels= and logits=",
    "string_join: nothing": "1.15 wants at least one",
}


def plain(text: str) -> str:
    """The text without what differs between MaxPool, max_pool and "max pool"."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def is_named(function: str, error: BaseException) -> bool:
    """Whether the message names the op or function, or else the traceback leads through it."""
    if "(op: " in str(error) or "(op: '" in str(error) or plain(function) in plain(str(error)):
        return True
    for frame, _ in walk_tb(error.__traceback__):
        names = (frame.f_code.co_name, type(frame.f_locals.get("self")).__name__)
        if "/golden/" in frame.f_code.co_filename:
            continue
        if any(plain(name).startswith(plain(function)) for name in names):
            return True
    return False


def test_all_are_recorded() -> None:
    assert set(WRONG) == set(RECORDED), "run tests/golden/record_mistakes.py wrong_arguments"
    assert set(DIFFERS) <= set(WRONG)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_argument_ends_as_in_tensorflow(name: str) -> None:
    errors: list[BaseException] = []
    ours, theirs = outcome(tf, mistake(name), errors), RECORDED[name]
    said = f"{type(errors[0]).__name__}: {errors[0]}" if errors else "nothing"
    if theirs not in NOT_COMPARED and theirs + ours not in AS_GOOD and name not in DIFFERS:
        assert ours == theirs, f"TensorFlow ends with {theirs}, we with {ours}: {said}"
    if not errors:
        return
    came = WRONG[name][1]
    assert came in said.split("\n")[0], f"what came, {came!r}, is not told: {said}"
    assert is_named(name.partition(":")[0], errors[0]), f"no op: {said}"
    if isinstance(errors[0], OpError) and ours not in BUILDING.values():
        assert "created at" in said, f"no line: {said}"
