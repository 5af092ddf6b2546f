"""Workloads whose graphs leave the batch open, as most scripts do: a VAE, a text net."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workloads import data
from benchmarks.workloads.workload import Net, Workload, costs, training, two_threads


def vae(tf: Any) -> Workload:
    """VAE 784-256-20-256-784, batch 64, Adam step; the noise is fed."""
    net = Net(tf, batch=64)
    x, noise = (tf.placeholder(tf.float32, [None, size]) for size in (784, 20))
    h = net.dense(x, 256, tf.tanh)
    mean, log_variance = net.dense(h, 20), net.dense(h, 20)
    z = mean + tf.exp(0.5 * log_variance) * noise
    logits = net.dense(net.dense(z, 256, tf.tanh), 784)
    xent = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
    divergence = 1.0 + log_variance - tf.square(mean) - tf.exp(log_variance)
    loss = tf.reduce_mean(tf.reduce_sum(xent, 1) - 0.5 * tf.reduce_sum(divergence, 1))
    train = tf.train.AdamOptimizer(1e-3).minimize(loss)
    session = tf.Session(config=two_threads(tf))
    session.run(tf.global_variables_initializer())
    feeds = {x: data.vectors(64)[0], noise: data.Numbers(1).weight(64, 20, scale=1.0)}
    fetches = [loss, train]
    return Workload(lambda: session.run(fetches, feeds)[0], *costs(net, slots=2))


def text_net(tf: Any) -> Workload:
    """Text net: 64 filters over 3, 4 and 5 of 50 words of 64 numbers, batch 64, Adam step."""
    words, length, size, batch = 5_000, 50, 64, 64
    net = Net(tf, batch=batch)
    x, labels = tf.placeholder(tf.int32, [None, length]), tf.placeholder(tf.int32, [None])
    rows = tf.expand_dims(tf.nn.embedding_lookup(net.weight(words, size), x), 3)
    pooled = []
    for width in (3, 4, 5):
        w = net.weight(width, size, 1, 64)
        y = tf.nn.conv2d(rows, w, strides=[1, 1, 1, 1], padding="VALID")
        y = tf.nn.relu(tf.nn.bias_add(y, net.constant(0.0, 64)))
        net.flops += 2.0 * batch * (length - width + 1) * width * size * 64
        window = [1, length - width + 1, 1, 1]
        pooled.append(tf.nn.max_pool(y, window, [1, 1, 1, 1], "VALID"))
    logits = net.dense(net.flat(tf.concat(pooled, 3)), 2)
    random = np.random.RandomState(0)
    fed = random.randint(0, words, (batch, length)), random.randint(0, 2, batch)
    feeds = {key: value.astype(np.int32) for key, value in zip((x, labels), fed, strict=True)}
    return training(net, logits, tf.train.AdamOptimizer(1e-3), feeds, labels, slots=2)


WORKLOADS = {"vae, any batch": vae, "text net, any batch": text_net}
