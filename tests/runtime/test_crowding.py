"""Kernels get one thread for a while where other programs keep the cores busy."""

import os
import subprocess
import sys

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime import blas, crowding
from flowgraph.runtime import callable as tiers


class Machine:
    """A clock, and threads that wait a part of the time."""

    def __init__(self, part=0.0):
        self.now = self.waited = 0.0
        self.part = part
        self.looks = 0

    def clock(self):
        return self.now

    def wait(self):
        self.looks += 1
        return self.waited

    def go_on(self, seconds):
        self.now += seconds
        self.waited += seconds * self.part


@pytest.fixture(autouse=True)
def _digits_may_differ(monkeypatch):
    monkeypatch.delenv("TF_DETERMINISTIC_OPS", raising=False)


def given(part, step=0.005, seconds=4.0, machine=None, found=None):
    """The threads at each of many runs, one every `step` seconds."""
    machine = machine or Machine(part)
    found = found or crowding.Crowding(machine.clock, machine.wait)
    machine.part = part
    threads = []
    while len(threads) * step < seconds:
        threads.append(found.threads((2, 1))[0])
        machine.go_on(step)
    return threads, machine, found


def test_alone_all_threads_are_given():
    threads, machine, _ = given(0.02)
    assert set(threads) == {2}
    assert machine.looks < 30  # they are rarer when all is well


@pytest.mark.parametrize("step", [0.001, 0.05, 0.7])
def test_in_a_crowd_one_is_given_most_of_the_time(step):
    threads, _, _ = given(0.4, step, seconds=60 * step + 10)
    assert threads.count(1) > 0.7 * len(threads)


def test_when_the_crowd_has_gone_all_are_given_again():
    _, machine, found = given(0.4)
    threads, _, _ = given(0.0, seconds=20, machine=machine, found=found)
    assert set(threads[-100:]) == {2}


def test_where_nothing_tells_all_are_given():
    found = crowding.Crowding(Machine().clock, lambda: None)
    assert {found.threads((2, 1)) for _ in range(50)} == {(2, 1)}


def test_who_asks_for_equal_digits_gets_the_same_threads(monkeypatch):
    monkeypatch.setenv("TF_DETERMINISTIC_OPS", "1")
    threads, machine, _ = given(0.4)
    assert set(threads) == {2}
    assert machine.looks == 0


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="no Linux")
def test_waiting_is_measured():
    before = crowding.waited()
    assert before is not None
    hogs = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(2 * (os.cpu_count() or 1))
    ]
    try:
        found = 0.0
        for _ in range(200):
            np.linalg.norm(np.random.rand(100_000))
            found = crowding.waited() - before
            if found > 0.001:
                break
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert found > 0.001


def test_a_run_keeps_to_what_it_is_given(monkeypatch):
    class Crowded:
        def threads(self, wanted):
            return (1, 1)

    a = np.random.rand(128, 128).astype(np.float32)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, a.shape)
        y = tf.matmul(tf.matmul(x, x), x)
        config = tf.ConfigProto(intra_op_parallelism_threads=2)
        with tf.Session(config=config) as session:
            free = session.run(y, {x: a})
            assert blas.kernel_threads() == 2
            monkeypatch.setattr(tiers, "crowding", Crowded())
            np.testing.assert_allclose(session.run(y, {x: a}), free, rtol=1e-4)
            assert blas.kernel_threads() == 1
