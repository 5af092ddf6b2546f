"""Draws the README's pictures: the first graph, its timeline, and how LeNet-5's step is compiled.

`python docs/make_pictures.py` writes them into docs/. The timeline is of a real run, on arrays so
large that two threads are worth it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph import viz
from flowgraph.examples import lenet_model

HERE = Path(__file__).parent
SIDE = 3000
RUNS = 30
ABREAST = 0.7  # the part of their time in which d and e have to run both


def textbook(shape: list[int]) -> Any:
    """The tensor a = (b + c) * (c + 2) in a graph of its own."""
    with tf.Graph().as_default():
        b = tf.placeholder(tf.float32, shape, name="b")
        c = tf.placeholder(tf.float32, shape, name="c")
        d = tf.add(b, c, name="d")
        e = tf.add(c, tf.constant(2.0), name="e")
        return tf.multiply(d, e, name="a")


def traced() -> Any:
    """The trace of the quickest of some runs in which d and e ran at the same time."""
    a = textbook([SIDE, SIDE])
    value = np.ones((SIDE, SIDE), np.float32)
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=2)
    traces = []
    with tf.Session(graph=a.graph, config=config) as session:
        for _ in range(RUNS):
            metadata = tf.RunMetadata()
            session.run(a, {"b:0": value, "c:0": value}, options, metadata)
            traces.append(metadata)
    return min(traces, key=lambda metadata: (_overlap(metadata) < ABREAST, _seconds(metadata)))


def _nodes(metadata: Any) -> dict[str, Any]:
    return {node.node_name: node for node in metadata.step_stats.dev_stats[0].node_stats}


def _overlap(metadata: Any) -> float:
    nodes = _nodes(metadata)
    d, e = nodes["d"], nodes["e"]
    common = min(d.end, e.end) - max(d.start, e.start)
    return float(common / max(d.end - d.start, e.end - e.start))


def _seconds(metadata: Any) -> float:
    nodes = _nodes(metadata).values()
    return float(max(node.end for node in nodes) - min(node.start for node in nodes))


def main() -> None:
    """Writes the pictures."""
    viz.draw(textbook([]), HERE / "first-graph.svg")
    viz.timeline(traced(), HERE / "first-timeline.svg", title="a = (b + c) * (c + 2)")
    net = lenet_model.build(seed=1, steps_per_epoch=938)
    viz.explain([net.loss, net.train], path=HERE / "lenet-plan.svg", hot=True)


if __name__ == "__main__":
    main()
