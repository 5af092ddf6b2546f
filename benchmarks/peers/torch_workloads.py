"""The workloads in PyTorch, eager, as its users write them: modules, optimizers, channels first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.workloads import data
from benchmarks.workloads.costs import BATCHES
from benchmarks.workloads.workload import Workload

torch.set_num_threads(2)


class Net:
    """Makes PyTorch's layers from the numbers of the workload, given in TensorFlow's layout."""

    def __init__(self) -> None:
        self.numbers = data.Numbers()

    def dense(self, inputs: int, outputs: int, maps: int = 0, bias: bool = True) -> nn.Linear:
        """x W + b; `maps` channels of images that come flat lie before the pixels here."""
        layer = nn.Linear(inputs, outputs, bias)
        w = self.numbers.weight(inputs, outputs)
        if maps:
            w = w.reshape(inputs // maps, maps, outputs).swapaxes(0, 1).reshape(inputs, outputs)
        return _set(layer, w.T)

    def conv(self, inputs: int, outputs: int, size: int, padding: int, **more: Any) -> nn.Conv2d:
        """A convolution."""
        layer = nn.Conv2d(inputs, outputs, size, padding=padding, **more)
        return _set(layer, self.numbers.weight(size, size, inputs, outputs).transpose(3, 2, 0, 1))


def _set(layer: Any, weight: Any) -> Any:
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
        if layer.bias is not None:
            layer.bias.zero_()
    return layer


def _images(batch: int, size: int, channels: int) -> tuple[Any, Any]:
    x, labels = data.images(batch, size, channels)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))), _labels(labels)


def _labels(labels: Any) -> Any:
    return torch.from_numpy(labels.astype(np.int64))


def _training(model: nn.Module, optimizer: Any, x: Any, labels: Any, **more: Any) -> Workload:
    def step() -> float:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return Workload(step, **more)


def _inference(model: nn.Module, x: Any) -> Workload:
    def step() -> Any:
        with torch.inference_mode():
            return F.softmax(model(x), dim=1).numpy()

    return Workload(step)


def _mlp_model() -> nn.Module:
    net = Net()
    return nn.Sequential(
        net.dense(784, 512), nn.ReLU(), net.dense(512, 512), nn.ReLU(), net.dense(512, 10)
    )


def mlp(_: Any) -> Workload:
    x, labels = data.vectors(128)
    model = _mlp_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return _training(model, optimizer, torch.from_numpy(x), _labels(labels))


def mlp_inference(batch: int) -> Callable[[Any], Workload]:
    return lambda _: _inference(_mlp_model(), torch.from_numpy(data.vectors(batch)[0]))


def _lenet_model() -> nn.Module:
    net = Net()
    return nn.Sequential(
        net.conv(1, 32, 5, 2), nn.ReLU(), nn.MaxPool2d(2),
        net.conv(32, 64, 5, 2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), net.dense(7 * 7 * 64, 1024, maps=64), nn.ReLU(), net.dense(1024, 10),
    )  # fmt: skip


def lenet(_: Any) -> Workload:
    model = _lenet_model()
    return _training(model, torch.optim.Adam(model.parameters(), lr=1e-4), *_images(128, 28, 1))


def lenet_inference(batch: int) -> Callable[[Any], Workload]:
    return lambda _: _inference(_lenet_model(), _images(batch, 28, 1)[0])


def lenet5(_: Any) -> Workload:
    net = Net()
    model = nn.Sequential(
        net.conv(1, 6, 5, 2), nn.Tanh(), nn.AvgPool2d(2),
        net.conv(6, 16, 5, 0), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), net.dense(400, 120, maps=16), nn.Tanh(),
        net.dense(120, 84), nn.Tanh(), net.dense(84, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return _training(model, optimizer, *_images(32, 28, 1), warm=100)


def vgg(_: Any) -> Workload:
    net = Net()
    parts: list[nn.Module] = []
    inputs = 3
    for maps in (64, 128, 256):
        parts += [net.conv(inputs, maps, 3, 1), nn.ReLU(), net.conv(maps, maps, 3, 1), nn.ReLU()]
        parts.append(nn.MaxPool2d(2))
        inputs = maps
    parts += [nn.Flatten(), net.dense(4096, 256, maps=256), nn.ReLU(), net.dense(256, 10)]
    model = nn.Sequential(*parts)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    return _training(model, optimizer, *_images(32, 32, 3), warm=15)


class _Block(nn.Module):
    """Two convolutions with batch normalisation around a skip."""

    def __init__(self, net: Net, inputs: int, maps: int, stride: int) -> None:
        super().__init__()
        # "SAME" pads an even image under a stride of 2 on its far sides only.
        self.pad = nn.ZeroPad2d((0, 1, 0, 1) if stride == 2 else 1)
        self.one = net.conv(inputs, maps, 3, 0, stride=stride, bias=False)
        self.two = net.conv(maps, maps, 3, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(maps, eps=1e-3) for _ in range(2))
        self.skip: nn.Module = nn.Identity()
        if stride != 1 or inputs != maps:
            self.skip = net.conv(inputs, maps, 1, 0, stride=stride, bias=False)

    def forward(self, x: Any) -> Any:
        h = F.relu(self.norms[0](self.one(self.pad(x))))
        return F.relu(self.norms[1](self.two(h)) + self.skip(x))


def resnet(_: Any) -> Workload:
    net = Net()
    parts: list[nn.Module] = [
        net.conv(3, 16, 3, 1, bias=False), nn.BatchNorm2d(16, eps=1e-3), nn.ReLU(),
    ]  # fmt: skip
    inputs = 16
    for maps, stride in ((16, 1), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1)):
        parts.append(_Block(net, inputs, maps, stride))
        inputs = maps
    parts += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), net.dense(64, 10)]
    model = nn.Sequential(*parts)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return _training(model, optimizer, *_images(32, 32, 3), warm=20)


def autoencoder(_: Any) -> Workload:
    net, sizes = Net(), (784, 256, 64, 256, 784)
    parts: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        parts += [net.dense(inputs, outputs), nn.Sigmoid()]
    model = nn.Sequential(*parts)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-10)
    for p in model.parameters():  # TensorFlow's mean of squares begins at one
        optimizer.state[p] = {"step": torch.tensor(0.0), "square_avg": torch.ones_like(p)}
    x = torch.from_numpy(data.vectors(256)[0])

    def step() -> float:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        return loss.item()

    return Workload(step)


def skip_gram(_: Any) -> Workload:
    words, size, batch, negatives = 50_000, 128, 128, 64
    weights, fed = data.skip_gram(words, size, batch, negatives)
    weights[2] = weights[2][:, None]
    tables = [
        nn.Embedding.from_pretrained(torch.from_numpy(w), freeze=False, sparse=True)
        for w in weights
    ]
    centre, outer, bias = tables
    optimizer = torch.optim.SGD([t.weight for t in tables], lr=0.1)
    inputs, targets, noise = (_labels(ids) for ids in fed)
    xent = F.binary_cross_entropy_with_logits

    def step() -> float:
        optimizer.zero_grad()
        x = centre(inputs)
        near = (x * outer(targets)).sum(1) + bias(targets)[:, 0]
        far = x @ outer(noise).T + bias(noise)[:, 0]
        loss = xent(near, torch.ones_like(near))
        loss = loss + xent(far, torch.zeros_like(far), reduction="none").sum(1).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return Workload(step, warm=100)


def gan(_: Any) -> Workload:
    net = Net()
    generator = nn.Sequential(
        net.dense(100, 256, bias=False), nn.ReLU(), net.dense(256, 784, bias=False), nn.Sigmoid()
    )
    judge = nn.Sequential(net.dense(784, 256, bias=False), nn.ReLU(), net.dense(256, 1, bias=False))
    z, real = (torch.from_numpy(part) for part in data.gan())
    ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
    adams = [torch.optim.Adam(part.parameters(), lr=1e-4) for part in (judge, generator)]
    xent = F.binary_cross_entropy_with_logits

    def step() -> Any:
        d_loss = xent(judge(real), ones) + xent(judge(generator(z).detach()), zeros)
        adams[0].zero_grad()
        d_loss.backward()
        adams[0].step()
        g_loss = xent(judge(generator(z)), ones)
        adams[1].zero_grad()
        g_loss.backward()
        adams[1].step()
        return np.array([d_loss.item(), g_loss.item()])

    return Workload(step)


class _Lstm(nn.Module):
    """The cell written out, with a forget bias of one, in a Python loop over the steps."""

    def __init__(self, numbers: data.Numbers) -> None:
        super().__init__()
        self.gates = nn.Linear(data.INPUTS + data.UNITS, 4 * data.UNITS)
        _set(self.gates, numbers.weight(data.INPUTS + data.UNITS, 4 * data.UNITS, scale=0.08).T)
        self.last = _set(nn.Linear(data.UNITS, 10), numbers.weight(data.UNITS, 10).T)

    def forward(self, x: Any) -> Any:
        c = h = torch.zeros(len(x), data.UNITS)
        for row in x.unbind(1):
            i, j, f, o = self.gates(torch.cat([row, h], 1)).chunk(4, 1)
            c = torch.sigmoid(f + 1.0) * c + torch.sigmoid(i) * torch.tanh(j)
            h = torch.sigmoid(o) * torch.tanh(c)
        return self.last(h)


def lstm(_: Any) -> Workload:
    x, labels = data.sequences()
    model = _Lstm(data.Numbers())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return _training(model, optimizer, torch.from_numpy(x), _labels(labels))


def branches(_: Any) -> Workload:
    matrices, start = data.branches()
    x, both = torch.from_numpy(start), [[torch.from_numpy(m) for m in b] for b in matrices]

    def step() -> float:
        total = 0.0
        with torch.inference_mode():
            for branch in both:
                y = x
                for matrix in branch:
                    y = torch.tanh(y @ matrix)
                total = total + y.sum()
        return float(total)

    return Workload(step)


def matmul(_: Any) -> Workload:
    a, b = (torch.from_numpy(part) for part in data.matrices(1024))
    return Workload(lambda: (a @ b).numpy())


def imports(_: Any) -> Workload:
    return Workload(lambda: (torch.tensor(1.0) + torch.tensor(2.0)).item(), warm=0)


WORKLOADS = {
    "branches": branches,
    "matmul": matmul,
    "mlp": mlp,
    "autoencoder": autoencoder,
    "skip-gram": skip_gram,
    "lenet": lenet,
    "lenet inference": lenet_inference(128),
    "lenet inference, batch 1024": lenet_inference(1024),
    "lenet-5": lenet5,
    "vgg": vgg,
    "resnet": resnet,
    "gan": gan,
    "lstm": lstm,
    **{f"mlp inference, batch {n}": mlp_inference(n) for n in BATCHES},
    "import": imports,
}
