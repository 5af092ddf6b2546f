"""Workloads on vectors: a multi-layer perceptron, an autoencoder, skip-gram embeddings."""

from __future__ import annotations

from typing import Any

from benchmarks.workloads import data
from benchmarks.workloads.workload import Net, Workload, costs, training, two_threads


def mlp(tf: Any) -> Workload:
    """MLP 784-512-512-10, batch 128, SGD step."""
    net = Net(tf)
    x, labels = tf.placeholder(tf.float32, [128, 784]), tf.placeholder(tf.int32, [128])
    h = net.dense(net.dense(x, 512, tf.nn.relu), 512, tf.nn.relu)
    feeds = dict(zip((x, labels), data.vectors(128), strict=True))
    return training(net, net.dense(h, 10), tf.train.GradientDescentOptimizer(0.01), feeds, labels)


def autoencoder(tf: Any) -> Workload:
    """Autoencoder 784-256-64-256-784, batch 256, RMSProp step."""
    net = Net(tf)
    x = tf.placeholder(tf.float32, [256, 784])
    h = net.dense(net.dense(x, 256, tf.nn.sigmoid), 64, tf.nn.sigmoid)
    y = net.dense(net.dense(h, 256, tf.nn.sigmoid), 784, tf.nn.sigmoid)
    loss = tf.reduce_mean(tf.square(y - x))
    train = tf.train.RMSPropOptimizer(1e-3).minimize(loss)
    session = tf.Session(config=two_threads(tf))
    session.run(tf.global_variables_initializer())
    feeds = {x: data.vectors(256)[0]}
    fetches = [loss, train]
    return Workload(lambda: session.run(fetches, feeds)[0], *costs(net, slots=1))


def skip_gram(tf: Any) -> Workload:
    """Skip-gram with 50,000 x 128 embeddings, batch 128, 64 negatives, SGD step (sparse)."""
    words, size, batch, negatives = 50_000, 128, 128, 64
    weights, fed = data.skip_gram(words, size, batch, negatives)
    centre, outer, bias = (tf.Variable(value) for value in weights)
    inputs, targets = (tf.placeholder(tf.int32, [batch]) for _ in range(2))
    noise = tf.placeholder(tf.int32, [negatives])
    x = tf.nn.embedding_lookup(centre, inputs)
    near = tf.reduce_sum(x * tf.nn.embedding_lookup(outer, targets), 1) + tf.gather(bias, targets)
    far = tf.matmul(x, tf.nn.embedding_lookup(outer, noise), transpose_b=True)
    far = far + tf.gather(bias, noise)
    xent = tf.nn.sigmoid_cross_entropy_with_logits
    loss = tf.reduce_mean(
        xent(labels=tf.ones_like(near), logits=near)
        + tf.reduce_sum(xent(labels=tf.zeros_like(far), logits=far), 1)
    )
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    session = tf.Session(config=two_threads(tf))
    session.run(tf.global_variables_initializer())
    feeds = dict(zip((inputs, targets, noise), fed, strict=True))
    rows = 2 * batch + negatives
    fetches = [loss, train]
    return Workload(
        lambda: session.run(fetches, feeds)[0],
        flops=3 * 2.0 * batch * (negatives + 1) * size,
        bytes=2 * 4.0 * rows * size,
        warm=100,
    )


WORKLOADS = {"mlp": mlp, "autoencoder": autoencoder, "skip-gram": skip_gram}
