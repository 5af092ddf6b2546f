"""LeNet-5 as a graph: from grey pictures to ten scores, with its loss, its error and its training.

Builds and nothing else: who runs the graph is `flowgraph.examples.lenet_training`. The layers carry
the names of the paper (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
document recognition", 1998, section II.B).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import flowgraph as tf

START_RATE = 0.05
DECAY_PER_EPOCH = 0.65
MOMENTUM = 0.9
# Mean and deviation of the training pictures' grey values, on the scale from 0 to 1.
GREY_MEAN, GREY_DEVIATION = 0.1307, 0.3081


@dataclass(frozen=True, slots=True)
class LeNet:
    """The graph, and the tensors and operations that a run feeds and fetches.

    `digits` is uint8 [n, 28, 28] and `labels` int32 [n], both fed; `guesses` is int32 [n].
    `c1` [n, 28, 28, 6] and `s2` [n, 14, 14, 6] are the first layers' maps, `filters` the weights
    [5, 5, 1, 6] of the first.
    """

    graph: tf.Graph
    digits: tf.Tensor
    labels: tf.Tensor
    guesses: tf.Tensor
    loss: tf.Tensor
    wrong: tf.Tensor
    rate: tf.Tensor
    train: tf.Operation
    initialize: tf.Operation
    filters: tf.Variable
    c1: tf.Tensor
    s2: tf.Tensor


def build(seed: int, steps_per_epoch: int) -> LeNet:
    """Builds LeNet-5 and its training in a graph of their own.

    Args:
        seed: of the graph; it decides the weights before the first step.
        steps_per_epoch: after so many steps the learning rate has fallen by `DECAY_PER_EPOCH`.

    >>> build(seed=1, steps_per_epoch=938).guesses.dtype
    tf.int32
    """
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(seed)
        digits = tf.placeholder(tf.uint8, [None, 28, 28], name="digits")
        labels = tf.placeholder(tf.int32, [None], name="labels")
        pictures = _prepared(digits)
        c1 = _convolution("C1", pictures, maps=6)
        s2 = _pooling("S2", c1)
        c3 = _convolution("C3", s2, maps=16)
        s4 = _pooling("S4", c3)
        # C5's windows are as large as its input: it leaves one value a map.
        c5 = _convolution("C5", s4, maps=120)
        flat = tf.reshape(c5, [-1, 120], name="C5/flat")
        f6 = _dense("F6", flat, units=84, activation=tf.nn.tanh)
        logits = _dense("output", f6, units=10, activation=tf.identity)
        guesses = tf.argmax(logits, 1, output_type=tf.int32, name="guesses")
        loss = _loss(logits, labels)
        rate, train = _training(loss, steps_per_epoch)
        return LeNet(
            graph=graph,
            digits=digits,
            labels=labels,
            guesses=guesses,
            loss=loss,
            wrong=_wrong(guesses, labels),
            rate=rate,
            train=train,
            initialize=tf.global_variables_initializer(),
            filters=tf.trainable_variables()[0],
            c1=c1,
            s2=s2,
        )


def _prepared(digits: tf.Tensor) -> tf.Tensor:
    """Float32 [n, 32, 32, 1] of mean 0 and deviation 1: the paper's margin of 2 is blank paper.

    A margin added later (padding "SAME") would be of the mean grey, and an edge to the filters.
    """
    with tf.name_scope("input"):
        framed = tf.pad(tf.cast(digits, tf.float32), [[0, 0], [2, 2], [2, 2]])
        grey = tf.reshape(framed, [-1, 32, 32, 1])
        return (grey - 255 * GREY_MEAN) * (1 / (255 * GREY_DEVIATION))


def _convolution(name: str, values: tf.Tensor, maps: int) -> tf.Tensor:
    """Windows of 5x5 that stay inside, a bias for each map, tanh."""
    with tf.variable_scope(name):
        channels = values.shape.as_list()[-1]
        weights = _weights([5, 5, channels, maps])
        sums = tf.nn.conv2d(values, weights, strides=[1, 1, 1, 1], padding="VALID")
        return tf.nn.tanh(tf.nn.bias_add(sums, _biases(maps)))


def _pooling(name: str, values: tf.Tensor) -> tf.Tensor:
    """The mean of each 2x2 window: half the height, half the width."""
    return tf.nn.avg_pool(values, [1, 2, 2, 1], [1, 2, 2, 1], "VALID", name=name)


def _dense(
    name: str, values: tf.Tensor, units: int, activation: Callable[[tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    """Every unit sees every value."""
    with tf.variable_scope(name):
        weights = _weights([values.shape.as_list()[-1], units])
        return activation(tf.nn.bias_add(tf.matmul(values, weights), _biases(units)))


def _weights(shape: list[int]) -> tf.Tensor:
    """Normal weights of Glorot and Bengio's (2010) deviation, which keeps tanh out of its tails."""
    window = math.prod(shape[:-2])
    deviation = math.sqrt(2 / (window * (shape[-2] + shape[-1])))
    start = tf.truncated_normal_initializer(stddev=deviation)
    return tf.get_variable("weights", shape, initializer=start)


def _biases(count: int) -> tf.Tensor:
    return tf.get_variable("biases", [count], initializer=tf.zeros_initializer())


def _loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    with tf.name_scope("loss"):
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return tf.reduce_mean(each)


def _wrong(guesses: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """How many of the digits fed are taken for another."""
    with tf.name_scope("wrong"):
        return tf.reduce_sum(tf.cast(tf.not_equal(guesses, labels), tf.int32))


def _training(loss: tf.Tensor, steps_per_epoch: int) -> tuple[tf.Tensor, tf.Operation]:
    """The learning rate of the moment, and one step of descent with momentum."""
    with tf.name_scope("training"):
        step = tf.train.get_or_create_global_step()
        rate = tf.train.exponential_decay(
            START_RATE, step, steps_per_epoch, DECAY_PER_EPOCH, name="rate"
        )
        train = tf.train.MomentumOptimizer(rate, MOMENTUM).minimize(loss, global_step=step)
        return rate, train
