"""Graphs that TensorFlow wrote, recorded by record.py: read here, they give the same values."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())
X = np.arange(8, dtype=np.float32).reshape(2, 4) / 4


def read(name: str) -> tf.GraphDef:
    return tf.GraphDef.FromString(base64.b64decode(RECORDED[name]["graph"]))


@pytest.mark.parametrize("name", RECORDED)
def test_values(name: str) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(read(name), return_elements=["y:0"])
        for fed, expected in zip((X, -X), RECORDED[name]["values"], strict=True):
            got = session.run(y, {"import/x:0": fed})
            np.testing.assert_allclose(got, np.array(expected, np.float32), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", RECORDED)
def test_written_again(name: str) -> None:
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(read(name), name="")
        again = graph.as_graph_def()
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(again, return_elements=["y:0"], name="")
        got = session.run(y, {"x:0": X})
        expected = np.array(RECORDED[name]["values"][0], np.float32)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["functional", "dataflow"])
@pytest.mark.parametrize(
    "program", ["network", "conditional", "loop", "loops", "both", "recurrent"]
)
def test_gradients_as_in_the_other_kind(program: str, kind: str) -> None:
    """A graph that was read can be differentiated, as differences in float32 show."""
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(read(f"{program}, {kind}"), return_elements=["y:0"])
        x = tf.get_default_graph().get_tensor_by_name("import/x:0")
        total = tf.reduce_sum(tf.square(y))
        (gradient,) = session.run(tf.gradients(total, [x]), {x: X})
        step, found = 1e-2, np.zeros_like(X)
        for place in np.ndindex(*X.shape):
            moved = [X.copy(), X.copy()]
            moved[0][place] += step
            moved[1][place] -= step
            above, below = [session.run(total, {x: m}) for m in moved]
            found[place] = (above - below) / (2 * step)
    np.testing.assert_allclose(gradient, found, rtol=2e-2, atol=2e-2)


def test_lists_of_an_older_tensorflow() -> None:
    """Rows that are read by index, in a graph that does not tell that TensorFlow 2 wrote it."""
    graph_def = read("recurrent, functional")
    graph_def.versions.producer = 134
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(graph_def, return_elements=["y:0"])
        got = session.run(y, {"import/x:0": X})
    expected = np.array(RECORDED["recurrent, functional"]["values"][0], np.float32)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
