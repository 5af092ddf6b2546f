"""Golden cases as hot plans: with every tier on, values agree with the plain path's to 1e-5."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler import fuse_elementwise
from flowgraph.kernels.jit import cluster, engine
from flowgraph.runtime import callable as tiers

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.case import KNOWN, Case
from golden.cases import FAMILIES
from golden.running import backward, forward, output_weights, start

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="llvmlite is not installed")
EVERY = 12  # of the cases of a family; another one of them each time the family grows
ATOL = {2: 1e-2, 4: 1e-5, 8: 1e-9, 16: 1e-9}


def is_repeatable(graph: Any) -> bool:
    """Whether a second run gives what the first gave."""
    kinds = ("Assign", "Apply", "Scatter", "Queue", "Random", "Sampler", "Insert", "Stack", "Count")
    return not any(
        op.op_def.is_stateful() or any(kind in op.type for kind in kinds)
        for op in graph.get_operations()
        if op.op_def.inputs
    )


def sample() -> list[Case]:
    return [c for cases in FAMILIES.values() for c in cases[::EVERY] if KNOWN in c.variants]


@pytest.fixture(autouse=True)
def _hot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "HOT_RUNS", 2)
    monkeypatch.setattr(tiers, "HOT_CALLS", 2)
    monkeypatch.setattr(cluster, "WAIT_FROM", 1)
    monkeypatch.setattr(fuse_elementwise, "_FEW", 1)


@pytest.mark.parametrize("case", sample(), ids=lambda case: case.name)
def test_hot_plans_give_the_same(case: Case) -> None:
    built = forward(tf, case, KNOWN)
    if not is_repeatable(built.graph):
        pytest.skip("each run gives something else")
    feeds = dict(zip(built.inputs, case.inputs, strict=True))
    with start(tf, built, feeds) as session:
        fetches = [t for t in built.outputs if t.dtype not in (tf.variant, tf.resource)]
        if case.gradient:
            weights = output_weights(case, [np.asarray(v) for v in session.run(fetches, feeds)])
            back = backward(tf, built, weights, KNOWN)
            feeds |= dict(zip(back.weights, [w for w in weights if w is not None], strict=True))
            with built.graph.as_default():
                fetches += [tf.convert_to_tensor(g) for g in back.gradients if g is not None]
        cold = session.run(fetches, feeds)
        for _ in range(2):
            hot = session.run(fetches, feeds)
    for x, y in zip(map(np.asarray, cold), map(np.asarray, hot), strict=True):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        if x.dtype.kind in "OSbiu":
            np.testing.assert_array_equal(x, y)
        else:
            near = ATOL[x.dtype.itemsize]
            wide = np.complex128 if x.dtype.kind == "c" else np.float64
            np.testing.assert_allclose(y.astype(wide), x.astype(wide), rtol=near, atol=near)
