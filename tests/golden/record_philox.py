"""Records TensorFlow's random numbers in philox.npz, for tests/ops/test_philox.py.

Run it where TensorFlow 1.15 or 2.x is installed: `python tests/golden/record_philox.py`. Each
array is named "op dtype seed seed2 size [minval maxval]", its first axis is the execution in one
session. bfloat16 is kept as its bits; of a long result every `STRIDE`-th value is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

EXECUTIONS = 3
STRIDE = 19_997  # a prime, so that all places in a block occur
SEEDS = ((87654321, 42), (0, 7), (-5, -9), (2**40 + 3, 2**50 + 1))
SIZES = (1, 2, 7, 77)
LONG = 1_000_003  # long enough for TensorFlow to share it out over its threads
FLOATS = ("float16", "bfloat16", "float32", "float64")
RANGES = (
    ("int32", 0, 10),
    ("int32", -(2**31), 2**31 - 1),
    ("int64", -3, 2**40),
    ("int64", -(2**63), 2**63 - 1),
)
OPS = {
    "uniform": tf.raw_ops.RandomUniform,
    "normal": tf.raw_ops.RandomStandardNormal,
    "truncated_normal": tf.raw_ops.TruncatedNormal,
}


def executions(tensor: tf.Tensor) -> np.ndarray[Any, Any]:
    with tf.Session(graph=tensor.graph) as session:
        values = np.stack([session.run(tensor) for _ in range(EXECUTIONS)])
    if values.shape[1] == LONG:
        values = values[:, ::STRIDE]
    return values.view(np.uint16) if values.dtype.name == "bfloat16" else values


def record(seed: int, seed2: int, size: int) -> dict[str, np.ndarray[Any, Any]]:
    arrays, seeds = {}, {"seed": seed, "seed2": seed2}
    with tf.Graph().as_default():
        for dtype in FLOATS:
            for name, op in OPS.items():
                tensor = op(shape=[size], dtype=tf.as_dtype(dtype), **seeds)
                arrays[f"{name} {dtype} {seed} {seed2} {size}"] = executions(tensor)
        for dtype, low, high in RANGES:
            bounds = {"minval": tf.constant(low, dtype), "maxval": tf.constant(high, dtype)}
            tensor = tf.raw_ops.RandomUniformInt(shape=[size], **bounds, **seeds)
            arrays[f"uniform_int {dtype} {seed} {seed2} {size} {low} {high}"] = executions(tensor)
        tensor = tf.raw_ops.RandomShuffle(value=tf.range(size), **seeds)
        arrays[f"shuffle_permutation int32 {seed} {seed2} {size}"] = executions(tensor)
    return arrays


def main() -> None:
    tf.disable_v2_behavior()
    arrays = record(*SEEDS[0], LONG)
    for seed, seed2 in SEEDS:
        for size in SIZES if seed == SEEDS[0][0] else SIZES[2:3]:
            arrays.update(record(seed, seed2, size))
    np.savez_compressed(Path(__file__).with_name("philox.npz"), **arrays)


if __name__ == "__main__":
    main()
