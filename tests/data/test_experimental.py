"""tf.data.experimental: groups, choices, scans, and the rest."""

import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parent))

from pipelines import D, E, elements, listed


def test_map_and_batch():
    make = lambda: D.range(5).apply(E.map_and_batch(lambda x: x * x, 2))  # noqa: E731
    assert listed(make) == [[0, 1], [4, 9], [16]]
    dropped = D.range(5).apply(E.map_and_batch(lambda x: x, 2, drop_remainder=True))
    assert dropped.output_shapes.as_list() == [2]
    with pytest.raises(ValueError, match="mutually exclusive"):
        E.map_and_batch(lambda x: x, 2, num_parallel_batches=1, num_parallel_calls=1)


def test_group_by_window():
    def make():
        return D.range(9).apply(
            E.group_by_window(lambda x: x % 2, lambda key, group: group.batch(3), 3)
        )

    assert listed(make) == [[0, 2, 4], [1, 3, 5], [6, 8], [7]]


def test_buckets_by_length():
    def make(**more):
        rows = D.from_tensor_slices([1, 5, 2, 6, 1]).map(lambda n: tf.fill([n], n))
        return rows.apply(
            E.bucket_by_sequence_length(lambda row: tf.size(row), [3], [2, 2], **more)
        )

    shapes = sorted(batch.shape for batch in elements(make))
    assert shapes == [(1, 1), (2, 2), (2, 6)]
    with pytest.raises(ValueError, match="bucket_boundaries"):
        E.bucket_by_sequence_length(lambda row: 1, [3], [2])


def test_group_by_reducer():
    reducer = E.Reducer(lambda _: np.int64(0), lambda a, b: a + b, lambda a: a)
    make = lambda: D.range(10).apply(E.group_by_reducer(lambda x: x % 2, reducer))  # noqa: E731
    assert listed(make) == [20, 25]


def test_choices():
    def datasets():
        return [D.from_tensors(c).repeat() for c in "abc"]

    chosen = listed(lambda: E.choose_from_datasets(datasets(), D.from_tensor_slices(
        np.int64([2, 0, 0, 1]))))  # fmt: skip
    assert chosen == [b"c", b"a", b"a", b"b"]
    weights = lambda: D.from_tensors([0.0, 1.0, 0.0]).repeat()  # noqa: E731
    sampled = listed(lambda: E.sample_from_datasets(datasets(), weights(), seed=1), most=5)
    assert sampled == [b"b"] * 5
    with pytest.raises(TypeError):
        E.choose_from_datasets(datasets(), D.from_tensors("a"))


def test_rejection_resample():
    classes = np.array([0] * 90 + [1] * 10, np.int32)

    def make(initial):
        rows = D.from_tensor_slices(classes).shuffle(100, seed=1).repeat()
        return rows.apply(
            E.rejection_resample(lambda c: c, [0.5, 0.5], initial_dist=initial, seed=2)
        )

    for initial in ([0.9, 0.1], None):
        found = [int(c) for c, _ in elements(lambda i=initial: make(i), most=400)]
        assert 0.35 < np.mean(found[100:]) < 0.65


def test_scan_take_while_unique_counter():
    fibonacci = E.scan((0, 1), lambda state, _: ((state[1], state[0] + state[1]), state[0]))
    assert listed(lambda: D.range(7).apply(fibonacci)) == [0, 1, 1, 2, 3, 5, 8]
    assert listed(lambda: D.range(9).apply(E.take_while(lambda x: x < 3))) == [0, 1, 2]
    assert listed(lambda: D.from_tensor_slices([1, 2, 1, 3, 2]).apply(E.unique())) == [1, 2, 3]
    assert listed(lambda: E.Counter(3, 2), most=3) == [3, 5, 7]
    with pytest.raises(TypeError, match="pair"):
        D.range(3).apply(E.scan(0, lambda s, x: s))


def test_dense_to_sparse_batch():
    def make():
        rows = D.range(1, 4).map(lambda n: tf.fill([n], n))
        return rows.apply(E.dense_to_sparse_batch(2, [4]))

    first = elements(make)[0]
    assert first.indices.tolist() == [[0, 0], [1, 0], [1, 1]]
    assert first.dense_shape.tolist() == [2, 4] and first.values.tolist() == [1, 2, 2]


def test_parallel_interleave_and_devices():
    def make():
        numbers = D.range(1, 4).apply(
            E.parallel_interleave(lambda x: D.from_tensors(x).repeat(x), cycle_length=2)
        )
        return numbers.apply(E.copy_to_device("/gpu:0")).apply(E.prefetch_to_device("/gpu:0"))

    assert listed(make) == [1, 2, 2, 3, 3, 3]


def test_cardinality_and_single_elements():
    with tf.Graph().as_default(), tf.Session() as session:
        numbers = {
            5: D.range(5), 3: D.range(5).batch(2), 10: D.range(5).repeat(2),
            E.INFINITE_CARDINALITY: D.range(5).repeat(),
            E.UNKNOWN_CARDINALITY: D.range(5).filter(lambda x: x > 1),
        }  # fmt: skip
        for count, dataset in numbers.items():
            assert session.run(E.cardinality(dataset)) == count
        assert session.run(E.get_single_element(D.range(9).skip(8))) == 8
        for wrong, said in ((D.range(2), "more than one"), (D.range(0), "empty")):
            with pytest.raises(tf.errors.InvalidArgumentError, match=said):
                session.run(E.get_single_element(wrong))


def test_every_name_is_there():
    for name in E.__all__:
        assert getattr(E, name) is not None
