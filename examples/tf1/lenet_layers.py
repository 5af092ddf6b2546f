"""LeNet on MNIST with tf.layers."""

import argparse

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--steps", type=int, default=120)
parser.add_argument("--batch_size", type=int, default=64)
args = parser.parse_args()


def lenet(images, is_training):
    net = tf.layers.conv2d(images, 6, 5, padding="same", activation=tf.nn.relu, name="conv1")
    net = tf.layers.max_pooling2d(net, 2, 2, name="pool1")
    net = tf.layers.conv2d(net, 16, 5, activation=tf.nn.relu, name="conv2")
    net = tf.layers.max_pooling2d(net, 2, 2, name="pool2")
    net = tf.layers.flatten(net)
    net = tf.layers.dense(net, 120, activation=tf.nn.relu, name="fc3")
    net = tf.layers.dropout(net, rate=0.2, training=is_training)
    net = tf.layers.dense(net, 84, activation=tf.nn.relu, name="fc4")
    return tf.layers.dense(net, 10, name="logits")


tf.set_random_seed(3)
mnist = input_data.read_data_sets(args.data_dir, reshape=False)
images = tf.placeholder(tf.float32, [None, 28, 28, 1])
labels = tf.placeholder(tf.int64, [None])
is_training = tf.placeholder_with_default(False, [])

logits = lenet(images, is_training)
loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
global_step = tf.train.get_or_create_global_step()
train_op = tf.train.AdamOptimizer(2e-3).minimize(loss, global_step=global_step)
accuracy = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, 1), labels)))
n_weights = sum(v.get_shape().num_elements() for v in tf.trainable_variables())
print("%d weights" % n_weights)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(args.steps):
        batch, batch_labels = mnist.train.next_batch(args.batch_size)
        feed = {images: batch, labels: batch_labels, is_training: True}
        _, step, loss_value = sess.run([train_op, global_step, loss], feed)
        if step % 40 == 0:
            print("step", step, "loss", loss_value)
    test = {images: mnist.test.images[:2000], labels: mnist.test.labels[:2000]}
    print("test accuracy", sess.run(accuracy, test))
