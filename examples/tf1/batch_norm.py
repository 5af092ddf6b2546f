"""Batch normalisation whose moving averages are update ops: training and inference must agree."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200)
args = parser.parse_args()

rng = np.random.RandomState(0)
tf.set_random_seed(0)


def rings(n):
    label = rng.randint(0, 2, n)
    radius, angle = 1.0 + label + 0.2 * rng.randn(n), rng.uniform(0, 2 * np.pi, n)
    # Far from the origin and stretched: without normalisation hardly to be learned.
    return np.stack([100 + 30 * radius * np.cos(angle), radius * np.sin(angle) - 7], 1), label


x = tf.placeholder(tf.float32, [None, 2])
y = tf.placeholder(tf.int32, [None])
is_training = tf.placeholder(tf.bool, name="is_training")

net = tf.layers.batch_normalization(x, training=is_training, momentum=0.9, name="bn0")
for i in range(2):
    net = tf.layers.dense(net, 32, use_bias=False, name="fc%d" % i)
    net = tf.layers.batch_normalization(
        net, training=is_training, momentum=0.9, name="bn%d" % (i + 1)
    )
    net = tf.nn.relu(net)
logits = tf.layers.dense(net, 2)
loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
print("update ops:", len(update_ops))
with tf.control_dependencies(update_ops):
    train_op = tf.train.AdamOptimizer(0.01).minimize(loss)
accuracy = tf.reduce_mean(
    tf.cast(tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y), tf.float32)
)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        points, labels = rings(64)
        _, value = sess.run([train_op, loss], {x: points, y: labels, is_training: True})
        if step % 50 == 0:
            print("step", step, "loss", value)
    with tf.variable_scope("bn0", reuse=True):
        mean = sess.run(tf.get_variable("moving_mean", [2], trainable=False))
    print("moving mean", mean)
    points, labels = rings(1000)
    print(
        "accuracy by the batch's moments",
        sess.run(accuracy, {x: points, y: labels, is_training: True}),
    )
    print(
        "accuracy by the moving moments",
        sess.run(accuracy, {x: points, y: labels, is_training: False}),
    )
