"""Workloads on images: LeNet in three forms, a VGG, a residual net, a GAN."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workloads import data
from benchmarks.workloads.workload import Net, Workload, inference, training, two_threads


def _fed(tf: Any, batch: int, size: int, channels: int) -> tuple[Any, Any, dict[Any, Any]]:
    x = tf.placeholder(tf.float32, [batch, size, size, channels])
    labels = tf.placeholder(tf.int32, [batch])
    values = data.images(batch, size, channels)
    return x, labels, dict(zip((x, labels), values, strict=True))


def _lenet(net: Net, x: Any) -> Any:
    relu = net.tf.nn.relu
    h = net.pool(net.conv(x, 32, 5, relu))
    h = net.flat(net.pool(net.conv(h, 64, 5, relu)))
    return net.dense(net.dense(h, 1024, relu), 10)


def lenet(tf: Any) -> Workload:
    """LeNet (32 and 64 maps of 5x5, 1024 dense), batch 128, Adam step."""
    x, labels, feeds = _fed(tf, 128, 28, 1)
    net = Net(tf)
    return training(net, _lenet(net, x), tf.train.AdamOptimizer(1e-4), feeds, labels, slots=2)


def lenet_inference(tf: Any) -> Workload:
    """The same, inference."""
    return _lenet_inference(tf, 128)


def lenet_inference_1024(tf: Any) -> Workload:
    """The same, inference of a big batch."""
    return _lenet_inference(tf, 1024)


def _lenet_inference(tf: Any, batch: int) -> Workload:
    x, _, feeds = _fed(tf, batch, 28, 1)
    net = Net(tf)
    return inference(tf, net, _lenet(net, x), {x: feeds[x]})


def lenet5(tf: Any) -> Workload:
    """LeNet-5 (6 and 16 maps, average pooling, tanh), batch 32, momentum step."""
    x, labels, feeds = _fed(tf, 32, 28, 1)
    net = Net(tf)
    h = net.pool(net.conv(x, 6, 5, tf.tanh), "avg")
    h = net.flat(net.pool(net.conv(h, 16, 5, tf.tanh, padding="VALID"), "avg"))
    logits = net.dense(net.dense(net.dense(h, 120, tf.tanh), 84, tf.tanh), 10)
    momentum = tf.train.MomentumOptimizer(0.01, 0.9)
    return training(net, logits, momentum, feeds, labels, slots=1, warm=100)


def vgg(tf: Any) -> Workload:
    """VGG-like (64-64-128-128-256-256), 32x32x3, batch 32, momentum step."""
    x, labels, feeds = _fed(tf, 32, 32, 3)
    net = Net(tf)
    h = x
    for maps in (64, 128, 256):
        h = net.pool(net.conv(net.conv(h, maps, 3, tf.nn.relu), maps, 3, tf.nn.relu))
    logits = net.dense(net.dense(net.flat(h), 256, tf.nn.relu), 10)
    momentum = tf.train.MomentumOptimizer(0.001, 0.9)
    return training(net, logits, momentum, feeds, labels, slots=1, warm=15, rtol=5e-3)


def _normed(net: Net, x: Any) -> Any:
    """Batch normalisation by moments, as scripts of the time wrote it."""
    maps = int(x.shape[3])
    mean, variance = net.tf.nn.moments(x, [0, 1, 2])
    scale, offset = net.constant(1.0, maps), net.constant(0.0, maps)
    return net.tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)


def _block(net: Net, x: Any, maps: int, stride: int) -> Any:
    relu = net.tf.nn.relu
    h = relu(_normed(net, net.conv(x, maps, 3, stride=stride, bias=False)))
    h = _normed(net, net.conv(h, maps, 3, bias=False))
    if stride != 1 or int(x.shape[3]) != maps:
        x = net.conv(x, maps, 1, stride=stride, bias=False)
    return relu(h + x)


def resnet(tf: Any) -> Workload:
    """ResNet-like with batch normalisation from tf.nn.moments, batch 32, momentum step."""
    x, labels, feeds = _fed(tf, 32, 32, 3)
    net = Net(tf)
    h = tf.nn.relu(_normed(net, net.conv(x, 16, 3, bias=False)))
    for maps, stride in ((16, 1), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1)):
        h = _block(net, h, maps, stride)
    logits = net.dense(tf.reduce_mean(h, [1, 2]), 10)
    momentum = tf.train.MomentumOptimizer(0.01, 0.9)
    return training(net, logits, momentum, feeds, labels, slots=1, warm=20, rtol=2e-2)


def gan(tf: Any) -> Workload:
    """A step of both nets of a GAN on 784 pixels, batch 64, two Adam optimizers."""
    net = Net(tf)
    z, real = tf.placeholder(tf.float32, [64, 100]), tf.placeholder(tf.float32, [64, 784])
    g1, g2 = net.weight(100, 256), net.weight(256, 784)
    d1, d2 = net.weight(784, 256), net.weight(256, 1)
    fake = tf.nn.sigmoid(tf.matmul(tf.nn.relu(tf.matmul(z, g1)), g2))
    judge = [tf.matmul(tf.nn.relu(tf.matmul(v, d1)), d2) for v in (real, fake)]
    xent = tf.nn.sigmoid_cross_entropy_with_logits
    ones, zeros = tf.ones([64, 1]), tf.zeros([64, 1])
    d_loss = tf.reduce_mean(
        xent(labels=ones, logits=judge[0]) + xent(labels=zeros, logits=judge[1])
    )
    g_loss = tf.reduce_mean(xent(labels=ones, logits=judge[1]))
    d_step = tf.train.AdamOptimizer(1e-4).minimize(d_loss, var_list=[d1, d2])
    g_step = tf.train.AdamOptimizer(1e-4).minimize(g_loss, var_list=[g1, g2])
    session = tf.Session(config=two_threads(tf))
    session.run(tf.global_variables_initializer())
    feeds = dict(zip((z, real), data.gan(), strict=True))

    def step() -> Any:
        d, _ = session.run([d_loss, d_step], feeds)
        g, _ = session.run([g_loss, g_step], feeds)
        return np.array([d, g])

    # The generator forward once, and backward to all but its input; the judge three times forward
    # and as often backward: to its weights for real and fake, and to the fake.
    first, second, judged = 100 * 256, 256 * 784, 784 * 256 + 256
    flops = 2.0 * 64 * (2 * first + 3 * second + 6 * judged)
    return Workload(step, flops, 4.0 * 2 * 3 * net.parameters, rtol=1e-2)


WORKLOADS = {
    "lenet": lenet,
    "lenet inference": lenet_inference,
    "lenet inference, batch 1024": lenet_inference_1024,
    "lenet-5": lenet5,
    "vgg": vgg,
    "resnet": resnet,
    "gan": gan,
}
