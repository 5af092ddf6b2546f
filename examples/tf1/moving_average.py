"""ExponentialMovingAverage of noisy training, its shadows restored in place of the variables."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=400)
parser.add_argument("--decay", type=float, default=0.98)
args = parser.parse_args()

rng = np.random.RandomState(0)
truth = np.array([[2.0], [-1.0], [0.5]], np.float32)
tf.set_random_seed(0)

x = tf.placeholder(tf.float32, [None, 3])
y = tf.placeholder(tf.float32, [None, 1])
w = tf.Variable(tf.zeros([3, 1]), name="w")
loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
global_step = tf.Variable(0, trainable=False, name="global_step")
# A rate so large that the weights never come to rest.
train_step = tf.train.GradientDescentOptimizer(0.25).minimize(loss, global_step=global_step)
ema = tf.train.ExponentialMovingAverage(args.decay, global_step)
with tf.control_dependencies([train_step]):
    maintain_averages_op = ema.apply(tf.trainable_variables())
average = ema.average(w)
print("shadow:", ema.average_name(w))

saver = tf.train.Saver()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    raw_error = []
    for step in range(args.steps):
        data = rng.randn(4, 3)
        noisy = data.dot(truth) + rng.randn(4, 1)
        _, value = sess.run([maintain_averages_op, loss], {x: data, y: noisy})
        if step >= args.steps // 2:
            raw_error.append(np.abs(sess.run(w) - truth).mean())
        if step % 100 == 0:
            print("step", step, "loss", value)
    path = saver.save(sess, "./average.ckpt")
    shadow = sess.run(average)

tf.reset_default_graph()
w = tf.Variable(tf.zeros([3, 1]), name="w")
ema = tf.train.ExponentialMovingAverage(args.decay)
variables_to_restore = ema.variables_to_restore()
print("restored:", sorted(variables_to_restore))
with tf.Session() as sess:
    tf.train.Saver(variables_to_restore).restore(sess, path)
    restored = sess.run(w)
assert np.array_equal(restored, shadow)
averaged = np.abs(restored - truth).mean()
print("mean error of the weights", np.mean(raw_error), "and of their average", averaged)
print("share of the error left", averaged / np.mean(raw_error))
