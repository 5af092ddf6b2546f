import os

import numpy as np
import pytest

import flowgraph as tf

X = np.arange(8, dtype=np.float32)[:, None]
COLUMNS = [tf.feature_column.numeric_column("x")]


def _input(epochs=None):
    return tf.estimator.inputs.numpy_input_fn({"x": X}, 2 * X, 8, epochs, shuffle=False)


def _receiver():
    spec = tf.feature_column.make_parse_example_spec(COLUMNS)
    return tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)


def _regressor(directory, **kwargs):
    config = tf.estimator.RunConfig(model_dir=str(directory), **kwargs)
    return tf.estimator.LinearRegressor(COLUMNS, config=config)


def test_trains_and_evaluates_each_checkpoint(tmp_path, log):
    made = _regressor(tmp_path, save_checkpoints_steps=10)
    results, exports = tf.estimator.train_and_evaluate(
        made,
        tf.estimator.TrainSpec(_input(), max_steps=30),
        tf.estimator.EvalSpec(
            _input(1), steps=None, throttle_secs=0,
            exporters=[
                tf.estimator.FinalExporter("last", _receiver()),
                tf.estimator.BestExporter("best", _receiver()),
            ],
        ),
    )  # fmt: skip
    assert results["global_step"] == 30
    evaluated = [line for line in log() if line.startswith("Saving dict for global step")]
    assert len(evaluated) == 3
    assert [os.path.dirname(os.fsdecode(path)) for path in exports] == [
        str(tmp_path / "export" / name) for name in ("last", "best")
    ]
    assert len(os.listdir(tmp_path / "export" / "last")) == 1


def test_throttled_evaluations(tmp_path, log):
    made = _regressor(tmp_path, save_checkpoints_steps=5)
    tf.estimator.train_and_evaluate(
        made, tf.estimator.TrainSpec(_input(), max_steps=20), tf.estimator.EvalSpec(_input(1))
    )
    evaluated = [line for line in log() if line.startswith("Saving dict for global step")]
    assert len(evaluated) == 2  # the first new checkpoint, and the last
    assert any("due to throttle secs" in line for line in log())


def test_specs_are_checked():
    spec = tf.estimator.EvalSpec
    with pytest.raises(TypeError, match="must be callable"):
        tf.estimator.TrainSpec(3)
    with pytest.raises(ValueError, match="max_steps > 0"):
        tf.estimator.TrainSpec(_input(), max_steps=0)
    with pytest.raises(TypeError, match="must be an Exporter"):
        spec(_input(), exporters=[3])
    twice = [tf.estimator.FinalExporter("a", _receiver())] * 2
    with pytest.raises(ValueError, match="unique names"):
        spec(_input(), exporters=twice)
    with pytest.raises(ValueError, match="throttle_secs >= 0"):
        spec(_input(), throttle_secs=-1)
    with pytest.raises(TypeError, match="`estimator` must have type"):
        tf.estimator.train_and_evaluate(3, tf.estimator.TrainSpec(_input()), spec(_input()))


def test_a_served_model_gives_what_predict_gives(tmp_path):
    made = _regressor(tmp_path / "m")
    made.train(_input(), steps=50)
    path = made.export_saved_model(str(tmp_path / "e"), _receiver(), {"a/b.txt": __file__})
    assert os.path.exists(os.path.join(os.fsdecode(path), "assets.extra", "a", "b.txt"))
    feature = tf.train.Feature(float_list=tf.train.FloatList(value=[3.0]))
    example = tf.train.Example(features=tf.train.Features(feature={"x": feature}))
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], os.fsdecode(path))
        assert sorted(meta.signature_def) == ["predict", "regression", "serving_default"]
        signature = meta.signature_def["predict"]
        fed = signature.inputs["examples"].name
        found = session.run(
            signature.outputs["predictions"].name, {fed: [example.SerializeToString()]}
        )
    first = tf.estimator.inputs.numpy_input_fn({"x": X[3:4]}, shuffle=False)
    np.testing.assert_allclose(found[0], next(made.predict(first))["predictions"], rtol=1e-6)


def test_raw_features_and_all_modes(tmp_path):
    made = _regressor(tmp_path / "m")
    made.train(_input(), steps=1)
    with tf.Graph().as_default():
        features = {"x": tf.placeholder(tf.float32, [None, 1], name="x")}
        labels = tf.placeholder(tf.float32, [None, 1], name="y")
        raw = tf.estimator.export.build_raw_serving_input_receiver_fn(features)
        supervised = tf.estimator.experimental.build_raw_supervised_input_receiver_fn(
            features, labels
        )
    path = made.experimental_export_all_saved_models(
        str(tmp_path / "e"), {"infer": raw, "eval": supervised, "train": supervised}
    )
    for tag, key in (("serve", "predict"), ("eval", "eval"), ("train", "train")):
        with tf.Graph().as_default(), tf.Session() as session:
            meta = tf.saved_model.loader.load(session, [tag], os.fsdecode(path))
            assert key in meta.signature_def
            names = {"x"} if tag == "serve" else {"x", "label"}
            assert set(meta.signature_def[key].inputs) == names


def test_the_newest_exports_are_kept(tmp_path):
    from flowgraph.estimator.exporter import keep_newest

    for name in ("1000000001", "1000000002", "1000000003", "temp-1000000004", "other"):
        (tmp_path / name).mkdir()
    keep_newest(str(tmp_path), 2)
    left = sorted(os.listdir(tmp_path))
    assert left == ["1000000002", "1000000003", "other", "temp-1000000004"]
    with pytest.raises(ValueError, match="positive number"):
        tf.estimator.LatestExporter("a", _receiver(), exports_to_keep=0)


def test_training_stops_early(tmp_path):
    made = _regressor(tmp_path)
    evaluator = tf.estimator.experimental.InMemoryEvaluatorHook(
        made, _input(1), name="memory", every_n_iter=10
    )
    stop = tf.estimator.experimental.stop_if_lower_hook(
        made, "loss", 1e9, eval_dir=made.eval_dir("memory"), min_steps=20, run_every_secs=None,
        run_every_steps=1,
    )  # fmt: skip
    made.train(_input(), hooks=[evaluator, stop], steps=500)
    assert 20 <= made.get_variable_value("global_step") <= 25


def test_more_metrics(tmp_path):
    made = _regressor(tmp_path)
    made.train(_input(), steps=1)
    more = tf.estimator.add_metrics(
        made, lambda labels: {"largest": tf.metrics.mean(tf.reduce_max(labels))}
    )
    assert more.evaluate(_input(1))["largest"] == 14


def test_a_keras_model(iris, tmp_path):
    x, y = iris
    with tf.Graph().as_default():
        model = tf.keras.models.Sequential(
            [
                tf.keras.layers.Dense(8, activation="relu", input_shape=(4,), name="first"),
                tf.keras.layers.BatchNormalization(),
                tf.keras.layers.Dense(3, activation="softmax", name="second"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
        before = model.predict(x[:2])
        made = tf.keras.estimator.model_to_estimator(model, model_dir=str(tmp_path))
    key = model.input_names[0]
    make = tf.estimator.inputs.numpy_input_fn
    found = [p["second"] for p in made.predict(make({key: x[:2]}, shuffle=False))]
    np.testing.assert_allclose(found, before, rtol=1e-5)
    start = made.evaluate(make({key: x}, y, 150, shuffle=False))["loss"]
    made.train(make({key: x}, y, 32, None, True), steps=100)
    after = made.evaluate(make({key: x}, y, 150, shuffle=False))
    assert after["loss"] < start and after["global_step"] == 100 and "acc" in after
    assert "first/kernel" in made.get_variable_names()
