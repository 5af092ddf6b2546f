"""An Estimator with a model_fn of one's own: the three modes, metrics, a RunConfig."""

import numpy as np
import tensorflow as tf

tf.app.flags.DEFINE_string("model_dir", "model", "for checkpoints")
tf.app.flags.DEFINE_integer("steps", 200, "of training")
tf.app.flags.DEFINE_float("learning_rate", 0.02, "Adam's")
FLAGS = tf.app.flags.FLAGS


def model_fn(features, labels, mode, params):
    net = features["x"]
    for units in params["hidden_units"]:
        net = tf.layers.dense(net, units=units, activation=tf.nn.relu)
    logits = tf.layers.dense(net, params["n_classes"], activation=None)
    predicted = tf.argmax(logits, 1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(
            mode, predictions={"class_ids": predicted, "probabilities": tf.nn.softmax(logits)}
        )
    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    accuracy = tf.metrics.accuracy(labels=labels, predictions=predicted, name="acc_op")
    tf.summary.scalar("accuracy", accuracy[1])
    if mode == tf.estimator.ModeKeys.EVAL:
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})
    optimizer = tf.train.AdamOptimizer(learning_rate=params["learning_rate"])
    train_op = optimizer.minimize(loss, global_step=tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def spirals(n, seed):
    rng = np.random.RandomState(seed)
    arm, t = rng.randint(0, 3, n), rng.uniform(0.2, 1, n)
    angle = arm * 2 * np.pi / 3 + 3 * t + 0.1 * rng.randn(n)
    return np.stack([t * np.cos(angle), t * np.sin(angle)], 1).astype(np.float32), arm


def train_input_fn(features, labels, batch_size):
    dataset = tf.data.Dataset.from_tensor_slices(({"x": features}, labels))
    return dataset.shuffle(1000, seed=1).repeat().batch(batch_size)


def main(_):
    tf.logging.set_verbosity(tf.logging.ERROR)
    train_x, train_y = spirals(900, 0)
    test_x, test_y = spirals(300, 1)
    classifier = tf.estimator.Estimator(
        model_fn=model_fn,
        model_dir=FLAGS.model_dir,
        config=tf.estimator.RunConfig(tf_random_seed=7, save_checkpoints_steps=100),
        params={"hidden_units": [24, 24], "n_classes": 3, "learning_rate": FLAGS.learning_rate},
    )
    classifier.train(lambda: train_input_fn(train_x, train_y, 32), steps=FLAGS.steps)
    test_input_fn = tf.estimator.inputs.numpy_input_fn(
        {"x": test_x}, test_y, num_epochs=1, shuffle=False
    )
    eval_result = classifier.evaluate(input_fn=test_input_fn)
    print("global step", eval_result["global_step"], "loss", eval_result["loss"])
    answers = [p["class_ids"] for p in classifier.predict(test_input_fn)]
    assert abs(np.mean(np.array(answers) == test_y) - eval_result["accuracy"]) < 1e-6
    print("Test set accuracy: {accuracy:0.3f}".format(**eval_result))


if __name__ == "__main__":
    tf.app.run()
