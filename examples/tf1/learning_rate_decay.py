"""Learning rates that decay with the global step, beside each other on one task."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=150)
args = parser.parse_args()

rng = np.random.RandomState(0)
data = rng.randn(256, 5).astype(np.float32)
wanted = data.dot(rng.randn(5, 1)) + 0.5 * rng.randn(256, 1)
best = np.mean((data.dot(np.linalg.lstsq(data, wanted, rcond=None)[0]) - wanted) ** 2)

x = tf.placeholder(tf.float32, [None, 5])
y = tf.placeholder(tf.float32, [None, 1])


def trained_with(name, decay):
    """The loss, the train op and the rate of a model whose rate `decay` makes of its step."""
    with tf.variable_scope(name):
        step = tf.Variable(0, trainable=False, name="step")
        rate = decay(step)
        w = tf.get_variable("w", [5, 1], initializer=tf.zeros_initializer())
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
        train = tf.train.MomentumOptimizer(rate, 0.5, use_nesterov=True).minimize(
            loss, global_step=step
        )
    return loss, train, rate


n = args.steps
models = {
    "constant": trained_with("constant", lambda step: tf.constant(0.2)),
    "exponential": trained_with(
        "exponential",
        lambda step: tf.train.exponential_decay(0.2, step, max(1, n // 5), 0.4, staircase=True),
    ),
    "polynomial": trained_with(
        "polynomial", lambda step: tf.train.polynomial_decay(0.2, step, n, 0.001, power=2.0)
    ),
    "piecewise": trained_with(
        "piecewise",
        lambda step: tf.train.piecewise_constant(step, [n // 3, 2 * n // 3], [0.2, 0.05, 0.005]),
    ),
    "inverse": trained_with(
        "inverse", lambda step: tf.train.inverse_time_decay(0.2, step, 10, 0.5)
    ),
    "cosine": trained_with("cosine", lambda step: tf.train.cosine_decay(0.2, step, n)),
}
names = sorted(models)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(n):
        rows = rng.randint(0, 256, 8)
        feed = {x: data[rows], y: wanted[rows]}
        sess.run([models[name][1] for name in names], feed)
        if i % 50 == 0:
            print(i, dict(zip(names, sess.run([models[name][2] for name in names]))))
    losses = dict(zip(names, sess.run([models[name][0] for name in names], {x: data, y: wanted})))
for name in names:
    print("%-12s loss over the best: %.4f" % (name, losses[name] - best))
decayed = [losses[name] for name in names if name != "constant"]
print(
    "share of the constant rate's excess left",
    (np.mean(decayed) - best) / (losses["constant"] - best),
)
