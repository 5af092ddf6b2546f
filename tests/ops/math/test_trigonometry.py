"""Trigonometric and hyperbolic functions: values, dtypes, two derivatives."""

import ml_dtypes
import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import trigonometry
from flowgraph.ops.math.complex import complex, real
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

NUMPY = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh,
}  # fmt: skip
KINDS = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.complex64, np.complex128]


def inputs(name):
    return np.array([1.3, 1.8, 2.9] if name == "acosh" else [-0.8, 0.1, 0.7])


@pytest.fixture
def session():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        yield session


@pytest.mark.parametrize("dtype", KINDS, ids=lambda t: np.dtype(t).name)
@pytest.mark.parametrize("name", NUMPY)
def test_values_have_the_dtype_of_the_input(session, name, dtype):
    x = inputs(name).astype(dtype)
    got = session.run(getattr(trigonometry, name)(constant(x)))
    wide = np.complex128 if x.dtype.kind == "c" else np.float64
    assert got.dtype == x.dtype
    np.testing.assert_allclose(
        got.astype(wide), NUMPY[name](x.astype(wide)), rtol=4 * float(ml_dtypes.finfo(dtype).eps)
    )


@pytest.mark.parametrize("name", NUMPY)
def test_two_derivatives(session, name):
    x = placeholder(dtypes.float64, [3])
    y = getattr(trigonometry, name)(x)
    slope = gradients(y, x)[0]
    for value in (y, slope):
        error = compute_gradient_error(x, [3], value, [3], inputs(name), delta=1e-5)
        assert error < 1e-7


@pytest.mark.parametrize("name", NUMPY)
def test_two_derivatives_of_complex_numbers(session, name):
    x, y = placeholder(dtypes.float64, [3]), placeholder(dtypes.float64, [3])
    value = real(getattr(trigonometry, name)(complex(x, y)))
    starts = [inputs(name), np.array([0.5, 0.9, -0.4])]
    for out in (value, *gradients(value, [x, y])):
        error = compute_gradient_error([x, y], [[3], [3]], out, [3], starts, delta=1e-5)
        assert error < 5e-7
