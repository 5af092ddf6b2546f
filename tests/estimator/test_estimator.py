import glob
import os

import numpy as np
import pytest

import flowgraph as tf

X = np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
Y = -X + 1


def linear(features, labels, mode, params):
    weight = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    bias = tf.get_variable("b", [], initializer=tf.zeros_initializer())
    prediction = weight * features["x"] + bias
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"y": prediction, "x": features["x"]})
    loss = tf.losses.mean_squared_error(labels, prediction)
    step = tf.train.GradientDescentOptimizer(params["rate"]).minimize(
        loss, global_step=tf.train.get_global_step()
    )
    metrics = {"error": tf.metrics.mean_absolute_error(labels, prediction)}
    return tf.estimator.EstimatorSpec(mode, prediction, loss, step, metrics)


def _input(epochs=None, shuffle=False, batch=4):
    return tf.estimator.inputs.numpy_input_fn({"x": X}, Y, batch, epochs, shuffle)


def _features(epochs=1):
    return tf.estimator.inputs.numpy_input_fn({"x": X}, num_epochs=epochs, shuffle=False)


@pytest.fixture
def made(tmp_path):
    return tf.estimator.Estimator(linear, str(tmp_path / "model"), params={"rate": 0.1})


@pytest.fixture
def trained(made):
    return made.train(_input(), steps=200)


def test_trains_evaluates_and_predicts(trained):
    found = trained.evaluate(_input(epochs=1))
    assert sorted(found) == ["error", "global_step", "loss"]
    assert found["global_step"] == 200 and isinstance(found["loss"], np.float32)
    assert found["loss"] < 1e-3 and found["error"] < 0.05
    predictions = list(trained.predict(_features()))
    np.testing.assert_allclose([p["y"] for p in predictions], Y, atol=0.1)
    assert sorted(trained.get_variable_names()) == ["b", "global_step", "w"]
    np.testing.assert_allclose(trained.get_variable_value("w"), -1, atol=0.05)


def test_goes_on_from_the_checkpoint(trained):
    assert trained.latest_checkpoint().endswith("model.ckpt-200")
    trained.train(_input(), steps=10)
    assert trained.get_variable_value("global_step") == 210
    trained.train(_input(), max_steps=215)
    trained.train(_input(), max_steps=205)  # done already
    assert trained.get_variable_value("global_step") == 215
    other = tf.estimator.Estimator(linear, trained.model_dir, params={"rate": 0.1})
    assert other.evaluate(_input(epochs=1))["global_step"] == 215


def test_logs_as_tensorflow_does(made, log):
    made.train(_input(), steps=101)
    lines = log()
    directory = made.model_dir
    for line in (
        "Calling model_fn.", "Done calling model_fn.", "Create CheckpointSaverHook.",
        "Graph was finalized.", "Running local_init_op.", "Done running local_init_op.",
        f"Saving checkpoints for 0 into {directory}/model.ckpt.",
        f"Saving checkpoints for 101 into {directory}/model.ckpt.",
        "loss = 3.5, step = 1",
    ):  # fmt: skip
        assert line in lines
    assert any(line.startswith("global_step/sec: ") for line in lines)
    assert any(line.startswith("Loss for final step: ") for line in lines)
    made.evaluate(_input(epochs=1))
    assert any(line.startswith("Saving dict for global step 101: error = ") for line in log())


def test_writes_summaries(trained):
    trained.evaluate(_input(epochs=1), name="twice")
    (train_file,) = glob.glob(os.path.join(trained.model_dir, "events*"))
    tags = {v.tag for e in tf.train.summary_iterator(train_file) for v in e.summary.value}
    assert {"loss", "global_step/sec"} <= tags
    assert trained.eval_dir("twice") == os.path.join(trained.model_dir, "eval_twice")
    (eval_file,) = glob.glob(os.path.join(trained.eval_dir("twice"), "events*"))
    events = [e for e in tf.train.summary_iterator(eval_file) if e.summary.value]
    assert {v.tag for v in events[0].summary.value} == {"loss", "error"}
    assert events[1].summary.value[0].tag == "checkpoint_path"
    assert events[0].step == 200


def test_a_dataset_as_input(made):
    def input_fn():
        return tf.data.Dataset.from_tensor_slices(({"x": X}, Y)).repeat(3).batch(2)

    made.train(input_fn)
    assert made.get_variable_value("global_step") == 6
    assert len(list(made.predict(input_fn))) == 12


def test_input_functions_get_what_they_ask_for(made):
    asked = []

    def input_fn(params, mode, config):
        asked.append((params["rate"], mode, config.model_dir))
        return {"x": tf.constant(X)}, tf.constant(Y)

    made.train(input_fn, steps=1)
    assert asked == [(0.1, "train", made.model_dir)]


def test_predictions_by_key_and_by_batch(trained):
    one = next(trained.predict(_features(), predict_keys=["y"]))
    assert list(one) == ["y"]
    (batch,) = trained.predict(_features(), yield_single_examples=False)
    assert batch["y"].shape == (4, 1)
    with pytest.raises(ValueError, match="Expected to run at least one output"):
        next(trained.predict(_features(), predict_keys=["z"]))


def test_a_half_read_prediction_leaves_the_default_graph_alone(trained):
    with tf.Graph().as_default() as graph:
        found = trained.predict(_features())
        next(found)
        assert tf.get_default_graph() is graph
        next(found)
        found.close()
        assert tf.get_default_graph() is graph


def test_hooks_and_listeners_are_called(made):
    class Hook(tf.train.SessionRunHook):
        runs = 0

        def after_run(self, run_context, run_values):
            self.runs += 1

    class Listener(tf.train.CheckpointSaverListener):
        def __init__(self):
            self.steps = []

        def after_save(self, session, global_step_value):
            self.steps.append(global_step_value)

    hook, listener = Hook(), Listener()
    made.train(_input(), hooks=[hook], steps=3, saving_listeners=[listener])
    assert hook.runs == 3 and listener.steps == [0, 3]
    made.evaluate(_input(epochs=1), hooks=[hook])
    assert hook.runs == 4


def test_checkpoints_are_kept_as_configured(tmp_path):
    config = tf.estimator.RunConfig(save_checkpoints_steps=2, keep_checkpoint_max=2)
    made = tf.estimator.Estimator(linear, str(tmp_path), config, {"rate": 0.1})
    made.train(_input(), steps=8)
    found = sorted(os.path.basename(p) for p in glob.glob(str(tmp_path / "*.index")))
    assert found == ["model.ckpt-6.index", "model.ckpt-8.index"]
    early = made.evaluate(_input(epochs=1), checkpoint_path=str(tmp_path / "model.ckpt-6"))
    assert early["global_step"] == 6


def test_warm_start(trained, tmp_path):
    start = tf.estimator.WarmStartSettings(trained.model_dir, vars_to_warm_start="w")
    other = tf.estimator.Estimator(
        linear, str(tmp_path / "other"), params={"rate": 1e-9}, warm_start_from=start
    )
    other.train(_input(), steps=1)
    w = trained.get_variable_value("w")
    np.testing.assert_allclose(other.get_variable_value("w"), w, rtol=1e-5)
    assert abs(other.get_variable_value("b")) < 1e-3
    whole = tf.estimator.Estimator(
        linear, str(tmp_path / "whole"), params={"rate": 0.1}, warm_start_from=trained.model_dir
    )
    assert whole.evaluate(_input(epochs=1))["loss"] < 1e-3  # without training


def test_the_same_seed_gives_the_same_model(tmp_path):
    def model_fn(features, labels, mode):
        w = tf.get_variable("w", [3], initializer=tf.random_normal_initializer())
        loss = tf.reduce_sum(w)
        step = tf.assign_add(tf.train.get_global_step(), 1)
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step, predictions=w)

    values = []
    for name in "ab":
        config = tf.estimator.RunConfig(tf_random_seed=7, model_dir=str(tmp_path / name))
        made = tf.estimator.Estimator(model_fn, config=config)
        made.train(_input(), steps=1)
        values.append(made.get_variable_value("w"))
    np.testing.assert_array_equal(*values)


def test_an_empty_input_warns(made, log):
    made.train(lambda: tf.data.Dataset.from_tensor_slices(({"x": X[:0]}, Y[:0])).batch(2))
    assert any("made no steps" in line for line in log())


def test_nan_stops_training(tmp_path):
    made = tf.estimator.Estimator(linear, str(tmp_path), params={"rate": 1e30})
    with pytest.raises(tf.train.NanLossDuringTrainingError):
        made.train(_input(), steps=20)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: e.train(_input(), steps=0), "steps > 0"),
        (lambda e: e.train(_input(), steps=1, max_steps=1), "both steps and max_steps"),
        (lambda e: e.evaluate(_input(), steps=0), "steps > 0"),
        (lambda e: e.get_variable_names(), "Could not find trained model"),
        (lambda e: e.export_savedmodel("x", None), "input_receiver_fn must be defined"),
        (lambda e: e.train(lambda: (1, 2, 3), steps=1), "len 2 tuple"),
        (lambda e: tf.estimator.Estimator(lambda a, b: None), "must include features"),
        (lambda e: tf.estimator.Estimator(lambda features: 1, params={}), "params argument"),
        (lambda e: tf.estimator.Estimator(linear, "a", config=3), "instance of `RunConfig`"),
    ],
)  # fmt: skip
def test_mistakes(made, call, message):
    with pytest.raises(ValueError, match=message):
        call(made)


def test_members_are_not_to_be_replaced():
    class Mine(tf.estimator.Estimator):
        def train(self):
            pass

    with pytest.raises(ValueError, match="cannot override members"):
        Mine(linear)


def test_a_spec_is_checked():
    keys, spec = tf.estimator.ModeKeys, tf.estimator.EstimatorSpec
    with tf.Graph().as_default():
        outside = tf.constant(1.0)
    with tf.Graph().as_default():
        loss = tf.constant(1.0)
        assert spec(keys.TRAIN, loss=tf.constant([1.0]), train_op=loss).loss.shape == ()
        for given, message in (
            ({"mode": keys.TRAIN, "loss": loss}, "Missing train_op"),
            ({"mode": keys.TRAIN, "train_op": loss}, "Missing loss"),
            ({"mode": keys.EVAL}, "Missing loss"),
            ({"mode": keys.PREDICT}, "Missing predictions"),
            ({"mode": keys.EVAL, "loss": tf.constant([1.0, 2.0])}, "must be scalar"),
            ({"mode": keys.EVAL, "loss": outside}, "default graph"),
        ):
            with pytest.raises(ValueError, match=message):
                spec(**given)
        for given in ({"loss": 1.0}, {"eval_metric_ops": {"a": loss}}, {"training_hooks": [3]}):
            with pytest.raises(TypeError):
                spec(**{"mode": keys.EVAL, "loss": loss, **given})
