"""A GAN that learns a normal distribution of one number: two losses, two lists of variables."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=900)
parser.add_argument("--batch_size", type=int, default=64)
args = parser.parse_args()

MU, SIGMA = 3.0, 0.7
rng = np.random.RandomState(0)
tf.set_random_seed(0)


def linear(x, output_dim, scope, stddev=0.3):
    with tf.variable_scope(scope):
        w = tf.get_variable(
            "w",
            [x.get_shape()[1], output_dim],
            initializer=tf.random_normal_initializer(stddev=stddev),
        )
        b = tf.get_variable("b", [output_dim], initializer=tf.constant_initializer(0.0))
        return tf.matmul(x, w) + b


def generator(z):
    return linear(tf.nn.softplus(linear(z, 16, "g0")), 1, "g1")


def discriminator(x):
    h = tf.nn.relu(linear(tf.concat([x, tf.square(x - MU)], 1), 32, "d0"))
    return linear(tf.nn.relu(linear(h, 32, "d1")), 1, "d2")


with tf.variable_scope("G"):
    z = tf.placeholder(tf.float32, shape=(None, 1))
    fake = generator(z)
x = tf.placeholder(tf.float32, shape=(None, 1))
with tf.variable_scope("D"):
    d_real = discriminator(x)
with tf.variable_scope("D", reuse=True):
    d_fake = discriminator(fake)

cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits
loss_d = tf.reduce_mean(
    cross_entropy(logits=d_real, labels=0.9 * tf.ones_like(d_real))
    + cross_entropy(logits=d_fake, labels=tf.zeros_like(d_fake))
)
loss_g = tf.reduce_mean(cross_entropy(logits=d_fake, labels=tf.ones_like(d_fake)))
d_params = [v for v in tf.trainable_variables() if v.name.startswith("D/")]
g_params = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="G")
train_d = tf.train.AdamOptimizer(4e-3, beta1=0.5).minimize(loss_d, var_list=d_params)
train_g = tf.train.AdamOptimizer(2e-3, beta1=0.5).minimize(loss_g, var_list=g_params)

with tf.Session() as sess:
    tf.global_variables_initializer().run()
    for step in range(args.steps):
        real = MU + SIGMA * rng.randn(args.batch_size, 1)
        noise = rng.uniform(-1, 1, (args.batch_size, 1))
        d, _ = sess.run([loss_d, train_d], {x: real, z: noise})
        noise = rng.uniform(-1, 1, (args.batch_size, 1))
        g, _ = sess.run([loss_g, train_g], {z: noise})
        if step % 150 == 0:
            print("step %d: discriminator %.3f, generator %.3f" % (step, d, g))
    made = sess.run(fake, {z: rng.uniform(-1, 1, (2000, 1))})
    print("made: mean %.3f, deviation %.3f" % (made.mean(), made.std()))
    print("distance", abs(made.mean() - MU) + abs(made.std() - SIGMA))
