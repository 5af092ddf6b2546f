"""tf.contrib.data: the older methods and what is only there."""

import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

from pipelines import elements, listed

C = tf.contrib.data


def test_older_methods_go_on_giving_older_datasets():
    def make():
        numbers = C.Dataset.range(6).map(lambda x: x * 2, num_threads=2, output_buffer_size=4)
        return numbers.group_by_window(lambda x: x % 4, lambda _, group: group.batch(3), 3)

    assert listed(make) == [[0, 4, 8], [2, 6, 10]]
    assert isinstance(C.Dataset.range(3).batch(2), C.Dataset)
    assert isinstance(C.Dataset.range(3), tf.data.Dataset)


def test_files(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a\nb\n")
    assert listed(lambda: C.TextLineDataset(str(path)).map(lambda s: s, num_threads=1)) == [
        b"a", b"b",
    ]  # fmt: skip
    assert isinstance(C.TextLineDataset(str(path)).repeat(2), C.Dataset)


def test_batches_without_a_remainder_and_sliding_ones():
    numbers = lambda: tf.data.Dataset.range(5)  # noqa: E731
    assert listed(lambda: numbers().apply(C.batch_and_drop_remainder(2))) == [[0, 1], [2, 3]]
    slid = listed(lambda: numbers().apply(C.sliding_window_batch(3, window_shift=2)))
    assert slid == [[0, 1, 2], [2, 3, 4]]
    padded = C.padded_batch_and_drop_remainder(2, [])
    assert listed(lambda: numbers().apply(padded)) == [[0, 1], [2, 3]]


def test_assert_element_shape():
    def make(shape):
        rows = tf.data.Dataset.range(2, 4).map(lambda n: tf.fill([2], n))
        hidden = rows.map(lambda r: tf.py_func(lambda x: x, [r], tf.int64))
        return hidden.apply(C.assert_element_shape(shape))

    assert make([2]).output_shapes.as_list() == [2]
    assert len(elements(lambda: make([2]))) == 2
    with pytest.raises(tf.errors.InvalidArgumentError):
        elements(lambda: make([3]))


def test_reduce_dataset():
    reducer = C.Reducer(lambda _: np.int64(0), lambda a, b: a + b, lambda a: a)
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(C.reduce_dataset(tf.data.Dataset.range(5), reducer)) == 10
