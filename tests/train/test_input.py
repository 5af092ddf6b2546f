"""Input pipelines of queues: producers, batches, epochs, sparse examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf

LONG = 10.0


@pytest.fixture(autouse=True)
def graph() -> Iterator[Any]:
    with tf.Graph().as_default() as graph:
        yield graph


def all_of(fetches: Any, most: int = 1000) -> list[Any]:
    """What runs give until the input ends; the threads must end, too."""
    config = tf.ConfigProto(operation_timeout_in_ms=int(LONG * 1000))
    with tf.Session(config=config) as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord, found = tf.train.Coordinator(), []
        threads = tf.train.start_queue_runners(session, coord)
        try:
            while len(found) < most:
                found.append(session.run(fetches))
        except tf.errors.OutOfRangeError:
            pass
        coord.request_stop()
        coord.join(threads, stop_grace_period_secs=LONG)
    return found


def flat(batches: list[Any]) -> list[Any]:
    return [value for batch in batches for value in batch.tolist()]


# --- producers ------------------------------------------------------------------------------------
def test_limit_epochs() -> None:
    x = tf.constant([1, 2])
    assert tf.train.limit_epochs(x) is x
    limited = tf.train.limit_epochs(x, 3)
    assert limited.shape.as_list() == [2] and len(tf.local_variables()) == 1
    assert [v.tolist() for v in all_of(limited)] == [[1, 2]] * 3
    with pytest.raises(ValueError, match="must be > 0 not 0"):
        tf.train.limit_epochs(x, 0)


def test_input_producer_gives_the_rows_in_order() -> None:
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    queue = tf.train.input_producer(rows, num_epochs=2, shuffle=False)
    assert isinstance(queue, tf.FIFOQueue) and queue.shapes[0].as_list() == [2]
    np.testing.assert_array_equal(all_of(queue.dequeue()), np.vstack([rows, rows]))


def test_input_producer_shuffles_each_epoch() -> None:
    queue = tf.train.range_input_producer(20, num_epochs=2, seed=4)
    found = [int(i) for i in all_of(queue.dequeue())]
    first, second = found[:20], found[20:]
    assert sorted(first) == sorted(second) == list(range(20)) and first != second
    assert first != list(range(20))
    assert [int(i) for i in all_of(queue.dequeue())] == found  # the same in each session


def test_without_epochs_it_goes_on() -> None:
    queue = tf.train.string_input_producer(["a", "b"], shuffle=False, capacity=3, name="files")
    assert queue.name == "files"
    assert all_of(queue.dequeue(), 5) == [b"a", b"b", b"a", b"b", b"a"]


def test_slice_input_producer() -> None:
    images, labels = np.arange(12.0).reshape(4, 3), np.array([10, 11, 12, 13])
    image, label = tf.train.slice_input_producer([images, labels], num_epochs=1, seed=2)
    assert image.shape.as_list() == [3] and label.shape.as_list() == []
    found = all_of([image, label])
    assert sorted(int(b) for _, b in found) == [10, 11, 12, 13]
    for a, b in found:
        np.testing.assert_array_equal(a, images[b - 10])


def test_match_filenames_once(tmp_path: Any) -> None:
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).write_text("x")
    names = tf.train.match_filenames_once(str(tmp_path / "*.txt"))
    assert names.op.name == "matching_filenames" and names in tf.local_variables()
    queue = tf.train.string_input_producer(names, num_epochs=1, shuffle=False)
    found = all_of(queue.dequeue())
    assert sorted(found) == [str(tmp_path / n).encode() for n in ("a.txt", "b.txt")]


def test_bad_producers() -> None:
    with pytest.raises(ValueError, match="non-null"):
        tf.train.string_input_producer([])
    with pytest.raises(ValueError, match="at least one tensor"):
        tf.train.slice_input_producer([])
    with pytest.raises(ValueError, match="fully defined shape"):
        tf.train.input_producer(tf.placeholder(tf.float32, [3, None]))
    empty = tf.train.string_input_producer(
        tf.placeholder_with_default(np.array([], object), [None])
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="non-null"):
        all_of(empty.dequeue())


# --- batches --------------------------------------------------------------------------------------
def numbers(count: int, epochs: int = 1) -> Any:
    return tf.train.range_input_producer(count, num_epochs=epochs, shuffle=False).dequeue()


def test_batch() -> None:
    i = numbers(10)
    one, pair = tf.train.batch([i, tf.stack([i, -i])], 4)
    assert one.shape.as_list() == [4] and pair.shape.as_list() == [4, 2]
    assert one.op.name == "batch"
    found = all_of([one, pair])
    assert flat([a for a, _ in found]) == list(range(8))  # the last two are lost
    np.testing.assert_array_equal(found[0][1], [[0, 0], [1, -1], [2, -2], [3, -3]])


def test_a_smaller_final_batch() -> None:
    batch = tf.train.batch([numbers(10)], 4, allow_smaller_final_batch=True)
    assert batch.shape.as_list() == [None]
    assert [len(b) for b in all_of(batch)] == [4, 4, 2]


def test_batch_of_a_dict_and_of_many_threads() -> None:
    i = numbers(20)
    batch = tf.train.batch({"y": i * i, "x": i}, 5, num_threads=3)
    found = all_of(batch)
    assert sorted(flat([b["x"] for b in found])) == list(range(20))
    only = tf.train.batch({"x": numbers(4)}, 2)
    assert [b["x"].tolist() for b in all_of(only)] == [[0, 1], [2, 3]]


def test_batch_of_batches() -> None:
    i = numbers(4)
    rows = tf.fill([3, 2], i)
    batch = tf.train.batch([rows], 4, enqueue_many=True)
    assert batch.shape.as_list() == [4, 2]
    assert [b[:, 0].tolist() for b in all_of(batch)] == [[0, 0, 0, 1], [1, 1, 2, 2], [2, 3, 3, 3]]


def test_batch_with_padding() -> None:
    i = numbers(4)
    sizes = tf.range(i)
    batch = tf.train.batch([sizes], 4, dynamic_pad=True)
    assert batch.shape.as_list() == [4, None]
    np.testing.assert_array_equal(all_of(batch)[0], [[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 1, 2]])
    with pytest.raises(ValueError, match="fully defined"):
        tf.train.batch([sizes], 4)


@pytest.mark.parametrize("known", [True, False])
def test_maybe_batch(known: bool) -> None:
    i = numbers(8)
    keep = tf.constant(True) if known else tf.equal(i % 2, 0)
    batch = tf.train.maybe_batch([i], keep, 2)
    assert flat(all_of(batch)) == (list(range(8)) if known else [0, 2, 4, 6])


def test_maybe_batch_of_many() -> None:
    i = numbers(3)
    rows = tf.range(4) + 4 * i
    batch = tf.train.maybe_batch([rows], tf.greater(rows % 4, 1), 2, enqueue_many=True)
    assert flat(all_of(batch)) == [2, 3, 6, 7, 10, 11]


def test_batch_join() -> None:
    sources = [[numbers(6), tf.constant(b"a")], [numbers(6) + 100, tf.constant(b"b")]]
    i, word = tf.train.batch_join(sources, 3)
    found = all_of([i, word])
    pairs = [(a, b) for batch in found for a, b in zip(*batch)]
    assert sorted(int(a) for a, _ in pairs) == [*range(6), *range(100, 106)]
    assert all(b == (b"a" if a < 100 else b"b") for a, b in pairs)
    assert [int(a) for a, b in pairs if b == b"a"] == list(range(6))


def test_shuffle_batch() -> None:
    batch = tf.train.shuffle_batch([numbers(100)], 10, 60, 40, seed=1)
    found = flat(all_of(batch))
    assert sorted(found) == list(range(100)) and found != list(range(100))
    with pytest.raises(ValueError, match="must be bigger than min_after_dequeue"):
        tf.train.shuffle_batch([numbers(100)], 10, 40, 40)


def test_shuffle_batch_join() -> None:
    make: Callable[[int], Any] = lambda first: [numbers(9) + first]  # noqa: E731
    batch = tf.train.shuffle_batch_join([make(0), make(50)], 6, 20, 5, seed=1)
    assert sorted(flat(all_of(batch))) == [*range(9), *range(50, 59)]


# --- sparse examples ------------------------------------------------------------------------------
def diagonal(i: Any) -> Any:
    """A sparse vector with i + 1 at the place i."""
    place = tf.cast(tf.reshape(i, [1, 1]), tf.int64)
    return tf.SparseTensor(place, tf.reshape(i + 1, [1]), tf.constant([4], tf.int64))


def test_batch_of_sparse_examples() -> None:
    i = numbers(4)
    sparse, dense = tf.train.batch([diagonal(i), i], 2)
    assert sparse.dense_shape.shape.as_list() == [2]
    found = all_of([tf.sparse.to_dense(sparse), dense])
    np.testing.assert_array_equal(found[0][0], [[1, 0, 0, 0], [0, 2, 0, 0]])
    np.testing.assert_array_equal(found[1][0], [[0, 0, 3, 0], [0, 0, 0, 4]])
    assert flat([b for _, b in found]) == [0, 1, 2, 3]


def test_batches_of_sparse_rows_that_are_kept() -> None:
    i = numbers(2)
    rows = tf.sparse.from_dense(tf.reshape(tf.range(6) + 6 * i, [3, 2]) + 1)
    keep = tf.constant([True, False, True])
    batch = tf.train.maybe_batch([rows], keep, 2, enqueue_many=True)
    found = all_of(tf.sparse.to_dense(batch))
    np.testing.assert_array_equal(found, [[[1, 2], [5, 6]], [[7, 8], [11, 12]]])


def test_sparse_sources_joined_and_examples_left_out() -> None:
    sources = []
    for first in (0, 2):
        i = numbers(2) + first
        sources.append([diagonal(i)])
    total = tf.sparse.reduce_sum(tf.train.batch_join(sources, 2))
    assert sum(int(v) for v in all_of(total)) == 1 + 2 + 3 + 4
    i = numbers(4)
    kept = tf.train.maybe_batch([diagonal(i)], tf.greater(i, 1), 2)
    np.testing.assert_array_equal(all_of(tf.sparse.to_dense(kept)), [[[0, 0, 3, 0], [0, 0, 0, 4]]])


# --- bad input ------------------------------------------------------------------------------------
def test_bad_batches() -> None:
    with pytest.raises(ValueError, match="at least one tensor"):
        tf.train.batch([], 2)
    with pytest.raises(ValueError, match="Cannot infer Tensor's rank"):
        tf.train.batch([tf.placeholder(tf.float32)], 2)
    with pytest.raises(TypeError, match="types to be consistent"):
        tf.train.batch_join([[tf.constant(1)], [tf.constant(1.0)]], 2)
    with pytest.raises(ValueError, match="the same keys"):
        tf.train.batch_join([{"a": tf.constant(1)}, {"b": tf.constant(1)}], 2)
    with pytest.raises(ValueError, match="cannot be a vector"):
        tf.train.maybe_batch([tf.constant(1)], [True, False], 2)
    with pytest.raises(ValueError, match="0 or 1 dimensions"):
        tf.train.maybe_batch([tf.zeros([1])], [[True]], 2, enqueue_many=True)
