"""Products of matrices: against numpy, gradients, which are built, and errors with hints."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.core.op_def import raw
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.matmul import matmul, matvec, product_cost
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

TURNS = [(False, False), (False, True), (True, False), (True, True)]


def turned(x, is_turned):
    return x.swapaxes(-1, -2) if is_turned else x


@st.composite
def factors(draw):
    """Two arrays that can be multiplied, how they are turned, and partly known static shapes."""
    rows, inner, columns = (draw(st.integers(0, 3)) for _ in range(3))
    batch = draw(st.lists(st.integers(1, 3), max_size=2))
    batches = [[draw(st.sampled_from([1, n])) for n in batch] for _ in range(2)]
    batches[1] = batches[1][draw(st.integers(0, len(batch))) :]
    turns = draw(st.booleans()), draw(st.booleans())
    rng = np.random.RandomState(0)
    arrays = [
        turned(rng.uniform(size=[*batches[0], rows, inner]), turns[0]),
        turned(rng.uniform(size=[*batches[1], inner, columns]), turns[1]),
    ]
    known = [[d if draw(st.booleans()) else None for d in x.shape] for x in arrays]
    return arrays, turns, [k if draw(st.integers(0, 4)) else None for k in known]


@settings(max_examples=150, deadline=None)
@given(factors())
def test_a_product_is_numpys(case):
    (a, b), turns, known = case
    expected = np.matmul(turned(a, turns[0]), turned(b, turns[1]))
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x, y = (placeholder(dtypes.float64, shape) for shape in known)
        product = matmul(x, y, *turns)
        value, *slopes = session.run([product, *gradients(product, [x, y])], {x: a, y: b})
        np.testing.assert_allclose(value, expected)
        assert product.shape.is_compatible_with(expected.shape)
        assert [s.shape for s in slopes] == [a.shape, b.shape]


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("batches", [([], []), ([2], [2]), ([2, 1], [3])])
def test_first_and_second_derivatives(batches, adjoint, turns):
    rng = np.random.RandomState(0)
    sizes = [[*batches[0], *(3, 2)[:: 1 if turns[0] else -1]],
             [*batches[1], *(4, 3)[:: 1 if turns[1] else -1]]]  # fmt: skip
    starts = [rng.uniform(-1, 1, s) for s in sizes]
    with Graph().as_default() as graph, Session(graph=graph).as_default():
        x, y = (placeholder(dtypes.float64, [None] * len(s)) for s in sizes)
        names = ("adjoint_a", "adjoint_b") if adjoint else ("transpose_a", "transpose_b")
        product = matmul(x, y, **dict(zip(names, turns)))
        shape = [*np.broadcast_shapes(*batches), 2, 4]
        assert compute_gradient_error([x, y], sizes, product, shape, starts, 1e-5) < 1e-8
        for slope, size in zip(gradients(product * product, [x, y]), sizes, strict=True):
            assert compute_gradient_error([x, y], sizes, slope, size, starts, 1e-5) < 1e-7


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("batch", [[], [2]])
def test_derivatives_of_complex_products(batch, turns):
    rng = np.random.RandomState(0)
    starts = [rng.uniform(-1, 1, [*batch, 2, 2]) + 1j * rng.uniform(-1, 1, [*batch, 2, 2])
              for _ in range(2)]  # fmt: skip
    weight = rng.uniform(-1, 1, [*batch, 2, 2]) + 1j * rng.uniform(-1, 1, [*batch, 2, 2])
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x, y = (placeholder(dtypes.complex128, [*batch, 2, 2]) for _ in range(2))
        product = matmul(x, y, adjoint_a=turns[0], adjoint_b=turns[1])
        found = session.run(gradients(product, [x, y], weight), dict(zip([x, y], starts)))

        def value(a, b):  # what is differentiated: Re(conj(weight) * product), summed
            a, b = (turned(v.conj() if t else v, t) for v, t in zip((a, b), turns))
            return np.sum(weight.conj() * np.matmul(a, b)).real

        for i, slope in enumerate(found):
            step = np.zeros_like(starts[i])
            for at in np.ndindex(step.shape):
                for unit in (1, 1j):
                    step[at] = 1e-6 * unit
                    moved = [[s + sign * step if k == i else s for k, s in enumerate(starts)]
                             for sign in (1, -1)]  # fmt: skip
                    change = (value(*moved[0]) - value(*moved[1])) / 2e-6
                    assert np.isclose(change, (slope[at] * np.conj(unit)).real, atol=1e-7)
                    step[at] = 0


@pytest.mark.parametrize(
    "dtype", [np.float16, ml_dtypes.bfloat16, np.int32, np.int64, np.complex64]
)
@pytest.mark.parametrize("batch", [[], [2]])
def test_dtypes(batch, dtype):
    x = np.arange(4).reshape(2, 2).astype(dtype) * np.ones([*batch, 1, 1], dtype)
    with Graph().as_default() as graph, Session(graph=graph) as session:
        value = session.run(matmul(x, x))
        assert value.dtype == dtype
        np.testing.assert_array_equal(value[..., :, :], np.broadcast_to(
            np.array([[2, 3], [6, 11]], dtype), value.shape))  # fmt: skip


def test_which_op_it_is():
    with Graph().as_default():
        flat, many = constant(np.ones([2, 2])), constant(np.ones([1, 2, 2]))
        unknown = placeholder(dtypes.float64)
        assert matmul(flat, flat).op.type == "MatMul"
        assert matmul(flat, many).op.type == "BatchMatMulV2"
        assert matmul(flat, unknown).op.type == "BatchMatMulV2"
        assert matvec(flat, constant(np.ones(2))).shape.as_list() == [2]


def test_the_gradient_of_what_nobody_wants_is_not_built():
    with Graph().as_default() as graph:
        x, w = constant(np.ones([2, 3])), constant(np.ones([3, 4]))
        y = matmul(x, w)
        before = len(graph.get_operations())
        gradients(y, w)
        added = graph.get_operations()[before:]
        assert [op.type for op in added].count("MatMul") == 1


def test_static_misfits():
    with Graph().as_default():
        a, b = placeholder(dtypes.float32, [2, 3]), placeholder(dtypes.float32, [4, 5])
        text = (
            r"^Dimensions must be equal, but are 3 and 4 for 'MatMul' \(op: 'MatMul'\) with input "
            r"shapes: \[2,3\], \[4,5\]\."
        )
        with pytest.raises(ValueError, match=text):
            matmul(a, b)
        with pytest.raises(ValueError, match="Shape must be rank 2 but is rank 1"):
            matmul(a, placeholder(dtypes.float32, [3]))
        with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 5"):
            matmul(placeholder(dtypes.float32, [2, 3, 4]), placeholder(dtypes.float32, [5, 4, 3]))
        with pytest.raises(ValueError, match="Shape must be at least rank 2 but is rank 1"):
            matmul(placeholder(dtypes.float32), placeholder(dtypes.float32, [3]))
        with pytest.raises(ValueError, match="Only one of transpose_a and adjoint_a can be True"):
            matmul(a, b, transpose_a=True, adjoint_a=True)
        with pytest.raises(TypeError, match="'b' of 'MatMul' Op has type float64 that does not"):
            matmul(a, placeholder(dtypes.float64, [3, 2]))


def test_misfits_at_run_time_have_hints():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        a, b = (placeholder(dtypes.float32, [None, None]) for _ in range(2))
        for product, shapes, text in (
            (matmul(a, b), ([2, 3], [4, 5]), r"In\[0\]: \[2,3\], In\[1\]: \[4,5\]\n"),
            (matmul(a, b), ([2, 3], [2, 3]), "Hint: they fit with transpose_b=True"),
            (matmul(a, b), ([3, 2], [3, 4]), "Hint: they fit with transpose_a=True"),
            (matmul(a, b, transpose_b=True), ([2, 3], [3, 4]), "they fit without transpose_b"),
            (matmul(a, b, transpose_a=True), ([2, 3], [3, 4]), "they fit without transpose_a"),
        ):
            feeds = dict(zip((a, b), map(np.ones, shapes)))
            with pytest.raises(InvalidArgumentError, match=text) as caught:
                session.run(product, feeds)
            assert str(caught.value).startswith("Matrix size-incompatible: In[0]: [")


def test_misfits_of_batches_at_run_time():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        a, b = placeholder(dtypes.float32), placeholder(dtypes.float32)
        product = matmul(a, b)
        with pytest.raises(InvalidArgumentError, match=r"dimensions: \[2,3,4\] vs. \[3,4,5\]"):
            session.run(product, {a: np.ones([2, 3, 4]), b: np.ones([3, 4, 5])})
        with pytest.raises(InvalidArgumentError, match="Hint: they fit with adjoint_b=True"):
            session.run(product, {a: np.ones([2, 3, 4]), b: np.ones([2, 3, 4])})
        with pytest.raises(InvalidArgumentError, match=r"In\[0\] ndims must be >= 2: 1"):
            session.run(product, {a: np.ones(2), b: np.ones([2, 2])})
        with pytest.raises(InvalidArgumentError, match=r"In\[1\] is not a matrix"):
            session.run(raw.MatMul(a, b), {a: np.ones([2, 2]), b: np.ones(2)})


def test_the_first_batched_product_has_equal_batches():
    with Graph().as_default():
        x, y = placeholder(dtypes.float32, [2, 1, 3]), placeholder(dtypes.float32, [None, 3, 1])
        assert raw.BatchMatMul(x, y).shape.as_list() == [2, 1, 1]
        with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal"):
            raw.BatchMatMul(x, placeholder(dtypes.float32, [1, 3, 1]))


def test_what_a_product_costs():
    small, large = np.ones([10, 10]), np.ones([1000, 1000])
    assert product_cost([small, small]) == pytest.approx(1e3 / 5e10)
    assert product_cost([large, large]) == pytest.approx(1e9 / 5e10)
    assert product_cost([np.ones([7, 10, 20]), np.ones([20, 30])]) == pytest.approx(42e3 / 5e10)
