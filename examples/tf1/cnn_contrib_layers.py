"""A convolutional network on MNIST with tf.contrib.layers and optimize_loss."""

import argparse

import tensorflow as tf
from tensorflow.contrib import layers
from tensorflow.contrib.framework import arg_scope, get_or_create_global_step
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--steps", type=int, default=120)
args = parser.parse_args()

tf.set_random_seed(11)
mnist = input_data.read_data_sets(args.data_dir, validation_size=0)
x = tf.placeholder(tf.float32, [None, 784])
y = tf.placeholder(tf.int32, [None])
learning_rate = tf.placeholder(tf.float32, [])

with arg_scope(
    [layers.conv2d],
    kernel_size=5,
    stride=2,
    padding="SAME",
    weights_initializer=layers.xavier_initializer_conv2d(),
):
    net = layers.conv2d(tf.reshape(x, [-1, 28, 28, 1]), 8, scope="conv1")
    net = layers.conv2d(net, 16, activation_fn=tf.nn.elu, scope="conv2")
net = layers.flatten(net)
net = layers.fully_connected(
    net, 64, weights_regularizer=layers.l2_regularizer(1e-4), activation_fn=tf.nn.tanh
)
logits = layers.linear(net, 10)

targets = layers.one_hot_encoding(y, 10)
loss = tf.losses.softmax_cross_entropy(targets, logits)
loss += tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
train_op = layers.optimize_loss(
    loss,
    get_or_create_global_step(),
    learning_rate=learning_rate,
    optimizer="Adam",
    clip_gradients=5.0,
    summaries=["loss", "gradient_norm"],
)
accuracy = tf.contrib.metrics.accuracy(tf.argmax(logits, 1), tf.to_int64(y))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        images, labels = mnist.train.next_batch(64)
        rate = 5e-3 if step < args.steps // 2 else 2e-3
        value = sess.run(train_op, {x: images, y: labels, learning_rate: rate})
        if step % 40 == 0:
            print("step", step, "loss", value)
    print("steps taken", sess.run(tf.contrib.framework.get_global_step()))
    print(
        "test accuracy",
        sess.run(accuracy, {x: mnist.test.images[:2000], y: mnist.test.labels[:2000]}),
    )
