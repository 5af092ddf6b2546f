"""Workloads on sequences: an LSTM, unrolled op by op and in a while loop."""

from __future__ import annotations

from typing import Any

from benchmarks.workloads import data
from benchmarks.workloads.data import BATCH, INPUTS, STEPS, UNITS
from benchmarks.workloads.workload import Net, Workload, training


def _cell(net: Net) -> Any:
    """(x, c, h) -> (c, h) of an LSTM written with tf.split, as tutorials do."""
    tf = net.tf
    w, b = net.weight(INPUTS + UNITS, 4 * UNITS, scale=0.08), net.constant(0.0, 4 * UNITS)

    def cell(x: Any, c: Any, h: Any) -> Any:
        gates = tf.matmul(tf.concat([x, h], 1), w) + b
        i, j, f, o = tf.split(gates, 4, 1)
        c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(i) * tf.tanh(j)
        return c, tf.sigmoid(o) * tf.tanh(c)

    net.flops += 2.0 * STEPS * BATCH * (INPUTS + UNITS) * 4 * UNITS
    net.fed = 2.0 * STEPS * BATCH * INPUTS * 4 * UNITS
    return cell


def _fed(tf: Any) -> Any:
    x = tf.placeholder(tf.float32, [BATCH, STEPS, INPUTS])
    labels = tf.placeholder(tf.int32, [BATCH])
    return x, labels, dict(zip((x, labels), data.sequences(), strict=True))


def lstm(tf: Any) -> Workload:
    """LSTM of 128 units, 28 steps unrolled op by op, batch 128, Adam step."""
    x, labels, feeds = _fed(tf)
    net = Net(tf)
    cell = _cell(net)
    c = h = tf.zeros([BATCH, UNITS])
    for row in tf.unstack(x, axis=1):
        c, h = cell(row, c, h)
    adam = tf.train.AdamOptimizer(1e-3)
    return training(net, net.dense(h, 10), adam, feeds, labels, slots=2)


def lstm_loop(tf: Any) -> Workload:
    """The same LSTM in a while_loop over a TensorArray (as tf.nn.dynamic_rnn runs it)."""
    x, labels, feeds = _fed(tf)
    net = Net(tf)
    cell = _cell(net)
    rows = tf.TensorArray(tf.float32, STEPS).unstack(tf.transpose(x, [1, 0, 2]))
    zeros = tf.zeros([BATCH, UNITS])

    def body(t: Any, c: Any, h: Any) -> Any:
        row = tf.reshape(rows.read(t), [BATCH, INPUTS])
        return (t + 1, *cell(row, c, h))

    _, _, h = tf.while_loop(lambda t, *_: tf.less(t, STEPS), body, [0, zeros, zeros])
    h = tf.reshape(h, [BATCH, UNITS])
    adam = tf.train.AdamOptimizer(1e-3)
    return training(net, net.dense(h, 10), adam, feeds, labels, slots=2)


WORKLOADS = {"lstm": lstm, "lstm in a loop": lstm_loop}
