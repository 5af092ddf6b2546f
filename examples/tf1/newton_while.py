"""Newton's method inside the graph: a while_loop whose body takes a gradient and a Hessian."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--max_iterations", type=int, default=30)
parser.add_argument("--tolerance", type=float, default=1e-8)
args = parser.parse_args()


def square_root(value):
    """The root of a number, by a loop that stops by itself."""

    def condition(x, i):
        return tf.logical_and(tf.abs(x * x - value) > 1e-10, i < args.max_iterations)

    return tf.while_loop(
        condition, lambda x, i: ((x + value / x) / 2, i + 1), [value, tf.constant(0)]
    )


rng = np.random.RandomState(0)
features = np.hstack([rng.randn(200, 3), np.ones((200, 1))])
labels = (features.dot([1.5, -2.0, 0.5, 0.3]) + rng.logistic(size=200) > 0).astype(np.float64)
X, t = tf.constant(features), tf.constant(labels)


def negative_log_likelihood(w):
    logits = tf.squeeze(tf.matmul(X, tf.expand_dims(w, 1)), 1)
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=t, logits=logits))


def newton_step(i, w, _):
    gradient = tf.gradients(negative_log_likelihood(w), w)[0]
    p = tf.sigmoid(tf.squeeze(tf.matmul(X, tf.expand_dims(w, 1)), 1))
    hessian = tf.matmul(X * tf.expand_dims(p * (1 - p), 1), X, transpose_a=True)
    delta = tf.squeeze(tf.matrix_solve(hessian, tf.expand_dims(gradient, 1)), 1)
    return i + 1, w - delta, tf.norm(delta)


iterations, weights, last_step = tf.while_loop(
    lambda i, w, size: tf.logical_and(i < args.max_iterations, size > args.tolerance),
    newton_step,
    [tf.constant(0), tf.zeros([4], tf.float64), tf.constant(np.inf, tf.float64)],
)
left = tf.norm(tf.gradients(negative_log_likelihood(weights), weights)[0])

value = tf.placeholder(tf.float64, [])
root, rounds = square_root(value)
slope = tf.gradients(root, value)[0]

with tf.Session() as sess:
    for number in (2.0, 10.0, 144.0):
        r, n, d = sess.run([root, rounds, slope], {value: number})
        print("root of %g: %.12f in %d rounds, slope %.6f" % (number, r, n, d))
        assert abs(r - number**0.5) < 1e-9 and abs(d - 0.5 / number**0.5) < 1e-5
    n, w, size, rest = sess.run([iterations, weights, last_step, left])
    print("weights", w, "after", n, "iterations, the last of size", size)
    print("gradient left", rest)
