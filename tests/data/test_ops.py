"""Every op of a dataset or iterator is built by some pipeline here, and they run."""

import sys
from pathlib import Path

import numpy as np

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parent))

from pipelines import D, E

INDEX = Path(__file__).parents[2] / "ops" / "index.txt"


def of_datasets():
    """The op types that ops/data declares."""
    lines = [line.split() for line in INDEX.read_text().splitlines()]
    return {name for module, *names in lines if module.startswith("data.") for name in names}


def pipelines(folder):
    """Datasets that are built of all ops that make one."""
    text = folder / "a.csv"
    text.write_text("1,2\n")
    numbers, rows = D.range(6), D.from_tensor_slices(np.arange(6).reshape(3, 2))
    sparse = tf.SparseTensor([[0, 0]], [1], [2, 2])
    nested = lambda x: D.from_tensors(x)  # noqa: E731
    reducer = E.Reducer(lambda _: np.int64(0), lambda a, b: a + b, lambda a: a)
    window = E.group_by_window(lambda x: x % 2, lambda _, group: group, 2)
    from flowgraph.contrib.data import sliding_window_batch

    return [
        numbers.batch(2), numbers.cache(), numbers.concatenate(numbers),
        numbers.filter(lambda x: x > 1),
        numbers.apply(E.assert_cardinality(6)), rows.apply(E.dense_to_sparse_batch(2, [2])),
        E.choose_from_datasets([numbers], D.range(1)), numbers.apply(window),
        numbers.apply(E.group_by_reducer(lambda x: x, reducer)), numbers.apply(E.ignore_errors()),
        numbers.apply(E.map_and_batch(lambda x: x, 2)), E.RandomDataset(1).take(2),
        numbers.apply(E.parallel_interleave(nested, 2)), numbers.interleave(nested, 2),
        numbers.apply(E.scan(0, lambda s, x: (s, x))), numbers.apply(sliding_window_batch(2)),
        numbers.apply(E.take_while(lambda x: x < 3)), rows.unbatch(), numbers.apply(E.unique()),
        numbers.flat_map(nested), D.from_generator(lambda: iter([1]), tf.int32),
        numbers.map(lambda x: x), numbers.map(lambda x: x, 2), numbers.padded_batch(2, []),
        numbers.interleave(nested, 2, num_parallel_calls=2), numbers.prefetch(1), numbers.repeat(2),
        numbers.shard(2, 0), numbers.apply(E.shuffle_and_repeat(2, 2)), numbers.shuffle(3),
        numbers.skip(1), numbers.take(1), D.from_sparse_tensor_slices(sparse),
        D.zip((numbers, rows)),
        numbers.window(2).flat_map(lambda w: w), tf.data.TextLineDataset(str(text)),
        E.CsvDataset(str(text), [[0], [0]]), tf.data.FixedLengthRecordDataset(str(text), 4),
        tf.data.TFRecordDataset(str(text)).apply(E.ignore_errors()),
    ]  # fmt: skip


def test_every_op_is_built_and_every_pipeline_runs(tmp_path):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        for dataset in pipelines(tmp_path):
            iterator = dataset.make_initializable_iterator()
            following = iterator.get_next()
            session.run(iterator.initializer)
            try:
                session.run(following)
            except tf.errors.OutOfRangeError:
                assert dataset._kind == "IgnoreErrorsDataset"
        one = D.range(1).make_one_shot_iterator()
        handle = tf.data.Iterator.from_string_handle(one.string_handle(), tf.int64)
        optional = E.get_next_as_optional(handle)
        fetches = [
            E.get_single_element(D.range(1)), E.cardinality(D.range(2)),
            D.range(3).reduce(np.int64(0), lambda a, b: a + b), optional.has_value(),
            E.Optional.from_value(1).get_value(),
            E.Optional.none_from_structure(tf.TensorSpec([], tf.int32)).has_value(),
        ]  # fmt: skip
        assert session.run(fetches) == [0, 2, 3, True, 1, False]
        session.run(E.TFRecordWriter(str(tmp_path / "r")).write(D.from_tensors("x")))
        types = {op.type for op in graph.get_operations()}
    others = {"IteratorGetNextSync", "ExperimentalSqlDataset"}
    assert of_datasets() - others <= types
