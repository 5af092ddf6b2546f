"""A convolutional autoencoder that takes noise off digits: conv2d down, conv2d_transpose up."""

import argparse

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--steps", type=int, default=80)
parser.add_argument("--batch_size", type=int, default=64)
parser.add_argument("--noise", type=float, default=0.4)
args = parser.parse_args()

tf.set_random_seed(8)
mnist = input_data.read_data_sets(args.data_dir, reshape=False)
clean = tf.placeholder(tf.float32, [None, 28, 28, 1])
noisy = clean + args.noise * tf.random_normal(tf.shape(clean))
noisy = tf.clip_by_value(noisy, 0.0, 1.0)


def up(x, filters, size, scope):
    """Twice the height and width: a transposed convolution whose output shape is worked out."""
    with tf.variable_scope(scope):
        channels = x.get_shape().as_list()[-1]
        w = tf.get_variable(
            "w", [5, 5, filters, channels], initializer=tf.truncated_normal_initializer(stddev=0.1)
        )
        b = tf.get_variable("b", [filters], initializer=tf.constant_initializer(0.0))
        shape = tf.stack([tf.shape(x)[0], size, size, filters])
        return tf.nn.conv2d_transpose(x, w, shape, strides=[1, 2, 2, 1]) + b


h = tf.layers.conv2d(noisy, 8, 5, strides=2, padding="same", activation=tf.nn.leaky_relu)
h = tf.layers.conv2d(h, 16, 5, strides=2, padding="same", activation=tf.nn.leaky_relu)
h = tf.nn.relu(up(h, 8, 14, "up1"))
logits = up(h, 1, 28, "up2")
restored = tf.nn.sigmoid(logits)
loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=clean, logits=logits))
train = tf.train.AdamOptimizer(5e-3).minimize(loss)
error = tf.losses.mean_squared_error(clean, restored)
error_before = tf.losses.mean_squared_error(clean, noisy)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        batch, _ = mnist.train.next_batch(args.batch_size)
        _, value = sess.run([train, loss], {clean: batch})
        if step % 20 == 0:
            print("step", step, "loss", value)
    before, after = sess.run([error_before, error], {clean: mnist.test.images[:500]})
    print("error of the noisy digits", before)
    print("error of the restored digits", after)
