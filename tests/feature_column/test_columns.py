"""Columns and what is made of them; the numbers are those of TensorFlow 2.21's compat.v1."""

import numpy as np
import pytest

import flowgraph as tf

fc = tf.feature_column


def _initializer(shape, dtype=None, partition_info=None):
    return tf.reshape(tf.range(float(shape[0] * shape[1])), shape) / 100.0


def _features():
    return {
        "price": tf.constant([[1.0, 4.0], [12.0, 6.0], [3.0, 2.0]]),
        "one": tf.constant([1.0, 12.0, 30.0]),
        "kw": tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["a", "b", "c"], [3, 2]),
        "wt": tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [0.5, 2.0, 3.0], [3, 2]),
        "col": tf.constant([["R"], ["X"], [""]]),
        "id": tf.constant([[1], [3], [7]], tf.int64),
    }


@pytest.fixture
def columns():
    bucketized = fc.bucketized_column(fc.numeric_column("one"), [0.0, 10.0, 20.0])
    words = fc.categorical_column_with_hash_bucket("kw", 100)
    return {
        "price": fc.numeric_column("price", shape=2, normalizer_fn=lambda x: x / 2.0),
        "bucketized": bucketized,
        "words": words,
        "hashed": fc.categorical_column_with_hash_bucket("id", 10, dtype=tf.int64),
        "listed": fc.categorical_column_with_vocabulary_list(
            "col", ["R", "G", "B"], num_oov_buckets=1
        ),
        "crossed": fc.crossed_column([bucketized, "kw"], 50),
        "keyed": fc.crossed_column(["kw", "col"], 50, hash_key=5),
        "numbers": fc.categorical_column_with_identity("id", 5, default_value=0),
        "weighted": fc.weighted_categorical_column(words, "wt"),
    }


def _run(*tensors):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session.run(list(tensors))


def test_input_layer_has_tensorflow_s_numbers_and_names(columns):
    def embedded(key, **given):
        return fc.embedding_column(columns[key], 3, initializer=_initializer, **given)

    with tf.Graph().as_default():
        x = fc.input_layer(
            _features(),
            [
                columns["price"], columns["bucketized"], embedded("words"),
                embedded("weighted", combiner="sqrtn"),
                embedded("crossed", combiner="sum", max_norm=1.0),
                fc.indicator_column(columns["listed"]), fc.indicator_column(columns["weighted"]),
                embedded("numbers"), fc.indicator_column(columns["keyed"]),
            ],
        )  # fmt: skip
        assert [v.op.name for v in tf.global_variables()] == [
            "input_layer/id_embedding/embedding_weights",
            "input_layer/kw_X_one_bucketized_embedding/embedding_weights",
            "input_layer/kw_embedding/embedding_weights",
            "input_layer/kw_weighted_by_wt_embedding/embedding_weights",
        ]
        assert len(tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)) == 4
        (found,) = _run(x)
    assert found.shape == (3, 172)
    np.testing.assert_allclose(found.sum(), 50.145584, rtol=1e-5)


def test_linear_model_has_tensorflow_s_numbers_and_names(columns):
    with tf.Graph().as_default():
        del columns["numbers"]
        made = {}
        y = fc.linear_model(
            _features(), list(columns.values()), units=2, sparse_combiner="mean", cols_to_vars=made
        )
        variables = tf.trainable_variables()
        assert [v.op.name for v in variables] == [
            f"linear_model/{name}"
            for name in (
                "col/weights", "col_X_kw/weights", "id/weights", "kw/weights",
                "kw_X_one_bucketized/weights", "kw_weighted_by_wt/weights",
                "one_bucketized/weights", "price/weights", "bias_weights",
            )
        ]  # fmt: skip
        assert made["bias"] == [variables[-1]]
        assert made[columns["price"]] == [variables[-2]]
        values = [
            tf.reshape(tf.range(float(np.prod(v.shape.as_list()))), v.shape) / 7.0 + i + 4
            for i, v in enumerate(variables)
        ]
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            session.run([tf.assign(v, x) for v, x in zip(variables, values)])
            found = session.run(y)
    expected = [[122.32857, 123.82858], [133.57143, 135.42857], [144.7857, 146.14285]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_shared_embeddings_are_one_variable():
    with tf.Graph().as_default():
        columns = fc.shared_embedding_columns(
            [fc.categorical_column_with_identity(key, 10) for key in ("b", "a")], 2,
            initializer=_initializer,
        )  # fmt: skip
        assert [column.name for column in columns] == ["b_shared_embedding", "a_shared_embedding"]
        features = {"b": tf.constant([[1], [3], [7]]), "a": tf.constant([1, 2, 3])}
        x = fc.input_layer(features, columns)
        (variable,) = tf.global_variables()
        assert variable.op.name == "input_layer/a_b_shared_embedding/embedding_weights"
        (found,) = _run(x)
    expected = [[0.02, 0.03, 0.02, 0.03], [0.04, 0.05, 0.06, 0.07], [0.06, 0.07, 0.14, 0.15]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_parse_example_spec(columns):
    spec = fc.make_parse_example_spec([columns["price"], columns["crossed"], columns["weighted"]])
    assert spec == {
        "price": tf.FixedLenFeature((2,), tf.float32, None),
        "one": tf.FixedLenFeature((1,), tf.float32, None),
        "kw": tf.VarLenFeature(tf.string),
        "wt": tf.VarLenFeature(tf.float32),
    }


def test_a_vocabulary_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("red\ngreen\nblue\n")
    with tf.Graph().as_default():
        column = fc.categorical_column_with_vocabulary_file("w", str(path), default_value=2)
        assert column.num_buckets == 3
        x = fc.input_layer({"w": tf.constant([["green"], ["grey"]])}, [fc.indicator_column(column)])
        (found,) = _run(x)
    np.testing.assert_array_equal(found, [[0, 1, 0], [0, 0, 1]])


def test_numbers_out_of_range_are_errors():
    with tf.Graph().as_default():
        column = fc.categorical_column_with_identity("id", 3)
        x = fc.input_layer({"id": tf.constant([[5]])}, [fc.indicator_column(column)])
        with pytest.raises(tf.errors.InvalidArgumentError, match="assert_less_than_num_buckets"):
            _run(x)


def test_a_linear_model_learns():
    with tf.Graph().as_default():
        column = fc.categorical_column_with_vocabulary_list("w", ["a", "b"])
        words = {"w": tf.constant([["a"], ["b"]])}
        y = fc.linear_model(words, [column])
        loss = tf.reduce_sum(tf.square(y - [[1.0], [3.0]]))
        step = tf.train.GradientDescentOptimizer(0.3).minimize(loss)
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            for _ in range(50):
                session.run(step)
            np.testing.assert_allclose(session.run(y), [[1.0], [3.0]], atol=1e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fc.numeric_column("x", shape=0), "must be greater than 0"),
        (lambda: fc.numeric_column(["x"]), "key must be a string"),
        (lambda: fc.numeric_column("x", dtype=tf.string), "convertible to float"),
        (lambda: fc.numeric_column("x", shape=2, default_value=[1.0]), "shape of default_value"),
        (lambda: fc.bucketized_column(fc.numeric_column("x"), [1, 1]), "sorted list"),
        (lambda: fc.bucketized_column("x", [1, 2]), "generated with numeric_column"),
        (lambda: fc.categorical_column_with_hash_bucket("x", 0), "at least 1"),
        (lambda: fc.categorical_column_with_hash_bucket("x", 2, tf.float32), "string or integer"),
        (lambda: fc.categorical_column_with_vocabulary_list("x", ["a", "a"]), "Duplicate keys"),
        (lambda: fc.categorical_column_with_vocabulary_file("x", ""), "Missing vocabulary_file"),
        (lambda: fc.categorical_column_with_identity("x", 2, 2), "not in range"),
        (lambda: fc.crossed_column(["x"], 3), "length > 1"),
        (
            lambda: fc.crossed_column(
                ["x", fc.categorical_column_with_hash_bucket("y", 3)], 3
            ),
            "not supported for crossing",
        ),
        (
            lambda: fc.embedding_column(fc.categorical_column_with_identity("x", 2), 0),
            "Invalid dimension",
        ),
        (lambda: fc.input_layer({}, []), "must not be empty"),
        (lambda: fc.input_layer({}, [fc.numeric_column("x")]), "not in features dictionary"),
        (
            lambda: fc.input_layer(
                {"x": tf.constant([1])}, [fc.categorical_column_with_identity("x", 2)]
            ),
            "must be a _DenseColumn",
        ),
        (
            lambda: fc.input_layer({}, [fc.numeric_column("x"), fc.numeric_column("x")]),
            "Duplicate feature column name",
        ),
        (
            lambda: fc.input_layer(
                {"x": tf.constant([1.0]), "y": tf.constant([1.0, 2.0])},
                [fc.numeric_column("x"), fc.numeric_column("y")],
            ),
            "Batch size",
        ),
    ],
)  # fmt: skip
def test_mistakes(make, message):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        make()


def test_a_default_of_the_wrong_dtype():
    with pytest.raises(TypeError, match="compatible with dtype"):
        fc.numeric_column("x", default_value=1.5, dtype=tf.int32)
    with pytest.raises(TypeError, match="must be a callable"):
        fc.numeric_column("x", normalizer_fn=3)
