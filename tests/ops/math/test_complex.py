"""Complex numbers: joining and taking apart, conjugates, lengths, angles, and their derivatives."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.core.op_def import raw
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.complex import angle, complex, conj, imag, real
from flowgraph.ops.math.unary import abs, square
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error


@pytest.fixture
def session():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        yield session


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parts_are_joined_with_broadcasting_and_taken_apart(session, dtype):
    x, y = constant(np.array([[1], [2]], dtype)), constant(np.array([3, np.inf, 5], dtype))
    z = complex(x, y)
    assert z.shape.as_list() == [2, 3]
    value, re, im = session.run([z, real(z), imag(z)])
    assert value.dtype == np.result_type(dtype, np.complex64)
    assert re.dtype == im.dtype == dtype
    assert re.tolist() == [[1] * 3, [2] * 3] and im.tolist() == [[3, np.inf, 5]] * 2


def test_scalars(session):
    z = complex(1.0, 2.0)
    got = session.run([z, real(z), imag(z), conj(z), abs(z), angle(z)])
    assert [g.shape for g in got] == [()] * 6
    np.testing.assert_allclose(got, [1 + 2j, 1, 2, 1 - 2j, 5**0.5, np.arctan2(2, 1)], rtol=1e-6)


def test_parts_of_different_dtypes_are_refused(session):
    with pytest.raises(TypeError, match="incorrect types: float32 float64"):
        complex(constant(1.0), constant(1.0, dtypes.float64))
    with pytest.raises(TypeError, match="incorrect types: int32 int32"):
        complex(1, 2)


def test_parts_that_do_not_broadcast(session):
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
        complex([1.0, 2.0], [1.0, 2.0, 3.0])
    x = placeholder(dtypes.float32)
    with pytest.raises(InvalidArgumentError):
        session.run(complex(x, [1.0, 2.0]), {x: [1, 2, 3]})


def test_the_parts_are_fresh_memory(session):
    z = placeholder(dtypes.complex64, [2])
    fed = np.array([1 + 2j, 3 + 4j], np.complex64)
    got = session.run([real(z), imag(z)], {z: fed})
    assert not any(np.shares_memory(g, fed) for g in got)


def test_real_numbers_have_a_conjugate_and_parts_too(session):
    x = constant([-1.0, 2.0])
    assert conj(x) is x and real(x) is x
    assert conj(constant([1])).dtype is dtypes.int32
    assert session.run(imag(x)).tolist() == [0, 0]
    np.testing.assert_allclose(session.run(angle(x)), [np.pi, 0], rtol=1e-6)
    with pytest.raises(TypeError, match=r"Expected numeric or variant tensor, got dtype tf\.bool"):
        conj(constant(True))


def test_names(session):
    z = complex(1.0, 2.0)
    assert [t.op.name for t in (*z.op.inputs, z)] == ["real", "imag", "Complex"]
    angle(2j, name="a")
    zeros = imag(3.0, name="i")
    assert [(op.name, op.type) for op in z.graph.get_operations()[3:]] == [
        ("a/input", "Const"), ("a", "Angle"), ("i/input", "Const"), ("i/zeros_like", "ZerosLike"),
    ]  # fmt: skip
    assert zeros.dtype is dtypes.float32


OF_TWO_REALS = {
    "real": lambda z: real(square(z)),
    "imag": lambda z: imag(square(z)),
    "conj": lambda z: real(conj(z) * square(z)),
    "abs": lambda z: abs(square(z)),
    "angle": lambda z: angle(square(z)),
}


@pytest.mark.parametrize("name", OF_TWO_REALS)
def test_two_derivatives(session, name):
    x, y = placeholder(dtypes.float64, [2, 1]), placeholder(dtypes.float64, [3])
    value = OF_TWO_REALS[name](complex(x, y))
    starts = [np.array([[0.8], [1.3]]), np.array([0.5, 0.9, -1.4])]
    shapes = [[2, 1], [3]]
    assert compute_gradient_error([x, y], shapes, value, [2, 3], starts, delta=1e-5) < 1e-7
    for slope, shape in zip(gradients(value, [x, y]), shapes, strict=True):
        assert compute_gradient_error([x, y], shapes, slope, shape, starts, delta=1e-5) < 1e-6


def test_the_length_has_no_slope_at_zero(session):
    z = constant([0j, 3 + 4j])
    slope = gradients(abs(z), z)[0]
    np.testing.assert_allclose(session.run(slope), [0, 0.6 + 0.8j])


def test_the_raw_op_has_tensorflows_defaults(session):
    z = raw.Complex(1.0, 2.0)
    assert z.dtype is dtypes.complex64 and raw.Real(z).dtype is dtypes.float32
