"""Logistic regression on two clouds of points, with an L2 penalty, in an InteractiveSession."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=300)
parser.add_argument("--learning_rate", type=float, default=0.5)
parser.add_argument("--l2", type=float, default=1e-3)
args = parser.parse_args()

rng = np.random.RandomState(1)


def clouds(n):
    """Two long, slanting clouds: the line between their middles is not the one that parts them."""
    labels = rng.randint(0, 2, n)
    points = rng.randn(n, 2) * [2.0, 0.4] + np.where(labels[:, None] == 1, [1.5, 0.7], [-1.5, -0.7])
    points = points.dot([[0.8, 0.6], [-0.6, 0.8]])
    return points.astype(np.float32), labels.reshape(-1, 1).astype(np.float32)


train_x, train_y = clouds(400)
test_x, test_y = clouds(400)

tf.set_random_seed(1)
x = tf.placeholder(tf.float32, [None, 2], name="x")
y = tf.placeholder(tf.float32, [None, 1], name="y")
w = tf.Variable(tf.random_normal([2, 1], stddev=0.1), name="w")
b = tf.Variable(tf.zeros([1]), name="b")
logits = tf.matmul(x, w) + b
loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=y))
loss += args.l2 * tf.nn.l2_loss(w)
train = tf.train.GradientDescentOptimizer(args.learning_rate).minimize(loss)
predicted = tf.to_float(tf.greater(tf.sigmoid(logits), 0.5))
accuracy = tf.reduce_mean(tf.cast(tf.equal(predicted, y), tf.float32))

sess = tf.InteractiveSession()
tf.initialize_all_variables().run()
for step in range(args.steps):
    train.run({x: train_x, y: train_y})
    if step % 100 == 0:
        print("step", step, "loss", loss.eval({x: train_x, y: train_y}))
print("w", w.eval().ravel(), "b", b.eval())
print("accuracy", accuracy.eval({x: test_x, y: test_y}))
sess.close()
