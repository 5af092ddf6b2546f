"""Gradients clipped by hand between compute_gradients and apply_gradients, where they explode."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200)
parser.add_argument("--clip", type=float, default=1.0)
args = parser.parse_args()

rng = np.random.RandomState(0)
tf.set_random_seed(0)
LENGTH = 12


def adding_problem(n):
    """Two of the numbers are marked; their sum is asked for."""
    numbers, marks = rng.uniform(0, 1, (n, LENGTH)), np.zeros((n, LENGTH))
    for row in range(n):
        marks[row, rng.choice(LENGTH, 2, replace=False)] = 1
    return np.stack([numbers, marks], 2), (numbers * marks).sum(1, keepdims=True)


x = tf.placeholder(tf.float32, [None, LENGTH, 2])
y = tf.placeholder(tf.float32, [None, 1])
cell = tf.nn.rnn_cell.BasicRNNCell(32, activation=tf.nn.relu)
_, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
loss = tf.reduce_mean(tf.square(tf.layers.dense(state, 1) - y))

optimizer = tf.train.AdamOptimizer(0.005)
grads_and_vars = optimizer.compute_gradients(loss)
norm_before = tf.global_norm([g for g, _ in grads_and_vars])
clipped = [
    (
        tf.clip_by_norm(g, args.clip)
        if "kernel" in v.name
        else tf.clip_by_value(g, -args.clip, args.clip),
        v,
    )
    for g, v in grads_and_vars
    if g is not None
]
norm_after = tf.global_norm([g for g, _ in clipped])
global_step = tf.Variable(0, name="global_step", trainable=False)
train_op = optimizer.apply_gradients(clipped, global_step=global_step)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    largest = 0.0
    for _ in range(args.steps):
        data, sums = adding_problem(64)
        _, step, before, after, value = sess.run(
            [train_op, global_step, norm_before, norm_after, loss], {x: data, y: sums}
        )
        largest = max(largest, before)
        if step % 50 == 0:
            print("step %d: loss %.4f, norm %.3f clipped to %.3f" % (step, value, before, after))
    print("largest norm", largest)
    data, sums = adding_problem(500)
    print(
        "test error (always 1.0 would be %.3f)" % np.mean((sums - 1) ** 2),
        sess.run(loss, {x: data, y: sums}),
    )
