"""What costs grow with: the batch, the graph; and what a build, a first run and an import cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workloads import data
from benchmarks.workloads.workload import Net, Workload, inference, two_threads

BATCHES = (1, 4, 16, 64, 256, 1024)
OPS = (10, 100, 1000, 10_000, 100_000)
LAYERS, WIDTH = 1000, 16


def mlp_inference(batch: int) -> Callable[[Any], Workload]:
    """Inference of an MLP 784-512-512-10."""

    def build(tf: Any) -> Workload:
        x = tf.placeholder(tf.float32, [batch, 784])
        net = Net(tf)
        h = net.dense(net.dense(x, 512, tf.nn.relu), 512, tf.nn.relu)
        return inference(tf, net, net.dense(h, 10), {x: data.vectors(batch)[0]}, size=batch)

    return build


def graph(ops: int) -> Callable[[Any], Workload]:
    """A graph of so many ops on 8x8 matrices: products, sums, activations, skips."""

    def build(tf: Any) -> Workload:
        weight = data.Numbers().weight(8, 8, scale=0.2)
        x = y = tf.placeholder(tf.float32, [8, 8])
        w, bias = tf.constant(weight), tf.constant(np.full(8, 0.1, np.float32))
        for i in range(ops // 5):
            h = tf.add(tf.matmul(y, w), bias)
            h = tf.tanh(h) if i % 2 else tf.nn.relu(h)
            y = tf.multiply(tf.add(h, y), bias)
        session = tf.Session(config=two_threads(tf))
        feed = {x: np.eye(8, dtype=np.float32)}
        flops = ops / 5 * (2 * 8**3 + 4 * 64)
        kinds = ("build", "first", "seconds")
        return Workload(lambda: session.run(y, feed), flops, warm=2, rows=kinds, size=ops)

    return build


def layers(tf: Any) -> Workload:
    """1,000 dense layers and their gradient: the build; initialisation and the first run."""
    numbers = data.Numbers()
    x = y = tf.placeholder(tf.float32, [8, WIDTH])
    weights = [tf.Variable(numbers.weight(WIDTH, WIDTH)) for _ in range(LAYERS)]
    for w in weights:
        y = tf.tanh(tf.matmul(y, w) + 0.01)
    gradients = tf.gradients(tf.reduce_sum(tf.square(y)), weights[-10:] + weights[:-10])
    start = tf.global_variables_initializer()
    session = tf.Session(config=two_threads(tf))
    feed = {x: np.ones((8, WIDTH), np.float32)}
    begun = []

    def step() -> Any:
        if not begun:
            begun.append(session.run(start))
        return session.run(gradients, feed)[:10]

    flops = 3.0 * 2 * 8 * WIDTH**2 * LAYERS
    return Workload(step, flops, warm=1, rows=("build", "first", "seconds"))


def imports(tf: Any) -> Workload:
    """The import, and (by the table of memory) what is resident after a run of two scalars."""
    total = tf.add(tf.constant(1.0), tf.constant(2.0))
    session = tf.Session(config=two_threads(tf))
    return Workload(lambda: session.run(total), warm=0, rows=("import",))


BATCH_COSTS = {f"mlp inference, batch {n}": mlp_inference(n) for n in BATCHES}
GRAPH_COSTS = {f"graph of {n:,} ops": graph(n) for n in OPS}
BUILD_COSTS = {"1,000 layers and gradient": layers, "import": imports}
