"""A kernel gives memory of its own, unless its op says that it is a view (the contract)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core.op_def import Trait
from flowgraph.runtime import serial

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.case import KNOWN, Case
from golden.cases import FAMILIES
from golden.running import forward, start

EVERY = 3  # of the cases of a family
CASES = [c for cases in FAMILIES.values() for c in cases[::EVERY] if KNOWN in c.variants]


def shared(step: Any, values: list[Any]) -> list[str]:
    """The outputs of a step that lie in its inputs' memory, or in another output's."""
    arrays = [values[i] for i in (*step.inputs, *step.outputs)]
    found = []
    for k in range(len(step.inputs), len(arrays)):
        for other in arrays[:k]:
            both = isinstance(arrays[k], np.ndarray) and isinstance(other, np.ndarray)
            if both and np.may_share_memory(arrays[k], other):
                found.append(f"{step.operation.type}:{k - len(step.inputs)}")
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_outputs_are_no_views(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: list[str] = []
    execute = serial.execute

    def looked_at(step: Any, values: list[Any], trace: Any) -> float:
        seconds = execute(step, values, trace)
        if not step.traits & Trait.VIEW:
            wrong.extend(shared(step, values))
        return seconds

    monkeypatch.setattr(serial, "execute", looked_at)
    built = forward(tf, case, KNOWN)
    feeds = dict(zip(built.inputs, case.inputs, strict=True))
    with start(tf, built, feeds):
        pass
    one = tf.ConfigProto(inter_op_parallelism_threads=1)
    with tf.Session(graph=built.graph, config=one) as session:
        patient = tf.RunOptions(timeout_in_ms=100_000)  # a run with a deadline is run step by step
        try:
            session.run(built.outputs, feeds, options=patient)
        except tf.errors.OpError:
            pytest.skip("needs what the case does before")
    assert not wrong
