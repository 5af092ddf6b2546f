"""tf.TensorArray: every method, loops and conditionals, gradients, errors, speed."""

import numpy as np
import pytest

import flowgraph as tf


def loop(x, step):
    """Writes step(i, read of x, sum so far) for every row of x; gives the stacked results."""
    n = int(x.shape[0])
    source = tf.TensorArray(tf.float64, n).unstack(x)

    def body(i, state, out):
        state = step(source.read(i), state)
        return i + 1, state, out.write(i, state)

    first = (0, tf.zeros(x.shape[1:], tf.float64), tf.TensorArray(tf.float64, n))
    return tf.while_loop(lambda i, *_: i < n, body, first)[2].stack()


def test_write_read_stack(session):
    array = tf.TensorArray(tf.float32, size=3)
    written = array.write(0, [1.0, 2.0]).write(1, [3.0, 4.0])
    assert written.element_shape == array.element_shape == [2]
    assert written.stack().shape == [3, 2]
    assert written.concat().shape == [6]
    assert written.gather([0, 1]).shape == [2, 2]
    assert session.run(written.read(1)).tolist() == [3, 4]
    assert session.run(written.stack()).tolist() == [[1, 2], [3, 4], [0, 0]]
    assert session.run([written.size(), array.size()]) == [3, 3]
    assert session.run(written.identity().read(0)).tolist() == [1, 2]
    assert session.run(written.close()) is None


def test_the_rest_of_the_methods(session):
    make = lambda **more: tf.TensorArray(tf.float32, size=3, **more)  # noqa: E731
    assert session.run(make().unstack([1.0, 2.0]).stack()).tolist() == [1, 2, 0]
    assert session.run(make().unstack([1.0, 2.0, 3.0]).gather([2, 0])).tolist() == [3, 1]
    assert session.run(make().scatter([2, 0], [1.0, 2.0]).read(2)) == 1
    pieces = make(infer_shape=False).split([1.0, 2.0, 3.0], [1, 0, 2])
    assert session.run(pieces.concat()).tolist() == [1, 2, 3]
    assert session.run(pieces.read(2)).tolist() == [2, 3]
    assert session.run(make(element_shape=[2]).read(1)).tolist() == [0, 0]
    grown = make(dynamic_size=True).write(40, 1.0)
    assert session.run(grown.size()) == 41
    again = tf.TensorArray(tf.float32, flow=grown.flow)
    assert session.run(again.read(40)) == 1
    empty = tf.TensorArray(tf.float32, size=0, element_shape=[2]).stack()
    assert session.run(empty).shape == (0, 2)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda a: a.read(1), "Could not read from TensorArray index 1."),
        (lambda a: a.write(0, 1.0).write(0, 2.0).flow, "has already been written to"),
        (lambda a: a.write(3, 1.0).flow, "write to index 3 but array is not resizeable"),
        (lambda a: a.write(0, 1.0).read(5), "read from index 5 but array size is: 3"),
        (lambda a: a.unstack([1.0] * 4).flow, "Max scatter index must be < array size"),
        (lambda a: a.unstack([1.0] * 3).gather([7]), "read from index 7 but array size is: 3"),
        (lambda a: a.split([1.0], [1]).flow, "size is not equal to the size of lengths"),
        (lambda a: a.split([1.0, 2.0], [1, 2, 0]).flow, "Expected sum of lengths"),
    ],
)
def test_errors_of_a_run(session, build, text):
    flow = build(tf.TensorArray(tf.float32, size=3))
    target = flow.op if flow.dtype == tf.variant else flow
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        session.run(target)


def test_errors_when_building():
    with pytest.raises(ValueError, match="Size must be provided"):
        tf.TensorArray(tf.float32)
    with pytest.raises(ValueError, match="Inconsistent shapes"):
        tf.TensorArray(tf.float32, 3).write(0, 1.0).write(1, [2.0])
    with pytest.raises(ValueError, match="Inconsistent shapes"):
        tf.TensorArray(tf.float32, 3, element_shape=[2]).write(0, 1.0)
    with pytest.raises(TypeError, match="dtype is float32"):
        tf.TensorArray(tf.float32, 3).write(0, tf.constant(1))
    with pytest.raises(ValueError, match="rank 0"):
        tf.TensorArray(tf.float32, [3])
    with pytest.raises(tf.errors.UnimplementedError):
        tf.TensorArray(tf.float32, 3).grad("gradients")


def test_gradients_of_a_loop(assert_gradients):
    x = tf.placeholder(tf.float64, [4, 2])
    y = loop(x, lambda row, state: tf.sin(row) * row + 0.5 * state * row)
    assert_gradients(y, x, np.random.RandomState(0).randn(4, 2), {})


def test_gradients_of_every_method(assert_gradients):
    x = tf.placeholder(tf.float64, [6])
    make = lambda: tf.TensorArray(tf.float64, 3, infer_shape=False)  # noqa: E731
    pieces = make().split(x * x, [1, 2, 3])
    y = pieces.concat() * x
    rows = make().scatter([2, 0, 1], tf.reshape(x * x * x, [3, 2]))
    z = rows.gather([1, 1, 0]) * rows.read(1) + pieces.read(1)
    assert_gradients(tf.concat([y, tf.reshape(z, [6])], 0), x, np.linspace(-1, 1, 6), {})


def test_a_loop_that_reads_what_it_wrote(assert_gradients):
    x = tf.placeholder(tf.float64, [2])
    first = tf.TensorArray(tf.float64, 5, clear_after_read=False).write(0, x)
    body = lambda i, a: (i + 1, a.write(i, tf.sin(a.read(i - 1)) * x))  # noqa: E731
    out = tf.while_loop(lambda i, a: i < 5, body, (1, first))[1]
    assert_gradients(out.stack(), x, np.array([0.3, -0.8]), {})


@pytest.mark.parametrize("value", [True, False])
def test_an_output_of_cond(session, value):
    x = tf.constant(3.0)
    switch = tf.placeholder(tf.bool, [])
    array = tf.TensorArray(tf.float32, 2)
    out = tf.cond(switch, lambda: array.write(0, x * x), lambda: array.write(1, x))
    grad = tf.gradients(out.stack(), x)[0]
    found = session.run([out.stack(), grad], {switch: value})
    assert [found[0].tolist(), found[1]] == ([[9, 0], 6] if value else [[0, 3], 1])


def test_shape_invariants_and_nesting(session):
    first = {"i": tf.constant(0), "a": [tf.TensorArray(tf.int32, 0, dynamic_size=True)]}
    body = lambda s: [{"i": s["i"] + 1, "a": [s["a"][0].write(s["i"], s["i"])]}]  # noqa: E731
    invariants = [{"i": tf.TensorShape([]), "a": [tf.TensorShape(None)]}]
    out = tf.while_loop(lambda s: s["i"] < 40, body, [first], shape_invariants=invariants)
    assert session.run(out["a"][0].stack()).tolist() == list(range(40))


def test_a_thousand_steps_are_quick(session):
    x = tf.constant(np.ones((1000, 32, 64), np.float32))
    source = tf.TensorArray(tf.float32, 1000).unstack(x)
    body = lambda i, a: (i + 1, a.write(i, source.read(i) * 2.0))  # noqa: E731
    out = tf.while_loop(lambda i, _: i < 1000, body, (0, tf.TensorArray(tf.float32, 1000)))[1]
    grad = tf.gradients(out.stack(), x)[0]
    run = session.make_callable(grad)
    for _ in range(3):  # a copy of the whole array for each of its parts would take minutes
        assert (run()[::333] == 2).all()


def test_arrays_in_a_cond_in_nested_loops(assert_gradients):
    x = tf.placeholder(tf.float64, [3])
    source = tf.TensorArray(tf.float64, 3, clear_after_read=False).unstack(x)

    def inner(i, s):
        step = lambda j, t: (j + 1, t * source.read(j) + tf.sin(source.read(i)))  # noqa: E731
        return tf.while_loop(lambda j, _: j < 3, step, (0, s))[1]

    def body(i, s, out):
        out = tf.cond(i > 0, lambda: out.write(i, inner(i, s)), lambda: out.write(i, s * x[1]))
        return i + 1, s * 0.5, out

    first = (0, tf.reduce_sum(x), tf.TensorArray(tf.float64, 3, element_shape=[]))
    y = tf.while_loop(lambda i, *_: i < 3, body, first)[2].stack()
    assert_gradients(y, x, np.array([0.4, -0.7, 1.1]), {})


@pytest.mark.parametrize("dtype", ["int32", "string", "bool", "bfloat16", "float16", "complex64"])
def test_dtypes(session, dtype):
    value = tf.cast([[0, 1], [1, 1]], dtype) if dtype != "string" else tf.constant([["a"], ["b"]])
    array = tf.TensorArray(dtype, 2).unstack(value)
    for out, expected in ((array.stack(), value), (array.read(1), value[1])):
        found, wanted = session.run([out, expected])
        assert found.dtype == wanted.dtype
        assert found.tolist() == wanted.tolist()


def test_an_array_of_integers_beside_one_with_a_gradient(session):
    x = tf.constant([1.0, 2.0, 3.0])
    order = tf.TensorArray(tf.int32, 3).unstack([2, 0, 1])
    body = lambda i, a, n: (i + 1, a.write(i, x[order.read(i)] * x[i]), n.write(i, i))  # noqa: E731
    first = (0, tf.TensorArray(tf.float32, 3), tf.TensorArray(tf.int32, 3))
    _, out, numbers = tf.while_loop(lambda i, *_: i < 3, body, first)
    grad = tf.gradients(out.stack(), x)[0]
    found = session.run([out.stack(), numbers.stack(), grad])
    assert [v.tolist() for v in found] == [[3, 2, 6], [0, 1, 2], [5, 4, 3]]


def test_an_array_keeps_what_a_variable_was(session):
    v = tf.Variable([1.0, 2.0], use_resource=False)
    session.run(v.initializer)
    array = tf.TensorArray(tf.float32, 2).write(0, v + 0.0).write(1, v)
    with tf.control_dependencies([array.flow.op]), tf.control_dependencies([v.assign([5.0, 6.0])]):
        out = array.identity().read(0)
    assert session.run(out).tolist() == [1, 2]


def test_unknown_shapes(session):
    x = tf.placeholder(tf.float32, None)
    array = tf.TensorArray(tf.float32, 3).unstack(x)
    grad = tf.gradients(array.read(1) * 2.0, x)[0]
    found = session.run([array.stack(), grad], {x: np.ones((2, 2))})
    assert found[0].tolist() == [[1, 1], [1, 1], [0, 0]]
    assert found[1].tolist() == [[0, 0], [2, 2]]
