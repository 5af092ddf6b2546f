"""einsum against numpy's, its derivatives, and equations that do not fit."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.einsum import einsum
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

CASES = [
    ("ij,jk->ik", [2, 3], [3, 4]),
    ("ij,jk", [2, 3], [3, 4]),
    ("ij,kj->ki", [2, 3], [4, 3]),
    ("bij,bjk->bik", [2, 2, 3], [2, 3, 2]),
    ("bij,bjk->ikb", [2, 2, 3], [2, 3, 2]),
    ("abc,cd->abd", [2, 3, 2], [2, 2]),
    ("abc,bcd->ad", [2, 3, 2], [3, 2, 2]),
    ("abc,adc->abd", [2, 3, 2], [2, 4, 2]),
    ("i,j->ij", [2], [3]),
    ("i,j->ji", [2], [3]),
    ("i,i->", [3], [3]),
    ("ij,ij->ij", [2, 3], [2, 3]),
    ("ij,ij->i", [2, 3], [2, 3]),
    ("ij,k->j", [2, 3], [2]),
    ("ij->ji", [2, 3]),
    ("ij->j", [2, 3]),
    ("ij->", [2, 3]),
    ("ba", [2, 3]),
    ("ii->i", [3, 3]),
    ("ii", [3, 3]),
    ("iji->j", [2, 3, 2]),
    ("ij,jk,kl->il", [2, 3], [3, 2], [2, 4]),
    ("ab,bc,ca->", [2, 3], [3, 2], [2, 2]),
    ("...ij,...jk->...ik", [2, 2, 3], [2, 3, 2]),
    ("...ij,jk->...ik", [2, 2, 3], [3, 2]),
    ("...i->...", [2, 3]),
    ("i...,i->...", [2, 3], [2]),
    ("...i,...i->...", [4, 1, 3], [2, 3]),
    ("a b , b c -> a c", [2, 3], [3, 2]),
    ("ij,jk->ik", [0, 3], [3, 2]),
    ("ij,jk->ik", [2, 0], [0, 2]),
    (",i->i", [], [2]),
]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(("equation", "shapes"), [(e, s) for e, *s in CASES], ids=str)
def test_values_and_derivatives(equation, shapes, is_known):
    rng = np.random.RandomState(0)
    starts = [rng.uniform(-1, 1, s) for s in shapes]
    expected = np.einsum(equation.replace(" ", ""), *starts)
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        xs = [placeholder(dtypes.float64, s if is_known else [None] * len(s)) for s in shapes]
        y = einsum(equation, *xs)
        value = session.run(y, dict(zip(xs, starts)))
        np.testing.assert_allclose(value, expected)
        assert np.shape(value) == expected.shape
        assert y.shape.rank == expected.ndim and y.shape.is_compatible_with(expected.shape)
        error = compute_gradient_error(xs, shapes, y, expected.shape, starts, 1e-5)
        assert error < 1e-8
        if expected.size and all(s.size for s in starts):
            (slope,) = gradients(y * y, xs[0])
            error = compute_gradient_error(xs, shapes, slope, shapes[0], starts, 1e-5)
            assert error < 1e-7


def test_known_sizes_stay_known():
    with Graph().as_default():
        x = placeholder(dtypes.float32, [None, 3, 2])
        y = placeholder(dtypes.float32, [2, 5])
        assert einsum("abc,cd->abd", x, y).shape.as_list() == [None, 3, 5]


@pytest.mark.parametrize(
    ("equation", "message"),
    [("i->j->k", "incorrect format"), ("i1->i", "incorrect format"), ("i..j->i", "incorrect"),
     ("ij,jk->ik", "Got 1 inputs for equation"), ("ijk->i", "Shape must be rank 3 but is rank 2"),
     ("ijk...->i", "at least rank 3 but is rank 2"), ("ij->iz", "contain the label z not present"),
     ("ij->ii", "a label twice"), ("ii->i", "Dimensions must be equal, but are 2 and 3")],
)  # fmt: skip
def test_equations_that_do_not_fit(equation, message):
    with Graph().as_default(), pytest.raises(ValueError, match=message):
        einsum(equation, constant(np.ones([2, 3])))


def test_the_rank_has_to_be_known():
    with Graph().as_default(), pytest.raises(ValueError, match="needs the rank of each input"):
        einsum("i->i", placeholder(dtypes.float32))
