"""The workloads in JAX: functions of a tree of weights, jit-compiled, the old weights donated."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import lax, nn
from jax import numpy as jnp

from benchmarks.workloads import data
from benchmarks.workloads.costs import BATCHES
from benchmarks.workloads.data import INPUTS, UNITS, Numbers
from benchmarks.workloads.workload import Workload

Step = Callable[..., Any]


# Optimizers: start(weights) -> state; update(weights, state, gradients) -> (weights, state).


def _map(function: Step, *trees: Any) -> Any:
    return jax.tree_util.tree_map(function, *trees)


def _sgd(rate: float) -> tuple[Step, Step]:
    return lambda w: (), lambda w, s, g: (_map(lambda w, g: w - rate * g, w, g), s)


def _momentum(rate: float, momentum: float = 0.9) -> tuple[Step, Step]:
    def update(w: Any, s: Any, g: Any) -> Any:
        s = _map(lambda s, g: momentum * s + g, s, g)
        return _map(lambda w, s: w - rate * s, w, s), s

    return lambda w: _map(jnp.zeros_like, w), update


def _rmsprop(rate: float) -> tuple[Step, Step]:
    def update(w: Any, s: Any, g: Any) -> Any:
        s = _map(lambda s, g: 0.9 * s + 0.1 * g * g, s, g)
        return _map(lambda w, s, g: w - rate * g * lax.rsqrt(s + 1e-10), w, s, g), s

    return lambda w: _map(jnp.ones_like, w), update


def _adam(rate: float) -> tuple[Step, Step]:
    def start(w: Any) -> Any:
        return jnp.zeros(()), _map(jnp.zeros_like, w), _map(jnp.zeros_like, w)

    def update(w: Any, s: Any, g: Any) -> Any:
        t, m, v = s[0] + 1, s[1], s[2]
        m = _map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = _map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        a = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return _map(lambda w, m, v: w - a * m / (jnp.sqrt(v) + 1e-8), w, m, v), (t, m, v)

    return start, update


def _steps(weights: Any, optimizer: tuple[Step, Step], loss: Step, *fed: Any, **more: Any) -> Any:
    """A workload of training steps: weights and the optimizer's state are donated to the next."""
    start, update = optimizer

    def whole(w: Any, s: Any, *fed: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(w, *fed)
        return value, *update(w, s, gradients)

    compiled = jax.jit(whole, donate_argnums=(0, 1))
    weights = _map(jnp.array, weights)
    held = [weights, start(weights)]

    def step() -> float:
        value, *held[:] = compiled(*held, *fed)
        return float(value)

    return Workload(step, **more)


def _xent(logits: Any, labels: Any) -> Any:
    return -jnp.mean(jnp.take_along_axis(nn.log_softmax(logits), labels[:, None], 1))


def _training(weights: Any, model: Step, optimizer: Any, fed: Any, **more: Any) -> Workload:
    return _steps(weights, optimizer, lambda w, x, y: _xent(model(w, x), y), *fed, **more)


def _inference(weights: Any, model: Step, x: Any) -> Workload:
    weights = _map(jnp.array, weights)
    run = jax.jit(lambda w, x: nn.softmax(model(w, x)))
    return Workload(lambda: np.asarray(run(weights, x)))


# Layers.


def _dense(numbers: Numbers, *sizes: int) -> list[Any]:
    return [(numbers.weight(i, o), np.zeros(o, np.float32)) for i, o in itertools.pairwise(sizes)]


def _filters(numbers: Numbers, *shape: int) -> Any:
    return numbers.weight(*shape), np.zeros(shape[-1], np.float32)


def _conv(x: Any, w: Any, padding: str = "SAME", stride: int = 1) -> Any:
    layout = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=layout)


def _pool(x: Any, kind: str = "max") -> Any:
    window = ((1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    if kind == "max":
        return lax.reduce_window(x, -jnp.inf, lax.max, *window)
    return lax.reduce_window(x, 0.0, lax.add, *window) / 4


def _layers(w: Any, x: Any, activation: Step) -> Any:
    """Dense layers, the last without its activation."""
    for matrix, bias in w[:-1]:
        x = activation(x @ matrix + bias)
    return x @ w[-1][0] + w[-1][1]


def mlp(_: Any) -> Workload:
    w = _dense(Numbers(), 784, 512, 512, 10)
    return _training(w, lambda w, x: _layers(w, x, nn.relu), _sgd(0.01), data.vectors(128))


def mlp_inference(batch: int) -> Callable[[Any], Workload]:
    def build(_: Any) -> Workload:
        w = _dense(Numbers(), 784, 512, 512, 10)
        return _inference(w, lambda w, x: _layers(w, x, nn.relu), data.vectors(batch)[0])

    return build


def _lenet_weights() -> Any:
    numbers = Numbers()
    convs = [_filters(numbers, 5, 5, 1, 32), _filters(numbers, 5, 5, 32, 64)]
    return convs, _dense(numbers, 7 * 7 * 64, 1024, 10)


def _lenet(w: Any, x: Any) -> Any:
    for kernel, bias in w[0]:
        x = _pool(nn.relu(_conv(x, kernel) + bias))
    return _layers(w[1], x.reshape(len(x), -1), nn.relu)


def lenet(_: Any) -> Workload:
    return _training(_lenet_weights(), _lenet, _adam(1e-4), data.images(128, 28, 1))


def lenet_inference(batch: int) -> Callable[[Any], Workload]:
    return lambda _: _inference(_lenet_weights(), _lenet, data.images(batch, 28, 1)[0])


def lenet5(_: Any) -> Workload:
    numbers = Numbers()
    convs = [_filters(numbers, 5, 5, 1, 6), _filters(numbers, 5, 5, 6, 16)]
    weights = convs, _dense(numbers, 400, 120, 84, 10)

    def model(w: Any, x: Any) -> Any:
        for (kernel, bias), padding in zip(w[0], ("SAME", "VALID"), strict=True):
            x = _pool(jnp.tanh(_conv(x, kernel, padding) + bias), "avg")
        return _layers(w[1], x.reshape(len(x), -1), jnp.tanh)

    return _training(weights, model, _momentum(0.01), data.images(32, 28, 1), warm=100)


def vgg(_: Any) -> Workload:
    numbers, inputs, convs = Numbers(), 3, []
    for maps in (64, 128, 256):
        convs.append([_filters(numbers, 3, 3, i, maps) for i in (inputs, maps)])
        inputs = maps

    def model(w: Any, x: Any) -> Any:
        for pair in w[0]:
            for kernel, bias in pair:
                x = nn.relu(_conv(x, kernel) + bias)
            x = _pool(x)
        return _layers(w[1], x.reshape(len(x), -1), nn.relu)

    weights = convs, _dense(numbers, 4096, 256, 10)
    return _training(weights, model, _momentum(0.001), data.images(32, 32, 3), warm=15)


def _norm(x: Any, w: Any) -> Any:
    mean, variance = jnp.mean(x, (0, 1, 2)), jnp.var(x, (0, 1, 2))
    return (x - mean) * (lax.rsqrt(variance + 1e-3) * w["scale"]) + w["offset"]


def _normed_filters(numbers: Numbers, *shape: int) -> Any:
    ones = np.ones(shape[-1], np.float32)
    return {"kernel": numbers.weight(*shape), "scale": ones, "offset": 0 * ones}


def resnet(_: Any) -> Workload:
    blocks = ((16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1))
    numbers = Numbers()
    first = _normed_filters(numbers, 3, 3, 3, 16)
    rest = []
    for inputs, maps, _stride in blocks:
        two = [_normed_filters(numbers, 3, 3, i, maps) for i in (inputs, maps)]
        rest.append((two, numbers.weight(1, 1, inputs, maps) if inputs != maps else None))

    def model(w: Any, x: Any) -> Any:
        x = nn.relu(_norm(_conv(x, w[0]["kernel"]), w[0]))
        for ((one, two), skip), (_, _, stride) in zip(w[1], blocks, strict=True):
            h = nn.relu(_norm(_conv(x, one["kernel"], stride=stride), one))
            h = _norm(_conv(h, two["kernel"]), two)
            x = nn.relu(h + (x if skip is None else _conv(x, skip, stride=stride)))
        return _layers(w[2], jnp.mean(x, (1, 2)), nn.relu)

    weights = first, rest, _dense(numbers, 64, 10)
    return _training(weights, model, _momentum(0.01), data.images(32, 32, 3), warm=20)


def autoencoder(_: Any) -> Workload:
    def loss(w: Any, x: Any) -> Any:
        return jnp.mean(jnp.square(nn.sigmoid(_layers(w, x, nn.sigmoid)) - x))

    w = _dense(Numbers(), 784, 256, 64, 256, 784)
    return _steps(w, _rmsprop(1e-3), loss, data.vectors(256)[0])


def _binary(logits: Any, label: float) -> Any:
    return jnp.maximum(logits, 0) - logits * label + jnp.log1p(jnp.exp(-jnp.abs(logits)))


def skip_gram(_: Any) -> Workload:
    """The gradient is taken by the rows looked up, so that only those are updated."""
    weights, fed = data.skip_gram(50_000, 128, 128, 64)

    def loss(rows: Any) -> Any:
        x, y, b, noise, c = rows
        near, far = jnp.sum(x * y, 1) + b, x @ noise.T + c
        return jnp.mean(_binary(near, 1.0) + jnp.sum(_binary(far, 0.0), 1))

    def whole(centre: Any, outer: Any, bias: Any, inputs: Any, targets: Any, noise: Any) -> Any:
        rows = centre[inputs], outer[targets], bias[targets], outer[noise], bias[noise]
        value, grads = jax.value_and_grad(loss)(rows)
        centre = centre.at[inputs].add(-0.1 * grads[0])
        outer = outer.at[targets].add(-0.1 * grads[1]).at[noise].add(-0.1 * grads[3])
        bias = bias.at[targets].add(-0.1 * grads[2]).at[noise].add(-0.1 * grads[4])
        return value, centre, outer, bias

    compiled = jax.jit(whole, donate_argnums=(0, 1, 2))
    held = [jnp.array(w) for w in weights]

    def step() -> float:
        value, *held[:] = compiled(*held, *fed)
        return float(value)

    return Workload(step, warm=100)


def gan(_: Any) -> Workload:
    numbers = Numbers()
    generator = [numbers.weight(100, 256), numbers.weight(256, 784)]
    judge = [numbers.weight(784, 256), numbers.weight(256, 1)]
    start, update = _adam(1e-4)

    def fake(g: Any, z: Any) -> Any:
        return nn.sigmoid(nn.relu(z @ g[0]) @ g[1])

    def judged(d: Any, x: Any) -> Any:
        return nn.relu(x @ d[0]) @ d[1]

    def d_loss(d: Any, g: Any, z: Any, real: Any) -> Any:
        false = judged(d, fake(g, z))
        return jnp.mean(_binary(judged(d, real), 1.0) + _binary(false, 0.0))

    def g_loss(g: Any, d: Any, z: Any) -> Any:
        return jnp.mean(_binary(judged(d, fake(g, z)), 1.0))

    def whole(d: Any, g: Any, s: Any, t: Any, z: Any, real: Any) -> Any:
        one, gradients = jax.value_and_grad(d_loss)(d, g, z, real)
        d, s = update(d, s, gradients)
        two, gradients = jax.value_and_grad(g_loss)(g, d, z)
        g, t = update(g, t, gradients)
        return jnp.stack([one, two]), d, g, s, t

    compiled = jax.jit(whole, donate_argnums=(0, 1, 2, 3))
    d, g = _map(jnp.array, (judge, generator))
    held = [d, g, start(d), start(g)]
    fed = data.gan()

    def step() -> Any:
        values, *held[:] = compiled(*held, *fed)
        return np.asarray(values)

    return Workload(step)


def lstm(_: Any) -> Workload:
    numbers = Numbers()
    gates = numbers.weight(INPUTS + UNITS, 4 * UNITS, scale=0.08)
    weights = (gates, np.zeros(4 * UNITS, np.float32)), _dense(numbers, UNITS, 10)

    def model(w: Any, x: Any) -> Any:
        def cell(state: Any, row: Any) -> Any:
            c, h = state
            parts = jnp.concatenate([row, h], 1) @ w[0][0] + w[0][1]
            i, j, f, o = jnp.split(parts, 4, 1)
            c = nn.sigmoid(f + 1.0) * c + nn.sigmoid(i) * jnp.tanh(j)
            return (c, nn.sigmoid(o) * jnp.tanh(c)), None

        zeros = jnp.zeros((len(x), UNITS))
        (_, h), _ = lax.scan(cell, (zeros, zeros), x.swapaxes(0, 1))
        return _layers(w[1], h, jnp.tanh)

    return _training(weights, model, _adam(1e-3), data.sequences())


def branches(_: Any) -> Workload:
    matrices, start = data.branches()

    def total(matrices: Any, x: Any) -> Any:
        ends = []
        for branch in matrices:
            y = x
            for matrix in branch:
                y = jnp.tanh(y @ matrix)
            ends.append(jnp.sum(y))
        return ends[0] + ends[1]

    held, run = _map(jnp.array, matrices), jax.jit(total)
    return Workload(lambda: float(run(held, start)))


def matmul(_: Any) -> Workload:
    a, b = data.matrices(1024)
    run = jax.jit(jnp.matmul)
    return Workload(lambda: np.asarray(run(a, b)))


def imports(_: Any) -> Workload:
    return Workload(lambda: float(jnp.add(1.0, 2.0)), warm=0)


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
