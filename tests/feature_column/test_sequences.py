import numpy as np
import pytest

import flowgraph as tf
from flowgraph.feature_column.models import InputLayer, sequence_input_layer

fc = tf.feature_column


def _run(*tensors):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session.run(list(tensors))


def test_sequences_of_ids_and_numbers():
    with tf.Graph().as_default():
        ids = fc.sequence_categorical_column_with_identity("id", 3)
        column = fc.embedding_column(
            ids, 2, initializer=tf.constant_initializer([[1.0, 2.0], [3.0, 5.0], [7.0, 11.0]])
        )
        features = {
            "id": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [2, 0, 1], [2, 2]),
            "x": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [0.5, 1.5, 2.5], [2, 2]),
        }
        x, lengths = sequence_input_layer(features, [column, fc.sequence_numeric_column("x")])
        found, counts = _run(x, lengths)
    np.testing.assert_array_equal(counts, [1, 2])
    expected = [[[7, 11, 0.5], [0, 0, 0]], [[1, 2, 1.5], [3, 5, 2.5]]]
    np.testing.assert_allclose(found, expected)


def test_an_indicator_of_sequences_counts_each_step():
    with tf.Graph().as_default():
        words = fc.sequence_categorical_column_with_vocabulary_list("w", ["a", "b"])
        features = {"w": tf.SparseTensor([[0, 0], [0, 2]], ["b", "a"], [2, 3])}
        x, lengths = sequence_input_layer(features, [fc.indicator_column(words)])
        found, counts = _run(x, lengths)
    np.testing.assert_array_equal(counts, [3, 0])
    np.testing.assert_array_equal(found[0], [[0, 1], [0, 0], [1, 0]])
    np.testing.assert_array_equal(found[1], np.zeros((3, 2)))


def test_sequences_do_not_go_into_an_input_layer():
    with tf.Graph().as_default():
        ids = fc.sequence_categorical_column_with_hash_bucket("id", 3)
        features = {"id": tf.constant([["a"]])}
        with pytest.raises(ValueError, match="must not be of type SequenceCategoricalColumn"):
            fc.input_layer(features, [fc.embedding_column(ids, 2)])
        plain = fc.embedding_column(fc.categorical_column_with_hash_bucket("id", 3), 2)
        with pytest.raises(ValueError, match="must be of type SequenceCategoricalColumn"):
            sequence_input_layer(features, [plain])


def test_an_input_layer_object_shares_its_variables():
    with tf.Graph().as_default():
        column = fc.embedding_column(fc.categorical_column_with_identity("id", 3), 2)
        layer = InputLayer([column])
        first = layer({"id": tf.constant([[1]])})
        second = layer({"id": tf.constant([[1]])})
        assert len(tf.global_variables()) == len(layer.variables) == 1
        found = _run(first, second)
    np.testing.assert_array_equal(found[0], found[1])
