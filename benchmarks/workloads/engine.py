"""Workloads of the engine itself: tiny graphs, long chains, loops, independent branches."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workloads import data
from benchmarks.workloads.workload import Workload, two_threads


def scalars(tf: Any) -> Workload:
    """a=(b+c)*(c+2), one feed."""
    b, c = tf.constant(3.0), tf.placeholder(tf.float32, [])
    a = tf.multiply(tf.add(b, c), tf.add(c, 2.0))
    session = tf.Session(config=two_threads(tf))
    feed = {c: 1.0}
    return Workload(lambda: session.run(a, feed), flops=3, bytes=12, warm=2000)


def elementwise_chain(tf: Any) -> Workload:
    """A chain of 2,500 elementwise ops on 64 floats."""
    x = y = tf.placeholder(tf.float32, [64])
    for i in range(1250):
        y = tf.multiply(y, 1.0001) if i % 2 else tf.tanh(y)
        y = tf.add(y, 0.01)
    session = tf.Session(config=two_threads(tf))
    feed = {x: np.linspace(-1, 1, 64).astype(np.float32)}
    return Workload(lambda: session.run(y, feed), flops=2500 * 64, bytes=512)


def branches(tf: Any) -> Workload:
    """Two independent branches of 20 x (256x256 matmul, tanh)."""
    matrices, start = data.branches()
    x = tf.placeholder(tf.float32, [256, 256])
    ends = []
    for branch in matrices:
        y = x
        for matrix in branch:
            y = tf.tanh(tf.matmul(y, tf.constant(matrix)))
        ends.append(y)
    total = tf.add(tf.reduce_sum(ends[0]), tf.reduce_sum(ends[1]))
    session = tf.Session(config=two_threads(tf))
    feed = {x: start}
    return Workload(lambda: session.run(total, feed), flops=40 * 2 * 256**3, bytes=41 * 4 * 256**2)


def matmul(tf: Any) -> Workload:
    """One 1024x1024 product."""
    a, b = (tf.placeholder(tf.float32, [1024, 1024]) for _ in range(2))
    c = tf.matmul(a, b)
    session = tf.Session(config=two_threads(tf))
    feed = dict(zip((a, b), data.matrices(1024), strict=True))
    return Workload(
        lambda: session.run(c, feed), flops=2 * 1024**3, bytes=3 * 4 * 1024**2, rtol=1e-2
    )


def loop(tf: Any) -> Workload:
    """A while_loop of 2,000 iterations on scalars."""
    x = tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(
        lambda i, y: tf.less(i, 2000), lambda i, y: (i + 1, y * 0.999 + 0.01), [0, x]
    )
    session = tf.Session(config=two_threads(tf))
    feed = {x: 1.0}
    return Workload(lambda: session.run(y, feed), flops=8000, bytes=8)


WORKLOADS = {
    "scalars": scalars,
    "elementwise chain": elementwise_chain,
    "branches": branches,
    "matmul": matmul,
    "while loop": loop,
}
