"""What a kernel computes, found out by calling it with symbols."""

from __future__ import annotations

import numpy as np
import pytest

from flowgraph.kernels.jit.trace import NAMESPACE, Untraceable, trace

SINGLE, DOUBLE, INT = (np.dtype(t) for t in ("float32", "float64", "int32"))


def text(expr) -> str:
    if expr.op == "input":
        return f"x{expr.args[0]}"
    if expr.op == "const":
        return f"{expr.args[0]}"
    return f"{expr.op}({', '.join(map(text, expr.args))})"


@pytest.mark.parametrize(
    ("kernel", "dtypes", "expected"),
    [
        (lambda x, y: x + y, [SINGLE, SINGLE], "add(x0, x1)"),
        (lambda x: 1 / (1 + np.exp(-x)), [SINGLE], "div(1.0, add(1.0, exp(neg(x0))))"),
        (lambda x: np.maximum(x, np.float32(0)), [SINGLE], "max(x0, 0.0)"),
        (lambda g, x: g * (x > 0), [SINGLE, SINGLE], "mul(x0, cast(gt(x1, 0.0)))"),
        (lambda x: np.where(x < 0, x, 2 * x), [DOUBLE], "select(lt(x0, 0.0), x0, mul(2.0, x0))"),
        (lambda x: x.astype(np.float64) * 0.5, [SINGLE], "mul(cast(x0), 0.5)"),
        (lambda x: NAMESPACE.astype(x, np.float32), [INT], "cast(x0)"),
        (np.square, [INT], "mul(x0, x0)"),
    ],
)
def test_a_kernel_gives_its_expression(kernel, dtypes, expected):
    assert text(trace(kernel, dtypes)) == expected


@pytest.mark.parametrize(
    ("kernel", "dtypes"),
    [
        (lambda x: x if x.sum() > 0 else -x, [SINGLE]),
        (lambda x: x + np.arange(3), [SINGLE]),
        (lambda x: np.sin(x), [SINGLE]),
        (np.exp, [DOUBLE]),
        (lambda x: x.reshape(-1), [SINGLE]),
        (lambda x: x // 2, [INT]),
        (lambda x: x.astype(np.int32), [SINGLE]),
        (lambda x: x + 1j, [SINGLE]),
        (lambda x: np.add(x, 1, out=x), [SINGLE]),
        (np.negative, [np.dtype(np.float16)]),
        (lambda x: np.zeros(3), [SINGLE]),
    ],
)
def test_a_kernel_that_looks_at_values_has_none(kernel, dtypes):
    with pytest.raises(Untraceable):
        trace(kernel, dtypes)


def test_dtypes_are_numpys():
    assert trace(lambda x, y: x * y, [INT, DOUBLE]).dtype == DOUBLE
    assert trace(lambda x: x * 2, [SINGLE]).dtype == SINGLE
    assert trace(lambda x: x == x, [INT]).dtype == np.bool_
