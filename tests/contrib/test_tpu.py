"""tf.contrib.tpu on a CPU: batch sizes of modes, specs, and the optimizer of one shard."""

import numpy as np
import pytest

import flowgraph as tf

X = np.linspace(-1, 1, 24, dtype=np.float32)[:, None]


def input_fn(params):
    data = tf.data.Dataset.from_tensor_slices((X, 3 * X + 1))
    return data.batch(params["batch_size"], drop_remainder=True)


def train_input_fn(params):
    return input_fn(params).repeat(40)


def model_fn(features, labels, mode, params):
    seen = tf.identity(tf.shape(features)[0] * 0 + params["batch_size"], name="size")
    y = tf.layers.dense(features, 1, name="line")
    if mode == tf.estimator.ModeKeys.PREDICT:
        sizes = tf.fill([tf.shape(features)[0]], seen)
        return tf.contrib.tpu.TPUEstimatorSpec(mode, predictions={"y": y, "size": sizes})
    loss = tf.losses.mean_squared_error(labels, y)
    optimizer = tf.contrib.tpu.CrossShardOptimizer(tf.train.AdamOptimizer(0.1))
    train = optimizer.minimize(loss, tf.train.get_global_step())
    metrics = (
        lambda y, labels: {"error": tf.metrics.mean_absolute_error(labels, y)},
        [y, labels] if params["listed"] else {"y": y, "labels": labels},
    )
    return tf.contrib.tpu.TPUEstimatorSpec(mode, loss=loss, train_op=train, eval_metrics=metrics)


def estimator(tmp_path, listed=True, **kwargs):
    config = tf.contrib.tpu.RunConfig(
        model_dir=str(tmp_path), tf_random_seed=1, tpu_config=tf.contrib.tpu.TPUConfig(100)
    )
    given = {"use_tpu": False, "config": config, "params": {"listed": listed}, **kwargs}
    return tf.contrib.tpu.TPUEstimator(
        model_fn, train_batch_size=8, eval_batch_size=6, predict_batch_size=4, **given
    )


@pytest.mark.parametrize("listed", [True, False])
def test_a_model_is_trained_evaluated_and_asked(tmp_path, listed):
    model = estimator(tmp_path, listed)

    found = model.train(train_input_fn).evaluate(input_fn)
    answers = list(model.predict(input_fn))

    assert found["global_step"] == 120 and found["error"] < 0.1
    assert len(answers) == 24 and {int(a["size"]) for a in answers} == {4}
    np.testing.assert_allclose([a["y"] for a in answers], 3 * X + 1, atol=0.3)


def test_what_goes_wrong(tmp_path):
    with pytest.raises(ValueError, match="config` must be provided"):
        estimator(tmp_path, config=tf.estimator.RunConfig())
    with pytest.raises(ValueError, match="reserved keys"):
        estimator(tmp_path, params={"batch_size": 3})
    with pytest.raises(RuntimeError, match="cannot find any TPU"):
        estimator(tmp_path, use_tpu=True)
    with pytest.raises(ValueError, match="does not include params"):
        estimator(tmp_path).train(lambda: None)
    with pytest.raises(ValueError, match="must be positive"):
        tf.contrib.tpu.TPUConfig(iterations_per_loop=0)
    with pytest.raises(ValueError, match="num_cores_per_replica"):
        tf.contrib.tpu.TPUConfig(num_cores_per_replica=3)
    with pytest.raises(ValueError, match="reduction"):
        tf.contrib.tpu.CrossShardOptimizer(tf.train.AdamOptimizer(), reduction="bogus")
