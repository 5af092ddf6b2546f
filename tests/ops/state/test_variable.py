"""The ops that set and ask variables: order, shapes, errors, and what a failure leaves."""

import threading

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.fixture
def v(session):
    variable = tf.Variable([1.0, 2.0], name="v")
    session.run(variable.initializer)
    return variable


def test_assignments_give_the_variable(session, v):
    for change, expected in [
        (tf.assign(v, [3, 4]), [3, 4]),
        (tf.assign_add(v, [1.0, 1.0]), [4, 5]),
        (tf.assign_sub(v, [2.0, 2.0]), [2, 3]),
        (v.assign(v * 2), [4, 6]),
    ]:
        np.testing.assert_array_equal(session.run(change), expected)
    assert v.assign([0.0, 0.0], read_value=False).type == "Assign"


def test_a_variable_may_be_assigned_what_shares_its_memory(session, v):
    assert session.run(v.assign(v[::-1])).tolist() == [2.0, 1.0]
    assert session.run(v.assign_add(v)).tolist() == [4.0, 2.0]


def test_a_fetched_value_is_the_callers_own(session, v):
    for fetch in (v, v.value(), v.read_value(), v.assign_add([0.0, 0.0])):
        session.run(fetch)[0] = 99.0
        assert session.run(v).tolist() == [1.0, 2.0]


def test_an_assigned_array_stays_the_callers_own(session, v):
    value, given = np.array([5.0, 6.0], np.float32), tf.placeholder(tf.float32, [2])
    session.run(v.assign(given), {given: value})
    session.run(v.assign_add([1.0, 1.0]))
    assert value.tolist() == [5.0, 6.0]


def test_reads_and_writes_keep_the_order_that_control_dependencies_give(session, v):
    before = v + 0.0
    with tf.control_dependencies([v.assign([10.0, 10.0])]):
        first = v.read_value() + 0.0
    with tf.control_dependencies([first]):
        added = v.assign_add([5.0, 5.0])
    with tf.control_dependencies([added]):
        last = v.read_value() + 0.0
    assert np.array(session.run([before, first, last]))[:, 0].tolist() == [1.0, 10.0, 15.0]


def test_what_is_not_initialised_is_named_with_the_way_out(session):
    w = tf.Variable([1.0], name="w")
    for fetch in (w, w + 1.0, w.assign_add([1.0]), tf.scatter_add(w, [0], [1.0])):
        with pytest.raises(tf.errors.FailedPreconditionError) as error:
            session.run(fetch)
        assert str(error.value).startswith("Attempting to use uninitialized value w\n")
        assert "sess.run(tf.global_variables_initializer())" in str(error.value)
        assert error.value.op.graph is w.graph
    assert not session.run(tf.is_variable_initialized(w))


def test_sessions_hold_values_of_their_own(session, v):
    with tf.Session() as other:
        assert not other.run(tf.is_variable_initialized(v))
        other.run(v.initializer)
        other.run(v.assign([7.0, 7.0]))
        assert session.run(v).tolist() == [1.0, 2.0]


def test_shapes_of_assignments(session, v):
    given = tf.placeholder(tf.float32)
    with pytest.raises(ValueError, match=r"Shapes are \[2\] and \[3\]"):
        v.assign([1.0, 2.0, 3.0])
    for change, value, message in [
        (v.assign(given), [1.0, 2.0, 3.0], r"lhs shape= \[2\] rhs shape= \[3\]"),
        (v.assign_add(given), 1.0, r"must be the same size, got \[2\] and \[\]"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(change, {given: value})
    assert tf.assign(v, [1.0, 2.0, 3.0], validate_shape=False).shape.as_list() == [3]
    assert session.run(tf.assign(v, given, validate_shape=False), {given: [3.0]}).tolist() == [3.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"lhs shape= \[1\] rhs shape= \[2\]"):
        session.run(v.assign(given), {given: [1.0, 2.0]})


def test_a_shape_that_is_not_validated_is_unknown_and_holds_once_set(session):
    given = tf.placeholder(tf.float32)
    u = tf.Variable(given, validate_shape=False)
    assert u.shape.rank is None
    session.run(u.initializer, {given: [[1.0]]})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"lhs shape= \[1,1\]"):
        session.run(u.assign(given), {given: [1.0]})
    session.run(tf.assign(u, given, validate_shape=False), {given: [1.0, 2.0]})
    assert session.run(u).tolist() == [1.0, 2.0]


def test_a_failed_run_leaves_what_came_before_the_failing_assign(session, v):
    w, given = tf.Variable([1.0]), tf.placeholder(tf.float32)
    session.run(w.initializer)
    with tf.control_dependencies([v.assign_add([1.0, 1.0])]):
        failing = w.assign(given)
    with tf.control_dependencies([failing]):
        never = v.assign([0.0, 0.0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.run(never, {given: [1.0, 2.0]})
    assert session.run([v, w])[0].tolist() == [2.0, 3.0]
    assert session.run(w).tolist() == [1.0]


def test_a_variable_can_be_fed_for_one_run(session, v):
    assert session.run(v + 1.0, {v: [7.0, 7.0]}).tolist() == [8.0, 8.0]
    fed = np.array([7.0, 7.0], np.float32)
    assert session.run(v.assign_add([1.0, 1.0]), {v: fed}).tolist() == [8.0, 8.0]
    assert fed.tolist() == [7.0, 7.0]
    assert session.run(v).tolist() == [1.0, 2.0]


def test_counting_up_ends(session):
    count = tf.Variable(0)
    session.run(count.initializer)
    up = tf.count_up_to(count, 2)
    assert [session.run(up), session.run(count.count_up_to(2)), session.run(count)] == [0, 1, 2]
    with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
        session.run(up)
    assert session.run(count) == 2
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        tf.count_up_to(tf.Variable([1]), 3)
    with pytest.raises(TypeError, match="float32 not in list of allowed values"):
        tf.count_up_to(tf.Variable(1.0), 3)


def test_slices_can_be_assigned(session):
    m = tf.Variable(np.arange(12.0).reshape(3, 4))
    session.run(m.initializer)
    assert session.run(m[1:, ::2].assign([[-1.0, -2.0], [-3.0, -4.0]]))[2].tolist() == [
        -3.0, 9.0, -4.0, 11.0,
    ]  # fmt: skip
    assert session.run(m[0].assign([0.0] * 4))[0].tolist() == [0.0] * 4
    assert session.run(m[..., tf.newaxis, -1].assign([[7.0]]))[:, 3].tolist() == [7.0] * 3
    given = tf.placeholder(tf.float64)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"whose shape is \[2\]"):
        session.run(m[1, :2].assign(given), {given: [1.0, 2.0, 3.0]})


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int8", "uint64", "complex128"])
def test_dtypes_stay(session, dtype):
    kind = tf.as_dtype(dtype).as_numpy_dtype
    v = tf.Variable(np.array([2, 3], kind))
    session.run(v.initializer)
    for change in (v.assign_add(np.ones(2, kind)), v.assign_sub(np.ones(2, kind))):
        assert session.run(change).dtype == kind
    np.testing.assert_array_equal(session.run(v).astype(complex), [2, 3])


def test_strings_and_bools(session):
    s, b = tf.Variable(["a", "b"]), tf.Variable(True)
    session.run([s.initializer, b.initializer])
    assert session.run(s.assign(["c", "longer"])).tolist() == [b"c", b"longer"]
    assert session.run(b) and not session.run(b.assign(False))


def test_threads_lose_no_update(session):
    count = tf.Variable(0)
    session.run(count.initializer)
    add = count.assign_add(1).op
    threads = [
        threading.Thread(target=lambda: [session.run(add) for _ in range(200)]) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.run(count) == 400


def test_variables_inside_conditionals_and_loops(session):
    v, count = tf.Variable(10.0), tf.Variable(0)
    pred = tf.placeholder(tf.bool, [])
    made = []

    def then():
        made.append(tf.Variable(lambda: tf.constant(5.0), name="inner"))
        made.append(tf.get_variable("shared", [], initializer=tf.zeros_initializer()))
        return made[0] + made[1] + v

    chosen = tf.cond(pred, then, lambda: v.assign_add(1.0) + 0.0)
    power = tf.while_loop(lambda i, w: i < 5, lambda i, w: (i + 1, w * v), [0, 1.0])[1]

    def body(i):
        with tf.control_dependencies([count.assign_add(2)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 5, body, [0])
    slope = tf.gradients(power, v)[0]
    session.run(tf.global_variables_initializer())

    assert [x.name for x in made] == ["cond/inner:0", "shared:0"]
    assert all(x.graph is tf.get_default_graph() for x in made)
    assert session.run(chosen, {pred: True}) == 15.0
    assert session.run(chosen, {pred: False}) == 11.0
    assert session.run(v.assign(10.0)) == 10.0
    assert session.run([power, slope]) == [1e5, 5e4]
    assert session.run([loop, count.op])[0] == 5
    assert session.run(count) == 10
    with pytest.raises(ValueError, match="use a lambda as the initializer"):
        tf.cond(pred, lambda: tf.Variable(tf.zeros([2])).value(), lambda: tf.zeros([2]))
