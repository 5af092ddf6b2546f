"""Sources and transformations: elements, static types and shapes, and errors."""

import collections
import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parent))

from pipelines import D, elements, listed

Point = collections.namedtuple("Point", ["x", "y"])


# --- sources --------------------------------------------------------------------------------------
def test_nested_elements_keep_their_form():
    def make():
        return D.from_tensor_slices({"a": np.arange(3), "b": (["x", "y", "z"], np.ones((3, 2)))})

    found = elements(make)
    assert found[1]["a"] == 1 and found[1]["b"][0] == b"y"
    np.testing.assert_array_equal(found[1]["b"][1], [1.0, 1.0])
    dataset = make()
    assert dataset.output_types == {"a": tf.int64, "b": (tf.string, tf.float64)}
    assert dataset.output_shapes["b"][1].as_list() == [2]
    assert dataset.output_classes["a"] is tf.Tensor


def test_a_namedtuple_is_one_argument():
    def make():
        return D.from_tensors(Point(1, 2)).map(lambda p: Point(p.y, p.x))

    assert elements(make) == [Point(2, 1)]


@pytest.mark.parametrize("args", [(5,), (2, 6), (1, 10, 3), (5, 0, -2)])
def test_range(args):
    assert listed(lambda: D.range(*args)) == list(range(*args))


def test_from_tensor_slices_wants_equal_counts():
    with pytest.raises(ValueError):
        D.from_tensor_slices((np.arange(3), np.arange(4)))
    with pytest.raises(ValueError):
        D.from_tensor_slices(np.float32(3))


def test_from_generator_gets_its_arguments_and_says_what_is_wrong():
    def count(n):
        yield from ((i, [str(i)] * i) for i in range(n))

    def make(types=(tf.int64, tf.string)):
        return D.from_generator(count, types, ([], [None]), args=[3])

    found = elements(make)
    assert [n for n, _ in found] == [0, 1, 2] and found[2][1].tolist() == [b"2", b"2"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="did not match the expected"):
        elements(lambda: D.from_generator(lambda: iter([(1, 2, 3)]), (tf.int64, tf.int64)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="shape"):
        elements(lambda: D.from_generator(lambda: iter([[1, 2]]), tf.int64, [3]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="could not be converted"):
        elements(lambda: D.from_generator(lambda: iter(["a"]), tf.int64))
    with pytest.raises(TypeError, match="callable"):
        D.from_generator([1, 2], tf.int64)


def test_placeholders_are_read_when_the_iterator_starts():
    with tf.Graph().as_default():
        given = tf.placeholder(tf.float32, [None])
        iterator = D.from_tensor_slices(given).map(lambda x: x * 2).make_initializable_iterator()
        following = iterator.get_next()
        with tf.Session() as session:
            for value in ([1.0, 2.0], [3.0]):
                array = np.array(value, np.float32)
                session.run(iterator.initializer, {given: array})
                array[:] = -1  # which the dataset must not see
                assert [session.run(following) for _ in value] == [2 * v for v in value]


# --- order ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change, wanted",
    [
        (lambda d: d.repeat(2), [0, 1, 2, 3, 0, 1, 2, 3]),
        (lambda d: d.repeat(0), []),
        (lambda d: d.repeat().take(6), [0, 1, 2, 3, 0, 1]),
        (lambda d: d.take(-1), [0, 1, 2, 3]),
        (lambda d: d.skip(3), [3]),
        (lambda d: d.skip(-1), []),
        (lambda d: d.shard(3, 1), [1]),
        (lambda d: d.concatenate(D.range(2)), [0, 1, 2, 3, 0, 1]),
        (lambda d: d.enumerate(5), [(5, 0), (6, 1), (7, 2), (8, 3)]),
        (lambda d: d.cache().repeat(2), [0, 1, 2, 3, 0, 1, 2, 3]),
        (lambda d: d.prefetch(2), [0, 1, 2, 3]),
        (lambda d: d.take(0).repeat(), []),
        (lambda d: d.filter(lambda x: tf.equal(x % 2, 1)), [1, 3]),
        (lambda d: d.flat_map(lambda x: D.from_tensors(x).repeat(x)), [1, 2, 2, 3, 3, 3]),
        (lambda d: D.zip((d, d.skip(2))), [(0, 2), (1, 3)]),
    ],
)
def test_order(change, wanted):
    assert listed(lambda: change(D.range(4))) == wanted
    assert listed(lambda: change(D.range(4)), one_shot=True) == wanted


def test_a_cache_in_memory_calls_the_function_once(tmp_path):
    for name in ("", str(tmp_path / "cache")):
        calls = []

        def note(x, calls=calls):
            calls.append(int(x))
            return x

        def make(name=name, note=note):
            return D.range(3).map(lambda x: tf.py_func(note, [x], tf.int64)).cache(name).repeat(3)

        assert listed(make) == [0, 1, 2] * 3
        assert calls == [0, 1, 2]


def test_a_file_cache_is_there_for_another_graph(tmp_path):
    path = str(tmp_path / "deep" / "cache")
    rows = (np.arange(6).reshape(3, 2), ["a", "b", "c"])
    first = listed(lambda: D.from_tensor_slices(rows).cache(path))
    again = listed(lambda: D.from_tensor_slices((np.zeros((3, 2), int), [""] * 3)).cache(path))
    assert first == again == [([0, 1], b"a"), ([2, 3], b"b"), ([4, 5], b"c")]


# --- batches --------------------------------------------------------------------------------------
def test_batch_and_its_static_shape():
    assert listed(lambda: D.range(5).batch(2)) == [[0, 1], [2, 3], [4]]
    assert listed(lambda: D.range(5).batch(2, drop_remainder=True)) == [[0, 1], [2, 3]]
    assert D.range(5).batch(2).output_shapes.as_list() == [None]
    assert D.range(5).batch(2, True).output_shapes.as_list() == [2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="greater than zero"):
        elements(lambda: D.range(5).batch(0))


def test_elements_of_different_shapes_make_no_batch():
    def make():
        return D.range(1, 4).map(lambda x: tf.fill([x], x)).batch(2)

    with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot batch tensors with different"):
        elements(make)


def test_padded_batch():
    def make(**more):
        return D.range(1, 4).map(lambda x: tf.fill([x], x)).padded_batch(2, [None], **more)

    assert listed(make) == [[[1, 0], [2, 2]], [[3, 3, 3]]]
    filled = listed(lambda: make(padding_values=np.int64(-1), drop_remainder=True))
    assert filled == [[[1, -1], [2, 2]]]
    assert make().output_shapes.as_list() == [None, None]
    with pytest.raises(tf.errors.DataLossError, match="smaller size"):
        elements(lambda: D.range(1, 4).map(lambda x: tf.fill([x], x)).padded_batch(2, [1]))
    with pytest.raises(TypeError, match="Padding value type"):
        make(padding_values=np.float32(0))


def test_padded_batch_of_strings():
    def make():
        rows = D.from_tensor_slices(["a b", "c"]).map(lambda s: tf.string_split([s]).values)
        return rows.padded_batch(2, [None])

    assert listed(make) == [[[b"a", b"b"], [b"c", b""]]]


def test_windows():
    def make(*args):
        return D.range(7).window(*args).flat_map(lambda w: w.batch(10))

    assert listed(lambda: make(3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert listed(lambda: make(3, 2, 2, True)) == [[0, 2, 4], [2, 4, 6]]


def test_unbatch_and_sparse_rows():
    assert listed(lambda: D.from_tensors(([1, 2], ["a", "b"])).unbatch()) == [(1, b"a"), (2, b"b")]
    sparse = tf.SparseTensorValue([[0, 1], [1, 0]], [5, 6], [2, 3])
    rows = elements(lambda: D.from_tensors(sparse).unbatch())
    assert rows[1].values.tolist() == [6] and rows[1].dense_shape.tolist() == [3]
    again = elements(lambda: D.from_tensor_slices(sparse).batch(2))
    assert again[0].indices.tolist() == [[0, 1], [1, 0]]
    assert D.from_tensor_slices(sparse).output_classes is tf.SparseTensor


# --- functions ------------------------------------------------------------------------------------
def test_map_in_parallel_keeps_the_order():
    import time

    def slow(x):
        time.sleep(0.001 * (5 - int(x) % 5))
        return x

    def make():
        return D.range(30).map(lambda x: tf.py_func(slow, [x], tf.int64), num_parallel_calls=4)

    assert listed(lambda: make().prefetch(3)) == list(range(30))


def test_an_error_leaves_the_following_elements():
    def make():
        rows = D.from_tensor_slices(np.float32([1, 0, 2]))
        return rows.map(lambda x: tf.check_numerics(1 / x, "oops"))

    with tf.Graph().as_default(), tf.Session() as session:
        following = make().make_one_shot_iterator().get_next()
        assert session.run(following) == 1.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="oops"):
            session.run(following)
        assert session.run(following) == 0.5


def test_a_variable_is_read_when_the_iterator_starts_a_resource_at_each_call():
    for resource, wanted in ((False, [10, 11]), (True, [10, 21])):
        with tf.Graph().as_default(), tf.Session() as session:
            variable = tf.get_variable(
                "v", initializer=np.int64(10), use_resource=resource, trainable=False
            )
            iterator = D.range(3).map(lambda x, v=variable: x + v).make_initializable_iterator()
            following, change = iterator.get_next(), variable.assign(20)
            session.run(variable.initializer)
            session.run(iterator.initializer)
            found = [session.run(following)]
            session.run(change)
            assert [*found, session.run(following)] == wanted


def test_assertions_in_a_function_run():
    def checked(x):
        tf.Assert(x < 2, ["too big"])
        return x

    with pytest.raises(tf.errors.InvalidArgumentError, match="too big"):
        elements(lambda: D.range(3).map(checked))


def test_a_lookup_table_in_a_function():
    with tf.Graph().as_default(), tf.Session() as session:
        table = tf.contrib.lookup.index_table_from_tensor(["a", "b"], default_value=-1)
        iterator = D.from_tensor_slices(["b", "z"]).map(table.lookup).make_initializable_iterator()
        following = iterator.get_next()
        session.run([tf.tables_initializer()])
        session.run(iterator.initializer)
        assert [session.run(following), session.run(following)] == [1, -1]


def test_reduce():
    with tf.Graph().as_default(), tf.Session() as session:
        total = D.range(5).reduce(np.int64(0), lambda a, b: a + b)
        assert session.run(total) == 10
        with pytest.raises(TypeError, match="types"):
            D.range(5).reduce(np.int64(0), lambda a, b: tf.cast(a, tf.int32))


@pytest.mark.parametrize(
    "build, kind",
    [
        (lambda: D.range(3).map(lambda x: None), TypeError),
        (lambda: D.range(3).flat_map(lambda x: x), TypeError),
        (lambda: D.range(3).filter(lambda x: x), ValueError),
        (lambda: D.range(3).apply(lambda d: 3), TypeError),
        (lambda: D.zip([D.range(3)]), TypeError),
        (lambda: D.range(3).concatenate(D.from_tensors("a")), TypeError),
        (lambda: D.range(), ValueError),
        (lambda: iter(D.range(3)), RuntimeError),
    ],
)
def test_what_is_no_dataset(build, kind):
    with pytest.raises(kind):
        build()


def test_options_and_repr():
    options = tf.data.Options()
    options.experimental_optimization.map_fusion = True
    dataset = D.range(3).with_options(options).batch(2)
    assert dataset.options().experimental_optimization.map_fusion
    with pytest.raises(AttributeError, match="Known"):
        options.no_such_thing = 1
    assert repr(dataset) == "<BatchDataset shapes: (?,), types: tf.int64>"


def test_a_generator_may_write_to_its_array_again():
    def count():
        row = np.zeros(2, np.int64)
        for i in range(4):
            row[:] = i
            yield row

    make = lambda: D.from_generator(count, tf.int64, [2]).batch(2)  # noqa: E731
    assert listed(make) == [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]
