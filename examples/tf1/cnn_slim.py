"""A convolutional network on MNIST with slim: arg_scope, batch norm, slim.learning's train op."""

import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.examples.tutorials.mnist import input_data

tf.app.flags.DEFINE_string("data_dir", "MNIST_data", "where the digits are")
tf.app.flags.DEFINE_integer("steps", 100, "batches to train on")
tf.app.flags.DEFINE_float("weight_decay", 1e-4, "of all weights")
FLAGS = tf.app.flags.FLAGS


def network(images, is_training):
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        activation_fn=tf.nn.relu,
        weights_initializer=slim.xavier_initializer(),
        weights_regularizer=slim.l2_regularizer(FLAGS.weight_decay),
        normalizer_fn=slim.batch_norm,
        normalizer_params={"is_training": is_training, "decay": 0.9},
    ):
        net = slim.conv2d(images, 8, [5, 5], stride=2, scope="conv1")
        net = slim.repeat(net, 2, slim.conv2d, 16, [3, 3], scope="conv2")
        net = slim.max_pool2d(net, [2, 2], scope="pool2")
        net = slim.flatten(net)
        net = slim.fully_connected(net, 64, scope="fc3")
        net = slim.dropout(net, 0.8, is_training=is_training, scope="drop3")
        return slim.fully_connected(net, 10, activation_fn=None, normalizer_fn=None, scope="logits")


def main(_):
    tf.set_random_seed(0)
    mnist = input_data.read_data_sets(FLAGS.data_dir, reshape=False, validation_size=0)
    images = tf.placeholder(tf.float32, [None, 28, 28, 1])
    labels = tf.placeholder(tf.int64, [None])
    is_training = tf.placeholder(tf.bool, [])
    logits = network(images, is_training)
    tf.losses.sparse_softmax_cross_entropy(labels, logits)
    total_loss = tf.losses.get_total_loss()
    optimizer = tf.train.MomentumOptimizer(0.05, 0.9)
    train_op = slim.learning.create_train_op(total_loss, optimizer)
    accuracy = slim.metrics.accuracy(tf.argmax(logits, 1), labels)
    slim.model_analyzer.analyze_vars(slim.get_model_variables(), print_info=False)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(FLAGS.steps):
            batch, batch_labels = mnist.train.next_batch(64)
            loss = sess.run(train_op, {images: batch, labels: batch_labels, is_training: True})
            if step % 25 == 0:
                print("step", step, "total loss", loss)
        print(
            "test accuracy",
            sess.run(
                accuracy,
                {
                    images: mnist.test.images[:2000],
                    labels: mnist.test.labels[:2000],
                    is_training: False,
                },
            ),
        )


if __name__ == "__main__":
    tf.app.run()
