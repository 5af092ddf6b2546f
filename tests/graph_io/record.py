"""Records graphs that TensorFlow writes, with the values that it computes, in recorded.json.

Run with a Python that has TensorFlow 2: `python tests/graph_io/record.py`.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
X = np.arange(8, dtype=np.float32).reshape(2, 4) / 4
W = np.array([[0.5, -1, 2], [1, 0.25, -0.5], [-0.75, 1, 0.5], [2, -2, 1]], np.float32)


def network(tf: Any, x: Any) -> Any:
    """Two layers with a product."""
    hidden = tf.nn.relu(tf.matmul(x, tf.constant(W)) + [0.5, 0.0, -0.5])
    return tf.nn.softmax(hidden * tf.tanh(hidden))


def conditional(tf: Any, x: Any) -> Any:
    """Two conditionals, one in the other."""
    total = tf.reduce_sum(x)
    scale = tf.constant(2.0)
    inner = lambda: tf.cond(total > 5.0, lambda: x * scale, lambda: x + scale)  # noqa: E731
    return tf.cond(total > 1.0, inner, lambda: x - scale)


def loop(tf: Any, x: Any) -> Any:
    """A loop whose body has a conditional, and uses what is outside of it."""
    weights = tf.constant(W)

    def body(i: Any, value: Any) -> Any:
        bigger = tf.reduce_sum(value) > 10.0
        value = tf.cond(bigger, lambda: value / 2.0, lambda: value + tf.reduce_sum(weights))
        return i + 1, value

    return tf.while_loop(lambda i, _: i < 4, body, [0, x])[1]


def loops(tf: Any, x: Any) -> Any:
    """A loop in a loop."""

    def outer(i: Any, value: Any) -> Any:
        inner = tf.while_loop(lambda j, _: j < i, lambda j, v: (j + 1, v * 1.5), [0, value])
        return i + 1, inner[1] + 1.0

    return tf.while_loop(lambda i, _: i < 3, outer, [0, x])[1]


def growing(tf: Any, x: Any) -> Any:
    """A loop variable that changes its shape."""
    shapes = [tf.TensorShape([]), tf.TensorShape([None, 4])]
    body = lambda i, v: (i + 1, tf.concat([v, v[:1]], 0))  # noqa: E731
    return tf.while_loop(lambda i, _: i < 3, body, [0, x], shape_invariants=shapes)[1]


def both(tf: Any, x: Any) -> Any:
    """A conditional with two results."""
    a, b = tf.cond(tf.reduce_sum(x) > 1.0, lambda: (x * 2.0, x + 1.0), lambda: (x - 1.0, tf.exp(x)))
    return a * b


def recurrent(tf: Any, x: Any) -> Any:
    """A TensorArray that is filled, read and written in a loop, as dynamic_rnn does it."""
    inputs = tf.TensorArray(tf.float32, 2, element_shape=[4]).unstack(x)
    outputs = tf.TensorArray(tf.float32, 0, dynamic_size=True)

    def step(i: Any, state: Any, array: Any) -> Any:
        state = tf.tanh(tf.matmul(inputs.read(i)[None], tf.constant(W)) + state)
        return i + 1, state, array.write(i, state[0])

    state = tf.zeros([1, 3])
    last = tf.while_loop(lambda i, *_: i < inputs.size(), step, [0, state, outputs])
    return last[2].stack() + last[1]


PROGRAMS = (network, conditional, loop, loops, growing, both, recurrent)


def record(tf: Any, program: Any, functional: bool) -> dict[str, Any]:
    """The graph of a program, and its values for some inputs."""
    (tf.enable_control_flow_v2 if functional else tf.disable_control_flow_v2)()
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        y = tf.identity(program(tf, x), name="y")
        values = [session.run(y, {x: fed}) for fed in (X, -X)]
        data = graph.as_graph_def().SerializeToString()
    return {"graph": base64.b64encode(data).decode(), "values": [v.tolist() for v in values]}


def function_calls(tf: Any) -> dict[str, Any]:
    """A graph with a function that calls another one."""

    @tf.function
    def square(v: Any) -> Any:
        return v * v

    @tf.function
    def called(v: Any) -> Any:
        return square(v) + 1.0, square(v + 1.0)

    v1 = tf.compat.v1
    with v1.Graph().as_default() as graph, v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 4], name="x")
        first, second = called(x)
        y = tf.identity(first - second, name="y")
        values = [session.run(y, {x: fed}) for fed in (X, -X)]
        data = graph.as_graph_def().SerializeToString()
    return {"graph": base64.b64encode(data).decode(), "values": [v.tolist() for v in values]}


def main() -> None:
    """Writes the file."""
    import tensorflow

    tf = tensorflow.compat.v1
    found = {"function calls": function_calls(tensorflow)}
    for program in PROGRAMS:
        name = program.__name__
        found[f"{name}, functional"] = record(tf, program, functional=True)
        found[f"{name}, dataflow"] = record(tf, program, functional=False)
    text = json.dumps(found, indent=1)
    Path(__file__).with_name("recorded.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
