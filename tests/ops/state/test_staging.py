"""Staging areas: waiting for room and elements, limits, names, bad input."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.state.staging_areas import MapStagingArea, StagingArea

LONG = 10.0


@pytest.fixture(name="session")
def open_session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


class Job:
    """A call in a thread of its own."""

    def __init__(self, call: Callable[..., Any], *args: Any, **more: Any) -> None:
        self.found: list[Any] = []
        self.thread = threading.Thread(
            target=lambda: self.found.append(call(*args, **more)), daemon=True
        )
        self.thread.start()

    def waits(self) -> bool:
        self.thread.join(0.03)
        return self.thread.is_alive()

    def end(self) -> Any:
        self.thread.join(LONG)
        assert self.found, "the thread hangs or has failed"
        return self.found[0]


def within(milliseconds: int) -> Any:
    return tf.RunOptions(timeout_in_ms=milliseconds)


# --- StagingArea ----------------------------------------------------------------------------------
def test_an_area_is_first_in_first_out_and_bounded(session: Any) -> None:
    area, x = StagingArea([tf.int32], capacity=2), tf.placeholder(tf.int32, [])
    put, get = area.put([x]), area.get()
    for i in range(2):
        session.run(put, {x: i})
    third = Job(session.run, put, {x: 2})
    assert third.waits() and session.run(area.size()) == 2
    assert session.run(area.peek(1)) == [1]
    assert [session.run(get)[0] for _ in range(2)] == [0, 1]
    third.end()
    assert session.run(get) == [2]
    taking, looking = Job(session.run, get), Job(session.run, area.peek(1))
    assert taking.waits() and looking.waits()
    session.run(put, {x: 3})
    assert taking.end() == [3]
    for i in (4, 5):
        session.run(put, {x: i})
    assert looking.end() == [5]


def test_an_area_is_bounded_by_bytes(session: Any) -> None:
    area, x = StagingArea([tf.float32], memory_limit=16), tf.placeholder(tf.float32, [None])
    put = area.put([x])
    session.run(put, {x: np.zeros(3)})
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(put, {x: np.zeros(2)}, options=within(30))
    session.run(put, {x: np.zeros(1)})
    with pytest.raises(tf.errors.ResourceExhaustedError, match="'20' bytes .* limit of '16'"):
        session.run(put, {x: np.zeros(5)})
    waiting = Job(session.run, put, {x: np.zeros(4)})
    assert waiting.waits()
    session.run(area.clear())
    waiting.end()
    assert session.run(area.size()) == 1


def test_steps_of_one_run_release_each_other(session: Any) -> None:
    area = StagingArea([tf.int32], shapes=[[]])
    got = area.get()
    assert got[0].shape.as_list() == []
    assert Job(session.run, [got, area.put([tf.constant(7)])]).end() == [[7], None]
    table = MapStagingArea([tf.int32])
    _, values = table.get(3)
    put = table.put(3, [tf.constant(8)], [0])
    assert Job(session.run, [values, put]).end()[0] == [8]


def test_waits_end_with_the_session() -> None:
    with tf.Graph().as_default():
        get, session = StagingArea([tf.int32]).get(), tf.Session()
        error: list[Any] = []

        def run() -> None:
            try:
                session.run(get)
            except tf.errors.CancelledError as cancelled:
                error.append(cancelled)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(0.03)
        session.close()
        thread.join(LONG)
        assert error


def test_elements_with_names_and_shared_areas(session: Any) -> None:
    make = lambda: StagingArea([tf.int32, tf.float32], names=["i", "x"], shared_name="s")  # noqa: E731
    a, b = make(), make()
    session.run(a.put({"x": tf.constant(2.0), "i": tf.constant(1)}))
    assert session.run(b.get()) == {"i": 1, "x": 2.0}
    assert a.name == "s" and a.names == ["i", "x"] and a.capacity == a.memory_limit == 0
    assert StagingArea([tf.int32]).name != StagingArea([tf.int32]).name


def test_bad_areas(session: Any) -> None:
    with pytest.raises(ValueError, match="same length as dtypes"):
        StagingArea([tf.int32], shapes=[[], []])
    with pytest.raises(ValueError, match="must be a string"):
        StagingArea([tf.int32], shared_name=3)  # type: ignore[arg-type]
    area = StagingArea([tf.int32], shapes=[[]])
    with pytest.raises(ValueError, match="Datatypes do not match"):
        area.put([tf.constant(1.0)])
    with pytest.raises(ValueError, match="incompatible"):
        area.put([tf.constant([1])])
    with pytest.raises(ValueError, match="Unexpected number"):
        area.put([tf.constant(1), tf.constant(1)])
    with pytest.raises(ValueError, match="must have names"):
        area.put({"x": tf.constant(1)})
    named = StagingArea([tf.int32], names=["x"])
    with pytest.raises(ValueError, match="do not match names"):
        named.put({"y": tf.constant(1)})
    with pytest.raises(ValueError, match="dictionary"):
        named.put([tf.constant(1)])
    session.run(area.put([tf.constant(1)]))
    twice = tf.raw_ops.Unstage(dtypes=[tf.int32, tf.int32], shared_name=area.name)
    with pytest.raises(tf.errors.InvalidArgumentError, match="1 vs. 2"):
        session.run(twice)
    with pytest.raises(tf.errors.InvalidArgumentError, match="not be negative"):
        session.run(area.peek(-1))


# --- MapStagingArea -------------------------------------------------------------------------------
@pytest.mark.parametrize("ordered", [True, False])
def test_a_map_waits_for_keys_and_for_room(session: Any, ordered: bool) -> None:
    table = MapStagingArea([tf.int32], ordered=ordered, capacity=2)
    key, x = tf.placeholder(tf.int64, []), tf.placeholder(tf.int32, [])
    put, (_, get) = table.put(key, [x], [0]), table.get(key)
    waiting = Job(session.run, get, {key: 4})
    session.run(put, {key: 9, x: 90})
    assert waiting.waits()
    session.run(put, {key: 4, x: 40})
    assert waiting.end() == [40]
    session.run(put, {key: 5, x: 50})
    third = Job(session.run, put, {key: 6, x: 60})
    assert third.waits()
    first, values = table.get()
    assert session.run([first, values]) == ([5, [50]] if ordered else [9, [90]])
    third.end()
    assert session.run(table.size()) == 2


def test_an_element_comes_and_goes_in_parts(session: Any) -> None:
    table = MapStagingArea([tf.int32, tf.float32], names=["i", "x"])
    session.run(table.put(1, {"x": tf.constant(0.5)}))
    assert session.run([table.size(), table.incomplete_size()]) == [0, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="already initialized"):
        session.run(table.put(1, {"x": tf.constant(0.5)}))
    session.run(table.put(1, {"i": tf.constant(3)}))
    assert session.run([table.size(), table.incomplete_size()]) == [1, 0]
    assert session.run(table.peek(1)) == {"i": 3, "x": 0.5}
    assert session.run(table.get(1, ["x"])[1]) == {"x": 0.5}
    with pytest.raises(tf.errors.InvalidArgumentError, match="already been removed"):
        session.run(table.get(1, ["x"])[1])
    assert session.run(table.get(1, [0])[1]) == {"i": 3}
    assert session.run(table.size()) == 0


def test_bad_maps(session: Any) -> None:
    table = MapStagingArea([tf.int32, tf.int32], memory_limit=8)
    one = tf.constant(1)
    with pytest.raises(ValueError, match="Indices must be supplied"):
        table.put(1, [one])
    with pytest.raises(ValueError, match="doesn't match"):
        table.put(1, [one], [0, 1])
    with pytest.raises(ValueError, match="Empty indices"):
        table.get(1, [])
    with pytest.raises(TypeError, match="Invalid indices type"):
        table.get(1, 0)
    with pytest.raises(TypeError, match="Mixed types"):
        table.get(1, [0, "x"])
    with pytest.raises(ValueError, match="not in Staging Area names"):
        table.get(1, ["x"])
    with pytest.raises(tf.errors.InvalidArgumentError, match="strictly ordered"):
        session.run(table.put(1, [one, one], [1, 0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="key must be a scalar"):
        session.run(table.put([1], [one], [0]))
    big = MapStagingArea([tf.int32], memory_limit=8)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        session.run(big.put(1, [tf.zeros([3], tf.int32)], [0]))
    bad = tf.raw_ops.MapStage(
        key=tf.constant(1, tf.int64), indices=[5], values=[one], dtypes=[tf.int32, tf.int32],
        shared_name="bad",
    )  # fmt: skip
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of bounds '2'"):
        session.run(bad)
