"""exp, log, tanh and their like in the JIT against float64, at special numbers and everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from flowgraph.kernels.jit import engine
from flowgraph.kernels.jit.cluster import Cluster
from flowgraph.kernels.jit.trace import trace

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="llvmlite is not installed")
SINGLE = np.dtype(np.float32)
SPECIAL = np.float32(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 3e38, -3e38, 88.7, 88.8, -87.0, -103.0,
     -104.0, 1e-8, -1e-8, 1.0, -1.0, 0.625, -0.625]
)  # fmt: skip
FUNCTIONS = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "log1p": np.log1p, "expm1": np.expm1}


def compiled(function):
    """The function as machine code; the members' kernels are never asked."""
    from flowgraph.core.kernel_registry import Member

    member = Member(None, None, (0,), trace(function, [SINGLE]))
    cluster = Cluster([member], [SINGLE], [], [1])

    def run(x):
        plan = cluster._plan(((x.shape, x.strides),))
        plan.variant.calls = 100
        return cluster(x)

    return run


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_within_a_few_units_of_the_last_place(name):
    rng = np.random.RandomState(0)
    wide = np.concatenate([rng.standard_normal(20_000) * s for s in (0.01, 1.0, 10.0, 60.0)])
    x = wide.astype(np.float32)
    with np.errstate(all="ignore"):
        expected = FUNCTIONS[name](x.astype(np.float64))
    found = compiled(FUNCTIONS[name])(x).astype(np.float64)
    normal = np.isfinite(expected) & (np.abs(expected) > 1e-37) & (np.abs(expected) < 3e38)
    np.testing.assert_allclose(found[normal], expected[normal], rtol=4e-7)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_numbers_end_as_in_numpy(name):
    x = np.tile(SPECIAL, 5)
    with np.errstate(all="ignore"):
        expected = FUNCTIONS[name](x)
    found = compiled(FUNCTIONS[name])(x)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_array_equal(np.isinf(found), np.isinf(expected))
    np.testing.assert_allclose(found, expected, rtol=4e-7, atol=1e-44)
