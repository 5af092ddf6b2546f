"""The numbers of the workloads: weights and data, the same for every framework that runs them."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BATCH, STEPS, INPUTS, UNITS = 128, 28, 28, 128  # of the LSTM


class Numbers:
    """The numbers of a network's weights, in the order in which its layers ask for them."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.RandomState(seed)

    def weight(self, *shape: int, scale: float | None = None) -> Array:
        """Normal numbers, scaled by the number of inputs."""
        fan = int(np.prod(shape[:-1])) or 1
        scale = (2.0 / fan) ** 0.5 if scale is None else scale
        return (self.rng.standard_normal(shape) * scale).astype(np.float32)


def images(batch: int, size: int, channels: int) -> tuple[Array, Array]:
    """(images in [0, 1), labels of ten classes)."""
    rng = np.random.RandomState(1)
    x = rng.random_sample((batch, size, size, channels)).astype(np.float32)
    return x, rng.randint(0, 10, batch).astype(np.int32)


def vectors(batch: int) -> tuple[Array, Array]:
    """(rows of 784 numbers in [0, 1), labels of ten classes)."""
    rng = np.random.RandomState(1)
    x = rng.random_sample((batch, 784)).astype(np.float32)
    return x, rng.randint(0, 10, batch).astype(np.int32)


def sequences() -> tuple[Array, Array]:
    """(sequences, labels of ten classes)."""
    rng = np.random.RandomState(3)
    x = rng.random_sample((BATCH, STEPS, INPUTS)).astype(np.float32)
    return x, rng.randint(0, 10, BATCH).astype(np.int32)


def gan() -> tuple[Array, Array]:
    """(noise, real images as rows)."""
    rng = np.random.RandomState(2)
    z = rng.standard_normal((64, 100)).astype(np.float32)
    return z, rng.random_sample((64, 784)).astype(np.float32)


def branches() -> tuple[list[list[Array]], Array]:
    """(the matrices of both branches, what they start from)."""
    rng = np.random.RandomState(0)
    matrices = [
        [(rng.standard_normal((256, 256)) / 16).astype(np.float32) for _ in range(20)]
        for _ in range(2)
    ]
    return matrices, rng.standard_normal((256, 256)).astype(np.float32)


def matrices(size: int) -> list[Array]:
    """Two square matrices."""
    rng = np.random.RandomState(0)
    return [rng.standard_normal((size, size)).astype(np.float32) for _ in range(2)]


def skip_gram(words: int, size: int, batch: int, negatives: int) -> tuple[list[Array], list[Array]]:
    """([centre and outer vectors, biases], [input words, target words, noise words])."""
    rng = np.random.RandomState(0)
    centre = (rng.random_sample((words, size)) - 0.5).astype(np.float32)
    outer = (rng.standard_normal((words, size)) / 11).astype(np.float32)
    fed = [rng.randint(0, words, n).astype(np.int32) for n in (batch, batch, negatives)]
    return [centre, outer, np.zeros(words, np.float32)], fed
