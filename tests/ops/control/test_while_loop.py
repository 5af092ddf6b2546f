"""tf.while_loop: values, shapes, variables, many iterations, gradients, errors."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf


def repeat(times, step, first, **more):
    """step(step(...(first)))."""
    body = lambda i, y: (i + 1, step(y))  # noqa: E731
    return tf.while_loop(lambda i, y: i < times, body, (0, first), **more)[1]


# --- values ---------------------------------------------------------------------------------------
def test_a_loop_of_one_variable_gives_the_value_alone(session):
    out = tf.while_loop(lambda i: i < 10, lambda i: i + 1, [0])
    assert (out.name, session.run(out)) == ("while/Exit:0", 10)
    same = tf.while_loop(lambda i: i < 10, lambda i: i + 1, [0], return_same_structure=True)
    assert session.run(same) == [10]


def test_structures_of_loop_variables(session):
    first = (0, {"a": 1.0, "b": [np.float64(2), b"x"]})
    out = tf.while_loop(
        lambda i, d: i < 3,
        lambda i, d: (i + 1, {"a": d["a"] * 2.0, "b": [d["b"][0] + 1.0, d["b"][1]]}),
        first,
    )
    assert session.run(out) == (3, {"a": 8.0, "b": [5.0, b"x"]})


def test_a_loop_may_not_run_at_all(session):
    x = tf.constant([1.0, 2.0])
    assert session.run(repeat(0, lambda y: y * 5.0, x)).tolist() == [1.0, 2.0]


@given(st.integers(-3, 12), st.integers(1, 4), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_a_loop_does_what_pythons_does(start, step, most):
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        first = (tf.constant(start), tf.constant(1.0, tf.float64))
        out = tf.while_loop(
            lambda i, y: i < 10, lambda i, y: (i + step, y * 0.5 + tf.cast(i, tf.float64)), first,
            maximum_iterations=most,
        )  # fmt: skip
        found = session.run(out)
    i, y, runs = start, 1.0, 0
    while i < 10 and runs < most:
        i, y, runs = i + step, y * 0.5 + i, runs + 1
    assert found == (i, y)


def test_nested_loops(session):
    def outer(i, total):
        inner = tf.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t + i * j), (0, total))
        return i + 1, inner[1]

    out = tf.while_loop(lambda i, t: i < 5, outer, (0, 0))
    assert session.run(out)[1] == sum(i * j for i in range(5) for j in range(i))


def test_maximum_iterations(session):
    out = tf.while_loop(lambda i: True, lambda i: i + 2, [0], maximum_iterations=4)
    assert session.run(out) == 8
    two = tf.while_loop(
        lambda i, j: i < 3, lambda i, j: (i + 1, j), [0, 1], maximum_iterations=tf.constant(9)
    )
    assert session.run(two) == [3, 1]


def test_random_numbers_differ_from_iteration_to_iteration(session):
    tf.set_random_seed(1)
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    body = lambda i, y: (i + 1, tf.concat([y, tf.random_uniform([1])], 0))  # noqa: E731
    out = tf.while_loop(lambda i, y: i < 4, body, [0, tf.zeros([0])], shape_invariants=shapes)[1]
    assert len(set(session.run(out).tolist())) == 4


def test_an_iteration_costs_microseconds(session):
    out = tf.while_loop(lambda i: i < 2000, lambda i: i + 1, [0])
    session.run(out)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        session.run(out)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.04  # six milliseconds on a quiet machine


# --- shapes ---------------------------------------------------------------------------------------
def test_shape_invariants_let_a_shape_vary(session):
    x = tf.constant([1.0])
    with pytest.raises(ValueError, match=r"with shape \(1,\), but has shape \(2,\) after"):
        repeat(3, lambda y: tf.concat([y, y], 0), x)
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    out = repeat(3, lambda y: tf.concat([y, y], 0), x, shape_invariants=shapes)
    assert out.shape.as_list() == [None]
    assert session.run(out).tolist() == [1.0] * 8


@pytest.mark.parametrize(
    "step, invariant, said",
    [
        (lambda y: y, [2], "not compatible with the initial shape"),
        (lambda y: tf.placeholder_with_default(y, [None]), [1], r"has shape \(\?,\) after one"),
        (lambda y: tf.reshape(y, [1, 1]), [None], r"has shape \(1, 1\) after one"),
    ],
)
def test_shapes_outside_the_invariants_are_errors(session, step, invariant, said):
    shapes = (tf.TensorShape([]), tf.TensorShape(invariant))
    with pytest.raises(ValueError, match=said):
        repeat(3, step, tf.constant([1.0]), shape_invariants=shapes)


# --- state ----------------------------------------------------------------------------------------
def test_variables_are_read_and_written_inside(session):
    v = tf.Variable(2.0)

    def step(y):
        y = y * v.read_value()
        with tf.control_dependencies([y]):
            write = tf.assign_add(v, 1.0)
        with tf.control_dependencies([write]):
            return tf.identity(y)

    out = repeat(3, step, 1.0)
    session.run(v.initializer)
    assert session.run(out) == 2.0 * 3.0 * 4.0
    assert session.run(v) == 5.0


def test_a_read_inside_that_does_not_depend_on_a_write_comes_before_it(session):
    v = tf.Variable(1.0)

    def body(i, total):
        write = tf.assign_add(v, 1.0)
        read = v * 10.0
        with tf.control_dependencies([write]):
            return i + 1, total + read

    out = tf.while_loop(lambda i, t: i < 3, body, (0, 0.0))[1]
    session.run(v.initializer)
    assert session.run(out) == 10.0 + 20.0 + 30.0


def test_a_loop_variable_keeps_its_value_when_the_variable_that_it_came_from_is_written(session):
    v = tf.Variable([1.0])

    def body(i, x):
        with tf.control_dependencies([tf.assign_add(v, [1.0])]):
            return i + 1, tf.identity(x)

    out = tf.while_loop(lambda i, x: i < 3, body, (0, v.read_value()))[1]
    session.run(v.initializer)
    assert session.run(out).tolist() == [1.0] and session.run(v).tolist() == [4.0]


def test_what_waits_for_a_loop_sees_what_it_wrote(session):
    v = tf.Variable(0.0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 5, body, [0])
    with tf.control_dependencies([loop]):
        after = v.read_value()
    session.run(v.initializer)
    assert session.run(after) == 5.0


def test_training_inside_a_loop(session):
    w = tf.Variable(0.0)

    def body(i):
        step = tf.train.GradientDescentOptimizer(0.1).minimize((w - 3.0) ** 2.0)
        with tf.control_dependencies([step]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 100, body, [0])
    session.run(tf.global_variables_initializer())
    session.run(loop)
    assert session.run(w) == pytest.approx(3.0, rel=1e-5)


# --- gradients ------------------------------------------------------------------------------------
@pytest.mark.parametrize("times", [0, 1, 4])
def test_gradients_of_a_power(session, times):
    x = tf.placeholder(tf.float64, [])
    y = repeat(times, lambda y: y * x, x)
    derivatives = [y]
    for _ in range(3):
        derivatives.append(tf.gradients(derivatives[-1], x)[0])
    n, expected = times + 1, []
    factor = 1
    for k in range(4):
        expected.append(factor * 1.3 ** (n - k) if n >= k else 0.0)
        factor *= n - k
    np.testing.assert_allclose(session.run(derivatives, {x: 1.3}), expected, 1e-12)


def test_gradients_through_loops_and_conditionals_in_each_other(session, assert_gradients):
    x, w = tf.placeholder(tf.float64, [3]), tf.placeholder(tf.float64, [3])

    def outer(i, y):
        def inner(j, z):
            big = tf.reduce_sum(z) > 0.5
            step = tf.cond(big, lambda: tf.sin(z) * w + z * 0.5, lambda: tf.exp(z * w))
            return j + 1, step

        return i + 1, y * tf.while_loop(lambda j, z: j < i + 1, inner, (0, y))[1]

    y = tf.while_loop(lambda i, y: i < 3, outer, (0, x))[1]
    a, b = np.array([0.1, 0.2, 0.3]), np.array([0.7, -0.3, 1.1])
    assert_gradients(y, x, a, {w: b})
    assert_gradients(y, w, b, {x: a})


def test_gradients_of_a_recurrent_network(session, assert_gradients):
    x, w = tf.placeholder(tf.float64, [2, 3]), tf.placeholder(tf.float64, [3, 3])
    y = repeat(4, lambda h: tf.tanh(tf.matmul(h, w) + x), x)
    random = np.random.RandomState(0)
    a, b = random.randn(2, 3), random.randn(3, 3)
    assert_gradients(y, x, a, {w: b})
    assert_gradients(y, w, b, {x: a})


@pytest.mark.parametrize("p_", [True, False])
def test_gradients_of_a_loop_in_a_conditional(session, assert_gradients, p_):
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float64, [2])
    y = tf.cond(p, lambda: repeat(4, lambda y: tf.sin(y) * x, x), lambda: x * x * x)
    assert_gradients(y, x, np.array([0.7, -1.2]), {p: p_})


def test_gradients_when_the_shape_grows(session, assert_gradients):
    x = tf.placeholder(tf.float64, [2])
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    y = repeat(3, lambda y: tf.concat([y, y * y], 0), x, shape_invariants=shapes)
    assert_gradients(y, x, np.array([0.7, -0.9]), {})


def test_gradients_of_swapped_variables_and_of_one_that_nobody_uses(session, assert_gradients):
    x, z = tf.placeholder(tf.float64, []), tf.placeholder(tf.float64, [])
    out = tf.while_loop(
        lambda i, a, b, c: i < 3, lambda i, a, b, c: (i + 1, b, a * b, tf.sin(c)), (0, x, z, x)
    )
    y, value, feeds = out[2], np.array(1.3), {z: 0.7}
    assert_gradients(y, x, value, feeds)
    assert_gradients(out[1], z, np.array(0.7), {x: 1.3})


def test_gradients_of_what_depends_on_the_number_of_iterations(session):
    x = tf.placeholder(tf.float64, [])
    y = tf.while_loop(lambda y: y < 50.0, lambda y: y * x, [x])
    assert session.run(tf.gradients(y, x)[0], {x: 2.0}) == 6 * 2.0**5
    assert session.run(tf.gradients(y, x)[0], {x: 3.0}) == 4 * 3.0**3


def test_the_gradient_of_a_variable_sums_over_the_iterations(session):
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    y = repeat(3, lambda y: tf.matmul(y, w), tf.ones([1, 2]))
    grad = tf.gradients(y, w)[0]
    session.run(w.initializer)
    v, ones = np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((1, 2))
    states = [ones, ones @ v, ones @ v @ v]
    tops = [np.ones((1, 2)) @ v.T @ v.T, np.ones((1, 2)) @ v.T, np.ones((1, 2))]
    expected = sum(s.T @ t for s, t in zip(states, tops, strict=True))
    np.testing.assert_allclose(session.run(grad), expected)


def test_the_gradient_of_a_gather_in_a_loop_is_dense(session, assert_gradients):
    table = tf.placeholder(tf.float64, [3, 2])
    body = lambda i, t: (i + 1, t + tf.reduce_sum(tf.gather(table, [i, i]) ** 3.0))  # noqa: E731
    y = tf.while_loop(lambda i, t: i < 2, body, (0, tf.constant(0.0, tf.float64)))[1]
    assert_gradients(y, table, np.arange(6.0).reshape(3, 2) / 5, {})


def test_integers_have_no_gradient_but_may_be_used(session, assert_gradients):
    x = tf.placeholder(tf.float64, [])
    body = lambda i, y: (i + 1, y * tf.cast(i, tf.float64) + x * x)  # noqa: E731
    i, y = tf.while_loop(lambda i, y: i < 5, body, (tf.constant(1), x))
    assert_gradients(y, x, np.array(0.4), {})
    assert tf.gradients(tf.cast(i, tf.float64), x) == [None]


def test_no_gradient_without_back_prop(session):
    x = tf.constant(2.0)
    assert tf.gradients(repeat(3, lambda y: y * x, x, back_prop=False), x) == [None]


def test_gradients_taken_inside_a_body_by_a_tensor_outside(session, assert_gradients):
    x = tf.placeholder(tf.float64, [])

    def step(z):
        y = tf.exp(x * z)
        return z + tf.gradients(y, x)[0]

    y = repeat(3, step, x * 0.1)
    z = 0.04
    for _ in range(3):
        z += z * np.exp(0.4 * z)
    assert session.run(y, {x: 0.4}) == pytest.approx(z, rel=1e-12)
    assert_gradients(y, x, np.array(0.4), {})


def test_the_gradient_is_that_of_the_values_read_before_writes(session):
    x, v = tf.constant(1.0), tf.Variable(2.0)

    def step(y):
        y = y * v.read_value()
        with tf.control_dependencies([y]):
            write = tf.assign_add(v, 1.0)
        with tf.control_dependencies([write]):
            return tf.identity(y)

    y = repeat(3, step, x)
    grad = tf.gradients(y, x)[0]
    session.run(v.initializer)
    assert session.run(grad) == 2.0 * 3.0 * 4.0


def test_a_gradient_added_later_leaves_the_value_as_it_was(session):
    x = tf.placeholder(tf.float64, [])
    y = repeat(3, lambda y: y * x, x)
    assert session.run(y, {x: 2.0}) == 16.0
    grad = tf.gradients(y, x)[0]
    assert session.run([y, grad], {x: 2.0}) == [16.0, 32.0]
    assert session.run(y, {x: 2.0}) == 16.0


def test_a_long_loop_saves_and_forgets_all_its_values(session):
    x = tf.placeholder(tf.float64, [])
    grad = tf.gradients(repeat(20_000, lambda y: y * x, x), x)[0]
    assert session.run(grad, {x: 1.0}) == 20_001


# --- runs -----------------------------------------------------------------------------------------
def test_many_threads_run_one_loop(session):
    x = tf.placeholder(tf.float64, [])
    y = repeat(200, lambda y: y * x, x)
    both = [y, tf.gradients(y, x)[0]]
    alone = {k: session.run(both, {x: 1 + k / 1e3}) for k in range(4)}
    found = {}

    def work(k):
        found[k] = [session.run(both, {x: 1 + k / 1e3}) for _ in range(10)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(run == alone[k] for k in range(4) for run in found[k])


@pytest.mark.parametrize("threads", [1, 2])
def test_a_body_with_two_heavy_operations(threads):
    with tf.Graph().as_default() as graph:
        a = np.random.RandomState(0).randn(200, 200) / 20
        y = repeat(5, lambda y: tf.matmul(y, a) + tf.matmul(a, y), tf.constant(a))
        config = tf.ConfigProto(inter_op_parallelism_threads=threads)
        with tf.Session(graph=graph, config=config) as session:
            expected = a
            for _ in range(5):
                expected = expected @ a + a @ expected
            np.testing.assert_allclose(session.run(y), expected, 1e-9)


def test_a_loop_without_end_ends_with_the_timeout(session):
    out = tf.while_loop(lambda i: True, lambda i: i + 0, [0])
    start = time.perf_counter()
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(out, options=tf.RunOptions(timeout_in_ms=50))
    assert time.perf_counter() - start < 5


def test_an_error_inside_names_the_inner_operation_and_the_users_line(session):
    def body(i, y):
        return i + 1, tf.reshape(y, tf.stack([2, 3 - i]), name="bad")

    shapes = (tf.TensorShape([]), tf.TensorShape(None))
    out = tf.while_loop(lambda i, y: i < 3, body, (0, tf.zeros([6])), shape_invariants=shapes)
    said = r"node while/bad.*test_while_loop\.py:\d+: return i \+ 1"
    with pytest.raises(tf.errors.InvalidArgumentError, match=said) as error:
        session.run(out)
    assert error.value.op.name == "while/bad"


# --- errors of building ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments, error, said",
    [
        ((1, lambda i: i, [0]), TypeError, "'cond' must be callable"),
        ((lambda i: True, 1, [0]), TypeError, "'body' must be callable"),
        ((lambda: True, list, []), ValueError, "'loop_vars' must be provided"),
        ((lambda i: i, lambda i: i, [0]), TypeError, "expected type of bool"),
        ((lambda i: [i < 3], lambda i: i, [0]), ValueError, "rank 0 but is rank 1"),
        ((lambda i: i < 3, lambda i: (i, i), [0]), ValueError, "number of elements"),
        ((lambda i: i < 3, lambda i: None, [0]), ValueError, "None values not supported"),
        ((lambda i: i < 3, lambda i: tf.cast(i, tf.int64), [0]), TypeError, "has dtype int64"),
        ((lambda i: i < 3, lambda i: i, [0], None, 0), TypeError, "must be a positive integer"),
    ],
)
def test_what_does_not_fit_is_an_error(session, arguments, error, said):
    with pytest.raises(error, match=said):
        tf.while_loop(*arguments)


def test_a_list_of_one_tensor_and_of_nothing_is_that_tensor(session):
    loop = tf.while_loop(lambda i, _: i < 3, lambda i, _: [i + 1, []], [tf.constant(0), []])
    assert session.run(loop) == 3
