"""Plans for the shapes that are fed: the same values, in as few steps as if they were declared."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler.refine_shapes import refine_shapes
from flowgraph.core.elements import EMPTY, Elements, joined
from flowgraph.core.shapes import TensorShape
from flowgraph.runtime import callable as tiers

SIZES = [6] * 4 + [1, 6, 3, 3, 3, 3, 1, 6] + list(range(1, 9)) + [6, 3]


@pytest.fixture(autouse=True)
def _graph(monkeypatch):
    monkeypatch.setattr(tiers, "HOT_RUNS", 3)
    monkeypatch.setattr(tiers, "HOT_CALLS", 2)
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        yield


def numbers(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def dense(x, units, name):
    w = tf.get_variable(name, initializer=numbers(int(x.shape[-1]), units) / 3)
    b = tf.get_variable(name + "_b", initializer=numbers(units))
    return tf.matmul(x, w) + b


def swish(x):
    h = dense(x, 5, "a")
    h = h * tf.sigmoid(h) + 0.1 * tf.tanh(h)
    return tf.reduce_sum(tf.square(dense(h, 2, "b")), 1)


def normed(x):
    h = dense(x, 5, "a")
    mean, variance = tf.nn.moments(h, [0])
    return tf.nn.batch_normalization(h, mean, variance, 0.1, 2.0, 1e-3) * tf.exp(-h)


def reshaped(x):
    batch = tf.shape(x)[0]
    h = tf.reshape(dense(x, 6, "a"), [batch, 2, 3])
    return tf.reshape(tf.transpose(h, [0, 2, 1]) * 2.0, [-1, 6]) - tf.zeros([batch, 6])


def loop(x):
    rows = tf.TensorArray(tf.float32, 0, dynamic_size=True, clear_after_read=False)

    def body(i, h, rows):
        h = tf.tanh(h * tf.sigmoid(dense(h, 4, "w"))) + x
        return i + 1, h, rows.write(i, h * h)

    with tf.variable_scope("loop", reuse=tf.AUTO_REUSE):
        _, h, rows = tf.while_loop(lambda i, *_: i < 3, body, [0, x, rows])
    return h + tf.reduce_sum(rows.stack(), 0)


def growing(x):
    """A loop variable whose shape is another in each iteration."""
    body = lambda i, h: (i + 1, tf.concat([h, h[:1] * 2.0], 0))  # noqa: E731
    invariants = [tf.TensorShape([]), tf.TensorShape([None, 4])]
    return tf.while_loop(lambda i, _: i < 3, body, [0, x], invariants)[1]


def cut(x):
    """A gradient whose own gradient uses sizes that are known of lists as they are."""
    body = lambda i, h: (i + 1, tf.tanh(tf.concat([h, x], 0)[: tf.shape(h)[0]]))  # noqa: E731
    h = tf.while_loop(lambda i, _: i < 3, body, [0, x])[1]
    return tf.square(tf.gradients(h, x)[0])


def mapped(x):
    return tf.map_fn(lambda row: tf.square(row) / tf.reduce_sum(tf.abs(row)), x)


def chosen(x):
    more = lambda: tf.square(dense(x, 4, "a")) * x  # noqa: E731
    return tf.cond(tf.shape(x)[0] > 2, more, lambda: x * 3.0) + x


def recurrent(x):
    steps = tf.stack([x, x * 2.0, -x], 1)
    lengths = tf.cast(tf.range(tf.shape(x)[0]) % 3 + 1, tf.int32)
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    outputs, state = tf.nn.dynamic_rnn(cell, steps, lengths, dtype=tf.float32)
    return tf.reduce_sum(outputs, [1, 2]) + tf.reduce_sum(state.h * state.c, 1)


def random(x):
    return tf.nn.dropout(x, 0.5, seed=1) + tf.random_normal(tf.shape(x), seed=2)


BUILDS = [swish, normed, reshaped, loop, growing, cut, mapped, chosen, recurrent, random]


def values(build, sizes, shape=(None, 4)):
    x = tf.placeholder(tf.float32, shape)
    y = build(x)
    variables = tf.trainable_variables()
    fetches = [y, *[g for g in tf.gradients(y, [x, *variables]) if g is not None]]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found = [
            session.run(fetches, {x: numbers(size, 4, seed=k)}) for k, size in enumerate(sizes)
        ]
        call = list(session._compiled.values())[-1]
    return found, call


@pytest.mark.parametrize("build", BUILDS)
def test_values_and_gradients_for_batches_that_change(build, monkeypatch):
    hot, call = values(build, SIZES)
    assert len(call._of_shapes) == 3
    monkeypatch.setattr(tiers, "HOT_RUNS", 1 << 30)
    monkeypatch.setattr(tiers, "HOT_CALLS", 1 << 30)
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        cold, _ = values(build, SIZES)
    for found, expected in zip(hot, cold, strict=True):
        for a, b in zip(found, expected, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("build", [swish, normed, reshaped])
def test_as_few_steps_as_for_declared_shapes(build):
    _, open_call = values(build, [6] * 5)
    with tf.Graph().as_default():
        _, known_call = values(build, [6] * 5, (6, 4))
    assert len(open_call.plan.steps) == len(known_call.plan.steps)
    assert not any(s.operation.type == "BroadcastGradientArgs" for s in open_call.plan.steps)


def test_two_feeds_of_which_one_is_broadcast():
    x, y = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [None, 4])
    z = tf.sigmoid(x * y) * x
    fetches = [z, *tf.gradients(z, [x, y])]
    pairs = [(1, 5)] * 4 + [(5, 5)] * 4 + [(5, 1), (1, 1), (1, 5)] * 4
    with tf.Session() as session:
        for n, m in pairs:
            a, b = numbers(n, 4), numbers(m, 4, seed=1)
            value, dx, dy = session.run(fetches, {x: a, y: b})
            assert (value.shape, dx.shape, dy.shape) == ((max(n, m), 4), (n, 4), (m, 4))
            s = 1 / (1 + np.exp(-a * b))
            whole = s + a * b * s * (1 - s)
            np.testing.assert_allclose(value, s * a, rtol=1e-5)
            expected = whole.sum(0, keepdims=True) if n < m else whole
            np.testing.assert_allclose(dx, expected, rtol=1e-4, atol=1e-5)


def test_many_shapes_share_one_plan():
    x = tf.placeholder(tf.float32, [None])
    y = tf.reduce_sum(tf.square(x))
    with tf.Session() as session:
        for size in list(range(1, 200)) * 2:
            assert session.run(y, {x: np.ones(size, np.float32)}) == size
        (call,) = session._compiled.values()
    assert not call._of_shapes
    assert len(call._met) <= 64


def test_few_shapes_have_plans_of_their_own():
    x = tf.placeholder(tf.float32, [None])
    y = tf.reduce_sum(tf.square(x))
    with tf.Session() as session:
        for size in list(range(1, 20)) * 8:
            assert session.run(y, {x: np.ones(size, np.float32)}) == size
        (call,) = session._compiled.values()
    assert len(call._of_shapes) == tiers._MOST_SHAPES


def test_a_traced_run_takes_the_plan_of_its_shape():
    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.gradients(tf.sigmoid(x * tf.tanh(x)), x)[0]
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session() as session:
        for size in (6, 6, 6, 6, 2, 6, 2):
            value = session.run(y, {x: numbers(size, 4)}, options, tf.RunMetadata())
            assert value.shape == (size, 4)
            assert session.run(y, {x: numbers(size, 4)}).shape == (size, 4)


def test_what_contradicts_itself_is_told_by_the_run():
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    z = tf.add(tf.exp(x), y, name="contradiction")
    with tf.Session() as session:
        for _ in range(5):
            with pytest.raises(tf.errors.InvalidArgumentError, match="contradiction"):
                session.run(z, {x: np.ones(3), y: np.ones(4)})
        assert session.run(z, {x: np.zeros(3), y: np.ones(3)}).tolist() == [2, 2, 2]


def test_variables_and_random_numbers_go_on_where_they_were():
    x = tf.placeholder(tf.float32, [None])
    v = tf.get_variable("v", initializer=0.0)
    with tf.control_dependencies([v.assign_add(tf.reduce_sum(x))]):
        y = tf.random_uniform(tf.shape(x), seed=7) + 0 * v
    with tf.Session() as session:
        session.run(v.initializer)
        drawn = [session.run(y, {x: np.ones(2)}) for _ in range(8)]
        assert session.run(v) == 16
    assert len({float(n) for row in drawn for n in row}) == 16


def test_twins_leave_the_graph_alone():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.square(x, name="y")
    before = tf.get_default_graph().version
    (twin,), (fed,) = refine_shapes([y], [x], [TensorShape([5, 3])])
    assert twin.shape == (5, 3) and fed.shape == (5, 3)
    assert twin.op.origin is y.op and twin.name == "y:0"
    assert y.shape.as_list() == [None, 3] and y.op.origin is y.op
    assert tf.get_default_graph().version == before


def test_what_is_known_of_lists():
    two, three = Elements(TensorShape([2, 4])), Elements(TensorShape([3, 4]))
    assert joined(EMPTY, two) == joined(two, EMPTY) == joined(two, two) == two
    assert joined(two, three).shape.as_list() == [None, 4]
    assert joined(None, two) is None
    shapes = [Elements(TensorShape([2]), np.array(v)) for v in ([1, 2], [1, 2], [1, 3])]
    assert joined(*shapes[:2]).value.tolist() == [1, 2]
    assert joined(*shapes[1:]).value is None


def test_a_loop_that_waits_is_known_to_wait():
    """Two loops, of which one takes from the queue what the other puts there."""
    x = tf.placeholder(tf.float32, [None])
    queue = tf.FIFOQueue(1, tf.float32, shapes=[])

    def put(i, total):
        with tf.control_dependencies([queue.enqueue(tf.reduce_sum(x))]):
            return i + 1, total + 0.0

    def take(i, total):
        return i + 1, total + queue.dequeue()

    loops = [tf.while_loop(lambda i, _: i < 3, body, [0, 0.0])[1] for body in (put, take)]
    with tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=20_000)) as session:
        for _ in range(6):
            assert session.run(loops, {x: np.ones(4, np.float32)}) == [0.0, 12.0]


def assigning(x):
    """A loop whose body changes a variable that it reads through a view."""
    v = tf.get_variable("v", initializer=numbers(4))

    def body(i, h):
        with tf.control_dependencies([h]):
            changed = tf.assign_add(v, tf.reduce_mean(h, 0))
        return i + 1, h * 0.5 + tf.reshape(tf.identity(changed), [1, 4])

    return tf.while_loop(lambda i, _: i < 3, body, [0, x], back_prop=False)[1]


def test_state_that_a_loop_changes():
    x = tf.placeholder(tf.float32, [None, 4])
    y = assigning(x)
    expected = numbers(4)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for size in (3, 3, 3, 3, 3, 2, 3):
            h = numbers(size, 4, seed=size)
            actual = session.run(y, {x: h})
            for _ in range(3):
                expected = expected + h.mean(0)
                h = h * 0.5 + expected
            np.testing.assert_allclose(actual, h, rtol=1e-4, atol=1e-4)


def test_lists_of_one_known_value_are_not_kept():
    x = tf.placeholder(tf.float32, [None, 4])
    fetches = tf.gradients(recurrent(x), tf.trainable_variables())

    def counts():
        loops = [s.operation for s in call.plan.steps if "While" in s.operation.type]
        return [(len(op.attrs["carried"]), len(op.outputs)) for op in loops]

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(2):
            session.run(fetches, {x: numbers(6, 4)})
        call = list(session._compiled.values())[-1]
        assert all(changed == given for changed, given in counts())
        first = session.run(fetches, {x: numbers(6, 4)})
        for _ in range(3):
            for a, b in zip(session.run(fetches, {x: numbers(6, 4)}), first, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
        assert len(counts()) == 2
        assert all(changed < given - 5 for changed, given in counts())


def test_what_is_waited_for_alone_may_be_one_large_step():
    x = tf.placeholder(tf.float32, [700, 512])
    count = tf.get_variable("count", initializer=0.0)
    with tf.control_dependencies([tf.tanh(x)]):
        more = tf.assign_add(count, 1.0)
    with tf.Session() as session:
        session.run(count.initializer)
        assert [session.run(more, {x: np.ones((700, 512))}) for _ in range(5)] == [1, 2, 3, 4, 5]
