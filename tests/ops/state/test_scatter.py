"""scatter_* against a loop, in every dtype; what they check before they write."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

METHODS = {
    "update": lambda old, new: new,
    "add": lambda old, new: old + new,
    "sub": lambda old, new: old - new,
    "mul": lambda old, new: old * new,
    "div": lambda old, new: old / new,
    "min": min,
    "max": max,
}


def scattered(method, start, indices, updates, **more):
    with tf.Graph().as_default(), tf.Session() as session:
        ref = tf.Variable(start)
        session.run(ref.initializer)
        changed = getattr(tf, f"scatter_{method}")(ref, indices, updates, **more)
        assert changed.dtype == ref.dtype and changed.shape == ref.shape
        result = session.run(changed)
        np.testing.assert_array_equal(result, session.run(ref))
        return result


@st.composite
def requests(draw):
    rows, width = draw(st.integers(1, 4)), draw(st.integers(0, 3))
    shape = draw(st.sampled_from([(), (2,), (2, 2)]))
    count = int(np.prod(shape))
    where = draw(st.lists(st.integers(0, rows - 1), min_size=count, max_size=count))
    numbers = st.floats(0.5, 2).map(np.float64)
    inner = draw(st.sampled_from([(), (width,)]))
    start = draw(st.lists(numbers, min_size=rows, max_size=rows))
    start = np.broadcast_to(np.reshape(start, (rows, *[1] * len(inner))), (rows, *inner)).copy()
    size = int(np.prod((*shape, *inner)))
    updates = np.array(draw(st.lists(numbers, min_size=size, max_size=size)))
    return start, np.array(where, np.int64).reshape(shape), updates.reshape((*shape, *inner))


@given(st.sampled_from(sorted(METHODS)), requests())
@settings(max_examples=60, deadline=None)
def test_rows_are_changed_one_after_the_other(method, request):
    start, indices, updates = request
    expected = start.copy()
    for place in np.ndindex(indices.shape):
        for column in np.ndindex(start.shape[1:]):
            at = (indices[place], *column)
            expected[at] = METHODS[method](expected[at], updates[(*place, *column)])

    result = scattered(method, start, indices, updates)

    np.testing.assert_allclose(result, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int8", "uint16", "complex64"])
@pytest.mark.parametrize("indices", [[0, 2], [1, 1]])
def test_dtypes_stay(dtype, indices):
    kind = tf.as_dtype(dtype).as_numpy_dtype
    result = scattered("add", np.array([[1], [2], [3]], kind), indices, np.array([[4], [5]], kind))
    assert result.dtype == kind
    expected = [[5], [2], [8]] if indices == [0, 2] else [[1], [11], [3]]
    np.testing.assert_array_equal(result.astype(complex), expected)


def test_many_repeated_rows_are_added_in_parts():
    random = np.random.RandomState(0)
    indices, updates = random.randint(0, 5, 3000), random.rand(3000, 64)
    expected = np.zeros((5, 64))
    np.add.at(expected, indices, updates)

    np.testing.assert_allclose(scattered("add", np.zeros((5, 64)), indices, updates), expected)


def test_a_scalar_goes_to_every_row_and_strings_and_bools_can_be_set():
    np.testing.assert_array_equal(scattered("sub", [1.0, 2.0, 3.0], [0, 2], 1.0), [0, 2, 2])
    assert scattered("update", ["a", "b"], [1], ["c"]).tolist() == [b"a", b"c"]
    assert scattered("update", [True, True], [0], [False]).tolist() == [False, True]


def test_integers_are_divided_towards_zero_and_not_by_zero():
    assert scattered("div", [7, -7, 9], [0, 1, 2], [2, 2, -2]).tolist() == [3, -3, -4]
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        scattered("div", [1, 2], [0], [0])


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.fixture
def ref(session):
    variable = tf.Variable([1.0, 2.0, 3.0])
    session.run(variable.initializer)
    return variable


@pytest.mark.parametrize(
    ("function", "indices", "updates", "message"),
    [
        ("scatter_add", [0, 3], [1.0, 1.0], r"indices\[1\] = 3 is not in \[0, 3\)"),
        ("scatter_add", [[0, -1]], [[1.0, 1.0]], r"indices\[0,1\] = -1 is not in \[0, 3\)"),
        ("scatter_add", 7, 1.0, r"indices = 7 is not in \[0, 3\)"),
        (
            "scatter_update", [0], [1.0, 2.0],
            r"updates.shape \[2\], indices.shape \[1\], params.shape \[3\]",
        ),
        ("scatter_nd_add", [[0], [5]], [1.0, 1.0], r"indices\[1\] = \[5\] does not index into"),
        ("scatter_nd_add", [[0], [1]], [1.0], "Must have updates.shape = indices.shape"),
        ("scatter_nd_update", [[0, 1]], [1.0], "last dimension of indices, 2, must be at most"),
    ],
)  # fmt: skip
def test_what_is_wrong_changes_nothing(session, ref, function, indices, updates, message):
    where, what = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    changed = getattr(tf, function)(ref, where, what)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(changed, {where: indices, what: updates})
    assert session.run(ref).tolist() == [1.0, 2.0, 3.0]


def test_shapes_are_checked_when_the_graph_is_made(ref):
    with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal, but are 2 and"):
        tf.scatter_add(ref, [0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"Dimensions \[0,1\) of indices\[shape=\[1,1\]\]"):
        tf.scatter_nd_add(ref, [[0]], [1.0, 2.0])
    with pytest.raises(TypeError, match="'ref' be a mutable tensor"):
        tf.scatter_add(ref.value(), [0], [1.0])


def test_coordinates_name_elements_or_slices(session):
    ref = tf.Variable(np.arange(6.0).reshape(3, 2))
    session.run(ref.initializer)
    one = session.run(tf.scatter_nd_update(ref, [[0, 1], [2, 0]], [-1.0, -2.0]))
    np.testing.assert_array_equal(one, [[0, -1], [2, 3], [-2, 5]])
    rows = session.run(tf.scatter_nd_add(ref, [[1], [1]], [[1.0, 1.0], [2.0, 2.0]]))
    np.testing.assert_array_equal(rows[1], [5, 6])
    less = session.run(ref.scatter_nd_sub([[[0, 0]]], [[7.0]]))
    np.testing.assert_array_equal(less[0], [-7, -1])
    np.testing.assert_array_equal(session.run(tf.gather_nd(ref, [[2, 1]])), [5])


def test_indices_within_a_batch(session):
    ref = tf.Variable(np.zeros((3, 4), np.float32))
    session.run(ref.initializer)
    changed = tf.batch_scatter_update(
        ref, [[0, 1], [1, 0], [2, 3]], [[10.0, 11.0], [12.0, 13.0], [14.0, 15.0]]
    )
    expected = [[10, 11, 0, 0], [13, 12, 0, 0], [0, 0, 14, 15]]
    np.testing.assert_array_equal(session.run(changed), expected)


def test_methods_take_indexed_slices(session, ref):
    slices = tf.IndexedSlices(tf.constant([5.0, 7.0]), tf.constant([0, 2]))
    expected = {
        "update": [5, 2, 7], "add": [10, 2, 14], "sub": [5, 2, 7], "mul": [25, 2, 49],
        "div": [5, 2, 7], "min": [5, 2, 7], "max": [5, 2, 7],
    }  # fmt: skip
    for method, values in expected.items():
        result = session.run(getattr(ref, f"scatter_{method}")(slices))
        np.testing.assert_array_equal(result, values)
    with pytest.raises(TypeError, match="sparse_delta is not IndexedSlices: 3"):
        ref.scatter_add(3)
