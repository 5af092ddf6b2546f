"""Static shapes: what is known, merging, broadcasting."""

import pytest

from flowgraph.core.shapes import Dimension, TensorShape, broadcast


def test_a_shape_knows_rank_dimensions_and_size():
    shape = TensorShape([2, None, Dimension(3)])
    assert shape.as_list() == [2, None, 3]
    assert (shape.rank, shape.ndims, len(shape)) == (3, 3, 3)
    assert shape.num_elements() is None
    assert TensorShape([2, 3]).num_elements() == 6
    assert str(shape) == "(2, ?, 3)"
    assert str(TensorShape([5])) == "(5,)"
    assert str(TensorShape(None)) == "<unknown>"


def test_unknown_rank_is_false_and_has_no_list():
    shape = TensorShape(None)
    assert not shape
    assert shape.ndims is None
    with pytest.raises(ValueError, match="unknown TensorShape"):
        shape.as_list()


def test_merging_keeps_what_either_knows():
    assert TensorShape([2, None]).merge_with([None, 3]).as_list() == [2, 3]
    with pytest.raises(ValueError, match=r"Shapes \(2, \?\) and \(3, 1\) are not compatible"):
        TensorShape([2, None]).merge_with([3, 1])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([2, 3], [3], [2, 3]),
        ([2, 1], [1, 4], [2, 4]),
        ([None, 3], [1], [None, 3]),
        ([None], [4], [4]),
        ([], [2, 2], [2, 2]),
        ([0, 1], [5], [0, 5]),
    ],
)
def test_broadcasting(a, b, expected):
    assert broadcast(TensorShape(a), TensorShape(b)).as_list() == expected
    assert broadcast(TensorShape(b), TensorShape(a)).as_list() == expected


def test_broadcasting_refuses_what_numpy_refuses():
    with pytest.raises(ValueError, match="Incompatible shapes"):
        broadcast(TensorShape([2]), TensorShape([3]))


def test_dimensions_compute_and_compare_with_unknowns():
    assert (Dimension(6) // 4).value == 1
    assert (Dimension(None) + 1).value is None
    assert (Dimension(3) == Dimension(None)) is None
    assert Dimension(3) == 3
    with pytest.raises(TypeError, match="please use //"):
        Dimension(3) / 2


def test_a_wrong_rank_is_told():
    with pytest.raises(ValueError, match="Shape must be rank 4 but is rank 2"):
        TensorShape([2, 3]).with_rank(4)


def test_lists_and_tuples_are_added_from_both_sides():
    assert [1] + TensorShape([2]) == TensorShape([1, 2])
    assert ((1,) + TensorShape([2, None])).as_list() == [1, 2, None]
    with pytest.raises(TypeError, match="please use // instead"):
        2 / Dimension(3)
