"""Iterators: one-shot, initializable, of a structure, named by a string; their errors and ends."""

import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parent))

from pipelines import D, E


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_the_end_stays_the_end():
    following = D.range(1).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(following) == 0
        for _ in range(2):
            with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
                session.run(following)


def test_an_iterator_has_to_be_initialized():
    iterator = D.range(1).make_initializable_iterator()
    following = iterator.get_next()
    with tf.Session() as session:
        with pytest.raises(tf.errors.FailedPreconditionError, match="has not been initialized"):
            session.run(following)
        for _ in range(2):
            session.run(iterator.initializer)
            assert session.run(following) == 0
    with pytest.raises(ValueError, match="does not have an initializer"):
        _ = D.range(1).make_one_shot_iterator().initializer


def test_one_shot_iterators_capture_no_state():
    variable = tf.Variable(np.int64(3))
    with pytest.raises(ValueError, match="does not support datasets that capture stateful"):
        D.range(3).map(lambda x: x + variable).make_one_shot_iterator()
    with pytest.raises(ValueError, match="Cannot capture a placeholder"):
        D.from_tensors(tf.placeholder(tf.int64)).make_one_shot_iterator()


def test_an_iterator_of_a_structure_takes_several_datasets():
    iterator = tf.data.Iterator.from_structure((tf.int64, tf.float32), ([], [None]))
    train = D.range(3).map(lambda x: (x, tf.fill([2], 1.0)))
    test = D.range(10, 12).map(lambda x: (x, tf.fill([3], 2.0)))
    starts = [iterator.make_initializer(train), iterator.make_initializer(test, name="again")]
    number, row = iterator.get_next()
    assert row.shape.as_list() == [None] and starts[1].name == "again"
    with tf.Session() as session:
        found = []
        for start in starts:
            session.run(start)
            found.append(session.run([number, row])[1].tolist())
        assert found == [[1.0, 1.0], [2.0, 2.0, 2.0]]
    with pytest.raises(TypeError, match="types"):
        iterator.make_initializer(D.from_tensors((1.0, [1.0])))
    with pytest.raises(TypeError, match="shapes"):
        iterator.make_initializer(D.from_tensors((np.int64([1]), np.float32([1]))))
    with pytest.raises(ValueError):
        iterator.make_initializer(D.range(3))


def test_a_string_that_is_fed_chooses_the_iterator():
    one = D.range(3).make_one_shot_iterator()
    other = D.range(10, 13).make_initializable_iterator()
    handle = tf.placeholder(tf.string, [])
    chosen = tf.data.Iterator.from_string_handle(handle, one.output_types, one.output_shapes)
    following = chosen.get_next()
    with tf.Session() as session:
        session.run(other.initializer)
        names = session.run([one.string_handle(), other.string_handle()])
        found = [session.run(following, {handle: names[i]}) for i in (0, 1, 0, 1)]
        assert found == [0, 10, 1, 11]
        with pytest.raises(tf.errors.InvalidArgumentError, match="names no iterator"):
            session.run(following, {handle: b"nobody"})


def test_shared_names_are_one_iterator():
    a = D.range(5).make_initializable_iterator(shared_name="both")
    b = D.range(5).make_initializable_iterator(shared_name="both")
    first, second = a.get_next(), b.get_next()
    with tf.Session() as session:
        session.run(a.initializer)
        assert [session.run(first), session.run(second), session.run(first)] == [0, 1, 2]


def test_sessions_have_iterators_of_their_own():
    following = D.range(5).make_one_shot_iterator().get_next()
    with tf.Session() as one, tf.Session() as other:
        assert [one.run(following), one.run(following), other.run(following)] == [0, 1, 0]


def test_what_is_fetched_is_the_callers_own():
    following = D.from_tensors([1, 2]).repeat().make_one_shot_iterator().get_next()
    with tf.Session() as session:
        session.run(following)[:] = 7
        assert session.run(following).tolist() == [1, 2]


def test_many_calls_of_get_next_are_warned_of():
    iterator = D.range(3).make_one_shot_iterator()
    with pytest.warns(UserWarning, match="unusually high number"):
        for _ in range(40):
            iterator.get_next()


def test_get_next_inside_a_loop_and_a_branch():
    iterator = D.range(10).make_one_shot_iterator()
    total = tf.while_loop(
        lambda i, s: i < 4, lambda i, s: (i + 1, s + iterator.get_next()), [0, np.int64(0)]
    )[1]
    chosen = tf.cond(tf.constant(True), iterator.get_next, lambda: tf.constant(-1, tf.int64))
    with tf.Session() as session:
        assert session.run(total) == 0 + 1 + 2 + 3
        assert session.run(chosen) == 4


def test_optionals():
    iterator = D.range(1).make_initializable_iterator()
    optional = E.get_next_as_optional(iterator)
    has, value = optional.has_value(), optional.get_value()
    given = E.Optional.from_value((1, "a"))
    with tf.Session() as session:
        session.run(iterator.initializer)
        assert session.run([has, value]) == [True, 0]
        assert not session.run(has)
        with pytest.raises(tf.errors.InvalidArgumentError, match="does not have a value"):
            session.run(value)
        assert session.run(given.get_value()) == (1, b"a")


def test_threads_end_with_the_session():
    import threading
    import time

    def slow(x):
        time.sleep(0.002)
        return x

    before = threading.active_count()
    dataset = D.range(1000).map(lambda x: tf.py_func(slow, [x], tf.int64), num_parallel_calls=2)
    following = dataset.prefetch(2).make_one_shot_iterator().get_next()
    with tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=1)) as session:
        assert [session.run(following) for _ in range(12)] == list(range(12))
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before


def test_another_graph_is_told():
    dataset = D.range(3)
    with tf.Graph().as_default(), tf.Session() as session:
        with pytest.raises(ValueError, match="same graph"):
            dataset.make_initializable_iterator()
        with pytest.warns(UserWarning, match="same graph"):
            following = dataset.make_one_shot_iterator().get_next()
        assert session.run(following) == 0


def test_a_graph_with_datasets_is_saved_and_loaded(tmp_path):
    rows = D.from_tensor_slices(np.arange(6.0)).map(lambda x: x * 2).filter(lambda x: x > 1)
    iterator = rows.flat_map(lambda x: D.from_tensors(x)).batch(2).make_initializable_iterator()
    following = tf.identity(iterator.get_next(), name="following")
    generated = D.from_generator(lambda: iter([7]), tf.int32).make_one_shot_iterator().get_next()
    tf.identity(generated, name="generated")
    tf.add_to_collection("start", iterator.initializer)
    variable = tf.Variable(1.0)
    with tf.Session() as session:
        session.run([variable.initializer, iterator.initializer])
        wanted = session.run(following).tolist()
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(path + ".meta").restore(session, path)
        session.run(tf.get_collection("start"))
        assert session.run("following:0").tolist() == wanted == [2.0, 4.0]
        assert session.run("generated:0") == 7


def test_iterators_of_two_graphs_of_a_server_are_two():
    """Their nodes have one name and the sessions one store, but they share no name."""
    server = tf.train.Server.create_local_server()
    for values, wanted in (([1, 2], 1), ((["a"], [0.5]), (b"a", 0.5))):
        with tf.Graph().as_default(), tf.Session(server.target) as session:
            dataset = tf.data.Dataset.from_tensor_slices(values)
            iterator = dataset.make_initializable_iterator()
            assert iterator._iterator_resource.op.name == "IteratorV2"
            session.run(iterator.initializer)
            assert session.run(iterator.get_next()) == wanted
