"""Graphs of random ops and initializers with fixed seeds, for TensorFlow and flowgraph alike.

Each function takes the module and builds tensors in the default graph; a case is run twice in one
session, so that the second numbers are checked too.
"""

from __future__ import annotations

from typing import Any

FLOATS = ("float16", "bfloat16", "float32", "float64")


def _uniform(tf: Any) -> list[Any]:
    return [
        *[tf.random_uniform([7], dtype=tf.as_dtype(t), seed=3) for t in FLOATS],
        tf.random_uniform([2, 3], -2.0, 5.0, seed=4),
        tf.random_uniform([5], maxval=10, dtype=tf.int32, seed=5),
        tf.random_uniform([5], -3, 10**12, dtype=tf.int64, seed=6),
        tf.random_uniform([0, 3], seed=7),
        tf.random_uniform([], seed=8),
    ]


def _normal(tf: Any) -> list[Any]:
    return [
        *[tf.random_normal([7], dtype=tf.as_dtype(t), seed=3) for t in FLOATS],
        *[tf.truncated_normal([9], dtype=tf.as_dtype(t), seed=3) for t in FLOATS],
        tf.random_normal([2, 3], 10.0, 0.5, seed=4),
        tf.truncated_normal([2, 3], -1.0, 0.1, seed=5),
    ]


def _graph_seed_alone(tf: Any) -> list[Any]:
    tf.set_random_seed(1234)
    return [tf.random_uniform([3]), tf.random_normal([3]), tf.random_shuffle(tf.range(9))]


def _both_seeds(tf: Any) -> list[Any]:
    tf.set_random_seed(1234)
    return [tf.random_uniform([3], seed=1), tf.random_uniform([3], seed=1), tf.random_uniform([3])]


def _zero_seeds(tf: Any) -> list[Any]:
    tf.set_random_seed(0)
    return [tf.random_uniform([3], seed=0), tf.random_normal([3], seed=0)]


def _large_seeds(tf: Any) -> list[Any]:
    tf.set_random_seed(2**40)
    return [tf.random_uniform([3], seed=2**33), tf.random_uniform([3], seed=-5)]


def _shuffle(tf: Any) -> list[Any]:
    rows = tf.reshape(tf.range(12), [6, 2])
    return [tf.random_shuffle(rows, seed=2), tf.random_shuffle(tf.constant(5), seed=2)]


def _crop(tf: Any) -> list[Any]:
    return [tf.random_crop(tf.reshape(tf.range(48), [6, 8]), [2, 3], seed=9)]


def _rejection(tf: Any) -> list[Any]:
    """Numbers that take a varying count of draws each."""
    low, high = tf.constant([-1.0, 0.5, -9.0]), tf.constant([2.0, 0.75, 30.0])
    return [
        tf.random_gamma([40], [0.2, 1.0, 3.5], beta=2.0, seed=3),
        tf.random_gamma([40], 0.7, dtype=tf.float64, seed=3),
        tf.random_poisson([0.5, 7.0, 12.0, 900.0], [40], seed=3),
        tf.random_poisson(60.0, [40], dtype=tf.int64, seed=3),
        tf.multinomial([[0.0, 1.0, -1.0], [0.5, -2.0, 3.0]], 7, seed=3),
        tf.random.categorical([[0.0, 1.0, -1.0]], 8, dtype=tf.int32, seed=3),
        tf.raw_ops.ParameterizedTruncatedNormal(
            shape=[5, 30], means=0.5, stdevs=2.0, minvals=-1.0, maxvals=4.0, seed=3, seed2=4
        ),
        tf.raw_ops.ParameterizedTruncatedNormal(
            shape=[3, 11], means=0.5, stdevs=2.0, minvals=low, maxvals=high, seed=3, seed2=4
        ),
    ]


def _stateless(tf: Any) -> list[Any]:
    seeds = [17, -(2**40)]
    kinds = (
        tf.random.stateless_uniform, tf.random.stateless_normal,
        tf.random.stateless_truncated_normal,
    )  # fmt: skip
    return [
        *[draw([9], seeds, dtype=tf.as_dtype(t)) for draw in kinds for t in FLOATS],
        tf.random.stateless_uniform([9], seeds, -5, 100, tf.int32),
        tf.random.stateless_uniform([9], seeds, -5, 10**15, tf.int64),
        tf.random.stateless_categorical([[0.0, 1.0, -1.0]], 8, seeds),
    ]


def _dropout(tf: Any) -> list[Any]:
    x = tf.ones([4, 5])
    return [
        tf.nn.dropout(x, 0.6, seed=1),
        tf.nn.dropout(x, rate=0.3, seed=2),
        tf.nn.dropout(x, tf.constant(0.6), seed=1),
        tf.nn.dropout(x, 0.5, noise_shape=[4, 1], seed=3),
        tf.nn.dropout(tf.ones([6], tf.float64), 0.25, seed=4),
    ]


INITIALIZERS = {
    "glorot_uniform": {}, "glorot_normal": {}, "he_normal": {}, "he_uniform": {},
    "lecun_normal": {}, "lecun_uniform": {}, "random_normal": {"stddev": 0.1},
    "random_uniform": {"minval": -1.0, "maxval": 2.0}, "truncated_normal": {"mean": 3.0},
    "variance_scaling": {"scale": 2.0, "mode": "fan_out", "distribution": "uniform"},
    "uniform_unit_scaling": {"factor": 1.4}, "orthogonal": {"gain": 1.5},
}  # fmt: skip


def _initializers(tf: Any) -> list[Any]:
    shapes = ([3, 4], [2, 2, 3, 4])
    return [
        getattr(tf.initializers, name)(seed=5, **options)(shape, dtype=tf.float32)
        for name, options in INITIALIZERS.items()
        for shape in shapes
    ]


def _variables(tf: Any) -> list[Any]:
    tf.set_random_seed(7)
    made = [tf.get_variable("w", [3, 2]), tf.Variable(tf.random_normal([2]))]
    return [v.initial_value for v in made]


CASES = {
    "uniform": _uniform, "normal": _normal, "graph seed alone": _graph_seed_alone,
    "both seeds": _both_seeds, "zero seeds": _zero_seeds, "large seeds": _large_seeds,
    "shuffle": _shuffle, "crop": _crop, "rejection": _rejection,
    "stateless": _stateless, "dropout": _dropout, "initializers": _initializers,
    "variables": _variables,
}  # fmt: skip
