"""Kernels are told which inputs are variables and constants."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler.watch_inputs import Constant, Sources
from flowgraph.runtime.store import VariableCell


class Kernel:
    def watching(self, sources):
        return sources


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def told(fetch, *feeds):
    """What a kernel is told of the inputs of the step that makes `fetch`."""
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(fetch, dict.fromkeys(feeds, np.ones([2, 2], np.float32)))
        plan = list(session._compiled.values())[-1].plan
        step = next(s for s in plan.steps if fetch.op in s.operations)
        return Sources(plan).tell(step, Kernel())


@pytest.mark.parametrize("resource", [False, True])
def test_a_variable(resource):
    v = tf.get_variable("v", initializer=np.ones([2, 2], np.float32), use_resource=resource)
    x = tf.placeholder(tf.float32, [2, 2])
    sources = told(tf.matmul(x, v), x)
    assert list(sources) == [1]
    assert isinstance(sources[1], VariableCell)
    assert sources[1].name == "v"


def test_a_constant():
    x = tf.placeholder(tf.float32, [2, 2])
    sources = told(tf.matmul(np.ones([2, 2], np.float32), x), x)
    assert list(sources) == [0]
    assert isinstance(sources[0], Constant)


def test_what_is_computed_or_fed_is_no_source():
    v = tf.get_variable("v", initializer=np.ones([2, 2], np.float32))
    x = tf.placeholder(tf.float32, [2, 2])
    assert isinstance(told(tf.matmul(v * x, x + x), x), Kernel)


def test_a_write_changes_the_version():
    cell = VariableCell("v", tf.float32, tf.TensorShape([2]))
    seen = {cell.version}
    for write in (lambda: cell.assign(np.ones(2)), lambda: cell.update(lambda a: a.fill(3))):
        write()
        assert cell.version not in seen
        seen.add(cell.version)
