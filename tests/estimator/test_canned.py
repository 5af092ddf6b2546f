import random

import numpy as np
import pytest

import flowgraph as tf

fc = tf.feature_column


def _inputs(x, y, epochs=None):
    return tf.estimator.inputs.numpy_input_fn({"x": x}, y, 32, epochs, shuffle=epochs is None)


SEEDED = tf.estimator.RunConfig(tf_random_seed=1)


@pytest.fixture(autouse=True)
def _seeds():
    random.seed(0)
    np.random.seed(0)


@pytest.fixture
def columns():
    return [fc.numeric_column("x", shape=[4])]


def test_a_network_of_three_classes(iris, columns, tmp_path):
    x, y = iris
    made = tf.estimator.DNNClassifier(
        [10, 10], columns, n_classes=3, model_dir=str(tmp_path), config=SEEDED
    )
    made.train(_inputs(x, y), steps=400)
    found = made.evaluate(_inputs(x, y, 1))
    assert sorted(found) == ["accuracy", "average_loss", "global_step", "loss"]
    assert found["accuracy"] > 0.9
    # The loss is the mean over batches of the sum over a batch.
    np.testing.assert_allclose(found["loss"], found["average_loss"] * 150 / 5, rtol=1e-4)
    first = next(made.predict(_inputs(x[:1], None, 1)))
    assert sorted(first) == [
        "all_class_ids", "all_classes", "class_ids", "classes", "logits", "probabilities",
    ]  # fmt: skip
    assert first["class_ids"].tolist() == [0] and first["classes"].tolist() == [b"0"]
    np.testing.assert_allclose(first["probabilities"].sum(), 1, rtol=1e-5)
    assert made.get_variable_names()[:4] == [
        "dnn/hiddenlayer_0/bias", "dnn/hiddenlayer_0/bias/t_0/Adagrad",
        "dnn/hiddenlayer_0/kernel", "dnn/hiddenlayer_0/kernel/t_0/Adagrad",
    ]  # fmt: skip
    assert made.get_variable_value("dnn/logits/kernel").shape == (10, 3)


def test_a_linear_model_of_two_classes(iris, columns, tmp_path):
    x, y = iris
    made = tf.estimator.LinearClassifier(columns, str(tmp_path), optimizer="Adam", config=SEEDED)
    made.train(_inputs(x, (y == 0).astype(np.int64)), steps=100)
    found = made.evaluate(_inputs(x, (y == 0).astype(np.int64), 1))
    assert sorted(found) == [
        "accuracy", "accuracy_baseline", "auc", "auc_precision_recall", "average_loss",
        "global_step", "label/mean", "loss", "precision", "prediction/mean", "recall",
    ]  # fmt: skip
    assert found["accuracy"] > 0.99 and found["auc"] > 0.99
    np.testing.assert_allclose(found["label/mean"], 1 / 3, rtol=1e-5)
    np.testing.assert_allclose(found["accuracy_baseline"], 2 / 3, rtol=1e-5)
    first = next(made.predict(_inputs(x[:1], None, 1)))
    assert first["logistic"].shape == (1,) and first["probabilities"].shape == (2,)
    names = made.get_variable_names()
    assert {"linear/linear_model/x/weights", "linear/linear_model/bias_weights"} <= set(names)


def test_numbers(iris, columns, tmp_path):
    x, _ = iris
    y = x @ np.array([[1.0], [0.5], [-1.0], [2.0]], np.float32)
    linear = tf.estimator.LinearRegressor(columns, str(tmp_path / "a"), config=SEEDED)
    linear.train(_inputs(x, y), steps=300)
    found = linear.evaluate(_inputs(x, y, 1))
    assert sorted(found) == [
        "average_loss", "global_step", "label/mean", "loss", "prediction/mean",
    ]  # fmt: skip
    assert found["average_loss"] < 0.2
    np.testing.assert_allclose(found["label/mean"], y.mean(), rtol=1e-4)
    deep = tf.estimator.DNNRegressor(
        [16], columns, str(tmp_path / "b"), optimizer=tf.train.AdamOptimizer(0.01),
        batch_norm=True, dropout=0.1, config=SEEDED,
    )  # fmt: skip
    deep.train(_inputs(x, y), steps=200)
    assert deep.evaluate(_inputs(x, y, 1))["average_loss"] < y.var()
    assert next(deep.predict(_inputs(x[:1], None, 1)))["predictions"].shape == (1,)
    assert "dnn/hiddenlayer_0/batchnorm_0/moving_mean" in deep.get_variable_names()


def test_both_together(iris, columns, tmp_path):
    x, y = iris
    made = tf.estimator.DNNLinearCombinedClassifier(
        str(tmp_path), linear_feature_columns=columns, dnn_feature_columns=columns,
        dnn_hidden_units=[8], n_classes=3, config=SEEDED,
    )  # fmt: skip
    made.train(_inputs(x, y), steps=400)
    found = made.evaluate(_inputs(x, y, 1))
    assert found["global_step"] == 400 and found["accuracy"] > 0.8
    names = made.get_variable_names()
    assert {"dnn/logits/kernel", "linear/linear_model/x/weights"} <= set(names)
    with pytest.raises(ValueError, match="must be defined"):
        tf.estimator.DNNLinearCombinedRegressor()


def test_a_baseline_tells_how_frequent_classes_are(tmp_path):
    y = np.array([0, 1, 1, 1] * 8)
    x = np.zeros((32, 1), np.float32)
    made = tf.estimator.BaselineClassifier(
        str(tmp_path), optimizer=tf.train.GradientDescentOptimizer(0.05)
    )
    made.train(_inputs(x, y, 60))
    first = next(made.predict(_inputs(x[:1], None, 1)))
    np.testing.assert_allclose(first["probabilities"], [0.25, 0.75], atol=0.05)
    assert made.evaluate(_inputs(x, y, 1))["accuracy"] == 0.75


def test_classes_as_strings_and_weights(iris, tmp_path):
    x, y = iris
    names = np.array(["setosa", "versicolor", "virginica"])
    features = {"x": x, "w": np.where(y == 2, 0.0, 1.0).astype(np.float32)}
    made = tf.estimator.LinearClassifier(
        [fc.numeric_column("x", shape=[4])], str(tmp_path), n_classes=3, weight_column="w",
        label_vocabulary=names.tolist(),
    )  # fmt: skip
    make = tf.estimator.inputs.numpy_input_fn
    made.train(make(features, names[y], 50, None, True), steps=100)
    assert made.evaluate(make(features, names[y], 150, 1, False))["accuracy"] > 0.95
    said = [p["classes"][0] for p in made.predict(make(features, None, 150, 1, False))]
    assert b"virginica" not in said  # its examples weigh nothing
    assert set(said) == {b"setosa", b"versicolor"}


@pytest.mark.parametrize(
    ("labels", "kind", "message"),
    [
        (np.zeros((4, 2), np.int64), ValueError, "Mismatched label shape"),
        (np.array([0, 1, 2, 3]), tf.errors.InvalidArgumentError, "Labels must <= n_classes - 1"),
        (np.zeros(4, np.float32), ValueError, "Labels dtype should be integer"),
        (None, ValueError, "You must provide a labels Tensor"),
    ],
)
def test_labels_are_checked(labels, kind, message, tmp_path):
    made = tf.estimator.LinearClassifier([fc.numeric_column("x")], str(tmp_path), n_classes=3)
    x = np.zeros((4, 1), np.float32)
    with pytest.raises(kind, match=message):
        made.train(_inputs(x, labels), steps=1)


def test_mistakes(columns):
    with pytest.raises(ValueError, match="n_classes must be > 2"):
        tf.estimator.DNNClassifier([3], columns, n_classes=1)
    with pytest.raises(ValueError, match="Invalid loss_reduction"):
        tf.estimator.DNNClassifier([3], columns, loss_reduction="none")
    made = tf.estimator.DNNClassifier([3], columns, optimizer="Nadam")
    with pytest.raises(ValueError, match="Unsupported optimizer name: Nadam"):
        made.train(_inputs(np.zeros((3, 4), np.float32), np.zeros(3, np.int64)), steps=1)


def test_heads_of_one_s_own(tmp_path):
    x = np.linspace(0, 1, 64, dtype=np.float32)[:, None]
    y = np.exp(2 * x)
    head = tf.estimator.PoissonRegressionHead()
    made = tf.estimator.DNNEstimator(
        head, [8], [fc.numeric_column("x")], str(tmp_path), optimizer="Adam"
    )
    made.train(_inputs(x, y), steps=100)
    first = next(made.predict(_inputs(x[:1], None, 1)))
    np.testing.assert_allclose(np.exp(first["logits"]), first["predictions"], rtol=1e-5)
    with tf.Graph().as_default():
        head = tf.estimator.MultiLabelHead(3)
        tf.train.create_global_step()
        spec = head.create_estimator_spec(
            {}, "eval", tf.zeros([2, 3]), labels=tf.constant([[0, 1, 1], [1, 0, 0]])
        )
        with tf.Session() as session:
            np.testing.assert_allclose(session.run(spec.loss), np.log(2), rtol=1e-6)
