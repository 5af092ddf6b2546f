"""tf.cond: which branch runs, what comes out, what is an error, gradients."""

import numpy as np
import pytest

import flowgraph as tf


# --- values ---------------------------------------------------------------------------------------
def test_only_the_branch_that_is_taken_runs(session):
    p = tf.placeholder(tf.bool, [])
    v = tf.Variable(0.0)
    out = tf.cond(p, lambda: tf.assign_add(v, 1.0), lambda: tf.assign_add(v, 10.0))
    session.run(v.initializer)
    assert [session.run(out, {p: p_}) for p_ in (True, True, False)] == [1.0, 2.0, 12.0]
    assert session.run(v) == 12.0


def test_what_is_built_outside_runs_whichever_branch_is_taken(session):
    p, log = tf.placeholder(tf.bool, []), []
    outside = tf.py_func(lambda: (log.append("outside"), np.float32(1))[1], [], tf.float32)
    out = tf.cond(p, lambda: outside, lambda: tf.constant(2.0))
    session.run(out, {p: False})
    assert log == ["outside"]


def test_a_branch_may_give_an_operation_that_the_output_waits_for(session):
    p, v = tf.placeholder(tf.bool, []), tf.Variable(0.0)
    out = tf.cond(p, lambda: tf.assign_add(v, 1.0).op, tf.no_op)
    assert (out.dtype, out.shape.as_list()) == (tf.bool, [])
    session.run(v.initializer)
    assert session.run(out, {p: True}) and session.run(v) == 1.0
    assert not session.run(out, {p: False}) and session.run(v) == 1.0
    session.run(out.op, {p: True})
    with tf.control_dependencies([out]):
        after = tf.identity(v)
    assert session.run(after, {p: True}) == 3.0


def test_structures_keep_their_form_and_singletons_are_unpacked(session):
    p = tf.placeholder(tf.bool, [])
    out = tf.cond(p, lambda: {"a": (1, [2.0]), "b": 3}, lambda: {"a": (4, [5.0]), "b": 6})
    assert session.run(out, {p: True}) == {"a": (1, [2.0]), "b": 3}
    assert session.run(out, {p: False}) == {"a": (4, [5.0]), "b": 6}
    assert isinstance(tf.cond(p, lambda: [1], lambda: 2), tf.Tensor)
    assert isinstance(tf.cond(p, lambda: [1], lambda: [2], strict=True), list)


def test_indexed_slices_come_out_as_such(session):
    p = tf.placeholder(tf.bool, [])
    out = tf.cond(
        p,
        lambda: tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2])),
        lambda: tf.IndexedSlices(tf.constant([[5.0]]), tf.constant([7], tf.int64)),
    )
    assert isinstance(out, tf.IndexedSlices) and out.indices.dtype == tf.int64
    values, indices, _ = session.run(out, {p: False})
    assert (values.tolist(), indices.tolist()) == ([[5.0]], [7])


@pytest.mark.parametrize(
    "shapes, merged",
    [
        ([[2, 3], [2, 3]], [2, 3]),
        ([[2, 3], [2, 4]], [2, None]),
        ([[2, None], [2, 4]], [2, None]),
        ([[2, 3], [2]], None),
        ([None, [2]], None),
    ],
)
def test_the_static_shape_is_what_both_branches_have(session, shapes, merged):
    p = tf.placeholder(tf.bool, [])
    x, y = (tf.placeholder(tf.float32, s) for s in shapes)
    out = tf.cond(p, lambda: x, lambda: y)
    assert out.shape._dims == (None if merged is None else tuple(merged))


def test_names_are_those_of_tensorflow(session):
    with tf.name_scope("outer"):
        out = tf.cond(tf.placeholder(tf.bool, []), lambda: tf.constant(1), lambda: tf.constant(2))
    assert out.name == "outer/cond/Merge:0"


def test_a_fetched_output_is_the_callers_own(session):
    p, v = tf.placeholder(tf.bool, []), tf.Variable([1.0, 2.0])
    out = tf.cond(p, lambda: v.read_value(), lambda: tf.constant([3.0, 4.0]))
    session.run(v.initializer)
    for taken in (True, False):
        session.run(out, {p: taken})[:] = 9.0
    assert session.run(v).tolist() == [1.0, 2.0]
    assert session.run(out, {p: False}).tolist() == [3.0, 4.0]


# --- order ----------------------------------------------------------------------------------------
def test_both_branches_wait_for_the_control_dependencies_around(session):
    p, v = tf.placeholder(tf.bool, []), tf.Variable(0.0)
    with tf.control_dependencies([tf.assign(v, 7.0)]):
        out = tf.cond(p, lambda: v.read_value(), lambda: v.read_value() + 1.0)
    session.run(v.initializer)
    assert [session.run(out, {p: p_}) for p_ in (True, False)] == [7.0, 8.0]


def test_a_branch_may_wait_for_an_operation_outside(session):
    p, v = tf.placeholder(tf.bool, []), tf.Variable(0.0)
    write = tf.assign(v, 7.0)

    def branch():
        with tf.control_dependencies([write]):
            return v.read_value()

    out = tf.cond(p, branch, branch)
    session.run(v.initializer)
    assert session.run(out, {p: True}) == 7.0


def test_a_read_beside_a_conditional_that_writes_comes_first(session):
    p, v = tf.placeholder(tf.bool, []), tf.Variable(1.0)
    wrote = tf.cond(p, lambda: tf.assign_add(v, 1.0), lambda: v.read_value())
    read = v.read_value() * 10.0
    session.run(v.initializer)
    assert session.run([wrote, read], {p: True}) == [2.0, 10.0]


def test_a_variable_made_in_a_branch_belongs_to_the_whole_graph(session):
    p = tf.placeholder(tf.bool, [])
    out = tf.cond(p, lambda: tf.get_variable("u", [], initializer=tf.ones_initializer()) * 2.0,
                  lambda: tf.constant(0.0))  # fmt: skip
    assert [v.name for v in tf.global_variables()] == ["u:0"]
    session.run(tf.global_variables_initializer())
    assert session.run(out, {p: True}) == 2.0


def test_an_uninitialised_variable_of_the_other_branch_is_no_error(session):
    v = tf.Variable(3.0)
    assert session.run(v.initialized_value()) == 3.0
    session.run(tf.assign(v, 5.0))
    assert session.run(v.initialized_value()) == 5.0


# --- gradients ------------------------------------------------------------------------------------
@pytest.mark.parametrize("p_", [True, False])
@pytest.mark.parametrize("q_", [True, False])
def test_gradients_through_nested_conditionals(session, assert_gradients, p_, q_):
    p, q = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float64, [3])
    y = tf.cond(
        p,
        lambda: tf.cond(q, lambda: tf.exp(x) * x, lambda: tf.sin(x)),
        lambda: tf.cond(q, lambda: x, lambda: x * x * tf.tanh(x)),
    )
    assert_gradients(y, x, np.array([0.3, -0.7, 1.1]), {p: p_, q: q_})


@pytest.mark.parametrize("p_", [True, False])
def test_gradients_when_the_branches_have_different_shapes(session, assert_gradients, p_):
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float64, [3])
    y = tf.cond(p, lambda: tf.exp(x[:2] * x[1:]), lambda: tf.reduce_sum(tf.sin(x) * x))
    assert_gradients(y, x, np.array([0.3, -0.7, 1.1]), {p: p_})


@pytest.mark.parametrize("p_", [True, False])
def test_the_gradient_is_zero_in_a_branch_without_way(session, p_):
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float64, [2, None])
    y = tf.cond(p, lambda: x * x, lambda: tf.constant([[1.0, 2.0]], tf.float64))
    grad = session.run(tf.gradients(y, x)[0], {p: p_, x: [[1.0], [2.0]]})
    assert grad.tolist() == ([[2.0], [4.0]] if p_ else [[0.0], [0.0]])


def test_no_way_in_either_branch_is_no_gradient(session):
    p, x = tf.placeholder(tf.bool, []), tf.constant(2.0)
    y = tf.cond(p, lambda: tf.stop_gradient(x), lambda: tf.constant(1.0))
    assert tf.gradients(y, x) == [None]


def test_the_gradient_of_a_gather_in_a_branch_is_dense(session):
    p, table = tf.placeholder(tf.bool, []), tf.Variable(np.arange(6.0).reshape(3, 2))
    y = tf.cond(p, lambda: tf.gather(table, [0, 0, 2]), lambda: table * 2.0)
    grad = tf.gradients(y, table)[0]
    session.run(table.initializer)
    assert session.run(grad, {p: True}).tolist() == [[2, 2], [0, 0], [1, 1]]
    assert session.run(grad, {p: False}).tolist() == [[2, 2], [2, 2], [2, 2]]


def test_the_gradient_is_that_of_the_value_read_before_a_write(session):
    p, x, v = tf.placeholder(tf.bool, []), tf.constant(3.0), tf.Variable(2.0)

    def branch():
        y = x * v.read_value()
        with tf.control_dependencies([y]):
            with tf.control_dependencies([tf.assign(v, 100.0)]):
                return tf.identity(y)

    y = tf.cond(p, branch, lambda: x)
    session.run(v.initializer)
    assert session.run([y, tf.gradients(y, x)[0]], {p: True}) == [6.0, 2.0]


def test_gradients_taken_inside_a_branch_by_a_tensor_outside(session, assert_gradients):
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float64, [])
    z = tf.exp(x)
    y = tf.cond(p, lambda: tf.gradients(z * x, x)[0], lambda: x)
    assert session.run(y, {p: True, x: 2.0}) == pytest.approx(np.exp(2.0) * 3.0)
    assert_gradients(y, x, np.array(0.5), {p: True})


def test_a_gradient_added_later_leaves_the_value_as_it_was(session):
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float64, [])
    y = tf.cond(p, lambda: tf.exp(x) * x, lambda: x)
    before = session.run(y, {p: True, x: 2.0})
    grad = tf.gradients(y, x)[0]
    assert session.run([y, grad], {p: True, x: 2.0})[0] == before
    assert session.run(y, {p: True, x: 2.0}) == before


# --- errors ---------------------------------------------------------------------------------------
def one():
    return tf.constant(1)


@pytest.mark.parametrize(
    "arguments, error, said",
    [
        ((True, one, one), TypeError, "'pred' must not be a Python bool"),
        ((1.0, one, one), TypeError, "has type float32 that does not match expected type of bool"),
        (([True], one, one), ValueError, "Shape must be rank 0 but is rank 1"),
        ((np.bool_(True), one), TypeError, "'false_fn' argument required"),
        ((np.bool_(True), 3, one), TypeError, "'true_fn' must be callable"),
        ((np.bool_(True), one, lambda: 1.0), ValueError, "must have the same type"),
        ((np.bool_(True), lambda: None, one), ValueError, "'true_fn' must have a return value"),
        ((np.bool_(True), list, list), ValueError, "must return at least one result"),
        ((np.bool_(True), lambda: (1, 2), lambda: (1, 2, 3)), ValueError, "number of elements"),
        ((np.bool_(True), lambda: (1, 2), lambda: [1, 2]), TypeError, "same sequence type"),
        ((np.bool_(True), tf.no_op, one), ValueError, "Received bool from 'true_fn' and int32"),
    ],
)
def test_what_does_not_fit_is_an_error(session, arguments, error, said):
    with pytest.raises(error, match=said):
        tf.cond(*arguments)


def test_a_tensor_of_a_branch_cannot_be_used_outside(session):
    inner = []
    tf.cond(tf.constant(True), lambda: inner.append(tf.constant(1.0)) or inner[0], lambda: 2.0)
    with pytest.raises(ValueError, match="must be from the same graph"):
        tf.identity(inner[0])


def test_an_error_inside_names_the_inner_operation_and_the_users_line(session):
    x = tf.placeholder(tf.float32, [None])
    out = tf.cond(tf.constant(True), lambda: tf.reshape(x, [5], name="bad"), lambda: x)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"node cond/bad.*test_cond\.py") as e:
        session.run(out, {x: [1.0, 2.0]})
    assert e.value.op.name == "cond/bad"
