"""partial_run: a layer's output is looked at, and changed outside, before the rest is run."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200)
args = parser.parse_args()

rng = np.random.RandomState(0)
tf.set_random_seed(0)
x = tf.placeholder(tf.float32, [32, 3])
temperature = tf.placeholder(tf.float32, [])
target = tf.placeholder(tf.float32, [32])
w = tf.Variable(tf.random_normal([3, 5], stddev=0.1))
values = tf.Variable(tf.zeros([5]))

# First half: scores. Outside, numpy chooses how sharp the mixture is. Second half: the loss.
scores = tf.matmul(x, w)
mixture = tf.nn.softmax(scores * temperature)
output = tf.reduce_sum(mixture * values, 1)
loss = tf.reduce_mean(tf.square(output - target))
train = tf.train.AdamOptimizer(0.05).minimize(loss)
with tf.control_dependencies([train]):
    trained_loss = tf.identity(loss)  # partial_run takes tensors only, so training hangs on one

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        data = rng.randn(32, 3)
        handle = sess.partial_run_setup([scores, trained_loss], [x, temperature, target])
        found = sess.partial_run(handle, scores, feed_dict={x: data})
        sharpness = 1.0 / (0.5 + found.std())
        value = sess.partial_run(
            handle,
            trained_loss,
            feed_dict={temperature: sharpness, target: np.tanh(data[:, 0])},
        )
        if step % 50 == 0:
            print("step", step, "loss", value, "sharpness", sharpness)
    print("last loss", value)
