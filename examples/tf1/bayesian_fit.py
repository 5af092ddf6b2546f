"""A posterior fitted by variational inference with tf.distributions: Normal, KL, samples."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=400)
args = parser.parse_args()

ds = tf.distributions
rng = np.random.RandomState(0)
tf.set_random_seed(0)

# y = 1.2 x - 0.7 + noise of deviation 0.5; the posterior of both numbers is known in closed form.
N, NOISE = 40, 0.5
x = rng.uniform(-1, 1, N).astype(np.float32)
y = (1.2 * x - 0.7 + NOISE * rng.randn(N)).astype(np.float32)
design = np.stack([x, np.ones(N)], 1)
precision = np.eye(2) + design.T.dot(design) / NOISE**2
exact_mean = np.linalg.solve(precision, design.T.dot(y) / NOISE**2)
exact_std = np.sqrt(1 / np.diag(precision))  # of the best factorised normal

prior = ds.Normal(loc=tf.zeros([2]), scale=tf.ones([2]))
loc = tf.Variable(tf.zeros([2]), name="loc")
scale = tf.nn.softplus(tf.Variable(-1.0 * tf.ones([2]), name="raw_scale"))
posterior = ds.Normal(loc=loc, scale=scale)
w = posterior.sample(8, seed=1)  # [8, 2]
predicted = tf.matmul(w, tf.constant(design.T, tf.float32))  # [8, N]
log_likelihood = tf.reduce_sum(ds.Normal(predicted, NOISE).log_prob(y), 1)
kl = tf.reduce_sum(ds.kl_divergence(posterior, prior))
elbo = tf.reduce_mean(log_likelihood) - kl

step = tf.train.get_or_create_global_step()
rate = tf.train.exponential_decay(0.05, step, 100, 0.5)
train_op = tf.train.AdamOptimizer(rate).minimize(-elbo, global_step=step)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(args.steps):
        _, value = sess.run([train_op, elbo])
        if i % 100 == 0:
            print("step", i, "bound", value)
    mean, std = sess.run([posterior.mean(), posterior.stddev()])
    print("means: fitted", mean, "exact", exact_mean)
    print("deviations: fitted", std, "exact", exact_std)
    inside = sess.run(tf.reduce_mean(posterior.cdf([1.2, -0.7])))
    print("where the truth lies in the posterior", inside)
    print("distance", np.abs(mean - exact_mean).max() + np.abs(std - exact_std).max())
