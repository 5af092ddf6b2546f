"""WGAN with gradient penalty on a ring of points: the loss holds a gradient."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=250)
parser.add_argument("--critic_iters", type=int, default=3)
parser.add_argument("--batch_size", type=int, default=128)
parser.add_argument("--penalty", type=float, default=1.0)
args = parser.parse_args()

rng = np.random.RandomState(0)
tf.set_random_seed(1)


def ring(n):
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.stack([2 * np.cos(angle), 2 * np.sin(angle)], 1) + 0.05 * rng.randn(n, 2)


def mlp(x, units, scope, reuse=None):
    with tf.variable_scope(scope, reuse=reuse):
        for i, n in enumerate(units[:-1]):
            x = tf.layers.dense(x, n, activation=tf.nn.leaky_relu, name="fc%d" % i)
        return tf.layers.dense(x, units[-1], name="out")


real = tf.placeholder(tf.float32, [args.batch_size, 2])
noise = tf.random_normal([args.batch_size, 2])
fake = mlp(noise, [64, 64, 2], "generator")
critic_real = mlp(real, [64, 64, 1], "critic")
critic_fake = mlp(fake, [64, 64, 1], "critic", reuse=True)

alpha = tf.random_uniform([args.batch_size, 1], 0.0, 1.0)
between = real + alpha * (fake - real)
gradients = tf.gradients(mlp(between, [64, 64, 1], "critic", reuse=True), [between])[0]
slopes = tf.sqrt(tf.reduce_sum(tf.square(gradients), reduction_indices=[1]))
gradient_penalty = tf.reduce_mean((slopes - 1.0) ** 2)

distance = tf.reduce_mean(critic_real) - tf.reduce_mean(critic_fake)
critic_loss = -distance + args.penalty * gradient_penalty
generator_loss = -tf.reduce_mean(critic_fake)

optimizer = tf.train.AdamOptimizer(learning_rate=2e-3, beta1=0.5, beta2=0.9)
train_critic = optimizer.minimize(
    critic_loss, var_list=tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, "critic")
)
train_generator = tf.train.AdamOptimizer(2e-3, 0.5, 0.9).minimize(
    generator_loss, var_list=tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, "generator")
)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        for _ in range(args.critic_iters):
            _, w, slope = sess.run([train_critic, distance, slopes], {real: ring(args.batch_size)})
        sess.run(train_generator)
        if step % 50 == 0:
            print("step %d: Wasserstein distance %.3f, mean slope %.3f" % (step, w, slope.mean()))
    made = np.concatenate([sess.run(fake) for _ in range(8)])
    radius = np.sqrt((made**2).sum(1))
    print("made points: radius %.3f, centre %s" % (radius.mean(), made.mean(0)))
    print("mean distance from the ring", np.abs(radius - 2).mean())
