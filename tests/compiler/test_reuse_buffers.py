"""Which inputs' memory a cluster may take, and that nobody else's is ever overwritten."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler import fuse_elementwise
from flowgraph.kernels.jit import cluster, engine
from flowgraph.runtime import callable as tiers

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="llvmlite is not installed")
X = np.random.RandomState(0).standard_normal((32, 32)).astype(np.float32)


@pytest.fixture(autouse=True)
def _hot(monkeypatch):
    monkeypatch.setattr(tiers, "HOT_RUNS", 2)
    monkeypatch.setattr(cluster, "WAIT_FROM", 1)
    monkeypatch.setattr(fuse_elementwise, "_FEW", 1)
    with tf.Graph().as_default():
        yield


def reused(build):
    """The names of the tensors whose memory is taken; the values are those of the cold plan."""
    x = tf.placeholder(tf.float32, X.shape)
    fetches = build(x)
    fed = X.copy()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        cold = session.run(fetches, {x: fed})
        for _ in range(3):
            hot = session.run(fetches, {x: fed})
        call = list(session._compiled.values())[-1]
    np.testing.assert_array_equal(fed, X)
    for a, b in zip(tf.nest.flatten(cold), tf.nest.flatten(hot), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-5)
    plan = call.plan
    return [plan.slots[i].tensor.op.type for step in plan.steps for i in step.reuses]


def test_what_one_step_reads_is_taken():
    assert reused(lambda x: tf.nn.relu(tf.matmul(x, x))) == ["MatMul"]


def test_through_a_view():
    assert reused(lambda x: tf.nn.relu(tf.reshape(tf.matmul(x, x), [-1]))) == ["Reshape"]


def test_each_output_takes_one():
    def build(x):
        a, b = tf.matmul(x, x), tf.matmul(x, x + 1.0)
        both = a * b
        return tf.matmul(both, both), tf.matmul(tf.tanh(both), both)

    assert reused(build) == ["MatMul", "MatMul"]


@pytest.mark.parametrize(
    "build",
    [
        lambda x: tf.nn.relu(x),  # fed
        lambda x: tf.nn.relu(tf.reshape(x, [-1])),
        lambda x: tf.nn.relu(tf.constant(X)),
        lambda x: (lambda p: (p, tf.nn.relu(p)))(tf.matmul(x, x)),  # fetched
        lambda x: (lambda p: (tf.reshape(p, [-1]), tf.nn.relu(p)))(tf.matmul(x, x)),
        lambda x: (lambda p: (tf.matmul(p, x), tf.nn.relu(p)))(tf.matmul(x, x)),  # read twice
        lambda x: (lambda p: tf.nn.relu(p) + tf.transpose(p))(tf.matmul(x, x)),  # once by a view
        lambda x: tf.nn.relu(tf.Variable(X, use_resource=False)),
        lambda x: tf.nn.relu(tf.Variable(X, use_resource=True)),
    ],
)
def test_what_others_need_is_left(build):
    assert reused(build) == []


def test_a_view_of_a_constant_is_left():
    assert reused(lambda x: tf.nn.relu(tf.reshape(tf.constant(X), [4, -1])) + x[:4, :1]) == []


def test_what_does_not_fit_is_not_overwritten():
    """Another shape, another dtype: the loop may take the memory, and does not."""

    def build(x):
        small = tf.reduce_sum(tf.matmul(x, x), 0)
        return tf.nn.relu(small) + x, tf.cast(tf.matmul(x, x + 1.0) > 0.0, tf.int32) + 1

    assert "MatMul" in reused(build)


def test_a_branch_that_hands_its_input_on():
    def build(x):
        p = tf.matmul(x, x)
        same = tf.cond(tf.reduce_sum(x) > -1e9, lambda: p, lambda: p + 1.0)
        return tf.nn.relu(same), tf.reduce_sum(p)

    assert "If" not in reused(build)
