"""Measures the engine: what a cached run, a build, an import and two branches cost.

`python benchmarks/engine.py` prints one line for each figure. With `--tensorflow PYTHON`, the
interpreter of an environment that has TensorFlow, each figure is measured there too, by the same
code, and the ratio flowgraph / TensorFlow is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

CHAIN, SIDE, LAYERS, CALLS = 10, 1024, 1000, 10_000


def scalar_run(tf):
    """Microseconds of a cached session.run of a=(b+c)*(c+2) with one feed."""
    with tf.Graph().as_default() as graph:
        b, c = tf.constant(3.0), tf.placeholder(tf.float32, [])
        a = (b + c) * (c + 2.0)
        with tf.Session(graph=graph) as session:
            feed = {c: 1.0}
            return best(lambda: session.run(a, feed), 2000) * 1e6


def build(tf):
    """Seconds to build 1,000 dense layers and their gradient."""
    start = time.perf_counter()
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [8, 16])
        weights = []
        for _ in range(LAYERS):
            w = tf.placeholder(tf.float32, [16, 16])
            weights.append(w)
            x = tf.nn.relu(tf.matmul(x, w) + 1.0)
        tf.gradients(tf.reduce_sum(x), weights)
    return time.perf_counter() - start


def branches(tf):
    """How much faster two chains of 1024x1024 products are on two threads than on one.

    Each kernel has one thread, so that only the scheduler makes a difference.
    """
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [SIDE, SIDE])
        ends = []
        for _ in range(2):
            y = x
            for _ in range(CHAIN):
                y = tf.matmul(y, x) * 1e-3
            ends.append(tf.reduce_sum(y))
        import numpy as np

        value = np.ones((SIDE, SIDE), np.float32)
        took = {}
        for between in (1, 2):
            config = tf.ConfigProto(
                intra_op_parallelism_threads=1, inter_op_parallelism_threads=between
            )
            with tf.Session(graph=graph, config=config) as session:
                took[between] = best(lambda s=session: s.run(ends, {x: value}), 3, 4)
        return took[1] / took[2]


def growing_loop(tf):
    """10,000 runs of `sess.run(a + b)`, a new node each: the last thousand over the first."""
    with tf.Graph().as_default() as graph:
        a, b = tf.constant(1.0), tf.constant(2.0)
        with tf.Session(graph=graph) as session:
            thousands = []
            for _ in range(CALLS // 1000):
                start = time.perf_counter()
                for _ in range(1000):
                    session.run(a + b)
                thousands.append(time.perf_counter() - start)
        return thousands[-1] / thousands[0]


def best(function, times, rounds=5):
    """The median over rounds of the mean seconds of `times` calls."""
    function()
    means = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            function()
        means.append((time.perf_counter() - start) / times)
    return statistics.median(means)


FIGURES = {
    "scalar a=(b+c)*(c+2), us": scalar_run,
    "1,000 layers and gradient, s": build,
    "two branches: 1 thread / 2": branches,
    "growing loop: last / first": growing_loop,
}


def import_seconds(python, module):
    """Seconds of `import module`, numpy's own share included; the best of five processes."""
    code = (
        "import time; start = time.perf_counter(); "
        f"import {module}; print(time.perf_counter() - start)"
    )
    runs = [subprocess.run([python, "-c", code], capture_output=True, text=True) for _ in range(5)]
    return min(float(run.stdout.split()[-1]) for run in runs)


def measure(module, only):
    """All figures of one module, as name -> number."""
    if module == "flowgraph":
        import flowgraph as tf
    else:
        import tensorflow.compat.v1 as tf

        tf.disable_v2_behavior()
    names = [name for name in FIGURES if only in name]
    return {name: FIGURES[name](tf) for name in names}


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tensorflow", metavar="PYTHON", help="a Python that has TensorFlow")
    parser.add_argument("--only", default="", help="part of a figure's name")
    parser.add_argument("--json", choices=["flowgraph", "tensorflow"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.json:
        print(json.dumps(measure(options.json, options.only)))
        return
    ours = measure("flowgraph", options.only)
    ours["import, s"] = import_seconds(sys.executable, "flowgraph")
    theirs = {}
    if options.tensorflow:
        words = [options.tensorflow, __file__, "--json", "tensorflow", "--only", options.only]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        theirs = json.loads(done.stdout.splitlines()[-1])
        theirs["import, s"] = import_seconds(options.tensorflow, "tensorflow.compat.v1")
    for name, value in ours.items():
        line = f"{name:32s} flowgraph {value:9.3f}"
        if name in theirs:
            line += f"   TensorFlow {theirs[name]:9.3f}   ratio {value / theirs[name]:.3f}"
        print(line)


if __name__ == "__main__":
    main()
