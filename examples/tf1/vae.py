"""A variational autoencoder of MNIST's digits, with the reparameterisation trick."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--steps", type=int, default=250)
parser.add_argument("--z_dim", type=int, default=8)
args = parser.parse_args()

tf.set_random_seed(1)
mnist = input_data.read_data_sets(args.data_dir, one_hot=True)


def xavier_init(fan_in, fan_out, constant=1):
    low = -constant * np.sqrt(6.0 / (fan_in + fan_out))
    return tf.random_uniform((fan_in, fan_out), minval=low, maxval=-low, dtype=tf.float32)


class VariationalAutoencoder(object):
    def __init__(self, n_hidden=128, n_z=8, batch_size=100):
        self.x = tf.placeholder(tf.float32, [None, 784])
        h = self._dense(self.x, 784, n_hidden, tf.nn.softplus)
        self.z_mean = self._dense(h, n_hidden, n_z)
        self.z_log_sigma_sq = self._dense(h, n_hidden, n_z)
        eps = tf.random_normal(tf.shape(self.z_mean), 0, 1, dtype=tf.float32)
        self.z = tf.add(self.z_mean, tf.multiply(tf.sqrt(tf.exp(self.z_log_sigma_sq)), eps))
        h = self._dense(self.z, n_z, n_hidden, tf.nn.softplus)
        self.x_reconstr_mean = self._dense(h, n_hidden, 784, tf.nn.sigmoid)
        reconstr_loss = -tf.reduce_sum(
            self.x * tf.log(1e-10 + self.x_reconstr_mean)
            + (1 - self.x) * tf.log(1e-10 + 1 - self.x_reconstr_mean),
            1,
        )
        latent_loss = -0.5 * tf.reduce_sum(
            1 + self.z_log_sigma_sq - tf.square(self.z_mean) - tf.exp(self.z_log_sigma_sq), 1
        )
        self.cost = tf.reduce_mean(reconstr_loss + latent_loss)
        self.latent_loss = tf.reduce_mean(latent_loss)
        self.optimizer = tf.train.AdamOptimizer(learning_rate=0.002).minimize(self.cost)

    def _dense(self, x, n_in, n_out, activation=tf.identity):
        weights = tf.Variable(xavier_init(n_in, n_out))
        return activation(tf.matmul(x, weights) + tf.Variable(tf.zeros([n_out])))


vae = VariationalAutoencoder(n_z=args.z_dim)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        batch, _ = mnist.train.next_batch(100)
        _, cost, latent = sess.run([vae.optimizer, vae.cost, vae.latent_loss], {vae.x: batch})
        if step % 50 == 0:
            print("step", step, "cost", cost, "latent", latent)
    drawn = sess.run(vae.x_reconstr_mean, {vae.z: np.random.RandomState(0).randn(4, args.z_dim)})
    print("drawn digits", drawn.shape, "ink", drawn.mean())
    print("test bound (nats)", sess.run(vae.cost, {vae.x: mnist.test.images[:2000]}))
