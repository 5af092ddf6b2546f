"""Broadcasting of two inputs: numpy's values, static shapes that hold, gradients that sum back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

OPS = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "maximum": np.maximum,
    "squared_difference": lambda x, y: (x - y) ** 2, "less": np.less, "atan2": np.arctan2,
}  # fmt: skip


@st.composite
def two_arrays(draw):
    """Two arrays whose shapes broadcast, and static shapes that know some of their sizes."""
    whole = draw(st.lists(st.integers(0, 4), max_size=4))
    shapes, known = [], []
    for _ in range(2):
        shape = [1 if draw(st.booleans()) else d for d in whole[draw(st.integers(0, len(whole))) :]]
        shapes.append(shape)
        told = [d if draw(st.booleans()) else None for d in shape]
        known.append(None if draw(st.integers(0, 4)) == 0 else told)
    seed = draw(st.integers(0, 1000))
    random = np.random.RandomState(seed)
    return [random.standard_normal(s) for s in shapes], known


@settings(max_examples=200, deadline=None)
@given(two_arrays(), st.sampled_from(sorted(OPS)))
def test_values_are_numpys_and_static_shapes_hold(case, name):
    arrays, known = case
    expected = OPS[name](*arrays)
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = (tf.placeholder(tf.float64, shape) for shape in known)
        z = getattr(tf, name)(x, y)
        value = session.run(z, dict(zip([x, y], arrays, strict=True)))
        np.testing.assert_allclose(value, expected)
        assert z.shape.is_compatible_with(np.shape(expected))
        if all(s is not None and None not in s for s in known):
            assert z.shape.as_list() == list(np.shape(expected))


@settings(max_examples=100, deadline=None)
@given(two_arrays())
def test_a_gradient_has_the_shape_of_its_input_and_sums_what_was_repeated(case):
    arrays, known = case
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = (tf.placeholder(tf.float64, shape) for shape in known)
        found = tf.gradients(x * y, [x, y])
        feed = dict(zip([x, y], arrays, strict=True))
        values = session.run(found, feed)
        second = session.run(tf.gradients(found[0] * 1.0, [y])[0], feed)
    for i, (value, other) in enumerate(zip(values, arrays[::-1], strict=True)):
        spread = np.broadcast_to(other, np.broadcast_shapes(*[a.shape for a in arrays]))
        own = arrays[i].shape
        axes = tuple(range(spread.ndim - len(own)))
        total = spread.sum(axis=axes) if axes else spread
        kept = tuple(j for j, d in enumerate(own) if d == 1 and total.shape[j] != 1)
        np.testing.assert_allclose(value, total.sum(axis=kept, keepdims=True), atol=1e-12)
        assert value.shape == own
    assert second.shape == arrays[1].shape


def test_shapes_that_do_not_fit_are_refused_when_built_and_when_run():
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(x + y, {x: [1, 2], y: [1, 2, 3]})
        with pytest.raises(ValueError, match="must be equal"):
            tf.constant([1.0, 2.0]) + tf.constant([1.0, 2.0, 3.0])


def test_a_clash_names_the_two_dimensions():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="be equal, but are 3 and 2"):
        tf.ones([4, 3]) + tf.ones([5, 4, 2])
