"""The parallel scheduler: order, errors, memory, and the pool's threads."""

import threading
import time
import weakref

import numpy as np
import pytest

from flowgraph.core import attrs, errors
from flowgraph.core.graph import Graph, control_dependencies
from flowgraph.core.op_def import Trait, define, registered
from flowgraph.core.shapes import TensorShape
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.runtime.config import ConfigProto, RunOptions
from flowgraph.runtime.session import Session

log: list = []

if "TestCall" not in registered():
    call_op = define(
        "TestCall",
        inputs="x: float32",
        outputs="y: float32",
        attrs={"function": attrs.python()},
        shape=lambda op: TensorShape(None),
        traits=Trait.STATEFUL | Trait.CALLS,
    )
    call_op.kernel(lambda ctx: ctx.attrs["function"])
else:
    call_op = registered()["TestCall"]


def call(function, x=1.0, name=None):
    return call_op(constant(x) if isinstance(x, float) else x, function=function, name=name)


@pytest.fixture
def session():
    with Graph().as_default() as graph:
        with Session(graph=graph, config=ConfigProto(inter_op_parallelism_threads=3)) as s:
            yield s


def wait_for(event, seconds=5.0):
    assert event.wait(seconds), "the other step did not run at the same time"
    return np.float32(1)


def test_independent_steps_run_at_the_same_time(session):
    first, second = threading.Event(), threading.Event()

    def one(x):
        first.set()
        return wait_for(second)

    def two(x):
        second.set()
        return wait_for(first)

    assert session.run([call(one), call(two)]) == [1.0, 1.0]


def test_control_dependencies_hold_between_threads(session):
    order = []

    def slow(x):
        time.sleep(0.02)
        order.append("slow")
        return x

    def after(x):
        order.append("after")
        return x

    a, b = call(slow, name="a"), call(slow, name="b")
    with control_dependencies([a, b]):
        c = call(after, name="c")
    session.run([c])
    assert order == ["slow", "slow", "after"]


def test_the_first_error_is_raised_and_stops_the_rest(session):
    started = threading.Event()
    ran = []

    def fail(x):
        started.wait(5)
        raise ValueError("no good")

    def long(x):
        started.set()
        time.sleep(0.05)
        return x

    def never(x):
        ran.append("never")
        return x

    bad, good = call(fail, name="bad"), call(long, name="good")
    with control_dependencies([bad]):
        later = call(never, name="later")
    with pytest.raises(errors.InvalidArgumentError, match="no good") as info:
        session.run([bad, good, later])
    assert info.value.op is bad.op
    assert not ran


def test_a_run_after_an_error_works(session):
    state = {"fail": True}

    def sometimes(x):
        if state["fail"]:
            raise RuntimeError("once")
        return x

    pair = [call(sometimes), call(lambda x: x)]
    with pytest.raises(errors.UnknownError, match="RuntimeError: once"):
        session.run(pair)
    state["fail"] = False
    assert session.run(pair) == [1.0, 1.0]


def test_a_timeout_ends_the_run(session):
    slow = call(lambda x: (time.sleep(0.03), x)[1])
    for _ in range(30):
        slow = call(lambda x: (time.sleep(0.03), x)[1], slow)
    start = time.monotonic()
    with pytest.raises(errors.DeadlineExceededError, match="Timed out after 100 ms"):
        session.run(slow, options=RunOptions(timeout_in_ms=100))
    assert time.monotonic() - start < 0.7


def test_memory_goes_when_the_last_user_is_done(session):
    class Array(np.ndarray):
        pass

    refs = []

    def make(x):
        array = np.zeros(3, np.float32).view(Array)
        refs.append(weakref.ref(array))
        return array

    def use(x):
        return np.float32(1)

    def look(x):
        assert refs[0]() is None, "the intermediate value is still held"
        return x

    x = call(use, call(make))
    session.run([call(look, x), call(use)])


def test_an_interrupt_reaches_the_caller(session):
    def interrupt(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.run([call(interrupt), call(lambda x: x)])
    x = placeholder("float32", [])
    assert session.run(x, {x: 2.0}) == 2.0
