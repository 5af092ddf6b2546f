"""DCGAN on MNIST's ones: transposed convolutions, batch norm, an Adam for each player."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--batch_size", type=int, default=32)
parser.add_argument("--z_dim", type=int, default=16)
args = parser.parse_args()


def generator(z, training):
    with tf.variable_scope("generator"):
        x = tf.layers.dense(z, 7 * 7 * 16, use_bias=False)
        x = tf.nn.relu(tf.layers.batch_normalization(x, training=training, momentum=0.8))
        x = tf.reshape(x, [-1, 7, 7, 16])
        x = tf.layers.conv2d_transpose(x, 8, 5, strides=2, padding="same", use_bias=False)
        x = tf.nn.relu(tf.layers.batch_normalization(x, training=training, momentum=0.8))
        return tf.layers.conv2d_transpose(x, 1, 5, 2, "same", activation=tf.nn.tanh)


def discriminator(images, reuse=None):
    with tf.variable_scope("discriminator", reuse=reuse):
        x = tf.layers.conv2d(images, 8, 5, strides=2, padding="same", activation=tf.nn.leaky_relu)
        x = tf.layers.conv2d(x, 16, 5, strides=2, padding="same", activation=tf.nn.leaky_relu)
        return tf.layers.dense(tf.layers.flatten(x), 1)


tf.set_random_seed(0)
mnist = input_data.read_data_sets(args.data_dir, reshape=False)
ones = mnist.train.images[mnist.train.labels == 1] * 2 - 1
rng = np.random.RandomState(0)

images = tf.placeholder(tf.float32, [None, 28, 28, 1])
z = tf.placeholder(tf.float32, [None, args.z_dim])
training = tf.placeholder(tf.bool)
fake = generator(z, training)
real_logits, fake_logits = discriminator(images), discriminator(fake, reuse=True)

d_loss = tf.losses.sigmoid_cross_entropy(
    tf.ones_like(real_logits), real_logits, label_smoothing=0.1
) + tf.losses.sigmoid_cross_entropy(tf.zeros_like(fake_logits), fake_logits)
g_loss = tf.losses.sigmoid_cross_entropy(tf.ones_like(fake_logits), fake_logits)
d_vars = tf.trainable_variables("discriminator")
g_vars = tf.trainable_variables("generator")
with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS, "generator")):
    g_train = tf.train.AdamOptimizer(4e-3, beta1=0.5).minimize(g_loss, var_list=g_vars)
d_train = tf.train.AdamOptimizer(1e-3, beta1=0.5).minimize(d_loss, var_list=d_vars)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        batch = ones[rng.randint(len(ones), size=args.batch_size)]
        noise = rng.uniform(-1, 1, (args.batch_size, args.z_dim))
        d, _ = sess.run([d_loss, d_train], {images: batch, z: noise, training: True})
        g, _ = sess.run([g_loss, g_train], {z: noise, training: True})
        if step % 15 == 0:
            print("step %d: discriminator %.3f, generator %.3f" % (step, d, g))
    made = sess.run(fake, {z: rng.uniform(-1, 1, (200, args.z_dim)), training: False})
    print("ink: made %.3f, real %.3f" % (made.mean() / 2 + 0.5, ones.mean() / 2 + 0.5))
    print("distance of the mean digits", np.abs(made.mean(0) - ones.mean(0)).mean())
