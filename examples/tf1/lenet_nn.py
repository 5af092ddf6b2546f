"""The "deep MNIST" network by hand: tf.nn.conv2d, max_pool and helpers that make the weights."""

import argparse

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--steps", type=int, default=120)
args = parser.parse_args()


def weight_variable(shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def bias_variable(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


def conv2d(x, W):
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding="SAME")


def max_pool_2x2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


tf.set_random_seed(5)
mnist = input_data.read_data_sets(args.data_dir, one_hot=True)
x = tf.placeholder(tf.float32, shape=[None, 784])
y_ = tf.placeholder(tf.float32, shape=[None, 10])
keep_prob = tf.placeholder(tf.float32)

with tf.name_scope("conv1"):
    x_image = tf.reshape(x, [-1, 28, 28, 1])
    W_conv1 = weight_variable([5, 5, 1, 8])
    h_pool1 = max_pool_2x2(tf.nn.relu(conv2d(x_image, W_conv1) + bias_variable([8])))
with tf.name_scope("conv2"):
    W_conv2 = weight_variable([5, 5, 8, 16])
    h_conv2 = tf.nn.relu(tf.nn.bias_add(conv2d(h_pool1, W_conv2), bias_variable([16])))
    h_pool2 = max_pool_2x2(h_conv2)
with tf.name_scope("fc"):
    h_pool2_flat = tf.reshape(h_pool2, [-1, 7 * 7 * 16])
    h_fc1 = tf.nn.relu(
        tf.matmul(h_pool2_flat, weight_variable([7 * 7 * 16, 64])) + bias_variable([64])
    )
    h_fc1_drop = tf.nn.dropout(h_fc1, keep_prob)
    y_conv = tf.matmul(h_fc1_drop, weight_variable([64, 10])) + bias_variable([10])

cross_entropy = -tf.reduce_mean(
    tf.reduce_sum(
        y_ * tf.log(tf.clip_by_value(tf.nn.softmax(y_conv), 1e-10, 1.0)), reduction_indices=[1]
    )
)
train_step = tf.train.AdamOptimizer(2e-3).minimize(cross_entropy)
correct_prediction = tf.equal(tf.argmax(y_conv, 1), tf.argmax(y_, 1))
accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(args.steps):
        batch = mnist.train.next_batch(50)
        if i % 40 == 0:
            train_accuracy = accuracy.eval(feed_dict={x: batch[0], y_: batch[1], keep_prob: 1.0})
            print("step %d, training accuracy %g" % (i, train_accuracy))
        train_step.run(feed_dict={x: batch[0], y_: batch[1], keep_prob: 0.5})
    print(
        "test accuracy %g"
        % accuracy.eval(
            feed_dict={x: mnist.test.images[:2000], y_: mnist.test.labels[:2000], keep_prob: 1.0}
        )
    )
