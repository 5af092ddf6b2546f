"""The optimizers' update ops: bad input, and that a failed update changes nothing."""

import numpy as np
import pytest

import flowgraph as tf

raw = tf.raw_ops
ONE = np.float32(0.5)


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def states(session, resource, count=2, shape=(3, 2)):
    made = [tf.Variable(tf.ones(shape), use_resource=resource) for _ in range(count)]
    session.run(tf.global_variables_initializer())
    return made, [v.handle if resource else v for v in made]


def op(name, resource):
    return getattr(raw, f"Resource{name}" if resource else name)


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.parametrize(
    ("grad", "indices", "message"),
    [
        ([[1.0, 1.0]], [3], r"Index 3 at offset 0 in indices is out of range \[0, 3\)"),
        ([[1.0, 1.0]], [-1], "Index -1 at offset 0"),
        ([[1.0, 1.0]], [0, 1], "one row of var for each index"),
        ([[1.0]], [0], "one row of var for each index"),
    ],
)
def test_a_failed_update_of_rows_changes_nothing(session, resource, grad, indices, message):
    made, refs = states(session, resource)
    fed = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    update = op("SparseApplyAdagrad", resource)(*refs, ONE, *fed)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(update, dict(zip(fed, (grad, indices))))
    for value in session.run(made):
        np.testing.assert_array_equal(value, np.ones((3, 2)))


@pytest.mark.parametrize("resource", [False, True])
def test_a_failed_update_of_the_whole_changes_nothing(session, resource):
    made, refs = states(session, resource)
    grad = tf.placeholder(tf.float32)
    update = op("ApplyMomentum", resource)(*refs, ONE, grad, ONE)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"same shape: \[3, 2\] \[2\]"):
        session.run(update, {grad: [1.0, 1.0]})
    for value in session.run(made):
        np.testing.assert_array_equal(value, np.ones((3, 2)))


@pytest.mark.parametrize("resource", [False, True])
def test_what_does_not_fit_is_an_error_when_it_is_built(session, resource):
    _, refs = states(session, resource)
    _, (small,) = states(session, resource, 1, (2,))
    grad = tf.ones([3, 2])
    dense, sparse = op("ApplyMomentum", resource), op("SparseApplyMomentum", resource)
    for wrong in (
        lambda: dense(refs[0], small, ONE, grad, ONE),
        lambda: dense(*refs, ONE, tf.ones([3, 3]), ONE),
        lambda: dense(*refs, tf.ones([1]), grad, ONE),
        lambda: sparse(*refs, ONE, tf.ones([1, 3]), [0], ONE),
        lambda: sparse(*refs, ONE, tf.ones([1, 2]), [[0]], ONE),
    ):
        with pytest.raises(ValueError):
            wrong()
    with pytest.raises((TypeError, ValueError), match="float64|double"):
        dense(*refs, np.float64(0.1), tf.ones([3, 2], tf.float64), np.float64(0.1))


@pytest.mark.parametrize("resource", [False, True])
def test_a_row_that_is_named_twice_is_updated_twice(session, resource):
    made, refs = states(session, resource)
    update = op("SparseApplyMomentum", resource)
    session.run(update(*refs, ONE, [[1.0, 1.0]] * 3, [1, 0, 1], ONE))
    var, accum = session.run(made)
    # 1 -> 1 * 0.5 + 1 = 1.5 -> 1.5 * 0.5 + 1 = 1.75
    assert accum[:, 0].tolist() == [1.5, 1.75, 1.0]
    assert var[:, 0].tolist() == [1 - 0.75, 1 - 0.75 - 0.875, 1.0]


def test_a_gradient_that_is_the_variable_itself(session):
    made, refs = states(session, True, 1)
    update = raw.ResourceApplyGradientDescent(refs[0], ONE, made[0].value())
    session.run(update)
    np.testing.assert_array_equal(session.run(made[0]), np.full((3, 2), 0.5))


def test_every_update_exists_for_both_kinds_of_variables():
    names = {name for name in dir(raw) if "Apply" in name and "Accumulator" not in name}
    of_refs = {name for name in names if not name.startswith("Resource")}
    only_resource = {name.removeprefix("Resource") for name in names} - of_refs
    assert {f"Resource{name}" for name in of_refs} <= names
    assert only_resource == {
        "ApplyAdamWithAmsgrad", "ApplyKerasMomentum", "SparseApplyKerasMomentum"
    }  # fmt: skip
