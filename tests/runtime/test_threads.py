"""Who gets the threads: kernels with a team keep it in the caller's thread."""

import threading

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.kernels.onednn import library
from flowgraph.runtime import blas

TWO = {"intra_op_parallelism_threads": 2, "inter_op_parallelism_threads": 2}


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def products(chains, length, size=256):
    """So many chains of matrix products that do not depend on each other."""
    weight = tf.constant(np.eye(size, dtype=np.float32))
    ends = []
    for k in range(chains):
        x = tf.fill([size, size], tf.constant(k, tf.float32))
        for _ in range(length):
            x = tf.matmul(x, weight)
        ends.append(tf.reduce_sum(x))
    return ends


def run(fetches, monkeypatch, **config):
    """(the threads that ran kernels of a library with a team, how many threads each could use)."""
    seen = set()
    use = blas.kernel_threads

    def asked():
        seen.add((threading.current_thread().name, use()))
        return use()

    for module in ("matmul", "fusions"):
        monkeypatch.setattr(f"flowgraph.kernels.onednn.{module}.kernel_threads", asked)
    with tf.Session(config=tf.ConfigProto(**config)) as session:
        for _ in range(6):
            values = session.run(fetches)
    assert values == [k * 256.0 * 256.0 for k in range(len(fetches))]
    return seen


@pytest.mark.skipif(not library.is_available(), reason="oneDNN is not there")
@pytest.mark.parametrize("chains", [1, 2])
def test_a_team_works_for_the_caller_alone(chains, monkeypatch):
    mine = threading.current_thread().name
    assert run(products(chains, 6), monkeypatch, **TWO) == {(mine, 2)}


@pytest.mark.skipif(not library.is_available(), reason="oneDNN is not there")
def test_a_plan_wider_than_the_team_goes_to_the_pool_with_one_thread_each(monkeypatch):
    seen = run(products(6, 6), monkeypatch, **TWO)
    assert {count for _, count in seen} == {1}


def test_the_jit_and_onednn_have_teams():
    assert kernel_registry.is_threaded("jit") and kernel_registry.is_threaded("onednn")
    assert not kernel_registry.is_threaded("numpy_fast")
