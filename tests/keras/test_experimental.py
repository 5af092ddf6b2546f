"""tf.keras.experimental: models as SavedModels, schedules like cosines."""

import math

import numpy as np
import pytest

import flowgraph as tf

experimental = tf.keras.experimental


@pytest.fixture(autouse=True)
def fresh_graph():
    tf.keras.backend.clear_session()


def test_a_model_is_written_for_serving_and_read_again(tmp_path):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Dense(4, "relu", input_shape=(3,)),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
        ]
    )
    model.compile("sgd", "mse")
    x = np.random.RandomState(0).rand(16, 3)
    model.fit(x, np.zeros((16, 4)), verbose=0)
    path, expected = str(tmp_path / "model"), model.predict(x)
    experimental.export_saved_model(model, path)
    again = experimental.load_from_saved_model(path)
    np.testing.assert_allclose(again.predict(x), expected, rtol=1e-5)
    with tf.Session(graph=tf.Graph()) as session:
        signature = tf.saved_model.loader.load(session, ["serve"], path).signature_def[
            "serving_default"
        ]
        (given,), (asked,) = signature.inputs.values(), signature.outputs.values()
        np.testing.assert_allclose(session.run(asked.name, {given.name: x}), expected, rtol=1e-5)


def test_a_model_without_inputs_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="no graph of layers"):
        experimental.export_saved_model(
            tf.keras.Sequential([tf.keras.layers.Dense(1)]), str(tmp_path / "m")
        )


@pytest.mark.parametrize("step, expected", [(0, 0.1), (5, 0.05), (10, 0.0), (20, 0.0)])
def test_cosine(step, expected):
    schedule = experimental.CosineDecay(0.1, 10)
    with tf.Session() as session:
        assert session.run(schedule(step)) == pytest.approx(expected, abs=1e-6)
    assert experimental.CosineDecay.from_config(schedule.get_config()).decay_steps == 10


def test_restarts_and_lines():
    restarts = experimental.CosineDecayRestarts(1.0, 4, t_mul=1.0)
    line = experimental.LinearCosineDecay(1.0, 10, num_periods=0.5, beta=0.0)
    noisy = experimental.NoisyLinearCosineDecay(1.0, 10, initial_variance=0.0, beta=0.0)
    with tf.Session() as session:
        assert session.run(restarts(4)) == pytest.approx(1.0)
        wanted = 0.5 * 0.5 * (1 + math.cos(math.pi * 0.5))
        assert session.run([line(5), noisy(5)]) == pytest.approx([wanted] * 2, abs=1e-6)


def test_an_optimizer_takes_a_schedule():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
    model.compile(tf.keras.optimizers.SGD(experimental.CosineDecay(0.1, 100)), "mse")
    losses = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
