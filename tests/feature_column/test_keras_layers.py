"""tf.keras.layers.DenseFeatures and tf.keras.experimental.SequenceFeatures."""

import numpy as np
import pytest

import flowgraph as tf

column = tf.feature_column


@pytest.fixture(autouse=True)
def fresh_graph():
    tf.keras.backend.clear_session()


def columns():
    kinds = column.categorical_column_with_vocabulary_list("kind", ["cat", "dog"])
    return [
        column.numeric_column("size", shape=(2,)),
        column.embedding_column(column.categorical_column_with_identity("id", 4), 3),
        column.indicator_column(kinds),
    ]


def test_columns_stand_side_by_side_by_name():
    layer = tf.keras.layers.DenseFeatures(columns())
    features = {"size": [[1.0, 2.0]], "id": [[3]], "kind": [["dog"]]}
    parts = {}
    joined = layer(features, cols_to_output_tensors=parts)
    assert joined.shape.as_list() == [1, 7] and len(parts) == 3
    assert [w.name for w in layer.weights] == ["dense_features/id_embedding/embedding_weights:0"]
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        values, table = session.run([joined, layer.weights[0]])
    np.testing.assert_allclose(values[0], [*table[3], 0, 1, 1, 2], rtol=1e-6)


def test_variables_are_made_once():
    layer = tf.keras.layers.DenseFeatures(columns()[1])
    layer({"id": [[1]]})
    layer({"id": [[2]]})
    assert len(layer.trainable_weights) == 1


def test_in_a_model_that_learns_from_a_dataset():
    model = tf.keras.Sequential(
        [tf.keras.layers.DenseFeatures(columns()), tf.keras.layers.Dense(1)]
    )
    model.compile(tf.keras.optimizers.Adam(0.1), "mse")
    x = {
        "size": np.random.RandomState(0).rand(8, 2).astype(np.float32),
        "id": np.arange(8).reshape(8, 1) % 4,
        "kind": np.array([["cat"], ["dog"]] * 4),
    }
    data = tf.data.Dataset.from_tensor_slices((x, np.arange(8.0)[:, None] % 4)).repeat().batch(8)
    losses = model.fit(data, epochs=30, steps_per_epoch=2, verbose=0).history["loss"]
    assert losses[-1] < 0.2 * losses[0]


def test_functional_model():
    inputs = {"size": tf.keras.Input((2,), name="size")}
    output = tf.keras.layers.DenseFeatures(columns()[:1])(inputs)
    model = tf.keras.Model(inputs=list(inputs.values()), outputs=output)
    np.testing.assert_allclose(model.predict({"size": np.array([[1.0, 2.0]])}), [[1, 2]])


def test_what_it_does_not_take():
    ids = column.categorical_column_with_identity("id", 4)
    with pytest.raises(ValueError, match="must be a DenseColumn"):
        tf.keras.layers.DenseFeatures([ids])
    with pytest.raises(ValueError, match="We expected a dictionary here"):
        tf.keras.layers.DenseFeatures(columns()[:1])(tf.ones([1, 2]))


def test_sequences():
    ids = column.sequence_categorical_column_with_identity("id", 4)
    numbers = column.sequence_numeric_column("size")
    layer = tf.keras.experimental.SequenceFeatures([column.indicator_column(ids), numbers])
    at = [[0, 0], [1, 0], [1, 1]]
    joined, lengths = layer(
        {
            "id": tf.SparseTensor(at, [2, 0, 1], [2, 2]),
            "size": tf.SparseTensor(at, [1.0, 2.0, 3.0], [2, 2]),
        }
    )
    with tf.Session() as session:
        values, counts = session.run([joined, lengths])
    assert counts.tolist() == [1, 2]
    np.testing.assert_allclose(values[1], [[1, 0, 0, 0, 2], [0, 1, 0, 0, 3]])
    np.testing.assert_allclose(values[0], [[0, 0, 1, 0, 1], [0, 0, 0, 0, 0]])
