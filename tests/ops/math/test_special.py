"""Special functions against numbers computed with 40 digits (mpmath 1.4), corners, derivatives."""

import ml_dtypes
import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import special
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

GAMMA_AT = [-5.5, -0.3, 1e-05, 0.4, 0.5, 1.1, 1.9, 2.4, 5.0, 9.5, 30.0]
ERROR_AT = [-3.0, -0.2, 1e-08, 0.46, 0.5, 1.5, 3.9, 4.5, 8.0]
BESSEL_AT = [-25.0, -3.0, 1e-08, 0.5, 5.0, 19.9, 20.1, 700.0]
EXACT = {
    "lgamma": (GAMMA_AT, [
        -4.517832174007741, 1.4648400508576025, 11.512919692895826, 0.7966778177017837,
        0.5723649429247001, -0.049872441259839764, -0.03898427592308336, 0.21685932244884157,
        3.1780538303479458, 11.689333420797269, 71.25703896716801]),
    "digamma": (GAMMA_AT, [
        1.792911330399933, 2.113309779635399, -100000.57719921567, -2.561384544585116,
        -1.9635100260214235, -0.42375494041107664, 0.35618416116405965, 0.6529011697005981,
        1.5061176684318005, 2.1977378764029494, 3.384438132685525]),
    "erf": (ERROR_AT, [
        -0.9999779095030014, -0.22270258921047847, 1.1283791670955126e-08, 0.4846553900016797,
        0.5204998778130465, 0.9661051464753108, 0.9999999652077514, 0.9999999998033839, 1.0]),
    "erfc": (ERROR_AT, [
        1.9999779095030015, 1.2227025892104784, 0.9999999887162083, 0.5153446099983203,
        0.4795001221869535, 0.033894853524689274, 3.4792248597231765e-08, 1.9661604415428876e-10,
        1.1224297172982926e-29]),
    "bessel_i0e": (BESSEL_AT, [
        0.0801967735474367, 0.2430003541618254, 0.9999999900000001, 0.6450352704491501,
        0.18354081260932836, 0.0900085888643896, 0.08955376362061344, 0.015081295651531358]),
    "bessel_i1e": (BESSEL_AT, [
        -0.07857611331929278, -0.19682671329730086, 4.99999995e-09, 0.1564208031848717,
        0.16397226694454237, 0.0877171021317061, 0.08729685184320159, 0.015070519444716848]),
}  # fmt: skip
TRIGAMMA = [
    9.7033198653394, 13.945160267805722, 10000000001.644909, 7.275356590529597, 4.934802200544679,
    1.4332991507927586, 0.6879720582426356, 0.5151525088969444, 0.22132295573711533,
    0.11099728846909904, 0.033895060357739946]  # fmt: skip
THIRD = [
    194.8090484045005, 766.6198904191685, 5.999999999999999e20, 236.19525903394705,
    97.40909103400244, 4.512876790266706, 0.5940666772243749, 0.25840980445938105,
    0.021427828192755075, 0.0027267288350372493, 7.78600366473613e-05]  # fmt: skip
ZETA = [(1.1, 0.3, 13.925622630916047), (2.0, 1.0, 1.6449340668482264),
        (2.5, 7.5, 0.035882887418555526), (3.0, -2.5, 0.0541020258208637),
        (8.0, 40.0, 9.507655008785086e-13)]  # fmt: skip


@pytest.fixture
def session():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        yield session


@pytest.mark.parametrize("name", EXACT)
def test_float64_is_exact_but_for_a_few_last_bits(session, name):
    at, exact = EXACT[name]
    x = constant(np.array(at))
    np.testing.assert_allclose(session.run(getattr(special, name)(x)), exact, rtol=5e-15)


@pytest.mark.parametrize(
    "dtype", [np.float32, np.float16, ml_dtypes.bfloat16], ids=lambda t: np.dtype(t).name
)
@pytest.mark.parametrize("name", EXACT)
def test_narrower_dtypes_are_kept(session, name, dtype):
    at = np.array([0.3, 0.6, 1.2, 2.2, 3.3]).astype(dtype)
    function = getattr(special, name)
    got, exact = session.run([function(constant(at)), function(constant(at.astype(np.float64)))])
    assert got.dtype == at.dtype
    rtol = 4 * float(ml_dtypes.finfo(dtype).eps)
    np.testing.assert_allclose(got.astype(np.float64), exact, rtol=rtol)


@pytest.mark.parametrize("name", EXACT)
def test_scalars_and_empty_tensors(session, name):
    function = getattr(special, name)
    x, empty = constant(0.5, dtypes.float64), constant(np.zeros((2, 0)))
    row = constant(np.array([0.5]))
    got, none, row = session.run([function(x), function(empty), function(row)])
    assert got.shape == () and none.shape == (2, 0)
    assert got == row[0]


def test_polygamma(session):
    x = constant(np.array(GAMMA_AT))
    orders = constant(np.array([[0.0], [1.0], [3.0]]))
    got = session.run(special.polygamma(orders, x))
    np.testing.assert_allclose(got, [EXACT["digamma"][1], TRIGAMMA, THIRD], rtol=5e-15)


def test_zeta(session):
    s, q, exact = np.array(ZETA).T
    np.testing.assert_allclose(
        session.run(special.zeta(constant(s), constant(q))), exact, rtol=1e-14
    )


def test_corners_are_tensorflows(session):
    inf, nan = np.inf, np.nan
    x = constant([0.0, -1.0, inf, -inf, nan, -0.0], dtypes.float64)
    np.testing.assert_array_equal(
        session.run([special.lgamma(x), special.digamma(x), special.erfc(x)]),
        [
            [inf, inf, inf, inf, nan, inf],
            [nan, nan, inf, nan, nan, nan],
            [1, 1.8427007929497148, 0, 2, nan, 1],
        ],
    )
    s = constant([1.0, 0.5, 2.0, 2.0, 3.0, 2.5, 2.0, 3.0], dtypes.float64)
    q = constant([1.0, 1.0, 0.0, -1.0, -1.0, -1.5, inf, nan], dtypes.float64)
    np.testing.assert_array_equal(
        session.run(special.zeta(s, q)), [inf, nan, inf, inf, nan, nan, 0, nan]
    )
    n = constant([0.5, -1.0, 1.0, 1.0], dtypes.float64)
    np.testing.assert_array_equal(
        session.run(special.polygamma(n, constant([1.0, 1.0, 0.0, -1.0], dtypes.float64))),
        [nan, nan, inf, inf],
    )


def test_bessel_functions_that_are_not_scaled(session):
    x = constant([-1.0, 0.0, 2.0], dtypes.float64)
    np.testing.assert_allclose(
        session.run([special.bessel_i0(x), special.bessel_i1(x)]),
        [[1.2660658777520084, 1, 2.279585302336067], [-0.565159103992485, 0, 1.590636854637329]],
        rtol=1e-14,
    )
    assert special.bessel_i0e(x, name="b").op.name == "b/BesselI0e"


STARTS = {"lgamma": [-2.4, 0.3, 3.2], "digamma": [-2.4, 0.8, 3.2]}


@pytest.mark.parametrize("name", [*EXACT, "bessel_i0", "bessel_i1"])
def test_two_derivatives(session, name):
    x = placeholder(dtypes.float64, [3])
    y = getattr(special, name)(x)
    start = np.array(STARTS.get(name, [-1.2, 0.4, 2.1]))
    for value in (y, gradients(y, x)[0]):
        scale = np.abs(session.run(gradients(value, x)[0], {x: start})).max()
        assert compute_gradient_error(x, [3], value, [3], start, delta=1e-5) < 1e-7 * max(1, scale)


def test_the_slope_of_i1e_at_zero(session):
    x = placeholder(dtypes.float64, [2])
    assert session.run(gradients(special.bessel_i1e(x), x)[0], {x: [0, -0.0]}).tolist() == [0.5] * 2


@pytest.mark.parametrize("name", ["polygamma", "zeta"])
def test_derivatives_by_the_second_argument_are_summed_to_its_shape(session, name):
    order, x = constant([[2.0], [3.0]], dtypes.float64), placeholder(dtypes.float64, [3])
    y = getattr(special, name)(order, x)
    start = np.array([1.1, 1.9, 3.0])
    slope = gradients(y, x)[0]
    assert compute_gradient_error(x, [3], y, [2, 3], start, delta=1e-5) < 1e-7
    assert compute_gradient_error(x, [3], slope, [3], start, delta=1e-5) < 1e-6
    assert gradients(y, order) == [None]


def test_digamma_of_halves_has_a_gradient(session):
    x = constant([2.0], dtypes.float16)
    slope = gradients(special.digamma(x), x)[0]
    assert slope.dtype is dtypes.float16
    np.testing.assert_allclose(session.run(slope), [np.pi**2 / 6 - 1], rtol=1e-3)
