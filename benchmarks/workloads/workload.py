"""What a workload is, and what those of networks share: weights, steps, floors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.workloads.data import Numbers


@dataclass
class Workload:
    """A step to be timed.

    `step()` does one run and returns what is compared: a number, an array, or several. `flops` and
    `bytes` are the least that any implementation has to compute and to move in one step. `warm` is
    how many steps come before those that are timed: the values of the first few are compared.
    `rows` are the times that make a row of the table each: "seconds" (of a step), "build" (of the
    graph), "first" (of the first step, which compiles) and "import". `size` is what the cost
    should grow in proportion to, where a workload is one of a series: ops, or rows of a batch.
    """

    step: Callable[[], Any]
    flops: float = 0.0
    bytes: float = 0.0
    warm: int = 30
    rtol: float = 1e-3
    rows: tuple[str, ...] = ("seconds",)
    size: int | None = None


class Net:
    """Layers over weights of fixed numbers, and a count of their multiplications.

    `batch` is how many rows are fed to a graph that leaves that open.
    """

    def __init__(self, tf: Any, seed: int = 0, batch: int = 0) -> None:
        self.tf, self.numbers, self.batch = tf, Numbers(seed), batch
        self.flops = 0.0  # of the forward pass
        self.fed = 0.0  # of that, products with what is fed, whose gradient nobody needs
        self.parameters = 0

    def weight(self, *shape: int, scale: float | None = None) -> Any:
        """A variable with normal numbers, scaled by the number of inputs."""
        self.parameters += int(np.prod(shape))
        return self.tf.Variable(self.numbers.weight(*shape, scale=scale))

    def constant(self, value: float, *shape: int) -> Any:
        """A variable of one number."""
        self.parameters += int(np.prod(shape))
        return self.tf.Variable(np.full(shape, value, np.float32))

    def dense(self, x: Any, outputs: int, activation: Any = None) -> Any:
        """x W + b."""
        batch, inputs = x.shape.as_list()
        self._count(2.0 * (batch or self.batch) * inputs * outputs)
        y = self.tf.matmul(x, self.weight(inputs, outputs)) + self.constant(0.0, outputs)
        return y if activation is None else activation(y)

    def conv(
        self, x: Any, outputs: int, size: int, activation: Any = None, padding: str = "SAME",
        stride: int = 1, bias: bool = True,
    ) -> Any:  # fmt: skip
        """A two-dimensional convolution with bias."""
        w = self.weight(size, size, int(x.shape[3]), outputs)
        y = self.tf.nn.conv2d(x, w, strides=[1, stride, stride, 1], padding=padding)
        batch, *rest = y.shape.as_list()
        numbers = (batch or self.batch) * int(np.prod(rest))
        self._count(2.0 * numbers * size * size * int(x.shape[3]))
        if bias:
            y = self.tf.nn.bias_add(y, self.constant(0.0, outputs))
        return y if activation is None else activation(y)

    def _count(self, flops: float) -> None:
        self.fed = self.fed or flops  # the first layer's
        self.flops += flops

    def pool(self, x: Any, kind: str = "max") -> Any:
        """2x2 pooling."""
        function = self.tf.nn.max_pool if kind == "max" else self.tf.nn.avg_pool
        return function(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")

    def flat(self, x: Any) -> Any:
        """Images as rows."""
        batch, *rest = x.shape.as_list()
        return self.tf.reshape(x, [batch or -1, int(np.prod(rest))])


def training(
    net: Net, logits: Any, optimizer: Any, feeds: dict[Any, Any], labels: Any, slots: int = 0,
    **more: Any,
) -> Workload:  # fmt: skip
    """A workload of training steps with softmax cross-entropy; the loss is compared.

    `slots` is how many numbers the optimizer keeps for each weight.
    """
    tf = net.tf
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    train = optimizer.minimize(loss)
    session = tf.Session(config=two_threads(tf))
    session.run(tf.global_variables_initializer())
    fetches = [loss, train]
    return Workload(lambda: session.run(fetches, feeds)[0], *costs(net, slots), **more)


def costs(net: Net, slots: int) -> tuple[float, float]:
    """Operations and bytes of a training step.

    Backward has two products for each of the forward's, but for what is fed; every weight and slot
    is read and written once.
    """
    return 3 * net.flops - net.fed, 4.0 * 2 * (1 + slots) * net.parameters


def two_threads(tf: Any) -> Any:
    """Both sides get the machine's two cores."""
    return tf.ConfigProto(intra_op_parallelism_threads=2, inter_op_parallelism_threads=2)


def inference(tf: Any, net: Net, logits: Any, feed: dict[Any, Any], **more: Any) -> Workload:
    """A workload of runs of a net's softmax; the probabilities are compared."""
    y = tf.nn.softmax(logits)
    session = tf.Session(config=two_threads(tf))
    session.run(tf.global_variables_initializer())
    return Workload(lambda: session.run(y, feed), net.flops, 4.0 * net.parameters, **more)
