"""Linear regression by gradient descent: a line through noisy points."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--learning_rate", type=float, default=0.05)
parser.add_argument("--training_epochs", type=int, default=400)
parser.add_argument("--display_step", type=int, default=100)
args = parser.parse_args()

rng = np.random.RandomState(0)
train_X = rng.uniform(-2, 2, 60).astype(np.float32)
train_Y = 1.7 * train_X - 0.6 + 0.1 * rng.randn(60).astype(np.float32)
n_samples = train_X.shape[0]

X = tf.placeholder("float")
Y = tf.placeholder("float")
W = tf.Variable(rng.randn(), name="weight", dtype=tf.float32)
b = tf.Variable(rng.randn(), name="bias", dtype=tf.float32)

pred = tf.add(tf.multiply(X, W), b)
cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * n_samples)
optimizer = tf.train.GradientDescentOptimizer(args.learning_rate).minimize(cost)
init = tf.global_variables_initializer()

with tf.Session() as sess:
    sess.run(init)
    for epoch in range(args.training_epochs):
        sess.run(optimizer, feed_dict={X: train_X, Y: train_Y})
        if (epoch + 1) % args.display_step == 0:
            c = sess.run(cost, feed_dict={X: train_X, Y: train_Y})
            print(
                "Epoch:",
                "%04d" % (epoch + 1),
                "cost=",
                "{:.6f}".format(c),
                "W=",
                sess.run(W),
                "b=",
                sess.run(b),
            )
    print("Optimization finished: W=", sess.run(W), "b=", sess.run(b))
    test_X = np.linspace(-3, 3, 50).astype(np.float32)
    error = tf.reduce_mean(tf.abs(pred - Y))
    print("test error", sess.run(error, feed_dict={X: test_X, Y: 1.7 * test_X - 0.6}))
