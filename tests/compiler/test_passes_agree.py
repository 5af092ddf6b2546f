"""Every value is the same, to the bit, with the passes on and off."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.case import KNOWN
from golden.cases import FAMILIES
from golden.running import backward, forward, output_weights
from passing import both_ways, level, same_bits

OF_EACH_FAMILY = 3  # cases, spread over the family


def sample():
    for cases in FAMILIES.values():
        mine = [case for case in cases if KNOWN in case.variants]
        yield from mine[:: max(1, -(-len(mine) // OF_EACH_FAMILY))]


def run(case, number):
    """The outputs of a case and its gradients, in a graph and session of its own."""
    built = forward(tf, case, KNOWN)
    feeds = dict(zip(built.inputs, case.inputs, strict=True))
    with built.graph.as_default():
        first = [tf.global_variables_initializer(), tf.local_variables_initializer()]
    with tf.Session(graph=built.graph, config=level(number)) as session:
        session.run(first, feeds)
        values = session.run(built.outputs, feeds)
        if case.gradient:
            weights = output_weights(case, [np.asarray(v) for v in values])
            back = backward(tf, built, weights, KNOWN)
            feeds |= zip(back.weights, [w for w in weights if w is not None], strict=True)
            with built.graph.as_default():
                found = [tf.convert_to_tensor(g) for g in back.gradients if g is not None]
            values = values + session.run(found, feeds)
    return values


@pytest.mark.parametrize("case", list(sample()), ids=lambda case: case.name)
def test_golden_cases(case):
    on, off = run(case, 0), run(case, -1)
    assert len(on) == len(off)
    for a, b in zip(on, off, strict=True):
        same_bits(a, b)


# --- random graphs --------------------------------------------------------------------------------
NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, np.inf, np.nan, 3e38]
BINARY = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, tf.maximum,
    tf.minimum, tf.squared_difference, lambda x, y: tf.where(x > y, x, y), tf.pow,
    lambda x, y: tf.add_n([x, y, x]),
]  # fmt: skip
UNARY = [
    tf.identity, tf.negative, tf.stop_gradient, tf.exp, tf.square, tf.zeros_like, tf.ones_like,
    lambda x: x * 1.0, lambda x: x - 0.0, lambda x: x + 0.0, lambda x: x**2.0, lambda x: x**1.0,
    lambda x: tf.transpose(tf.transpose(x)), lambda x: tf.reshape(tf.reshape(x, [6]), [2, 3]),
    lambda x: tf.reshape(tf.transpose(tf.reshape(x, [3, 2])), [2, 3]),
    lambda x: tf.fill([2, 3], tf.reduce_max(x)), lambda x: tf.broadcast_to(x[0], [2, 3]),
    lambda x: x * tf.cast(tf.size(x), tf.float32), lambda x: tf.pad(x, [[0, 0], [0, 0]]),
    lambda x: tf.where([True, False], x, -x), lambda x: tf.random_uniform([2, 3], seed=3) + x,
]  # fmt: skip

entry = st.integers(0, 10**6)
step = st.tuples(st.sampled_from(["unary", "binary", "control", "write"]), entry, entry, entry)


def grow(steps):
    """A graph of the drawn steps: each takes tensors that are there already."""
    x = tf.placeholder(tf.float32, [2, 3])
    y = tf.placeholder(tf.float32, [2, None])
    y.set_shape([None, 3])
    v = tf.Variable(np.full((2, 3), 0.5, np.float32), use_resource=False)
    made = [x, y, v.read_value(), *[tf.constant(np.full((2, 3), n, np.float32)) for n in NUMBERS]]
    made += [tf.constant(np.float32(n)) + tf.zeros([2, 3]) for n in NUMBERS[:3]]
    for kind, a, b, c in steps:
        one, two = made[a % len(made)], made[b % len(made)]
        if kind == "unary":
            made.append(UNARY[c % len(UNARY)](one))
        elif kind == "binary":
            made.append(BINARY[c % len(BINARY)](one, two))
        elif kind == "write":
            made.append(v.assign(one) if c % 2 else v.assign_add(one))
        else:
            with tf.control_dependencies([one]):
                made.append(tf.identity(two) if c % 2 else two * 1.0)
    return x, y, v, made


@settings(max_examples=60, deadline=None)
@given(st.lists(step, min_size=1, max_size=25), st.lists(entry, min_size=1, max_size=6))
def test_random_graphs(steps, wanted):
    with tf.Graph().as_default() as graph:
        x, y, v, made = grow(steps)
        fetches = list({made[-1 - w % min(len(made), len(steps) + 3)]: None for w in wanted})
        feeds = {
            x: np.array([[0.0, -0.0, np.nan], [np.inf, 1.5, -3e38]], np.float32),
            y: np.array([[1.0, -1.0, -0.0], [2.5, -np.inf, 1e-42]], np.float32),
        }
        on, off = both_ways(graph, [*fetches, v], feeds, first=v.initializer)
    for a, b in zip(on, off, strict=True):
        same_bits(a, b)
