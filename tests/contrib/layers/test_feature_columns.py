"""tf.contrib.layers' feature columns: parsing, inputs of deep models, sums of linear ones."""

import numpy as np
import pytest

import flowgraph as tf

layers = tf.contrib.layers


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def run(*tensors):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session.run(list(tensors))


WORDS = [["cat", ""], ["dog", "cat"], ["", ""]]


def columns():
    price = layers.real_valued_column("price", normalizer=lambda x: x / 10.0)
    animal = layers.sparse_column_with_keys("animal", ["cat", "dog"])
    return {
        "price": price,
        "size": layers.real_valued_column("size", dimension=2),
        "bucket": layers.bucketized_column(price, [0.5, 1.5]),
        "animal": animal,
        "one_hot": layers.one_hot_column(animal),
        "embedded": layers.embedding_column(animal, 2, initializer=tf.ones_initializer()),
        "hashed": layers.sparse_column_with_hash_bucket("animal", 10),
        "number": layers.sparse_column_with_integerized_feature("number", 3),
    }


def features():
    return {
        "price": tf.constant([[1.0], [10.0], [20.0]]),
        "size": tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        "animal": tf.constant(WORDS),
        "number": tf.constant([[4], [2], [0]]),
    }


def test_inputs_of_a_deep_model_stand_side_by_side():
    c = columns()
    x = layers.input_from_feature_columns(
        features(), [c["price"], c["size"], c["bucket"], c["one_hot"], c["embedded"]]
    )
    (value,) = run(x)
    wanted = [  # bucket, embedding, one-hot, price, size
        [1, 0, 0, 1, 1, 1, 0, 0.1, 1, 2],
        [0, 1, 0, 1, 1, 1, 1, 1.0, 3, 4],
        [0, 0, 1, 0, 0, 0, 0, 2.0, 5, 6],
    ]
    np.testing.assert_allclose(value, wanted, 1e-6)
    assert [v.op.name for v in tf.global_variables()] == [
        "input_from_feature_columns/animal_embedding/weights"
    ]


def test_a_linear_model_of_all_kinds_of_columns_learns():
    c = columns()
    crossed = layers.crossed_column([c["hashed"], c["bucket"]], 20)
    weighted = layers.weighted_sparse_column(c["number"], "weight")
    given = {**features(), "weight": tf.constant([[2.0], [1.0], [0.0]])}
    chosen = [c["size"], c["bucket"], c["animal"], c["number"], crossed, weighted]
    y, variables, bias = layers.weighted_sum_from_feature_columns(given, chosen, 1)
    assert set(variables) == set(chosen)
    loss = tf.losses.mean_squared_error([[1.0], [-1.0], [2.0]], y)
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        np.testing.assert_array_equal(session.run(y), np.zeros([3, 1]))
        for _ in range(150):
            session.run(train)
        assert session.run(loss) < 1e-3 and session.run(bias) != 0.0


def test_examples_are_parsed_by_the_columns():
    c = columns()
    spec = layers.create_feature_spec_for_parsing([c["price"], c["animal"], c["size"]])
    assert {name: type(kind).__name__ for name, kind in spec.items()} == {
        "price": "FixedLenFeature", "animal": "VarLenFeature", "size": "FixedLenFeature"
    }  # fmt: skip
    example = tf.train.Example()
    example.features.feature["price"].float_list.value.append(5.0)
    example.features.feature["animal"].bytes_list.value.append(b"dog")
    parsed = layers.parse_feature_columns_from_examples(
        [example.SerializeToString()], [c["price"], c["one_hot"]]
    )
    price, animal = run(parsed[c["price"]], parsed[c["one_hot"]])
    assert price.tolist() == [[0.5]] and animal.tolist() == [[0.0, 1.0]]
    assert set(layers.make_place_holder_tensors_for_base_features([c["price"]])) == {"price"}
    inferred = layers.infer_real_valued_columns(tf.zeros([2, 3]))
    assert (inferred[0].column_name, inferred[0].dimension) == ("", 3)


def test_shared_embeddings_are_one_variable():
    first, second = (
        layers.sparse_column_with_integerized_feature(name, 3) for name in ("number", "other")
    )
    shared = layers.shared_embedding_columns([first, second], 2)
    given = {**features(), "other": tf.constant([[1], [2], [0]])}
    (value,) = run(layers.input_from_feature_columns(given, shared))
    assert value.shape == (3, 4) and len(tf.global_variables()) == 1
    np.testing.assert_array_equal(value[:, :2], value[:, 2:])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: layers.real_valued_column("a", 0), ValueError, "dimension must be greater"),
        (lambda: layers.real_valued_column("a", 2.5), TypeError, "dimension must be an integer"),
        (lambda: layers.real_valued_column("a", 2, [1]), ValueError, "length of default_value"),
        (lambda: layers.real_valued_column("a", normalizer=3), TypeError, "must be a callable"),
        (lambda: layers.bucketized_column(3, [1]), TypeError, "must be an instance"),
        (
            lambda: layers.bucketized_column(layers.real_valued_column("a"), [2, 1]),
            ValueError,
            "sorted",
        ),
        (lambda: layers.sparse_column_with_hash_bucket("a", 0), ValueError, "at least 1"),
        (lambda: layers.sparse_column_with_vocabulary_file("a", ""), ValueError, "cannot be empty"),
        (lambda: layers.crossed_column([1, 2], 3), TypeError, "columns must be a set"),
        (
            lambda: layers.check_feature_columns([layers.real_valued_column("a")] * 2),
            ValueError,
            "Dup",
        ),
        (
            lambda: layers.input_from_feature_columns(
                features(), [layers.sparse_column_with_hash_bucket("animal", 3)]
            ),
            ValueError,
            "must be wrapped",
        ),
    ],
)
def test_mistakes(call, error, message):
    with pytest.raises(error, match=message):
        call()
