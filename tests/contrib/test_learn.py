import os

import numpy as np
import pytest

import flowgraph as tf

learn = tf.contrib.learn


@pytest.fixture(autouse=True)
def _temporary(monkeypatch, tmp_path):
    """Models without a directory get one below `tmp_path`."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def iris():
    return learn.datasets.load_dataset("iris")


@pytest.fixture
def columns(iris):
    return learn.infer_real_valued_columns_from_input(iris.data)


def model_fn(features, targets, mode, params):
    logits = tf.contrib.layers.fully_connected(features, 3, activation_fn=None)
    loss, step = None, None
    if mode != learn.ModeKeys.INFER:
        loss = tf.losses.sparse_softmax_cross_entropy(targets, logits)
    if mode == learn.ModeKeys.TRAIN:
        step = tf.contrib.layers.optimize_loss(
            loss, tf.contrib.framework.get_global_step(), params["rate"], "Adam"
        )
    return learn.ModelFnOps(mode, {"classes": tf.argmax(logits, 1)}, loss, step)


def test_a_network_on_arrays(iris, columns, tmp_path):
    made = learn.DNNClassifier(
        [10, 10], columns, str(tmp_path), n_classes=3, config=learn.RunConfig(tf_random_seed=1),
        gradient_clip_norm=5.0,
    )  # fmt: skip
    made.fit(iris.data, iris.target, steps=300)
    assert made.evaluate(x=iris.data, y=iris.target)["accuracy"] > 0.9
    said = list(made.predict(iris.data))
    assert np.mean(said == iris.target) > 0.9
    proba = made.predict_proba(iris.data, as_iterable=False)
    np.testing.assert_allclose(proba.sum(1), 1, rtol=1e-5)
    assert "dnn/hiddenlayer_0/weights" in made.get_variable_names()


def test_linear_models(iris, columns, tmp_path):
    x, y = iris.data, (iris.target == 0).astype(int)
    made = learn.LinearClassifier(columns, str(tmp_path / "a"))
    made.fit(x, y, steps=200, batch_size=50)
    found = made.evaluate(x, y)
    assert found["accuracy"] > 0.95 and found["auc"] > 0.95 and found["global_step"] == 200
    numbers = learn.LinearRegressor(columns, str(tmp_path / "b"), optimizer="Adam")
    numbers.fit(x, x[:, 0], steps=200)
    assert next(numbers.predict(x[:2])).shape == ()
    both = learn.DNNLinearCombinedRegressor(
        str(tmp_path / "c"), linear_feature_columns=columns, dnn_feature_columns=columns,
        dnn_hidden_units=[4],
    )  # fmt: skip
    both.fit(x, x[:, 0], steps=5)
    assert "loss" in both.evaluate(x, x[:, 0])


def test_a_model_function_and_sklearn_s_methods(iris, tmp_path):
    made = learn.Estimator(model_fn, str(tmp_path), params={"rate": 0.1})
    compatible = learn.SKCompat(made)
    compatible.fit(iris.data, iris.target, steps=200)
    spec = learn.MetricSpec(tf.contrib.metrics.streaming_accuracy, prediction_key="classes")
    found = compatible.score(iris.data, iris.target, metrics={"right": spec})
    assert found["right"] > 0.9
    assert compatible.predict(iris.data[:5])["classes"].shape == (5,)
    assert made.params == {"rate": 0.1} and made.model_dir == str(tmp_path)


def test_a_validation_monitor_stops_training(iris, columns, tmp_path):
    monitor = learn.monitors.ValidationMonitor(
        iris.data, iris.target, every_n_steps=20, early_stopping_metric="accuracy",
        early_stopping_metric_minimize=True, early_stopping_rounds=20,
    )  # fmt: skip
    made = learn.DNNClassifier(
        [5], columns, str(tmp_path), 3, config=learn.RunConfig(save_checkpoints_steps=10)
    )
    made.fit(iris.data, iris.target, steps=2000, monitors=[monitor])
    assert monitor.early_stopped and made.get_variable_value("global_step") < 2000


def test_older_monitors(iris, tmp_path):
    seen = []

    class Mine(learn.monitors.EveryN):
        def every_n_step_begin(self, step):
            return ["global_step"]

        def every_n_step_end(self, step, outputs):
            seen.append(step)
            return step >= 6

    made = learn.Estimator(model_fn, str(tmp_path), params={"rate": 0.1})
    made.fit(iris.data, iris.target, steps=50, monitors=[Mine(every_n_steps=5)])
    assert seen == [1, 6]


def test_an_experiment(iris, columns, tmp_path):
    def inputs(epochs):
        x = {"": iris.data.astype(np.float32)}
        return tf.estimator.inputs.numpy_input_fn(x, iris.target, 50, epochs, shuffle=True)

    spec = tf.feature_column.make_parse_example_spec([tf.feature_column.numeric_column("", 4)])
    receiver = learn.utils.input_fn_utils.build_parsing_serving_input_fn(spec)

    def experiment_fn(run_config, hparams):
        return learn.Experiment(
            learn.DNNClassifier([hparams.units], columns, n_classes=3, config=run_config),
            inputs(None), inputs(1), train_steps=40, eval_steps=None, min_eval_frequency=20,
            export_strategies=[
                learn.utils.saved_model_export_utils.make_export_strategy(receiver)
            ],
        )  # fmt: skip

    results, exports = learn.learn_runner.run(
        experiment_fn, run_config=learn.RunConfig(model_dir=str(tmp_path)),
        hparams=tf.contrib.training.HParams(units=8),
    )  # fmt: skip
    assert results["global_step"] == 40 and "accuracy" in results
    assert os.path.isdir(exports[0]) and b"export/Servo" in exports[0]
    core = tf.estimator.DNNClassifier([4], columns_of_core(), str(tmp_path / "core"), 3)
    found, _ = learn.Experiment(core, inputs(None), inputs(1), train_steps=5).train_and_evaluate()
    assert found["global_step"] == 5


def columns_of_core():
    return [tf.feature_column.numeric_column("", shape=4)]


def test_inner_paths():
    inner = learn.python.learn
    assert inner.estimators.estimator.SKCompat is learn.SKCompat
    assert inner.learn_runner.run is learn.learn_runner.run
    assert inner.metric_spec.MetricSpec is learn.MetricSpec
    assert "session_config" in inner.run_config._DEFAULT_UID_WHITE_LIST
    select = inner.estimators.rnn_common.select_last_activations
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(select(tf.reshape(tf.range(12.0), [2, 3, 2]), [1, 3]))
    np.testing.assert_array_equal(found, [[0, 1], [10, 11]])


def test_mistakes(iris, columns):
    with pytest.raises(ValueError, match="model_fn must be provided"):
        learn.Estimator()
    with pytest.raises(ValueError, match="does not have a params argument"):
        learn.Estimator(lambda features, labels: None, params={"a": 1})
    made = learn.DNNClassifier([3], columns, n_classes=3)
    with pytest.raises(ValueError, match="Either x or input_fn"):
        made.fit(steps=1)
    with pytest.raises(ValueError, match="Couldn't find trained model"):
        made.evaluate(iris.data, iris.target)
    with pytest.raises(ValueError, match="output directory"):
        learn.learn_runner.run(lambda output_dir: None)
    with pytest.raises(TypeError, match="did not return an Experiment"):
        learn.learn_runner.run(lambda output_dir: 3, "a")
