"""Gradients of one's own: a binary network by straight-through estimation, in both TF1 ways."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import ops

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=300)
args = parser.parse_args()

rng = np.random.RandomState(0)
tf.set_random_seed(0)


@tf.custom_gradient
def binarize(w):
    """The sign of weights; the gradient goes through where they are within one."""

    def grad(dy):
        return dy * tf.cast(tf.abs(w) <= 1.0, dy.dtype)

    return tf.where(w >= 0, tf.ones_like(w), -tf.ones_like(w)), grad


@ops.RegisterGradient("StraightThrough")
def _straight_through(op, grad):
    return grad * tf.cast(tf.abs(op.inputs[0]) <= 1.0, grad.dtype)


def sign(x):
    with tf.get_default_graph().gradient_override_map({"Sign": "StraightThrough"}):
        return tf.sign(x)


teacher = np.sign(rng.randn(12, 1))
data = rng.choice([-1.0, 1.0], (800, 12)).astype(np.float32)
labels = (data.dot(teacher) > 0).astype(np.float32)

x = tf.placeholder(tf.float32, [None, 12])
y = tf.placeholder(tf.float32, [None, 1])
w1 = tf.get_variable("w1", [12, 32], initializer=tf.random_uniform_initializer(-0.5, 0.5))
w2 = tf.get_variable("w2", [32, 1], initializer=tf.random_uniform_initializer(-0.5, 0.5))
hidden = sign(tf.matmul(x, binarize(w1)) / 4.0 + 0.01)
logits = tf.matmul(hidden, binarize(w2)) / 4.0
loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
train = tf.train.AdamOptimizer(0.02).minimize(loss)
with tf.control_dependencies([train]):
    clip = tf.group(*[w.assign(tf.clip_by_value(w, -1.0, 1.0)) for w in (w1, w2)])
accuracy = tf.reduce_mean(tf.to_float(tf.equal(tf.to_float(logits > 0), y)))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        rows = rng.randint(0, 600, 64)
        _, value = sess.run([clip, loss], {x: data[rows], y: labels[rows]})
        if step % 75 == 0:
            print("step", step, "loss", value)
    print("weights used:", np.unique(sess.run(binarize(w1))))
    print("test accuracy", sess.run(accuracy, {x: data[600:], y: labels[600:]}))
