"""Elementwise ops of one input: dtypes kept, exact corners, gradients of gradients."""

import ml_dtypes
import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.graph import Graph
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import unary
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

HALVES = [np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)]
KINDS = [*HALVES, np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.complex64),
         np.dtype(np.complex128)]  # fmt: skip
EVERYWHERE = ["negative", "sign", "square", "sqrt", "rsqrt", "reciprocal", "exp", "expm1", "log",
              "log1p", "sigmoid", "abs", "round", "log_sigmoid"]  # fmt: skip
OF_REALS = ["floor", "ceil", "rint", "is_nan", "is_inf", "is_finite"]


@pytest.fixture
def session():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        yield session


@pytest.mark.parametrize("dtype", KINDS, ids=str)
@pytest.mark.parametrize("name", EVERYWHERE + OF_REALS)
def test_the_result_has_the_declared_dtype_and_shape(session, name, dtype):
    if dtype.kind == "c" and name in [*OF_REALS, "log_sigmoid"]:
        pytest.skip("not of complex numbers")
    for shape in ((), (3,), (2, 0)):
        x = placeholder(dtypes.as_dtype(dtype), shape)
        y = getattr(unary, name)(x)
        value = session.run(y, {x: np.full(shape, 0.7, dtype)})
        assert y.shape.as_list() == list(shape)
        assert value.dtype == y.dtype.np_dtype and value.shape == shape


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("name", ["sigmoid", "rsqrt", "exp", "log"])
def test_half_precision_is_rounded_once(session, name, dtype):
    values = np.linspace(0.1, 3, 50).astype(dtype)
    exact = session.run(getattr(unary, name)(constant(values.astype(np.float64))))
    np.testing.assert_array_equal(
        session.run(getattr(unary, name)(constant(values))), exact.astype(dtype)
    )


def test_integers_wrap_and_keep_their_dtype(session):
    x = constant([-128, -1, 0, 20], dtypes.int8)
    got = session.run([unary.abs(x), unary.negative(x), unary.sign(x), unary.square(x)])
    assert [g.tolist() for g in got] == [
        [-128, 1, 0, 20], [-128, 1, 0, -20], [-1, -1, 0, 1], [0, 1, 0, -112],
    ]  # fmt: skip
    assert {g.dtype for g in got} == {np.dtype(np.int8)}


@pytest.mark.parametrize("name", ["sqrt", "exp", "reciprocal", "floor", "is_nan"])
def test_integers_are_refused_where_there_is_nothing_to_compute(session, name):
    with pytest.raises(TypeError, match=r"'x' has DataType int32 not in list of allowed values"):
        getattr(unary, name)(3)


def test_halves_are_rounded_to_the_even_number(session):
    x = constant([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    for function in (unary.round, unary.rint):
        assert session.run(function(x)).tolist() == [-2, -2, 0, 0, 2, 2]


def test_round_gives_integers_back(session):
    x = constant([1, 2])
    assert unary.round(x) is x
    assert session.run(raw.Round(x)).tolist() == [1, 2]


def test_corners(session):
    inf, nan = np.inf, np.nan
    x = constant([0.0, -0.0, inf, -inf, -1.0, nan], dtypes.float64)
    np.testing.assert_array_equal(
        session.run([unary.rsqrt(x), unary.sqrt(x), unary.log(x), unary.sigmoid(x)]),
        [
            [inf, -inf, 0, nan, nan, nan],
            [0, -0.0, inf, nan, nan, nan],
            [-inf, -inf, inf, nan, nan, nan],
            [0.5, 0.5, 1, 0, 1 / (1 + np.e), nan],
        ],
    )
    assert session.run(unary.is_nan(x)).tolist() == [False] * 5 + [True]
    assert session.run(unary.is_inf(x)).tolist() == [False, False, True, True, False, False]
    assert session.run(unary.is_finite(x)).tolist() == [True, True, False, False, True, False]


def test_far_out_sigmoid_and_its_logarithm_keep_their_digits(session):
    x = constant([-700.0, -40.0, 40.0], dtypes.float64)
    sigmoid, log_sigmoid = session.run([unary.sigmoid(x), unary.log_sigmoid(x)])
    np.testing.assert_allclose(sigmoid, [np.exp(-700), np.exp(-40), 1], rtol=1e-14)
    np.testing.assert_allclose(log_sigmoid, [-700, -40, -np.exp(-40)], rtol=1e-14)


def test_complex_log1p_is_exact_near_zero(session):
    z = constant([1e-10 + 1e-10j, 3e-9j, 5 - 2j])
    expected = [1e-10 + (1e-10 - 1e-20) * 1j, 4.5e-18 + 3e-9j, np.log(6 - 2j)]
    got = session.run(unary.log1p(z))
    np.testing.assert_allclose(got.real, np.real(expected), rtol=1e-14)
    np.testing.assert_allclose(got.imag, np.imag(expected), rtol=1e-14)


# What TensorFlow's kernels give for y = 1 + 2i, dy = 3 - i: some conjugate y, some do not.
OF_COMPLEX = {
    "SqrtGrad": 0.5 + 0.5j, "RsqrtGrad": 15.5 - 8.5j, "ReciprocalGrad": 13 + 9j,
    "InvGrad": 13 + 9j, "TanhGrad": 8 - 16j, "SigmoidGrad": 10 - 10j,
}  # fmt: skip


@pytest.mark.parametrize("op_type", OF_COMPLEX)
def test_gradient_ops_of_complex_numbers(session, op_type):
    y, dy = constant(1 + 2j), constant(3 - 1j)
    np.testing.assert_allclose(session.run(getattr(raw, op_type)(y, dy)), OF_COMPLEX[op_type])


@pytest.mark.parametrize("op_type", OF_COMPLEX)
def test_gradient_ops_have_the_gradients_of_differences(session, op_type):
    parts = [placeholder(dtypes.float64, [3]) for _ in range(4)]
    y, dy = raw.Complex(*parts[:2], Tout="complex128"), raw.Complex(*parts[2:], Tout="complex128")
    z = getattr(raw, op_type)(y, dy)
    starts = list(np.random.RandomState(3).uniform(0.5, 1.5, (4, 3)))
    for part in (raw.Real, raw.Imag):
        out = part(z, Tout="float64")
        error = compute_gradient_error(parts, [[3]] * 4, out, [3], starts, delta=1e-5)
        assert error < 1e-7


@pytest.mark.parametrize("name", ["reciprocal", "sqrt", "rsqrt", "sigmoid", "log1p", "sign"])
def test_second_derivatives_of_complex_numbers(session, name):
    x, y = placeholder(dtypes.float64, [2]), placeholder(dtypes.float64, [2])
    z = getattr(unary, name)(raw.Complex(x, y, Tout="complex128"))
    first = gradients(raw.Imag(z, Tout="float64"), [x, y])
    starts = [np.array([0.8, -1.2]), np.array([0.6, 0.9])]
    for slope in first:
        error = compute_gradient_error([x, y], [[2], [2]], slope, [2], starts, delta=1e-5)
        assert error < 1e-7


def test_inv_is_reciprocal(session):
    x = constant([2.0, -4.0])
    y = raw.Inv(x)
    grad = gradients(y, x)[0]
    assert session.run([y, grad])[0].tolist() == [0.5, -0.25]
    assert session.run(grad).tolist() == [-0.25, -0.0625]


@pytest.mark.parametrize("name", ["floor", "ceil", "rint", "round"])
def test_no_gradient_comes_through_steps(session, name):
    x = constant([0.3])
    assert gradients(getattr(unary, name)(x), x) == [None]


def test_the_gradient_of_sign_is_zero(session):
    x = placeholder(dtypes.float32, [None])
    assert session.run(gradients(unary.sign(x), x)[0], {x: [0, 2]}).tolist() == [0, 0]


def test_scalar_mul_takes_the_dtype_of_the_tensor(session):
    x = constant([1.0, 2.0], dtypes.float64)
    y = unary.scalar_mul(3, x)
    assert y.op.type == "Mul" and session.run(y).tolist() == [3, 6]
    with pytest.raises(ValueError, match=r"Only scalar multiply works, got shape \(2,\)"):
        unary.scalar_mul([1.0, 2.0], x)


def test_scalar_mul_keeps_slices(session):
    slices = IndexedSlices(constant([[1.0, 2.0]]), constant([4]), constant([9, 2]))
    scaled = unary.scalar_mul(0.5, slices)
    assert isinstance(scaled, IndexedSlices) and scaled.indices is slices.indices
    assert session.run(scaled.values).tolist() == [[0.5, 1]]


def test_names(session):
    x = placeholder(dtypes.float32, [])
    assert unary.log_sigmoid(x, name="s").op.name == "s"
    assert unary.abs(-2.0).op.inputs[0].op.name == "Abs/x"
    assert [op.name for op in x.graph.get_operations()] == [
        "Placeholder", "s/Neg", "s/Softplus", "s", "Abs/x", "Abs",
    ]  # fmt: skip
