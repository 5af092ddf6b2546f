"""What iterators give is taken first; the rest is run as if it had been fed."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime import callable as tiers
from flowgraph.runtime.sourced import SourcedCall, sources

ROWS = np.random.RandomState(0).standard_normal((22, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def _graph(monkeypatch):
    monkeypatch.setattr(tiers, "HOT_RUNS", 3)
    with tf.Graph().as_default():
        yield


def net(x):
    h = tf.tanh(x * 2.0) * tf.sigmoid(x) + 0.5
    loss = tf.reduce_sum(tf.square(h) * tf.exp(-h), 1)
    return [loss, tf.gradients(loss, x)[0]]


def batches(size=4, epochs=3):
    return tf.data.Dataset.from_tensor_slices(ROWS).batch(size).repeat(epochs)


def calls(session):
    return [call for call in session._compiled.values() if isinstance(call, SourcedCall)]


def test_batches_and_the_shorter_last_one():
    x = batches().make_one_shot_iterator().get_next()
    fetches = [x, *net(x)]
    fed = tf.placeholder(tf.float32, [None, 3])
    expected = net(fed)
    with tf.Session() as session:
        for _ in range(3):
            for start in range(0, 22, 4):
                rows, loss, grad = session.run(fetches)
                np.testing.assert_array_equal(rows, ROWS[start : start + 4])
                wanted = session.run(expected, {fed: rows})
                np.testing.assert_allclose(loss, wanted[0], rtol=1e-5)
                np.testing.assert_allclose(grad, wanted[1], rtol=1e-4, atol=1e-5)
        with pytest.raises(tf.errors.OutOfRangeError, match="IteratorGetNext"):
            session.run(fetches)
        (call,) = calls(session)
    assert not any(s.operation.type == "BroadcastGradientArgs" for s in call.plan.steps)


def test_what_fails_has_changed_nothing():
    x = batches(4, 1).make_one_shot_iterator().get_next()
    counted = tf.get_variable("counted", initializer=0.0)
    add = counted.assign_add(tf.reduce_sum(net(x)[0]) * 0 + 1)
    with tf.Session() as session:
        session.run(counted.initializer)
        for _ in range(6):
            session.run(add)
        for _ in range(2):
            with pytest.raises(tf.errors.OutOfRangeError):
                session.run(add)
        assert session.run(counted) == 6


def test_feedable_and_reinitializable_iterators():
    handle = tf.placeholder(tf.string, [])
    data = batches()
    iterator = tf.data.Iterator.from_string_handle(handle, data.output_types, data.output_shapes)
    x = iterator.get_next()
    y = net(x)[0] + 0 * tf.placeholder_with_default(1.0, [])
    one, two = data.make_initializable_iterator(), batches(5).make_initializable_iterator()
    with tf.Session() as session:
        session.run([one.initializer, two.initializer])
        names = session.run([one.string_handle(), two.string_handle()])
        for k in range(8):
            found = session.run(y, {handle: names[k % 2]})
            assert found.shape == ((4, 5)[k % 2],) or k >= 8
        session.run(one.initializer)
        np.testing.assert_array_equal(session.run([x, y], {handle: names[0]})[0], ROWS[:4])
        assert calls(session)


def test_an_initializer_in_the_same_run_keeps_its_turn():
    iterator = batches().make_initializable_iterator()
    x = iterator.get_next()
    with tf.Session() as session:
        for _ in range(5):
            rows, _, _ = session.run([x, net(x), iterator.initializer])
            assert rows.shape == (4, 3)
        assert not calls(session)


def test_what_waits_for_something_is_not_taken_first():
    order = []

    def note(rows):
        order.append("taken")
        return rows

    data = batches().map(lambda rows: tf.py_func(note, [rows], tf.float32))
    iterator = data.make_initializable_iterator()
    say = tf.py_func(lambda: order.append("said"), [], [])
    with tf.control_dependencies([say]):
        x = iterator.get_next()
    x.set_shape([None, 3])
    fetches = net(x)
    assert sources(fetches, []) == []
    with tf.Session() as session:
        session.run(iterator.initializer)
        for _ in range(5):
            order.clear()
            session.run(fetches)
            assert order[:2] == ["said", "taken"]


def test_traced_and_timed_runs():
    x = batches().make_one_shot_iterator().get_next()
    fetches = net(x)
    metadata = tf.RunMetadata()
    with tf.Session() as session:
        for _ in range(5):
            session.run(
                fetches, None, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), metadata
            )
        names = {s.node_name for d in metadata.step_stats.dev_stats for s in d.node_stats}
        assert any("IteratorGetNext" in name for name in names)
        assert len(names) > 5
        assert len(session.run(fetches, options=tf.RunOptions(timeout_in_ms=10_000))) == 2


def test_a_value_that_is_fed_is_not_taken():
    x = batches().make_one_shot_iterator().get_next()
    loss, _ = net(x)
    with tf.Session() as session:
        for _ in range(5):
            assert session.run(loss, {x: ROWS[:7]}).shape == (7,)
        np.testing.assert_array_equal(session.run(x), ROWS[:4])


@pytest.mark.parametrize("how", ["waited for", "fetched"])
def test_what_is_asked_for_the_iterator_itself_takes_once(how):
    x = batches().make_one_shot_iterator().get_next()
    fetches = [x, *net(x)]
    with tf.control_dependencies([x]):
        fetches.append(tf.no_op() if how == "waited for" else x.op)
    with tf.Session() as session:
        for start in [*range(0, 22, 4), *range(0, 22, 4)]:
            np.testing.assert_array_equal(session.run(fetches)[0], ROWS[start : start + 4])
