"""tf.contrib.framework.smart_case: no branches for what is known beforehand."""

import pytest

import flowgraph as tf

smart_case = tf.contrib.framework.smart_case


def never():
    raise AssertionError("a branch that is not taken was built")


def test_known_conditions_make_no_branch():
    assert smart_case([(False, never), (True, lambda: "second"), (True, never)]) == "second"
    assert smart_case({False: never}, default=lambda: "default") == "default"
    assert smart_case([(tf.constant(True), lambda: 3)]) == 3
    with pytest.raises(ValueError, match="known to be false"):
        smart_case([(False, never)])


def test_what_is_not_known_is_left_to_the_run():
    x = tf.placeholder(tf.int32, [])
    chosen = smart_case(
        [(False, never), (x < 0, lambda: tf.constant(-1)), (True, lambda: tf.constant(7))]
    )
    with tf.Session() as session:
        assert [session.run(chosen, {x: value}) for value in (-5, 5)] == [-1, 7]


def test_wrong_arguments():
    with pytest.raises(TypeError, match="pairs of a condition and a function"):
        smart_case([True])
    with pytest.raises(TypeError, match="must be callable"):
        smart_case([(True, 3)])
