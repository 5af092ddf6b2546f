import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.control.switch import merge, switch


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_one_of_several_functions_is_applied_and_differentiated():
    """The idiom of the scripts that distort images."""
    x, chosen = tf.constant([1.0, 2.0]), tf.placeholder(tf.int32, [])
    functions = [tf.square, tf.exp, tf.negative]
    output, index = merge([f(switch(x, tf.equal(chosen, i))[1]) for i, f in enumerate(functions)])
    assert output.shape == [2] and index.dtype == tf.int32
    (slope,) = tf.gradients(output, x)
    wanted = [([1.0, 4.0], [2.0, 4.0]), (np.exp([1.0, 2.0]),) * 2, ([-1.0, -2.0], [-1.0, -1.0])]
    with tf.Session() as session:
        for i, (value, derivative) in enumerate(wanted):
            got = session.run([output, index, slope], {chosen: i})
            np.testing.assert_allclose(got[0], value, rtol=1e-6)
            assert got[1] == i
            np.testing.assert_allclose(got[2], derivative, rtol=1e-6)


@pytest.mark.parametrize("pred, wanted", [(True, (12.0, 1)), (False, (9.0, 0))])
def test_both_sides_of_one_switch(pred, wanted):
    taken = tf.placeholder(tf.bool, [])
    off, on = switch(10.0, taken)
    output = merge([off - 1.0, on + 2.0])
    with tf.Session() as session:
        assert session.run(output, {taken: pred}) == wanted


def test_an_input_without_a_switch_always_lives():
    taken = tf.placeholder(tf.bool, [])
    output = merge([switch(1.0, taken)[1], tf.constant(5.0), tf.constant(7.0)])
    with tf.Session() as session:
        assert session.run(output, {taken: False}) == (5.0, 1)
        assert session.run(output, {taken: True}) == (1.0, 0)


def test_nothing_to_merge():
    with pytest.raises(ValueError, match="merge inputs"):
        merge([None])
