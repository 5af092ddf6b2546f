"""A network of two hidden layers for the digits (tensorflow.examples.tutorials.mnist.mnist)."""

from __future__ import annotations

import math
from typing import Any

import flowgraph as tf

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def _linear(x: Any, inputs: int, units: int) -> Any:
    stddev = 1.0 / math.sqrt(float(inputs))
    weights = tf.Variable(tf.truncated_normal([inputs, units], stddev=stddev), name="weights")
    biases = tf.Variable(tf.zeros([units]), name="biases")
    return tf.matmul(x, weights) + biases


def inference(images: Any, hidden1_units: int, hidden2_units: int) -> Any:
    """The network up to its logits: float32 [batch, 784] -> [batch, 10]."""
    with tf.name_scope("hidden1"):
        hidden1 = tf.nn.relu(_linear(images, IMAGE_PIXELS, hidden1_units))
    with tf.name_scope("hidden2"):
        hidden2 = tf.nn.relu(_linear(hidden1, hidden1_units, hidden2_units))
    with tf.name_scope("softmax_linear"):
        return _linear(hidden2, hidden2_units, NUM_CLASSES)


def loss(logits: Any, labels: Any) -> Any:
    """The mean cross-entropy of logits [batch, 10] and integer labels [batch]."""
    labels = tf.cast(labels, tf.int64)
    return tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)


def training(loss: Any, learning_rate: float) -> Any:
    """The op of a step of gradient descent, which counts `global_step` and notes the loss."""
    tf.summary.scalar("loss", loss)
    optimizer = tf.train.GradientDescentOptimizer(learning_rate)
    global_step = tf.Variable(0, name="global_step", trainable=False)
    return optimizer.minimize(loss, global_step=global_step)


def evaluation(logits: Any, labels: Any) -> Any:
    """How many of a batch have their label on top: an int32 scalar."""
    correct = tf.nn.in_top_k(logits, labels, 1)
    return tf.reduce_sum(tf.cast(correct, tf.int32))
